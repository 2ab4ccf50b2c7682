"""How the folders differ from what the index knows of them. [I/O: lists folders, reads no article]

A file is known again by its size, the moments of the last change to it and to its entry in the folder, and its inode. That misses an edit
that keeps the size within the same tick of the file system's clock, so a file that was *young* when it was read is read again, until it
has been seen old.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syndicate.catalogue import listed
from syndicate.catalogue.crew import Order, picture_stamp
from syndicate.catalogue.records import Stamp
from syndicate.catalogue.tables import stored
from syndicate.errors import Problem

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Sequence

    from syndicate.catalogue.desk import Desk
    from syndicate.catalogue.files import Listing

    Known = dict[Any, tuple[int, tuple[int, ...], bool, bytes]]
    """What is known of the files of one folder, by name: number, stamp, youth, hash."""


@dataclass(slots=True)
class Difference:
    """Files to be read, with the numbers they had; rows whose file is gone; and what cannot be listed.

    So many of those to be read are `unsure`: they look as they did, but were young then.
    """

    orders: list[Order] = field(default_factory=list)
    gone: list[tuple[Any, Any, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unsure: int = 0

    def __bool__(self) -> bool:
        return bool(self.orders or self.gone)


def compare(
    database: sqlite3.Connection, folders: Sequence[Path], root: Path, apart: Collection[Path], desk: Callable[[Path], Desk]
) -> Difference:
    """Compare all `folders` with the index."""
    difference, visited = Difference(), set()
    moved = _moved_pictures(database)
    for folder, found in listed(folders, root, apart):
        if isinstance(found, Problem):
            difference.problems.append(found)
            continue
        directory = stored(found.folder)
        visited.add(directory)
        _compare(difference, found, directory, _known(database, directory), moved, desk(folder))
    for (directory,) in database.execute("SELECT DISTINCT directory FROM files").fetchall():
        if directory not in visited:
            difference.gone += [(directory, name, number) for name, (number, *_) in _known(database, directory).items()]
    return difference


def compare_files(database: sqlite3.Connection, paths: Collection[Path], desk: Callable[[Path], Desk]) -> Difference | None:
    """Compare single files with the index; `None` where that does not do: one is new, or gone, had no article in it, or has two names."""
    difference = Difference()
    for path in paths:
        statement = "SELECT number, source, folder, digest FROM files JOIN articles USING (number) JOIN bodies USING (number)"
        directory, name = stored(str(path.parent)), stored(path.name)
        known = database.execute(f"{statement} WHERE files.directory = ? AND name = ?", (directory, name)).fetchone()
        if known is None or not path.is_file():
            return None
        number, shown, folder, digest = known
        named = "SELECT count(*) FROM files WHERE inode = (SELECT inode FROM files WHERE directory = ? AND name = ?)"
        if database.execute(named, (directory, name)).fetchone()[0] > 1:
            return None  # by a link, whose change nobody notices
        difference.orders.append(Order(desk(Path(os.fsdecode(folder))), str(path.parent), path.name, shown, number, digest))
    return difference


def _compare(difference: Difference, listing: Listing, directory: str | bytes, known: Known, moved: Collection[int], desk: Desk) -> None:
    """Compare one folder."""
    for entry in listing.files:
        name = entry.name
        number, stamp, young, digest = known.pop(name if name.isascii() else stored(name), (0, (), False, b""))
        try:
            status = entry.stat()
        except OSError:
            pass  # whoever reads it will say so
        else:
            if Stamp.of(status) == stamp and number not in moved:
                if not young:
                    continue
                difference.unsure += 1
        difference.orders.append(Order(desk, listing.folder, name, listing.show(name), number, b"" if number in moved else digest))
    difference.gone += [(directory, name, number) for name, (number, *_) in known.items()]


def _known(database: sqlite3.Connection, directory: str | bytes) -> Known:
    rows = database.execute("SELECT name, number, size, mtime, ctime, inode, young, digest FROM files WHERE directory = ?", (directory,))
    return {name: (number, (size, mtime, ctime, inode), young, digest) for name, number, size, mtime, ctime, inode, young, digest in rows}


def _moved_pictures(database: sqlite3.Connection) -> set[int]:
    """The files beside which a picture has come, gone or changed."""
    seen = database.execute("SELECT DISTINCT path, size, mtime, ctime, inode FROM pictures").fetchall()
    now = {path: picture_stamp(os.fsdecode(path)) or (None,) * 4 for path, *_ in seen}
    moved = {path for path, *stamp in seen if now[path] != tuple(stamp)}  # which of two files that show it may have seen, and one not
    return {number for path in moved for (number,) in database.execute("SELECT number FROM pictures WHERE path = ?", (path,))}
