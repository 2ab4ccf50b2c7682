"""Copies of a SQLite database beside itself, and what must not stay readable there. Of PostgreSQL, its own tools keep copies. [I/O]"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.errors import StorageError
from syndicate.storage.database import PATIENCE, PRIVATE, explained, waited_for

if TYPE_CHECKING:
    from sqlalchemy import Engine

STALE = 600
"""Seconds after which a copy that is being made was given up."""


def backup(engine: Engine, *, insist: bool = False) -> None:
    """Copy a SQLite database beside itself, whole, as of now: what to fall back on if it is damaged one day.

    If another program is at it, that is good enough, unless you `insist`: then it is waited for, because it may have begun before what
    was written last. Raises `StorageError`.
    """
    database = engine.url.database
    if engine.dialect.name != "sqlite" or not database:
        return
    file = Path(database)
    fresh = file.with_name(f"{file.name}.backup.new")
    try:
        ours = waited_for(partial(_claimed, fresh), PATIENCE if insist else 0)
        if ours:
            _copy(file, fresh)
    except (sqlite3.Error, OSError) as error:
        remedy = "; it may hold what was erased: mend that and erase again, or remove it" if insist else ""
        raise StorageError(f"{file}.backup: is not renewed ({error}){remedy}") from error
    if insist and not ours:
        raise StorageError(
            f"{file}.backup: may hold what was erased, for another program has been renewing it for longer than {PATIENCE} s; "
            f"erase again, and remove {fresh.name} before if there is no such program"
        )


def forget_traces(engine: Engine) -> None:
    """Keep what was erased from staying readable beside a SQLite database: empty its log of writes, and renew its copy.

    Both are waited for, up to `PATIENCE`. Raises `StorageError`; to erase once more, where nothing is left to erase, does the rest.
    """
    if engine.dialect.name != "sqlite":
        return
    if not _emptied(engine):
        raise StorageError(
            f"{engine.url.database}-wal: still holds what was erased, for another program has been reading for longer than {PATIENCE} s; "
            "stop it, and erase again"
        )
    backup(engine, insist=True)


def _emptied(engine: Engine) -> bool:
    """Whether the log of writes is empty; SQLite waits for readers, and gives up at once where another program is emptying it."""
    with explained(engine), engine.connect() as connection:
        cursor = connection.connection.cursor()
        return waited_for(lambda: not cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0], PATIENCE)


def _claimed(fresh: Path) -> bool:
    """Whether it is now ours to make the file `fresh`; false where another program is at it."""
    with suppress(FileNotFoundError):
        if time.time() - fresh.stat().st_mtime > STALE:
            fresh.unlink()  # whoever was at it is gone
    try:
        fresh.touch(mode=PRIVATE, exist_ok=False)
    except FileExistsError:
        return False
    return True


def _copy(file: Path, fresh: Path) -> None:
    """Copy the database `file` into `fresh`, which then takes the place of the last copy. Raises `sqlite3.Error`, `OSError`."""
    try:
        with closing(sqlite3.connect(file, timeout=PATIENCE)) as source, closing(sqlite3.connect(fresh)) as target:
            source.backup(target)
            if (found := target.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
                # The last good copy must not be lost for this one.
                raise sqlite3.DatabaseError(f"the ledger is damaged: {found}")  # noqa: TRY301  no half copy is to be left by any fault
        fresh.replace(file.with_name(f"{file.name}.backup"))
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
