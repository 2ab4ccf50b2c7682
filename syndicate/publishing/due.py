"""Decide which windows of a digest are due, and what shall become of those whose time was missed. Pure.

Windows tile time because each begins where the last recorded one ended, whatever the schedule was then: a changed crontab line or time
zone moves the next edge, and leaves no gap and no overlap. Of times that were missed,

1. `latest` makes one edition that covers them all;
2. `each` makes one edition for each;
3. `skip` lets them expire: their articles run in the next edition that is on time, within `late`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, assert_never

from syndicate.windows import Window

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.model import CatchUp
    from syndicate.windows import Cadence

ON_TIME = timedelta(hours=1)
"""How long after its time an edition still counts as on time, so that `run --once` in an hourly crontab misses none."""

PUNCTUAL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A window that has closed, what shall be done about it, and why."""

    window: Window
    action: Literal["run", "skipped", "expired"]
    reason: str


def due_windows(cadence: Cadence, last: datetime | None, now: datetime, *, catch_up: CatchUp) -> tuple[Due, ...]:
    """The windows that closed after `last`, the end of the last recorded one, and by `now`, oldest first.

    Before the first edition (`last` is `None`) only the window that closed just now is due. If its time is past, the digest begins
    there: nobody who sets a digest up on a Thursday expects Monday's edition to go out at once.
    """
    if last is None:
        window = cadence.window(now)
        if now - window.end > ON_TIME:
            return (Due(window, "skipped", "the digest begins with the next edition"),)
        # Where the digest begins is a fact before its first edition is tried: should that fail, its time is not forgotten.
        before = Due(cadence.window(window.start), "skipped", "the digest begins after it")
        return (before, Due(window, "run", punctuality(now - window.end)))
    fires = _fires(cadence, last, now)
    if not fires:
        return ()
    many, lateness = len(fires) > 1, punctuality(now - fires[-1])
    match catch_up:
        case "latest":
            reason = f"caught up: {len(fires)} times in one edition, {lateness}" if many else lateness
            return (Due(Window(last, fires[-1], cadence.zone), "run", reason),)
        case "each":
            caught_up = "caught up, " if many else ""
            edges = pairwise([last, *fires])
            return tuple(Due(Window(*edge, cadence.zone), "run", caught_up + punctuality(now - edge[1])) for edge in edges)
        case "skip":
            on_time = now - fires[-1] <= ON_TIME
            missed = fires[:-1] if on_time else fires
            times = f"missed {len(missed)} times" if len(missed) > 1 else "missed its time"
            expired = (Due(Window(last, missed[-1], cadence.zone), "expired", f"{times}; catch_up is skip"),) if missed else ()
            start = missed[-1] if missed else last
            fresh = (Due(Window(start, fires[-1], cadence.zone), "run", lateness),) if on_time else ()
            return (*expired, *fresh)
        case _:
            assert_never(catch_up)


def punctuality(lateness: timedelta) -> str:
    """`on time`, or `late by 2 h 5 min`."""
    if lateness < PUNCTUAL:
        return "on time"
    minutes = int(lateness.total_seconds()) // 60
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return "late by " + " ".join(f"{number} {unit}" for number, unit in parts if number)


def _fires(cadence: Cadence, last: datetime, now: datetime) -> list[datetime]:
    fires = []
    fire = cadence.after(last)
    while fire <= now:
        fires.append(fire)
        fire = cadence.after(fire)
    return fires
