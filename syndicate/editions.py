"""Compose editions: give what was selected a key, a date and a fingerprint. Pure.

The fingerprint is made of all that an edition holds: with the same templates, two editions with one fingerprint have the same
documents, and a document is written again only when its edition's fingerprint has changed.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.model import EPOCH, Edition, Section
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import msgspec

    from syndicate.model import Article, Entry, Publication, Site


@dataclass(frozen=True, slots=True)
class Month:
    """A month that has an archive, `2026-11`, and the months whose archives it leads to."""

    name: str
    previous: str
    next: str


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


def at_rest(edition: Edition) -> Edition:
    """A live feed, from its oldest entry to its last change: its window moves with the clock, and nothing in it shall."""
    oldest = min((entry.article.published_at for entry in edition.entries), default=EPOCH)
    return signed(replace(edition, start=oldest, end=edition.updated))


def compose_archives(publication: Publication, entries: Sequence[Entry], *, now: datetime) -> tuple[Edition, ...]:
    """Make the archives of a feed, oldest first: one for each month of `chain` over the months that have entries."""
    months: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        months[month_of(entry.article.published_at, publication.site)].append(entry)
    return tuple(compose_archive(publication, month, months[month.name]) for month in chain(months, publication.site, now=now))


def compose_archive(publication: Publication, month: Month, entries: Sequence[Entry]) -> Edition:
    """Make the archive of one month of a feed."""
    edition = compose(publication, [Section("", tuple(entries))], span_of(month.name, publication.site), name=month.name)
    before, after = (f"{publication.slug}/{name}" if name else "" for name in (month.previous, month.next))
    return signed(replace(edition, archive=True, previous=before, next=after))


def chain(names: Collection[str], site: Site, *, now: datetime) -> tuple[Month, ...]:
    """The months that have an archive, oldest first, where those of `names` (`2026-11`) have entries: each of them, and the one after it.

    An archive is a matter of its month alone (RFC 5005, section 4): once the next has begun, it stays as it is. So it leads on to the
    month after it, be that empty or not, and an empty one leads nowhere. Its months are those of the site's time zone.
    """
    ends = {name: span_of(name, site).end for name in names}
    every = sorted({*names, *(month_of(end, site) for end in ends.values() if end <= now)})
    padded = ["", *every, ""]
    return tuple(Month(name, padded[place], padded[place + 2] if name in ends else "") for place, name in enumerate(every))


def month_of(moment: datetime, site: Site) -> str:
    """The month in which a moment lies, in the time zone of the site: `2026-11`."""
    return moment.astimezone(ZoneInfo(site.timezone)).strftime("%Y-%m")


def signed(edition: Edition) -> Edition:
    """The same edition with the fingerprint of what it holds."""
    publication = replace(edition.publication, site=replace(edition.publication.site, templates=()))  # where they lie is nothing
    return replace(edition, fingerprint=content_hash(replace(edition, publication=publication, fingerprint="")))


def content_hash(value: Edition | Article) -> str:
    """A hash of all that a value holds, but for where anything lies on this machine."""
    try:
        data = _encoder().encode(value)
    except (ValueError, OverflowError):  # half a character, or a number that no 64 bits hold: MessagePack has neither
        data = repr(value).encode("utf-8", "backslashreplace")
    return hashlib.sha256(data).hexdigest()


@lru_cache(maxsize=1)
def _encoder() -> msgspec.msgpack.Encoder:
    import msgspec

    return msgspec.msgpack.Encoder(enc_hook=lambda path: None, order="deterministic")  # noqa: ARG005  the one type it does not know


def span_of(name: str, site: Site) -> Window:
    """The calendar month `2026-11` in the time zone of the site."""
    zone = ZoneInfo(site.timezone)
    year, month = map(int, name.split("-"))
    start = datetime(year, month, 1, tzinfo=zone)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return Window(start.astimezone(UTC), end.astimezone(UTC), zone.key)
