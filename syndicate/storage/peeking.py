"""A look into a database that must leave no trace, for a shell that completes a word. [I/O: reads]

`Ledger.open` would make the file, bring its tables up to date and leave SQLite's own files beside it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

if TYPE_CHECKING:
    from pathlib import Path

MANY = 100


def edition_keys(url: str, root: Path, *, limit: int = MANY) -> tuple[str, ...]:
    """The keys of the newest editions, newest first; none where there is no database, or it is not a file of SQLite's."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number
        return ()
    file = root / (parsed.database or "")
    if parsed.get_backend_name() != "sqlite" or not file.is_file():
        return ()
    query = "SELECT key FROM editions ORDER BY window_end DESC LIMIT ?"
    try:
        # Immutable: no lock, and no file beside it. Who writes at this moment is read a little late.
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?immutable=1", uri=True)) as database:
            return tuple(key for (key,) in database.execute(query, (limit,)))
    except sqlite3.Error:
        return ()
