"""A workspace rendered as the command line renders it: every publication, then what leads to them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.config import load_settings
from syndicate.publishing import publish_overview, read_catalogue, render

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

SEEDS = Path(__file__).parents[1] / "pyproject.toml"
"""The configuration of the repository, which is a workspace itself."""


def render_all(configuration: Path, out: Path, *, now: datetime, before: Iterable[datetime] = ()) -> None:
    """Render the workspace of `configuration` into `out` as of `now`, its digests also as of each moment `before`."""
    settings = load_settings(configuration)
    catalogue = read_catalogue(settings)
    for publication in settings.publications():
        for moment in (*(before if publication.publication.kind == "digest" else ()), now):
            render(publication, catalogue, now=moment, out=out)
    publish_overview(settings, catalogue, now=now, out=out)
