"""What no program can do without: looking at every file, and reading it. In Python, which is what ours could do at best in one process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def scan(folder: Path | str) -> Iterator[tuple[str, int, int]]:
    """Every file below `folder` with its size and when it was changed, by `os.scandir` and a `stat` for each."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from scan(entry.path)
            else:
                about = entry.stat()
                yield entry.path, about.st_size, about.st_mtime_ns


def looked_at(folder: Path) -> int:
    """Look at all files; how many there are."""
    return sum(1 for _ in scan(folder))


def read(folder: Path) -> int:
    """Read all files; how many bytes they have."""
    total = 0
    for path, _, _ in scan(folder):
        descriptor = os.open(path, os.O_RDONLY)  # a third quicker than open(), which makes objects
        total += len(os.read(descriptor, 1 << 20))
        os.close(descriptor)
    return total
