"""The monthly archives of a feed: all that it would ever have run, without limit; selected only where a month has changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from syndicate import editions
from syndicate import selection as selector
from syndicate.editions import Month
from syndicate.publishing.composing import ALWAYS
from syndicate.selection import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from syndicate.catalogue import Holdings
    from syndicate.config import Feed
    from syndicate.model import Edition, Entry
    from syndicate.publishing.memory import Memory, Standing
    from syndicate.windows import Window


@dataclass
class Archive:
    """One month of a feed, what there was to choose from in it, and its edition as it stands, if it does.

    What runs in it is selected when it is asked for.
    """

    feed: Feed
    catalogue: Holdings
    month: Month
    window: Window | None
    standing: Standing | None = None

    @property
    def key(self) -> str:
        """What its edition is called."""
        return f"{self.feed.publication.slug}/{self.month.name}"

    @property
    def choice(self) -> str:
        """All that its edition is made from: a sum over the articles of the month, and the months that it leads to."""
        return f"{self._sum} {self.month.previous} {self.month.next}"

    @property
    def is_empty(self) -> bool:
        """Whether nothing runs in it."""
        unchanged = self.standing and self.standing.choice.partition(" ")[0] == self._sum
        return not (self.standing.entries if self.standing and unchanged else self.entries)

    @property
    def stands(self) -> bool:
        """Whether its edition stands as it would be composed now."""
        return self.standing is not None and self.standing.choice == self.choice

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """What runs in it. Each month is by itself: a copy of a story that turns up later must not reach back into one that is over."""
        if self.window is None:
            return ()
        slot = Slot("", replace(self.feed.selection, limit=None, per_provider=None, order="newest"))
        fitting = self.catalogue.fitting([slot.selection], self.window, now=self.window.end)
        sections = selector.select(fitting, [slot], self.window, now=self.window.end, whole=self.catalogue.whole)
        return tuple(entry for section in sections for entry in section.entries)

    def compose(self) -> Edition:
        """Its edition."""
        return editions.compose_archive(self.feed.publication, self.month, self.entries)

    @cached_property
    def _sum(self) -> str:
        return "{}:{}".format(*self.catalogue.tally(self.window, [self.feed.selection])) if self.window else ""


def archives_of(feed: Feed, catalogue: Holdings, memory: Memory, asked: str, *, now: datetime) -> tuple[list[Archive], list[Archive]]:
    """The archives of a feed, oldest first, and the months of the catalogue in which it has none."""
    site, slug = feed.publication.site, feed.publication.slug
    months: dict[str, Archive] = {}
    for name, window in _months(feed, catalogue, now):
        months[name] = Archive(feed, catalogue, Month(name, "", ""), window, memory.standing(f"{slug}/{name}", asked))
    taken = [name for name, archive in months.items() if not archive.is_empty]
    chained = []
    for month in editions.chain(taken, site, now=now):
        archive = months.pop(month.name, None) or Archive(feed, catalogue, month, None, memory.standing(f"{slug}/{month.name}", asked))
        archive.month = month
        chained.append(archive)
    return chained, list(months.values())


def next_in(archives: Sequence[Archive], live: Edition) -> str:
    """The key of the archive to go on reading in after the live feed: the newest that holds entries which the live feed has not."""
    shown = {entry.article.id for entry in live.entries}
    found = (each.key for each in reversed(archives) if any(entry.article.id not in shown for entry in each.entries))
    return next(found, "")


def _months(feed: Feed, catalogue: Holdings, now: datetime) -> Iterator[tuple[str, Window]]:
    """Every month up to `now` that an article is dated in, oldest first, and the part of it that has passed."""
    site = feed.publication.site
    moment = catalogue.next_date(ALWAYS.start)
    while moment is not None and moment < now:
        name = editions.month_of(moment, site)
        month = editions.span_of(name, site)
        window = month if month.end <= now else replace(month, end=now)
        if catalogue.tally(window, [feed.selection])[0]:
            yield name, window
        moment = catalogue.next_date(month.end)
