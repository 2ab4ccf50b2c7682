"""Decide which articles an edition runs, and say why of each. Pure: no clock, no disk.

An article is judged by these rules, in this order, and the first that fails is the reason:

1. it is a draft;
2. it is dated after `now`;
3. it is dated outside the window;
4. it ran in an earlier edition, or stands in an earlier section of this one;
5. it has none of the topics (a topic takes in those under it) or one of the excluded, or is of another category or type;
6. its provider is not asked for, or excluded;
7. its quality or heat is too low.

Of those left,

8. a story told twice is told once, by its best copy that the rules below let in; the others become its related coverage;
9. from the top of the ranking down, at most so many are taken per provider in the whole edition;
10. at most so many in a section, and in all.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syndicate.model import Article, Entry, Section, Selection, Verdict
from syndicate.selection.judging import judge, newest, provider, ranked, score
from syndicate.selection.stories import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from syndicate.model import Related
    from syndicate.windows import Window

    Whole = Callable[[Article], Article]

__all__ = ["Slot", "arrange", "explain", "judge", "select"]

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def as_it_is(article: Article) -> Article:
    """An article that is whole already."""
    return article


CLOSENESS = {"out": 0, "passed": 1, "told": 2, "ran": 3}
"""How near an article came to running."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in an edition to be filled: a heading, and the question whose answer stands under it."""

    title: str
    selection: Selection


@dataclass(slots=True)
class Layout:
    """An edition while it is filled: who stands where, and which copies of their stories stand behind them."""

    sections: dict[str, list[Article]] = field(default_factory=dict)
    copies: dict[str, list[Article]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    per_provider: Counter[str] = field(default_factory=Counter)

    @property
    def kept(self) -> list[Article]:
        """Every article placed so far, in the order of the page."""
        return [article for articles in self.sections.values() for article in articles]

    def place(self, article: Article, title: str) -> None:
        """Give `article` the next place under the heading `title`."""
        self.sections[title].append(article)
        self.places[article.id] = _place(title)
        self.per_provider[provider(article)] += 1

    def finished(self, whole: Whole) -> tuple[Section, ...]:
        """The page as it stands, without empty sections, each article on it as `whole` knows it."""
        return tuple(
            Section(title, tuple(self._entry(article, whole) for article in articles))
            for title, articles in self.sections.items()
            if articles
        )

    def _entry(self, outline: Article, whole: Whole) -> Entry:
        article = whole(outline)
        return Entry(article, _coverage(article, map(whole, self.copies.get(article.id, ()))))


def arrange(
    articles: Iterable[Article],
    slots: Sequence[Slot],
    window: Window,
    *,
    now: datetime,
    ran: Mapping[str, str] | None = None,
    limit: int | None = None,
    whole: Whole = as_it_is,
) -> tuple[tuple[Section, ...], tuple[Verdict, ...]]:
    """The sections of an edition with their related coverage, and the verdict on each article, out of one pass.

    `ran` maps the ids of articles to the editions they ran in; `limit` is the most entries in all sections together. Where `articles` are
    outlines, `whole` gives the article of each that runs or is told beside one. An article has one verdict: with several sections, that of
    the section which came closest to taking it. Those kept come first, in the order they run, then the others, newest first.
    """
    layout = Layout()
    verdicts = _verdicts(layout, articles, slots, window, now, ran, limit)
    kept, rest = _parted(verdicts, slots)
    return layout.finished(whole), (*kept, *rest)


def select(
    articles: Iterable[Article],
    slots: Sequence[Slot],
    window: Window,
    *,
    now: datetime,
    ran: Mapping[str, str] | None = None,
    limit: int | None = None,
    whole: Whole = as_it_is,
) -> tuple[Section, ...]:
    """The sections of an edition: what `explain` keeps, with its related coverage."""
    return arrange(articles, slots, window, now=now, ran=ran, limit=limit, whole=whole)[0]


def explain(
    articles: Iterable[Article],
    slots: Sequence[Slot],
    window: Window,
    *,
    now: datetime,
    ran: Mapping[str, str] | None = None,
    limit: int | None = None,
    others: Iterable[Article] = (),
) -> Iterator[Verdict]:
    """The verdict on each article, once: those kept in the order they run, then the rest, newest first.

    Those of `others` that are not among `articles` must be out by rules 1 to 7 for every slot, and come newest first; they are judged as
    they are asked for.
    """
    layout = Layout()
    verdicts = _verdicts(layout, articles, slots, window, now, ran, limit)
    kept, rest = _parted(verdicts, slots)
    yield from kept
    last = slots[-1]
    earlier = {number: place for number, place in layout.places.items() if place != _place(last.title)}
    outs = (
        Verdict(each, "out", judge(each, last.selection, window, now=now, ran=ran, placed=earlier))
        for each in others
        if (each.id, each.source) not in verdicts
    )
    yield from heapq.merge(rest, outs, key=lambda verdict: newest(verdict.article))


def _verdicts(
    layout: Layout,
    articles: Iterable[Article],
    slots: Sequence[Slot],
    window: Window,
    now: datetime,
    ran: Mapping[str, str] | None,
    limit: int | None,
) -> dict[tuple[str, str], Verdict]:
    """Fill `layout`; the verdict on each file, by the id and file of its article, from the section that came closest to taking it."""
    verdicts: dict[tuple[str, str], Verdict] = {}
    for verdict in _fill(layout, articles, slots, window, now, ran, limit):
        file = (verdict.article.id, verdict.article.source)
        if file not in verdicts or CLOSENESS[verdict.outcome] >= CLOSENESS[verdicts[file].outcome] < CLOSENESS["ran"]:
            verdicts.pop(file, None)  # what is put in anew stands last, so that those kept stand in the order they run
            verdicts[file] = verdict
    return verdicts


def _parted(verdicts: Mapping[tuple[str, str], Verdict], slots: Sequence[Slot]) -> tuple[list[Verdict], list[Verdict]]:
    """Those kept, in the order they run, and the rest, newest first."""
    order = {slot.title: place for place, slot in enumerate(slots)}
    kept = sorted((verdict for verdict in verdicts.values() if verdict.kept), key=lambda verdict: order[verdict.section])
    return kept, sorted((verdict for verdict in verdicts.values() if not verdict.kept), key=lambda verdict: newest(verdict.article))


def _fill(
    layout: Layout,
    articles: Iterable[Article],
    slots: Sequence[Slot],
    window: Window,
    now: datetime,
    ran: Mapping[str, str] | None,
    limit: int | None,
) -> Iterator[Verdict]:
    """Fill one slot after the other, with a verdict on every article for each of them."""
    articles = tuple(articles)
    for slot in slots:
        eligible = []
        layout.sections.setdefault(slot.title, [])
        for article in articles:
            reason = judge(article, slot.selection, window, now=now, ran=ran, placed=layout.places)
            if reason:
                yield Verdict(article, "out", reason)
            else:
                eligible.append(article)
        yield from _cap(layout, _stories(layout, eligible, slot), slot, limit, window.zone)


def _stories(layout: Layout, eligible: Sequence[Article], slot: Slot) -> Sequence[tuple[Article, ...]]:
    """Rule 8: the stories that `eligible` tell, best first, each with its copies, the best of them first.

    A copy of a story that stands further up the page comes as a story whose first copy is the one that stands there.
    """
    stories = fold((*layout.kept, *eligible))
    places = {article.id: place for place, article in enumerate(ranked((story[0] for story in stories), slot.selection.order))}
    return sorted(stories, key=lambda story: places[story[0].id])


def _cap(layout: Layout, stories: Sequence[tuple[Article, ...]], slot: Slot, limit: int | None, zone: str) -> Iterator[Verdict]:
    """Rules 9 and 10: take from the top until there is no more room; of a story, the best copy whose provider has room."""
    asked, order, rank = slot.selection, slot.selection.order, 0
    seen = Counter(layout.per_provider)
    for story in stories:
        standing = next((copy for copy in story if copy.id in layout.places), None)
        if standing is not None:
            yield from _told(layout, standing, [copy for copy in story if copy.id != standing.id])
            continue
        rank += 1
        place = f"{_ordinal(rank)} by {order}"
        full = ""
        if asked.limit is not None and len(layout.sections[slot.title]) >= asked.limit:
            full = f"{place} ({score(story[0], order, zone)}), limit {asked.limit}"
        elif limit is not None and len(layout.places) >= limit:
            full = f"{place} ({score(story[0], order, zone)}), the edition is full at {limit}"
        chosen = None if full else next((copy for copy in story if _has_room(layout, copy, asked)), None)
        if chosen is not None:
            seen[provider(chosen)] += 1
            layout.place(chosen, slot.title)
            yield Verdict(chosen, "ran", f"{place}: {score(chosen, order, zone)}", slot.title)
            yield from _told(layout, chosen, [copy for copy in story if copy is not chosen])
            continue
        for copy in story:
            house = provider(copy)
            seen[house] += 1
            yield Verdict(copy, "passed", full or f"{_ordinal(seen[house])} from {house}, limit {asked.per_provider}")


def _has_room(layout: Layout, article: Article, asked: Selection) -> bool:
    """Whether the provider of `article` may have another place in the edition."""
    house = provider(article)
    return asked.per_provider is None or not house or layout.per_provider[house] < asked.per_provider


def _told(layout: Layout, standing: Article, copies: Iterable[Article]) -> Iterator[Verdict]:
    """The other copies of a story stand beside the one that runs."""
    for copy in copies:
        layout.copies.setdefault(standing.id, []).append(copy)
        yield Verdict(copy, "told", f"tells the same story as {standing.source}")


def _coverage(article: Article, copies: Iterable[Article]) -> tuple[Related, ...]:
    """The other copies of a story, then what its file lists as related; each page once, and never the story's own."""
    seen, found = {article.url, article.web_url, article.canonical_url}, []
    for related in (*(copy.as_related() for copy in copies), *article.related):
        names = {related.url, related.canonical_url} - {""}
        if not names & seen:
            found.append(related)
        seen |= names
    return tuple(found)


def _place(title: str) -> str:
    """What the place under a heading is called in a reason."""
    return f"section {title}" if title else "this edition"


def _ordinal(number: int) -> str:
    """`third`, `11th`, `22nd`."""
    if number <= len(ORDINALS):
        return ORDINALS[number - 1]
    teens = number % 100 in {11, 12, 13}
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
