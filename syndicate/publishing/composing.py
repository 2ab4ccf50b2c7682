"""The first half of the way: select -> compose. Pure, but that an index may be asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

from syndicate import editions
from syndicate import selection as selector
from syndicate.config import Digest, Feed
from syndicate.publishing.reasons import summary
from syndicate.selection import Slot, judge
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from syndicate.catalogue import Holdings
    from syndicate.model import Article, Edition, Selection, Verdict

ALWAYS = Window(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
"""All time, but for the days that some zones could not name."""


def compose(
    publication: Feed | Digest,
    catalogue: Holdings,
    window: Window,
    *,
    now: datetime,
    ran: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Edition:
    """Select what runs in `window` and compose it. A digest's edition is called by its window's end, unless `name` says else."""
    slots, limit = slots_of(publication)
    fitting = catalogue.fitting([slot.selection for slot in slots], window, now=now)
    sections = selector.select(fitting, slots, window, now=now, ran=ran, limit=limit, whole=catalogue.whole)
    if name is None:
        name = publication.cadence.name(window.end) if isinstance(publication, Digest) else ""
    edition = editions.compose(publication.publication, sections, window, name=name)
    return editions.at_rest(edition) if isinstance(publication, Feed) else edition


def explain(
    publication: Feed | Digest, catalogue: Holdings, window: Window, *, now: datetime, ran: Mapping[str, str] | None = None
) -> Iterator[Verdict]:
    """The verdict on every article of the catalogue: those that run, in order, then the others, newest first."""
    slots, limit = slots_of(publication)
    fitting = catalogue.fitting([slot.selection for slot in slots], window, now=now)
    return selector.explain(fitting, slots, window, now=now, ran=ran, limit=limit, others=catalogue.outlines())


def browse(catalogue: Holdings, asked: Selection, window: Window | None, *, now: datetime) -> tuple[Article, ...]:
    """Outlines of the articles that a selection takes in `window`, or ever, in its order."""
    span = window or ALWAYS
    sections = selector.select(catalogue.fitting([asked], span, now=now), [Slot("", asked)], span, now=now)
    return tuple(entry.article for section in sections for entry in section.entries)


def slots_of(publication: Feed | Digest) -> tuple[list[Slot], int | None]:
    """The places to be filled, and the most entries in all of them together."""
    match publication:
        case Feed():
            return [Slot("", publication.selection)], None
        case Digest():
            return [Slot(title, asked) for title, asked in publication.sections], publication.limit
        case _:
            assert_never(publication)


def why_empty(publication: Feed | Digest, catalogue: Holdings, window: Window, now: datetime) -> str:
    """One sentence: how many articles there are, what speaks against them, and when one last would have run."""
    slots, ever = slots_of(publication)[0], ALWAYS.end
    fitting = catalogue.fitting([slot.selection for slot in slots], ALWAYS, now=ever)
    dates = (each.published_at for each in fitting if any(not judge(each, slot.selection, ALWAYS, now=ever) for slot in slots))
    newest = max(dates, default=None)
    return summary(explain(publication, catalogue, window, now=now), window, newest, newest and publication.shows(newest))
