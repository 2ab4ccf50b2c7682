"""The first half of the way: read -> select -> compose. [I/O: reads the articles]"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

from syndicate import catalogue as catalogues
from syndicate import editions
from syndicate import selection as selector
from syndicate.config import Digest, Feed
from syndicate.errors import ConfigurationError
from syndicate.publishing.reasons import summary
from syndicate.selection import Slot
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from syndicate.catalogue import Catalogue
    from syndicate.config import Settings
    from syndicate.model import Article, Edition, Selection, Verdict

ALWAYS = Window(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
"""All time, but for the days that some zones could not name."""


def read_catalogue(settings: Settings, *, progress: Callable[[Sequence[Path]], Iterable[Path]] = iter) -> Catalogue:
    """Read every article of the workspace. What cannot be read is among the catalogue's `problems`.

    Raises `ConfigurationError` where a folder is missing.
    """
    missing = [folder for folder in settings.folders if not folder.is_dir()]
    if missing:  # to go on would empty every feed
        names = [f"articles.folder: there is no folder {folder}; create it, or name yours under [articles]" for folder in missing]
        raise ConfigurationError(names)
    return catalogues.read_catalogue(
        settings.folders,
        root=settings.root,
        site_url=settings.site.url,
        zone=settings.site.timezone,
        apart=(settings.root / "out", settings.root / "templates"),
        progress=progress,
    )


def compose(
    publication: Feed | Digest,
    catalogue: Catalogue,
    window: Window,
    *,
    now: datetime,
    ran: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Edition:
    """Select what runs in `window` and compose it. A digest's edition is called by its window's end, unless `name` says else."""
    slots, limit = slots_of(publication)
    sections = selector.select(catalogue.candidates(window), slots, window, now=now, ran=ran, limit=limit)
    if name is None:
        name = publication.cadence.name(window.end) if isinstance(publication, Digest) else ""
    return editions.compose(publication.publication, sections, window, name=name)


def compose_archives(feed: Feed, catalogue: Catalogue, *, now: datetime) -> tuple[Edition, ...]:
    """The monthly archives of a feed, oldest first: all that it would ever have run, without limit."""
    slot = Slot("", replace(feed.selection, limit=None, per_provider=None, order="newest"))
    past = Window(ALWAYS.start, now)
    months: defaultdict[str, list[Article]] = defaultdict(list)
    for article in catalogue.candidates(past):
        months[editions.month_of(article.published_at, feed.publication.site)].append(article)
    # Each month by itself: a copy of a story that turns up later must not reach back into a month that is over.
    chosen = [section for articles in months.values() for section in selector.select(articles, [slot], past, now=now)]
    return editions.compose_archives(feed.publication, [entry for section in chosen for entry in section.entries], now=now)


def explain(
    publication: Feed | Digest, catalogue: Catalogue, window: Window, *, now: datetime, ran: Mapping[str, str] | None = None
) -> tuple[Verdict, ...]:
    """The verdict on every article of the catalogue: those that run, in order, then the others."""
    slots, limit = slots_of(publication)
    return selector.explain(catalogue.articles, slots, window, now=now, ran=ran, limit=limit)


def browse(catalogue: Catalogue, asked: Selection, window: Window | None, *, now: datetime) -> tuple[Article, ...]:
    """The articles that a selection takes in `window`, or ever, in its order."""
    sections = selector.select(catalogue.articles, [Slot("", asked)], window or ALWAYS, now=now)
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


def why_empty(publication: Feed | Digest, catalogue: Catalogue, window: Window, now: datetime) -> str:
    """One sentence: how many articles there are, what speaks against them, and when one last would have run."""
    verdicts = explain(publication, catalogue, window, now=now)
    unlimited = [replace(slot, selection=replace(slot.selection, limit=None, per_provider=None)) for slot in slots_of(publication)[0]]
    sections = selector.select(catalogue.articles, unlimited, ALWAYS, now=ALWAYS.end)
    newest = max((entry.article.published_at for section in sections for entry in section.entries), default=None)
    return summary(verdicts, window, newest, newest and publication.shows(newest))
