"""Spans of time, and the schedules that cut time into them. Pure: no clock.

A schedule speaks of wall time, so `Cadence` walks the crontab over wall time, where every day has 24 hours, and only then asks
its zone which instant each reading stands for:

1. a reading that the clocks skip stands for the instant the same span later (02:30 becomes 03:30), and fires once;
2. a reading that the clocks repeat stands for its first instant, and fires once;
3. readings that land on one instant fire once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.errors import MomentError, ScheduleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from apscheduler.triggers.cron import CronTrigger

NEIGHBOURHOOD = timedelta(hours=26)
"""No zone has ever moved its clocks by more than a day (Samoa skipped 30 December 2011)."""

LOOKBACKS = tuple(timedelta(hours=hours) for hours in (1, 24, 24 * 8, 24 * 32, 24 * 367, 24 * 366 * 9))
"""How far back to search for the last fire time: from hourly schedules to 29 February."""

SAMPLE, SAMPLES = datetime(2001, 1, 8, tzinfo=UTC), 100
"""From when on, and at how many fire times, a schedule is looked at where no moment is given: a Monday on which no clock changed."""

REST = (timedelta(minutes=1), timedelta(hours=5))
"""Between what a reader may be told to wait for the next render: less would spare nobody a request, and after more a correction comes too late."""

CRONTAB_FIELDS = 5
"""minute, hour, day of the month, month, weekday (crontab(5))"""

NAMES = re.compile(r"[a-z]+(?:-[a-z]+)?", re.IGNORECASE)
"""Months or weekdays by name: `mon`, `mon-fri`. What else follows a name, APScheduler drops without a word: `mon;fri`, `jan/2`."""

LONGEST = timedelta(days=366_000)
"""A thousand years; much more, and no date could hold it."""

YEARS = range(1900, 3000)
"""What a moment may lie in: farther off, a window or a zone's offset would leave what a date can hold."""

DURATION = re.compile(r"(\d{1,8})\s*([mhdw])")
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time, start <= moment < end; never empty. `zone` is where its edges are shown."""

    start: datetime
    end: datetime
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise MomentError("a window's edges need an offset from UTC")
        if self.start >= self.end:
            raise MomentError(f"a window must end after it starts, got {self}")

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def __str__(self) -> str:
        """The dates of both edges, `2023-11-06..2023-11-13`; with the time of day where one date would not tell them apart."""
        edges = [edge.astimezone(ZoneInfo(self.zone)) for edge in (self.start, self.end)]
        precise = edges[0].date() == edges[1].date()
        return "..".join(edge.strftime("%Y-%m-%d %H:%M") if precise else edge.strftime("%Y-%m-%d") for edge in edges)


@dataclass(frozen=True, slots=True)
class Cadence:
    """A crontab line read in a time zone: when a publication fires, and so which windows it covers.

    Weekdays go by name (`mon`), since crontab and APScheduler count them from different days; where both a day of the month
    and a weekday are given, both must hold (`0 8 1-7 * mon`: the first Monday).
    """

    schedule: str
    zone: str = "UTC"

    def after(self, moment: datetime) -> datetime:
        """The first fire time later than `moment`. Raises `ScheduleError` where there is none."""
        return next(self._from(moment))

    def before(self, moment: datetime) -> datetime:
        """The last fire time not later than `moment`. Raises `ScheduleError` where there is none in nine years."""
        for lookback in LOOKBACKS:
            last = None
            for fire in self._from(moment - lookback):
                if fire > moment:
                    break
                last = fire
            if last is not None:
                return last
        raise ScheduleError(f"schedule {self.schedule!r} did not fire in the nine years before {moment.isoformat()}")

    def window(self, now: datetime) -> Window:
        """The latest window that has closed by `now`: from one fire time to the next."""
        end = self.before(now)
        return Window(self.before(end - timedelta(microseconds=1)), end, self.zone)

    def name(self, fire: datetime) -> str:
        """What an edition of that fire time is called: its local date, with the time of day where the day has others."""
        local = fire.astimezone(ZoneInfo(self.zone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        first = self.after(midnight.astimezone(UTC) - timedelta(microseconds=1))
        alone = first == fire and self.after(fire).astimezone(ZoneInfo(self.zone)).date() != local.date()
        return local.strftime("%Y-%m-%d" if alone else "%Y-%m-%dT%H%M")

    @property
    def pause(self) -> timedelta:
        """The shortest time between two fire times: a matter of the schedule, whatever time it is. Raises `ScheduleError`."""
        return _pause(self)

    def _from(self, moment: datetime) -> Iterator[datetime]:
        """Fire times later than `moment`, in order, for ever."""
        zone = ZoneInfo(self.zone)
        while True:
            for moment in self._next(moment, zone):  # noqa: B020, PLR1704  each stretch begins where the one before it ended
                yield moment

    def _next(self, moment: datetime, zone: ZoneInfo) -> Sequence[datetime]:
        """The fire times that come next after `moment`, in order; at least one."""
        wall = moment.astimezone(zone).replace(tzinfo=None)
        reading = _next_reading(self.schedule, wall)
        instant = _instant(reading, zone)
        if _settled(moment, zone) and _settled(instant, zone):
            return [instant]
        # The clocks change nearby, where a later reading may stand for an earlier instant: 02:45 for 03:45, but 03:15 for 03:15.
        readings = _readings(self.schedule, wall - NEIGHBOURHOOD, reading + NEIGHBOURHOOD)
        instants = sorted({instant for reading in readings if (instant := _instant(reading, zone)) > moment})
        sure = [instant for instant in instants if instant <= moment + NEIGHBOURHOOD / 2]
        return sure or instants[:1]


@lru_cache(maxsize=256)
def _pause(cadence: Cadence) -> timedelta:
    """What is shortest among so many fire times shows within them: schedules repeat by the hour, by the day, or are slower than that."""
    return min(after - before for before, after in pairwise(islice(cadence._from(SAMPLE), SAMPLES)))  # noqa: SLF001


def _settled(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of `zone` keep still around `moment`."""
    before, after = ((moment + shift).astimezone(zone).utcoffset() for shift in (-NEIGHBOURHOOD, NEIGHBOURHOOD))
    return before == after


def _instant(reading: datetime, zone: ZoneInfo) -> datetime:
    """The instant a clock in `zone` shows `reading`: the first of two, or the shifted one where the clocks skip it (PEP 495)."""
    return reading.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _readings(schedule: str, start: datetime, end: datetime) -> Iterator[datetime]:
    """The readings of a wall clock after `start` at which `schedule` fires: all up to `end`, and one more."""
    while start <= end:
        start = _next_reading(schedule, start)
        yield start


def _next_reading(schedule: str, reading: datetime) -> datetime:
    """The first reading of a wall clock after `reading` at which `schedule` fires."""
    found = _trigger(schedule).get_next_fire_time(None, reading.replace(tzinfo=UTC) + timedelta(microseconds=1))
    if found is None:
        raise ScheduleError(f"schedule {schedule!r} never fires after {reading:%Y-%m-%d}")
    naive: datetime = found.replace(tzinfo=None)
    return naive


@lru_cache(maxsize=256)
def _trigger(schedule: str) -> CronTrigger:
    """Read a crontab line by APScheduler. Raises `ScheduleError`."""
    from apscheduler.triggers.cron import CronTrigger

    fields = schedule.split()
    if len(fields) == CRONTAB_FIELDS and re.search(r"\d", fields[4]):
        raise ScheduleError(
            f"schedule {schedule!r}: weekdays go by name (mon, tue, ...), since programs differ on which day is 1, got {fields[4]!r}"
        )
    if odd := [part for each in fields for part in each.split(",") if part[:1].isalpha() and not NAMES.fullmatch(part)]:
        raise ScheduleError(f"schedule {schedule!r}: names go alone or as a range (mon, mon-fri), with commas between, got {odd[0]!r}")
    try:
        return CronTrigger.from_crontab(schedule, timezone=UTC)
    except ValueError as error:
        raise ScheduleError(f"schedule {schedule!r}: {error}; write it as in crontab: minute hour day month weekday") from error


def read_duration(text: str) -> timedelta:
    """Read a length of time such as `90d`, `2w`, `36h` or `15m`. Raises `MomentError`."""
    found = DURATION.fullmatch(text.strip())
    length = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else timedelta()
    if not timedelta() < length <= LONGEST:
        raise MomentError(f"must be a length of time such as '90d', '2w' or '12h', got {text!r}")
    return length


def write_duration(length: timedelta) -> str:
    """A length of time as `read_duration` reads it, in whole minutes, in the largest of days, hours and minutes that say it: `90d`."""
    for unit in ("d", "h", "m"):
        count, rest = divmod(length, timedelta(**{UNITS[unit]: 1}))
        if count and not rest:
            break
    return f"{count}{unit}"


def read_moment(text: str, *, zone: str, now: datetime) -> datetime:
    """Read ISO 8601, `now`, `today`, `yesterday`, `tomorrow` or a length of time ago (`7d`). Raises `MomentError`.

    A date alone is midnight in `zone`, and so is `today`; a time without offset is read in `zone`. Gives UTC.
    """
    words = {"today": 0, "yesterday": -1, "tomorrow": 1}
    local, word = now.astimezone(ZoneInfo(zone)), text.strip().casefold()
    if word == "now":
        return now
    try:
        if word in words:
            naive = datetime.combine(local.date() + timedelta(days=words[word]), datetime.min.time())
            return _instant(naive, ZoneInfo(zone))
        if DURATION.fullmatch(word):
            moment = now - read_duration(word)
        else:
            moment = datetime.fromisoformat(text.strip())
            moment = _instant(moment, ZoneInfo(zone)) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MomentError(f"must be a date such as 2026-11-16T08:00, or now, today, yesterday, 7d; got {text!r}") from error
    if moment.year not in YEARS:
        raise MomentError(f"must be a date in the years {YEARS[0]} to {YEARS[-1]}, got {text!r}")
    return moment
