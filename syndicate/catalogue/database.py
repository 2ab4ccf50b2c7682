"""Caches in SQLite: what can be made anew at any time, and so may be thrown away at any time. [I/O]"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from syndicate.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60
"""Seconds to wait for another program that writes the same cache."""

AROUND = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
"""Errors of what lies around a cache: other programs, the disk, permissions."""

BESIDE = ("-journal", "-wal", "-shm", "")
"""What SQLite puts beside a database, and the database, by ending: gone in this order, no journal meets a file that it is not of."""


def open_cache(file: Path, schema: str) -> sqlite3.Connection:
    """Open the cache in `file`; one that is new, damaged or of another form is made as `schema` says. Raises `CacheError`."""
    with speaking_of(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _open(file, schema)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            drop(file)
            return _open(file, schema)


def drop(file: Path) -> None:
    """Throw a cache away."""
    for ending in BESIDE:
        with suppress(OSError):
            Path(f"{file}{ending}").unlink()


@contextmanager
def speaking_of(file: Path) -> Iterator[None]:
    """Turn what SQLite or the system says of `file` into a `CacheError`; what is damaged is thrown away."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # the cache is not at fault
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            busy = "locked" in str(error)
            remedy = "another program is using it; wait for that" if busy else "mend its permissions, or free space"
            raise CacheError(f"{file}: cannot be used ({error}); {remedy}") from error
        drop(file)
        raise CacheError(f"{file}: is damaged ({error}), and was thrown away; it will be made anew", damaged=True) from error
    except OSError as error:
        raise CacheError(f"{file}: cannot be used ({error.strerror}); mend its permissions, or free space") from error


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether a cache is at fault: its bytes, or its tables, in which our statements find all that they name."""
    code = getattr(error, "sqlite_errorcode", None)  # which Python's own errors lack: of a text, that it is not UTF-8
    return code is None or code & 0xFF not in AROUND


def _open(file: Path, schema: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -65536")
        form = crc32(schema.encode()) & 0x7FFFFFFF
        if _form(connection) != form:
            connection.execute("BEGIN IMMEDIATE")
            if _form(connection) != form:  # another program may have been quicker
                _rebuild(connection, schema, form)
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def _form(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _rebuild(connection: sqlite3.Connection, schema: str, form: int) -> None:
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
        connection.execute(f'DROP TABLE "{name}"')
    for statement in schema.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {form}")
