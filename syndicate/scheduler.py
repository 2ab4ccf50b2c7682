"""Run for ever: wake when something may be due, and when files change. APScheduler is the clock, and nothing else.

What is due is asked of the ledger at every tick, so it does not matter how many ticks were slept through, or how many schedulers there
are. The tick comes at each fire time of each publication, and once a minute besides: a laptop's timers stand still while it sleeps.
"""

from __future__ import annotations

import logging
import signal
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from syndicate.config import Feed
from syndicate.publishing.running import Event, follow, run
from syndicate.publishing.sending import post_due

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from syndicate.config import Digest
    from syndicate.publishing.running import Desk
    from syndicate.windows import Cadence

SECOND_LOOK = 1000
"""Milliseconds after the first rendering: what changed while that went on was not watched yet."""

HEARTBEAT = timedelta(minutes=1)
POST = 5
"""Seconds between two looks into the outbox."""

QUIET = 10
"""Milliseconds without a change after which files are taken to be settled: an editor writes one in less."""

PATIENCE = 500
"""Milliseconds after which files that do not settle are looked at all the same."""


def clock() -> datetime:
    """The moment it is: the one place where the scheduler asks."""
    return datetime.now(UTC)


class NextDue(BaseTrigger):  # type: ignore[misc]  # APScheduler has no type hints
    """Fires at the next fire time of any cadence, and at the latest after a heartbeat."""

    def __init__(self, cadences: Sequence[Cadence]) -> None:
        self.cadences = cadences

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:  # noqa: ARG002  as APScheduler asks
        """When to tick after `now`."""
        return min((*(cadence.after(now) for cadence in self.cadences), now.astimezone(UTC) + HEARTBEAT))


@dataclass
class Scheduler:
    """A workspace that runs by itself until it is stopped; the step in hand is finished first. Unless it `sends`, others do."""

    desk: Desk
    tell: Callable[[Event], None]
    sends: bool = True
    stopping: threading.Event = field(default_factory=threading.Event)
    busy: threading.Lock = field(default_factory=threading.Lock)
    rendered_at: datetime | None = None

    def run(self) -> None:
        """Do what is due now, then wait for more, until SIGTERM or SIGINT."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        self.render_all()
        timer = BackgroundScheduler(timezone=UTC)
        cadences = [item.cadence for item in self._publications() if item.cadence]
        timer.add_job(self.tick, NextDue(cadences), coalesce=True, max_instances=1, misfire_grace_time=None)
        if self.sends:  # it may take hours, while feeds go on: it has a thread of its own
            timer.add_job(self.post, "interval", seconds=POST, coalesce=True, max_instances=1, misfire_grace_time=None)
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a sending is still going on is no news
        timer.start()
        try:
            self._watch()
        finally:
            timer.shutdown(wait=True)

    def tick(self) -> None:
        """Do what is due of digests, and render the feeds whose schedule has fired since they last were."""
        now = clock()
        due = [feed for feed in self._feeds() if self.rendered_at and feed.cadence and feed.cadence.after(self.rendered_at) <= now]
        self._run(now, due)

    def post(self) -> None:
        """Send what the outbox owes."""
        if self.stopping.is_set():
            return
        try:
            for event in post_due(self.desk.settings, self.desk.ledger, clock=clock, stopping=self.stopping.is_set):
                self.tell(event)
        except Exception as error:  # noqa: BLE001  whatever it is, the next look may do better
            self.tell(Event("mail", "failed", f"{type(error).__name__}: {error}"))

    def render_all(self) -> None:
        """Do what is due of digests, and render every feed."""
        self._run(clock(), list(self._feeds()))

    def follow(self, changed: Collection[Path] | None) -> None:
        """Render every feed again, after these files have changed, or any may have."""
        now = clock()
        self._tell(lambda: follow(self.desk, changed, now=now), now)

    def _run(self, now: datetime, feeds: Sequence[Feed]) -> None:
        self._tell(lambda: run(self.desk, now=now, feeds=feeds), now if feeds else None)

    def _tell(self, work: Callable[[], Iterator[Event]], rendered_at: datetime | None) -> None:
        """Do some work, alone, and tell of it; afterwards the feeds are those of `rendered_at`."""
        with self.busy:
            if self.stopping.is_set():
                return
            try:
                for event in work():
                    self.tell(event)
                    if self.stopping.is_set():
                        return
            except Exception as error:  # noqa: BLE001  whatever it is, the next tick may do better
                self.tell(Event("run", "failed", f"{type(error).__name__}: {error}"))
            self.rendered_at = rendered_at or self.rendered_at

    def _watch(self) -> None:
        """Render again whenever articles or templates change, until somebody says stop."""
        from watchfiles import watch

        folders = [folder for folder in self._folders() if folder.is_dir()]
        if not folders:
            self.stopping.wait()
            return
        ticks = watch(
            *folders,
            stop_event=self.stopping,
            step=QUIET,
            debounce=PATIENCE,
            rust_timeout=SECOND_LOOK,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        for place, changes in enumerate(ticks):
            if changes or not place:  # the first tells at least that it watches: what changed before that is still to be seen
                self.follow({Path(path) for _, path in changes} if place else None)

    def _folders(self) -> Iterable[Path]:
        settings = self.desk.settings
        return (*settings.folders, *settings.publisher.templates)

    def _publications(self) -> Sequence[Feed | Digest]:
        return self.desk.settings.publications()

    def _feeds(self) -> Iterable[Feed]:
        return (item for item in self._publications() if isinstance(item, Feed))

    def _stop(self, *_: Any) -> None:
        self.stopping.set()
