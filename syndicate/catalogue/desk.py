"""Where the files of a workspace are read."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from syndicate.catalogue.conventions import PLAIN, Conventions


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the files of a workspace are read: what relative addresses and dates without offset refer to, and how they are written."""

    root: Path
    folder: Path
    site_url: str
    zone: str
    conventions: Conventions = PLAIN

    @property
    def shelf(self) -> str:
        """Where pictures of the folder are published below `media/`: by its place in the workspace, so that no two meet there."""
        place = Path(os.path.relpath(self.folder, self.root)).as_posix()
        if place == ".":
            return ""
        outside = place.startswith("..")
        return f"{hashlib.sha256(place.encode()).hexdigest()[:8]}/" if outside else f"{place}/"
