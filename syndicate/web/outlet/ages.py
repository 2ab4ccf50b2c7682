"""How long a document may be kept: until the next scheduled render of what it belongs to. Pure: `now` is an argument.

Between 60 seconds and five hours (`REST`; readers such as Miniflux poll no more often than `max-age` says, or RSS's `ttl`, which is in
step with it). A render takes a moment: for a minute after its time a document is said to be good
for the least, so that nobody keeps what was fetched just before it was replaced until the time after.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.web.outlet.kinds import ARCHIVE, DAY
from syndicate.windows import REST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.config import Settings
    from syndicate.web.outlet.kinds import Kind
    from syndicate.windows import Cadence

LEAST, MOST = (int(length.total_seconds()) for length in REST)
UNSCHEDULED = 15 * 60
"""Seconds for a feed without a schedule: it is rendered when its articles change, and nobody knows when that will be."""

RENDERING = timedelta(seconds=60)
"""How long a render may take, from its time on."""


@dataclass(frozen=True, slots=True)
class Timetable:
    """When what is rendered next, by the slugs of feeds and digests; `None` where one has no schedule."""

    feeds: Mapping[str, Cadence | None]
    digests: Mapping[str, Cadence | None]
    zone: str = "UTC"
    _next: dict[str, datetime] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Timetable:
        """The timetable of a workspace."""
        cadences: dict[str, dict[str, Cadence | None]] = {"feed": {}, "digest": {}}
        for item in settings.publications():
            cadences[item.publication.kind][item.publication.slug] = item.cadence
        return cls(cadences["feed"], cadences["digest"], settings.site.timezone)

    @property
    def cadences(self) -> Mapping[str, Cadence | None]:
        """Those of all publications: no two have one slug."""
        return {**self.feeds, **self.digests}

    def age(self, kind: Kind, slug: str, name: str, *, now: datetime) -> int:
        """Seconds from `now` for which a document of `kind` may be kept."""
        if kind.noun == ARCHIVE:
            return DAY if self._is_over(name, now) else kind.age
        if kind.fresh is None:
            return kind.age
        slugs = self.cadences if kind.fresh == "site" else [slug]
        return min((self._until(each, now) for each in slugs), default=UNSCHEDULED)

    def interval(self, kind: Kind) -> int:
        """Seconds between two renders of what documents of `kind` belong to, the shortest of all: for a server that cannot reckon."""
        if kind.fresh is None:
            return kind.age
        slugs = {"feed": self.feeds, "digest": self.digests, "site": self.cadences}[kind.fresh]
        return min((self._interval(each) for each in slugs), default=UNSCHEDULED)

    def _until(self, slug: str, now: datetime) -> int:
        """Seconds until the next render of a publication, between the least and the most that is ever said."""
        cadence = self.feeds.get(slug) or self.digests.get(slug)
        if cadence is None:
            return UNSCHEDULED
        begun = now - RENDERING
        at = self._next.get(slug)
        if at is None or not begun < at <= begun + timedelta(seconds=MOST) + RENDERING:
            at = self._next[slug] = cadence.after(begun)
        return max(LEAST, min(MOST, int((at - now).total_seconds())))

    def _interval(self, slug: str) -> int:
        cadence = self.feeds.get(slug) or self.digests.get(slug)
        if cadence is None:
            return UNSCHEDULED
        return max(LEAST, min(MOST, int(cadence.pause.total_seconds())))

    def _is_over(self, name: str, now: datetime) -> bool:
        """Whether the month of an archive has been over for a day: then its bytes do not change (RFC 5005, section 4)."""
        month = name.rpartition("/")[2].partition(".")[0]
        today: date = (now.astimezone(UTC) - timedelta(days=1)).astimezone(ZoneInfo(self.zone)).date()
        return month < f"{today:%Y-%m}"
