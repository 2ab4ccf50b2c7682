"""Compose editions: give what was selected a key, a date and a fingerprint. Pure.

The fingerprint is made of all that an edition holds: with the same templates, two editions with one fingerprint have the same
documents, and a document is written again only when its edition's fingerprint has changed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.model import EPOCH, Edition, Section
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.model import Entry, Publication, Site


def compose(publication: Publication, sections: Sequence[Section], window: Window, *, name: str = "", previous: str = "") -> Edition:
    """Make an edition of `publication`, called `name` among its editions; the live edition of a feed has no name."""
    edition = Edition(
        publication=publication,
        key=f"{publication.slug}/{name}" if name else publication.slug,
        start=window.start,
        end=window.end,
        sections=tuple(sections),
        updated=max((entry.article.updated_at for section in sections for entry in section.entries), default=EPOCH),
        previous=previous,
    )
    return signed(edition)


def compose_archives(publication: Publication, entries: Sequence[Entry], *, now: datetime) -> tuple[Edition, ...]:
    """Make the archives of a feed: one for each month that has entries and one for the month after it, oldest first.

    An archive is a matter of its month alone (RFC 5005, section 4): once the next has begun, it stays as it is. So it leads on to the
    month after it, be that empty or not, and an empty one leads nowhere. Its months are those of the site's time zone.
    """
    zone = ZoneInfo(publication.site.timezone)
    months: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        months[month_of(entry.article.published_at, publication.site)].append(entry)
    for name in sorted(months):
        following = _month(name, zone).end
        if following <= now:
            months.setdefault(month_of(following, publication.site), [])
    names = sorted(months)
    keys = ["", *(f"{publication.slug}/{name}" for name in names), ""]
    return tuple(
        signed(
            replace(
                compose(publication, [Section("", tuple(months[name]))], _month(name, zone), name=name),
                archive=True,
                previous=keys[place],
                next=keys[place + 2] if months[name] else "",
            )
        )
        for place, name in enumerate(names)
    )


def month_of(moment: datetime, site: Site) -> str:
    """The month in which a moment lies, in the time zone of the site: `2026-11`."""
    return moment.astimezone(ZoneInfo(site.timezone)).strftime("%Y-%m")


def signed(edition: Edition) -> Edition:
    """The same edition with the fingerprint of what it holds."""
    return replace(edition, fingerprint=hashlib.sha256(repr(replace(edition, fingerprint="")).encode()).hexdigest())


def _month(name: str, zone: ZoneInfo) -> Window:
    """The calendar month `2026-11` in `zone`."""
    year, month = map(int, name.split("-"))
    start = datetime(year, month, 1, tzinfo=zone)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return Window(start.astimezone(UTC), end.astimezone(UTC), zone.key)
