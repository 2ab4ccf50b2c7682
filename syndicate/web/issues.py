"""The editions of a digest that somebody may look at, as dates to choose from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.errors import ScheduleError
from syndicate.windows import read_moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.config import Digest
    from syndicate.windows import Cadence

MOST_ISSUES = 12
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Issue:
    """An edition to choose: when it goes out, in its digest's zone; `at` asks for it; how many stories run."""

    fire: datetime
    at: str
    stories: int


def issue_of(digest: Digest, fire: datetime, *, stories: int) -> Issue:
    """The edition of `digest` that goes out at `fire`."""
    local = fire.astimezone(ZoneInfo(digest.cadence.zone))
    return Issue(local, written(fire, zone=digest.publication.site.timezone), stories)


def fires_back(cadence: Cadence, moment: datetime) -> Iterator[datetime]:
    """The fire times up to `moment`, latest first, as far as there are any."""
    while True:
        try:
            fire = cadence.before(moment)
        except ScheduleError:
            return
        yield fire
        moment = fire - INSTANT


def written(moment: datetime, *, zone: str) -> str:
    """A moment as somebody would type it, in `zone`; in UTC where the clocks are put back and a reading means two moments."""
    local = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
    if read_moment(local, zone=zone, now=moment) == moment:
        return local
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
