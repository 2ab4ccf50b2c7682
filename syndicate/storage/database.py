"""Open the database, and bring its tables up to date. [I/O]

SQLite runs in WAL mode with full syncing, and every transaction takes the write lock when it begins, so that two programs on one
workspace wait for each other instead of failing half way. Whatever is deleted or changed is overwritten there and then.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import NullPool

from syndicate.errors import ConfigurationError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

HEAD = "0003"
"""The newest step of `migrations/versions`: the tables that this program knows."""

PATIENCE = 30
"""Seconds to wait for another program that holds the write lock."""

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700
"""Modes of a database, which knows people, and of the folder that is made for it."""

STALE = 600
"""Seconds after which a copy that is being made was given up."""

SCRIPTS = Path(__file__).parent / "migrations"


def open_database(url: str, root: Path) -> Engine:
    """An engine on the database at `url`, its tables up to date; a relative SQLite file lies below `root`.

    Raises `ConfigurationError` for an URL that cannot be read, `StorageError` for a database that cannot be used.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
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
        raise ConfigurationError([f"storage.url: {error}; use sqlite:///..., or install what postgresql+psycopg://... needs"]) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with explained(engine):
        _migrate(engine)
    return engine


def _engine(parsed: URL) -> Engine:
    if parsed.get_backend_name() == "sqlite":
        # A connection for each transaction: to open a file costs little, and none is left open when the program ends.
        return create_engine(parsed, connect_args={"timeout": PATIENCE}, poolclass=NullPool)
    return create_engine(parsed)


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


def forget_traces(engine: Engine) -> None:
    """Keep what was erased from staying readable beside a SQLite database: empty its log of writes, and renew its copy.

    Both are waited for, up to `PATIENCE`. Raises `StorageError`; to erase once more, where nothing is left to erase, does the rest.
    """
    if engine.dialect.name != "sqlite":
        return
    with explained(engine), engine.connect() as connection:
        busy = connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise StorageError(
            f"{engine.url.database}-wal: still holds what was erased, for another program has been reading for longer than {PATIENCE} s; "
            "stop it, and erase again"
        )
    backup(engine, insist=True)


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn what a database says into what a person can do about it. Raises `StorageError`."""
    try:
        yield
    except IntegrityError:
        raise
    except (OperationalError, DatabaseError) as error:
        raise StorageError(_remedy(str(error.orig), engine)) from error


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
        ours = _claimed(fresh, PATIENCE if insist else 0)
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


def _claimed(fresh: Path, patience: float) -> bool:
    """Whether it is now ours to make the file `fresh`, for which another program is waited for, up to `patience` in seconds."""
    deadline = time.monotonic() + patience
    while True:
        with suppress(FileNotFoundError):
            if time.time() - fresh.stat().st_mtime > STALE:
                fresh.unlink()  # whoever was at it is gone
        try:
            fresh.touch(mode=PRIVATE, exist_ok=False)
        except FileExistsError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
        else:
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


def _remedy(said: str, engine: Engine) -> str:
    name = engine.url.render_as_string(hide_password=True)
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
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _do_not_wait(connection: Any, _: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads and then writes must not find that another was quicker."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    """Bring the tables up to date in one transaction, which keeps a second program that starts now waiting."""
    with engine.begin() as connection:
        revision = _revision(connection)
        if revision == HEAD:
            return
        from alembic.command import upgrade
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        config = Config()
        config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
        config.attributes["connection"] = connection
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if revision is not None and revision not in known:
            raise StorageError(
                f"{engine.url.render_as_string(hide_password=True)}: was written by a newer syndicate (its tables are at step {revision}, "
                f"this one knows {HEAD}); update syndicate, or name another database with [storage] url"
            )
        upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    """The step that the tables are at; `None` in an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
