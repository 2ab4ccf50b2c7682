"""Send from many machines: procrastinate wakes workers when there is something to send. The queue is a bell, and nothing else.

What is owed, who is just sending it and how much may go out stands in the ledger. A job says "some of the outbox is due": who takes it
claims a chunk, of whatever edition, and sends that. A job too many finds nothing to do. A job too few is made up for: every worker looks
into the outbox by itself from time to time.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syndicate.errors import ConfigurationError
from syndicate.publishing.patience import patiently
from syndicate.publishing.running import Event
from syndicate.publishing.sending import post_due
from syndicate.storage import installed_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.config import Settings
    from syndicate.storage import Ledger

QUEUE, TASK = "syndicate", "syndicate.post"
TABLE = "procrastinate_jobs"

CHUNK = 4000
"""Deliveries that one job is for: some seconds of work, so that all workers are done at about the same time."""

MOST = 1000
"""Jobs that wait at most; whoever finishes one looks for more."""

WAITING = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = %(queue)s AND status = 'todo'"

LOOK = 5.0
"""Seconds between two looks into the outbox that no bell has asked for: retries come due, and bells may be lost."""

WAIT = 5.0
"""Seconds to wait for the queue's database before it is taken to be away."""

SWEEP = 60.0
"""Seconds between two looks for jobs whose worker was killed."""

DEAD = 30.0
"""Seconds without a sign of life after which a worker is dead; each gives one every ten."""

FINISH = "DELETE FROM procrastinate_jobs WHERE queue_name = %(queue)s AND status = 'doing' AND worker_id IS NULL"
"""Jobs whose worker is dead, and was struck off the list. Nobody does them again: the outbox knows better what is left to do."""


def clock() -> datetime:
    """The moment it is: the one place where workers ask."""
    return datetime.now(UTC)


def announce(connection: Any, owed: int) -> None:
    """Write down a job for each chunk of what an edition owes, over psycopg's `connection`; none where no worker ever was.

    A bell that does not ring keeps no edition from being recorded.
    """
    if not owed or not installed_tables(connection, TABLE):
        return
    with suppress(Exception), connection.transaction():  # not installed here, or older than the tables are: workers look by themselves
        from procrastinate import App, SyncPsycopgConnector

        waiting = connection.execute(WAITING, {"queue": QUEUE}).fetchone()[0]
        jobs = min(-(-owed // CHUNK), MOST - waiting)  # those that nobody takes do not pile up
        if jobs > 0:
            App(connector=SyncPsycopgConnector()).configure_task(TASK, queue=QUEUE, connection=connection).batch_defer(*[{}] * jobs)


@dataclass
class Worker:
    """One of many that send what a ledger owes, until it is stopped; the messages in hand are finished first."""

    settings: Settings
    ledger: Ledger
    tell: Callable[[Event], None]
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Send when woken, and look for what is due now and then, until SIGTERM or SIGINT. Raises `ConfigurationError`, `StorageError`."""
        if not self.ledger.is_shared:
            reason = "is a file of one machine, on which `syndicate run` sends by itself; workers share a PostgreSQL"
            raise ConfigurationError([f"storage.url: {self.ledger.name} {reason}: postgresql+psycopg://..."])
        for name in ("procrastinate", "psycopg", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what went wrong is told here
        asyncio.run(self._run())

    async def _run(self) -> None:
        self.turn, self.enough = asyncio.Lock(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._stop)
        await patiently(partial(install, self.ledger))
        await asyncio.gather(self._listen(), self._look())

    def _stop(self) -> None:
        self.stopping.set()
        self.enough.set()

    async def _listen(self) -> None:
        """Take jobs; where the database is being restarted, again as soon as it is there."""
        enough = asyncio.ensure_future(self.enough.wait())
        while not self.enough.is_set():
            taking = asyncio.ensure_future(self._take_jobs())
            await asyncio.wait({taking, enough}, return_when=asyncio.FIRST_COMPLETED)
            if enough.done():
                await self._leave(taking)
            elif error := taking.exception():
                said = error.__cause__ or error  # procrastinate says "Database error."
                self.tell(Event("queue", "failed", " ".join(f"{type(said).__name__}: {said}".split())))
            await self._rest()

    async def _leave(self, taking: asyncio.Task[None]) -> None:
        """Take no more jobs. The one in hand is finished first, and signed off where the database is there for it."""
        taking.cancel()
        async with self.turn:
            pass
        await asyncio.wait({taking}, timeout=WAIT)

    async def _take_jobs(self) -> None:
        """Do what jobs say, until it is cancelled or the database goes away."""
        from procrastinate import App, PsycopgConnector
        from procrastinate.exceptions import ConnectorException

        connector = PsycopgConnector(conninfo=self.ledger.conninfo, min_size=1, max_size=3, timeout=WAIT)
        app = App(connector=connector)

        @app.task(name=TASK, queue=QUEUE)
        async def post() -> None:
            await self._post()

        async def sweep() -> None:
            while True:
                with suppress(ConnectorException):  # the database is away, and comes back
                    await app.job_manager.prune_stalled_workers(DEAD)
                    await connector.execute_query_async(FINISH, queue=QUEUE)
                await asyncio.sleep(SWEEP)

        async with app.open_async():
            sweeping = asyncio.ensure_future(sweep())
            try:
                await app.run_worker_async(
                    queues=[QUEUE],
                    delete_jobs="always",
                    install_signal_handlers=False,
                    fetch_job_polling_interval=LOOK,
                    stalled_worker_timeout=DEAD,
                )
            finally:
                sweeping.cancel()
                await asyncio.gather(sweeping, return_exceptions=True)

    async def _look(self) -> None:
        """Send what is due, whether a bell has rung or not."""
        while not self.enough.is_set():
            await self._post()
            await self._rest()

    async def _post(self) -> None:
        """Send a chunk of what is due, unless that is being done."""
        async with self.turn:
            if not self.stopping.is_set():
                try:
                    await asyncio.to_thread(self._send)
                except Exception as error:  # noqa: BLE001  whatever it is, the next look may do better
                    self.tell(Event("mail", "failed", f"{type(error).__name__}: {error}"))

    def _send(self) -> None:
        for event in post_due(self.settings, self.ledger, clock=clock, stopping=self.stopping.is_set, most=CHUNK):
            self.tell(event)

    async def _rest(self) -> None:
        """Wait for the next look, or for the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.enough.wait(), LOOK)


def install(ledger: Ledger) -> None:
    """Make the queue's tables, or bring them up to date, however many workers start at once. Raises `ConfigurationError`, `StorageError`."""
    try:
        from procrastinate.schema import SchemaManager
    except ImportError:
        raise ConfigurationError(["workers: procrastinate is not installed; run `pip install 'syndicate[cluster]'`"]) from None
    steps = {path.name: path.read_text(encoding="utf-8") for path in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))}
    ledger.install("queue", TABLE, SchemaManager.get_schema(), steps)
