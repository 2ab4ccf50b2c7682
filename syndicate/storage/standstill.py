"""Have a ledger stand still while it is copied: nobody sends from it, and nobody writes to it. [I/O]"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from syndicate.errors import StorageError
from syndicate.storage.database import PATIENCE
from syndicate.storage.moves import name_of
from syndicate.storage.tables import deliveries, facts, metadata, signups

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Table

LOCKED = "55P03"
"""What PostgreSQL calls a lock that was waited for in vain."""


def at_work(reading: Connection, name: str, now: datetime) -> str:
    """Who is sending from this ledger and may be alive; nothing where nobody is. What they left when they died is copied as it is."""
    leased = deliveries.c.state.in_(("leased", "sending")) & (deliveries.c.lease_until > now)
    query = select(deliveries.c.lease, deliveries.c.lease_until).where(leased).order_by(deliveries.c.lease_until.desc()).limit(1)
    for lease, until in reading.execute(query):
        return f"{name}: {lease} is sending from it; stop it and copy then, or after {until:%H:%M:%S} UTC, if it is dead"
    letters = (signups.c.state == "sending") & (signups.c.next_at > now)
    for (until,) in reading.execute(select(signups.c.next_at).where(letters).order_by(signups.c.next_at.desc()).limit(1)):
        return (
            f"{name}: a letter that confirms a sign-up is being sent; stop `syndicate serve` and copy then, or after {until:%H:%M:%S} UTC"
        )
    return ""


@contextmanager
def still(engine: Engine, *, alone: bool) -> Iterator[Connection]:
    """A transaction in which everything is read as of one moment, and in which nobody else writes, if it is `alone`. Raises `StorageError`."""
    with engine.connect() as plain:
        postgresql = engine.dialect.name == "postgresql"
        connection = plain.execution_options(isolation_level="REPEATABLE READ") if postgresql else plain
        with connection.begin():
            if alone:
                # The facts come first: who is about to write has looked at them before all else, so that nobody waits for us who holds
                # what we wait for.
                lock(connection, name_of(engine), facts, *(table for table in metadata.sorted_tables if table is not facts))
            yield connection


def lock(connection: Connection, name: str, *tables: Table) -> None:
    """Keep all others from writing to tables of the database called `name`, but not from reading. Raises `StorageError`.

    In SQLite they are kept from it already: every transaction has the write lock.
    """
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
    try:
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(table.name for table in tables)} IN EXCLUSIVE MODE")
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != LOCKED:
            raise
        raise StorageError(
            f"{name}: another program has been writing to it for longer than {PATIENCE} s; stop `run`, `serve` and `worker`, and copy again"
        ) from error
