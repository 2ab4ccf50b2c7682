"""The marks of a move: a ledger that was left, and one that is not whole yet, are not to be worked on. [I/O]

A copy goes through three states. Whoever is cut off in any of them can try again, and in none are there two ledgers that can be worked on:

1. the target says of what it is an unfinished copy (`copying`), so that nobody but the copy opens it;
2. when it is whole, the source says where it went (`moved`), in the transaction in which it was read;
3. then the target loses its mark.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select

from syndicate.errors import StorageError
from syndicate.storage.database import SECRETS, called, explained, transaction
from syndicate.storage.tables import facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection, Engine

COPYING, MOVED = "copying", "moved"
MARKS = (COPYING, MOVED)
"""Names of facts that are true of a database itself: they are not copied."""

# Built once: it is asked whenever something is claimed.
READ = select(facts.c.name, facts.c.value).where(facts.c.name.in_(MARKS)).order_by(facts.c.name)
SHARE = READ.with_for_update(read=True)


class Move(NamedTuple):
    """Where a ledger went, and when."""

    where: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.where} on {self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def refuse_moved(connection: Connection, name: str, *, reading: bool = False) -> None:
    """Keep a program from working on the database called `name`, if it was moved or is half a copy. Raises `StorageError`.

    Who is going to write asks at the beginning of the transaction: then no copy begins until it ends, and one that goes on is waited for,
    so that the answer holds. Who is only `reading` waits for nobody.
    """
    # In PostgreSQL it is the lock of the table, which comes with FOR SHARE, that a copy excludes: there may be no row to lock.
    marks = {row.name: row.value for row in connection.execute(READ if reading else SHARE)}
    if fault := fault_of(marks, name):
        raise StorageError(fault)


def fault_of(marks: Mapping[str, str], name: str) -> str:
    """Why the database called `name` is not to be worked on, by the marks that it bears; nothing where it may."""
    if COPYING in marks:
        return f"{name}: is an unfinished copy of {marks[COPYING]}; run `syndicate storage copy` again"
    if MOVED in marks:
        return (
            f"{name}: was moved to {move_of(marks[MOVED])}; name that one with [storage] url, "
            "or take the mark away with `syndicate storage reopen`, if this one is to go on and the other never is"
        )
    return ""


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes to a ledger: one that was not moved, and is not while it is written to. Raises `StorageError`."""
    with transaction(engine) as connection:
        refuse_moved(connection, called(engine))
        yield connection


def name_of(engine: Engine) -> str:
    """What a database is called in marks and messages: the same however its file was named, and without its password."""
    url = engine.url.difference_update_query(SECRETS)
    if engine.dialect.name == "sqlite":
        url = url.set(database=str(Path(str(url.database)).resolve()))
    return url.set(password=None).render_as_string()


def marks_of(connection: Connection) -> dict[str, str]:
    """The marks that a database bears, by their names."""
    return {row.name: row.value for row in connection.execute(READ)}


def mark_copying(connection: Connection, source: str) -> None:
    """Say that from now on this is an unfinished copy of `source`, whatever it was."""
    _mark(connection, COPYING, source)


def mark_moved(connection: Connection, target: str, now: datetime) -> None:
    """Say that this was moved to `target`."""
    _mark(connection, MOVED, f"{now.isoformat()} {target}")


def unmark(connection: Connection) -> None:
    """Say that this is a ledger to work on."""
    connection.execute(delete(facts).where(facts.c.name.in_(MARKS)))


def move_of(value: str) -> Move:
    """Where a ledger went, by the value of its mark."""
    at, _, where = value.partition(" ")
    return Move(where, datetime.fromisoformat(at))


def reopen(engine: Engine) -> Move | None:
    """Have a ledger that was moved be worked on again: where it was moved to, `None` where it was not. Raises `StorageError`."""
    with explained(engine), engine.begin() as connection:
        marks = marks_of(connection)
        if COPYING in marks:
            raise StorageError(fault_of(marks, name_of(engine)))
        unmark(connection)
    return move_of(marks[MOVED]) if MOVED in marks else None


def _mark(connection: Connection, name: str, value: str) -> None:
    unmark(connection)
    connection.execute(insert(facts).values(name=name, value=value))
