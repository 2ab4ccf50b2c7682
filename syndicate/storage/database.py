"""Open the database, and bring its tables up to date. [I/O]

SQLite runs in WAL mode with full syncing, and every transaction takes the write lock when it begins, so that two programs on one
workspace wait for each other instead of failing half way. Whatever is deleted or changed is overwritten there and then.

PostgreSQL runs as it is set up, and is shared by machines whose clocks differ: what time it is there, it says itself.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, func, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import NullPool

from syndicate.errors import ConfigurationError, StorageError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import URL, Connection, Engine, Table

HEAD = "0004"
"""The newest step of `migrations/versions`: the tables that this program knows."""

PATIENCE = 30
"""Seconds to wait for another program that holds the write lock."""

PAUSE = 0.02
"""Seconds between two looks whether it is done."""

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700
"""Modes of a database, which knows people, and of the folder that is made for it."""

MIGRATING = 0x73796E64
"""The number of PostgreSQL's lock that whoever changes the tables holds: nobody else's, we hope."""

CONNECT = 10
"""Seconds to wait for a PostgreSQL that does not answer."""

PASSING = ("08", "57P", "53300")
"""What PostgreSQL calls states that pass: a connection lost, a server going down or coming up, too many connections."""

RIVALS = "40"
"""What it calls two transactions that cannot both be done: a deadlock, or one that read what the other has changed."""

SECRETS = ("password", "sslpassword")
"""Parts of an URL's query that nobody else is to read."""

INSERTS: Mapping[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""What makes an INSERT that knows what to do about a row which is there already, by the dialect."""

SCRIPTS = Path(__file__).parent / "migrations"


def open_database(url: str, root: Path) -> Engine:
    """An engine on the database at `url`, its tables up to date; a relative SQLite file lies below `root`.

    Raises `ConfigurationError` for an URL that cannot be read, `StorageError` for a database that cannot be used.
    """
    try:
        parsed = _spelled(make_url(url))
    except (ArgumentError, ValueError) as error:  # a port that is no number
        raise ConfigurationError([f"storage.url: {error}; write it as sqlite:///.syndicate/syndicate.db"]) from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in {None, "", ":memory:"}:
            raise ConfigurationError(
                ["storage.url: a ledger in memory forgets what was sent; name a file: sqlite:///.syndicate/syndicate.db"]
            )
        file = root / str(parsed.database)
        parsed = parsed.set(database=str(file))
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            if not file.exists():
                file.touch(mode=PRIVATE)
        except OSError as error:
            raise StorageError(f"{file.parent}: cannot be made ({error.strerror})") from error
    try:
        engine = _engine(parsed)
    except (NoSuchModuleError, ImportError) as error:
        reason = f"storage.url: {error}; use sqlite:///..., or postgresql+psycopg://... with `pip install 'syndicate[cluster]'`"
        raise ConfigurationError([reason]) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _wait_for_disk)
    with explained(engine):
        _migrate(engine)
    return engine


def _spelled(parsed: URL) -> URL:
    """PostgreSQL by the driver that we know, as others write its URL too."""
    return parsed.set(drivername="postgresql+psycopg") if parsed.drivername in {"postgres", "postgresql"} else parsed


def _engine(parsed: URL) -> Engine:
    match parsed.get_backend_name():
        case "sqlite":
            # A connection for each transaction: to open a file costs little, and none is left open when the program ends.
            return create_engine(parsed, connect_args={"timeout": PATIENCE}, poolclass=NullPool)
        case "postgresql":
            # A connection that a restart of the server has broken is noticed before it is used.
            return create_engine(
                parsed, connect_args={"connect_timeout": CONNECT, "application_name": "syndicate"}, pool_pre_ping=True, pool_size=4
            )
        case _:
            return create_engine(parsed)


def skew(engine: Engine) -> timedelta:
    """How far this machine's clock is behind the database's: what machines that share one must add to theirs. None for a file of ours."""
    if engine.dialect.name == "sqlite":
        return timedelta()
    with explained(engine), engine.connect() as connection:
        before = datetime.now(UTC)
        theirs: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return theirs - before - (datetime.now(UTC) - before) / 2


def brisk(engine: Engine) -> Engine:
    """A second engine on the same database, for what is written thousands of times a second and may be lost if the power fails.

    A program that is killed loses nothing. With SQLite it keeps its connection open and does not wait for the disk (`synchronous = NORMAL`):
    after a failure of the machine the last transactions may be undone, from the newest back to one that waited. Elsewhere it is `engine`.
    """
    if engine.dialect.name != "sqlite":
        return engine
    quick = create_engine(engine.url, connect_args={"timeout": PATIENCE}, pool_size=1, max_overflow=0)
    event.listen(quick, "connect", _prepare_sqlite)
    event.listen(quick, "connect", _do_not_wait)
    event.listen(quick, "begin", _begin_sqlite)
    return quick


def called(engine: Engine) -> str:
    """What a database is called in messages: its URL, with nothing in it that nobody else is to read."""
    return engine.url.difference_update_query(SECRETS).render_as_string(hide_password=True)


def waited_for(ready: Callable[[], bool], patience: float) -> bool:
    """Whether something is `ready`, asked again until it is, for so many seconds; where SQLite does not wait by itself."""
    deadline = time.monotonic() + patience
    while not ready():
        if time.monotonic() >= deadline:
            return False
        time.sleep(PAUSE)
    return True


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn what a database says into what a person can do about it. Raises `StorageError`; `UnavailableError` for what passes by itself."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        if engine.dialect.name == "postgresql":
            raise _explanation(error, engine) from error
        raise StorageError(_remedy(str(error.orig), engine)) from error
    except PoolTimeoutError as error:
        raise UnavailableError(f"{called(engine)}: all connections of this program were in use for half a minute; try again") from error


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it, or nothing. Raises `StorageError`, and `IntegrityError` where a row contradicts another."""
    with explained(engine), engine.begin() as connection:
        yield connection


def _explanation(error: DBAPIError, engine: Engine) -> StorageError:
    """What PostgreSQL said, in a line; one that cannot be reached has no state to tell."""
    name, said = called(engine), " ".join(str(error.orig).split())
    state = getattr(error.orig, "sqlstate", None) or ""
    if state.startswith(RIVALS):
        return UnavailableError(f"{name}: another program was at work on the same rows ({said}); run it again")
    if state.startswith(PASSING) or error.connection_invalidated or (isinstance(error, OperationalError) and not state):
        return UnavailableError(f"{name}: does not answer ({said}); start it, or look at [storage] url")
    if state.startswith("53"):
        return StorageError(f"{name}: has no room left ({said}); free some and run again: nothing was recorded")
    return StorageError(f"{name}: {said}")


def _remedy(said: str, engine: Engine) -> str:
    name = called(engine)
    database = Path(engine.url.database or "")
    copy = database.with_name(f"{database.name}.backup")
    if "locked" in said or "busy" in said:
        return f"{name}: another program holds the database for longer than {PATIENCE} s; stop it, or try again"
    if "full" in said:
        return f"{name}: the disk is full; free some space and run again: nothing was recorded"
    if "malformed" in said or "not a database" in said or "corrupt" in said:
        since = f"{datetime.fromtimestamp(copy.stat().st_mtime, UTC):%Y-%m-%d %H:%M} UTC" if copy.exists() else ""
        way = f"a copy as of {since} is {copy.name}: move it over the damaged file" if since else "restore it from your backup"
        return f"{name}: the database is damaged ({said}); {way}, and remove {database.name}-wal and {database.name}-shm"
    return f"{name}: {said}"


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Settings of each connection. Python's own handling of transactions is off: SQLAlchemy begins them."""
    connection.isolation_level = None
    # Who is erased must not stay readable where their row stood before it was last changed: not every SQLite is built to see to that.
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    _keep_a_log(connection)


def _keep_a_log(connection: Any) -> None:
    """Have the database keep a log of writes (WAL). Of several programs that say so to a new one, SQLite lets one, and does not wait for it."""
    if not waited_for(partial(_logs, connection), PATIENCE):
        connection.execute("PRAGMA journal_mode = WAL")  # it says why not


def _logs(connection: Any) -> bool:
    """Whether a database could be told to keep a log; false while another program holds it."""
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        return False
    return True


def _wait_for_disk(connection: Any, _: object) -> None:
    """Have PostgreSQL keep what it has answered, also where it is set up to forget the last moments in a crash: marks would be among them."""
    connection.execute("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
    connection.commit()


def _do_not_wait(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads and then writes must not find that another was quicker."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    """Bring the tables up to date in one transaction, which keeps a second program that starts now waiting."""
    with engine.begin() as connection:
        if _revision(connection) == HEAD:
            return
        if engine.dialect.name == "postgresql":  # until this transaction ends; SQLite has a lock for all that is written
            connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
        revision = _revision(connection)
        if revision == HEAD:
            return  # another program was quicker
        from alembic.command import upgrade
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        config.attributes["connection"] = connection
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if revision is not None and revision not in known:
            raise StorageError(
                f"{called(engine)}: was written by a newer syndicate (its tables are at step {revision}, "
                f"this one knows {HEAD}); update syndicate, or name another database with [storage] url"
            )
        upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    """The step that the tables are at; `None` in an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
