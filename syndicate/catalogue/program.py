"""Which program this is, down to its files and the libraries beside it: what a cache made by another is not to be trusted for."""

from __future__ import annotations

import hashlib
import sys
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent


@lru_cache(maxsize=1)
def stamp() -> str:
    """A hash of the interpreter's version, of the names and versions of all that is installed, and of our own files by size and date."""
    installed = {name for folder in sys.path for name in _names(folder) if name.endswith(".dist-info")}  # a folder may be there twice
    own = [(str(path), status.st_size, status.st_mtime_ns) for path in PACKAGE.rglob("*.py") for status in [path.stat()]]
    return hashlib.sha256(repr((sys.version, sorted(installed), sorted(own))).encode()).hexdigest()


def _names(folder: str) -> list[str]:
    try:
        return [entry.name for entry in Path(folder or ".").iterdir()]
    except OSError:
        return []
