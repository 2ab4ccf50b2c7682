"""Figures about a ledger, without anybody in them: how many of what in which state. [I/O: reads]

Whoever asks has little time, and must not hold anybody up: the database is only read, and a look that takes longer than two seconds is
given up. SQLite waits two seconds for a lock, and then reads for what is left of them; of PostgreSQL, each statement may take as long.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import create_engine, event, func, select
from sqlalchemy.pool import NullPool

from syndicate.storage.database import explained
from syndicate.storage.tables import DELIVERIES, PEOPLE, SIGNUPS, STATES, deliveries, editions, runs, signups, subscribers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Engine, Table

PATIENCE = 2
"""Seconds after which a database that does not answer counts as one that does not."""

STEPS = 10_000
"""Steps of SQLite's machine between two looks at the clock: well below a millisecond."""


@dataclass(frozen=True, slots=True)
class Health:
    """When something was last done for each publication, and how many editions are still owed."""

    last: Mapping[str, datetime]
    owed: int


@dataclass(frozen=True, slots=True)
class Census:
    """How many editions, deliveries, subscribers and sign-ups are in which state; each state is there, though nobody be in it."""

    editions: Mapping[str, int]
    deliveries: Mapping[str, int]
    subscribers: Mapping[str, int]
    signups: Mapping[str, int]


class Gauge:
    """A ledger, for whoever only wants figures. Every method raises `StorageError` where it does not answer."""

    def __init__(self, engine: Engine) -> None:
        self.engine = _reading(engine)

    def health(self) -> Health:
        """How the work stands: the last run of each publication that left something to tell."""
        with self._transaction() as connection:
            ran = select(runs.c.publication, func.max(runs.c.at)).group_by(runs.c.publication)
            last: dict[str, datetime] = {row[0]: row[1] for row in connection.execute(ran)}
            settled = select(editions.c.digest, func.max(editions.c.recorded_at)).group_by(editions.c.digest)
            for digest, at in connection.execute(settled):
                last[digest] = max(at, last.get(digest, at))
            owed = connection.execute(select(func.count()).select_from(editions).where(editions.c.state == "recorded")).scalar_one()
        return Health(last, owed)

    def census(self) -> Census:
        """The figures."""
        with self._transaction() as connection:
            return Census(
                _by_state(connection, editions, STATES),
                _by_state(connection, deliveries, DELIVERIES),
                _by_state(connection, subscribers, PEOPLE),
                _by_state(connection, signups, SIGNUPS),
            )

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with explained(self.engine), self.engine.connect() as connection:
            yield connection


def _by_state(connection: Connection, table: Table, states: tuple[str, ...]) -> dict[str, int]:
    found = connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
    return dict.fromkeys(states, 0) | {str(state): int(count) for state, count in found}


def _reading(engine: Engine) -> Engine:
    """An engine on the same database that only reads: with SQLite, readers and a writer do not wait for each other (WAL)."""
    if engine.dialect.name != "sqlite":
        # A connection for each look: none is kept from whoever works, and one that hangs is not met again.
        looking = create_engine(engine.url, connect_args={"connect_timeout": PATIENCE}, poolclass=NullPool)
        event.listen(looking, "begin", _look_only)
        return looking
    place = f"file:{quote(str(engine.url.database))}?mode=ro"  # a database that is gone must not be made anew by a look at it
    return create_engine(engine.url, creator=lambda: _looking(place), poolclass=NullPool)


def _look_only(connection: Connection) -> None:
    """What holds for one transaction: said here, and not as it connects, so that the URL's own `options` stand, and poolers take it."""
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {PATIENCE * 1000:.0f}")


def _looking(place: str) -> sqlite3.Connection:
    """A connection for one look: SQLite has no time limit of its own for what it reads."""
    connection = sqlite3.connect(place, uri=True, timeout=PATIENCE, check_same_thread=False)
    end = time.monotonic() + PATIENCE
    connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    return connection
