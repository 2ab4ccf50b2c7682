"""What an index is asked: exactly what the pure `judge` lets pass, and the same verdicts as over articles in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.catalogue import Catalogue
from syndicate.catalogue.records import Record, columns_of, pack
from syndicate.catalogue.tables import OF_A_FILE, put
from syndicate.config import Digest, Feed
from syndicate.model import Image, Provider, Publication, Selection, Site, Topic
from syndicate.publishing import browse, explain
from syndicate.selection import judge
from syndicate.selection.judging import ranked
from syndicate.windows import Cadence, Window
from tests.catalogue.shelf import Shelf
from tests.selection.test_select import CANDIDATES, LIMITS, NOW, SLOTS, WEEK
from tests.vocabulary import article, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from syndicate.catalogue.index import Index
    from syndicate.model import Article, Verdict
    from syndicate.selection import Slot

SITE = Site("The Daily", "https://news.example.org", timezone="Europe/London")
LABELS = ("STRASSE", "straße", "İ", "i̇", "I", "ı", "Caf\u00e9", "Cafe\u0301", "ﬁn", "FIN", "a b", "'; --", "%", "Ω", "\u03c9")
"""Labels that only a computer could tell apart, or take for one: beyond ASCII, in two normal forms, with marks that SQL knows."""

HOUSES = st.one_of(
    st.none(), st.builds(Provider, st.sampled_from(["", "STRASSE", "straße", "One"]), st.sampled_from(["", "one.example", "One.Example"]))
)
QUALITIES = st.sampled_from([0, 1, 7.5, 42, 1e300, int(1e300), 2**53, 0.1])
HEATS = st.sampled_from([-1, -0.5, 0, 3, 1e300])
EDGES = tuple(
    moment(text)
    for text in (
        "1900-01-01",
        "2026-11-09T07:59:59.999999",
        "2026-11-09T08:00",
        "2026-11-12T12:00",
        "2026-11-16T08:00",
        "2999-12-31T23:59:59.999999",
    )
)
MOMENTS = st.sampled_from(EDGES) | st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  as hypothesis asks
SOME = st.lists(st.sampled_from(LABELS), max_size=3, unique=True)
ARTICLES = st.lists(
    st.builds(
        lambda number, at, quality, heat, topics, house, published, category, kind, pictures: article(
            f"Title {number % 7}",
            url=f"https://example.org/{number // 2}",
            source=f"seeds/{number}.md",
            at=at,
            quality=quality,
            heat=heat,
            topics=topics,
            provider=house,
            published=published,
            category=category,
            type=kind,
            images=(Image("https://example.org/p.png"),) * pictures,
        ),
        st.integers(1, 40),
        MOMENTS,
        QUALITIES,
        HEATS,
        SOME,
        HOUSES,
        st.sampled_from([True, True, True, False]),
        st.sampled_from(["", "News", "NEWS", "straße"]),
        st.sampled_from(["article", "Article", "VIDEO", ""]),
        st.integers(0, 1),
    ),
    max_size=15,
    unique_by=lambda each: each.source,
)
TOPICS = st.lists(st.builds(Topic.of, st.sampled_from(LABELS), st.just({"ﬁn": "Strasse", "Cafe\u0301": "İ"})), max_size=2).map(tuple)
ASKED = st.builds(
    Selection,
    topics=TOPICS,
    exclude_topics=TOPICS,
    categories=st.lists(st.sampled_from(["news", "STRASSE", ""]), max_size=2).map(tuple),
    types=st.lists(st.sampled_from(["ARTICLE", "video", ""]), max_size=2).map(tuple),
    providers=st.lists(st.sampled_from(["", "Straße", "ONE", "ONE.example"]), max_size=2).map(tuple),
    exclude_providers=st.lists(st.sampled_from(["", "strasse", "one", "one.EXAMPLE"]), max_size=1).map(tuple),
    min_quality=QUALITIES | st.just(-1),
    min_heat=st.none() | HEATS,
    per_provider=st.sampled_from([None, 1]),
    limit=st.sampled_from([None, 1, 3]),
    order=st.sampled_from(["newest", "quality", "heat"]),
)
WINDOWS = st.tuples(MOMENTS, MOMENTS).filter(lambda edges: edges[0] != edges[1]).map(lambda edges: Window(min(edges), max(edges)))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """An index, to be filled."""
    with Shelf(tmp_path_factory.mktemp("questions")).open() as opened:
        opened.refresh()
        opened._database.execute("COMMIT")
        yield opened


def filled(index: Index, articles: Sequence[Article]) -> Index:
    """The index with these articles in it and no others."""
    for table in ("files", *OF_A_FILE, "topics"):
        index._database.execute(f"DELETE FROM {table}")  # noqa: S608  names of ours
    for number, each in enumerate(articles, 1):
        record = Record(0, "/seeds", f"{number}.md", None, b"", columns=columns_of(each), body=pack(small(each)), folder="/seeds")
        put(index._database, record, number, young=False)
    index._tallies.clear()
    return index


def small(each: Article) -> Article:
    """An article whose numbers a file could give: whole ones end where floats are not exact any more."""
    from dataclasses import replace

    return replace(each, quality=float(each.quality), heat=float(each.heat))


def told(verdicts: Iterator[Verdict]) -> list[tuple[str, str, str, str, str]]:
    """What is said of each article, in its order."""
    return [(each.article.id, each.article.source, each.outcome, each.reason, each.section) for each in verdicts]


@settings(max_examples=150)
@given(articles=ARTICLES, asked=ASKED, window=WINDOWS, now=MOMENTS)
def test_an_index_finds_what_nothing_speaks_against(
    index: Index, articles: list[Article], asked: Selection, window: Window, now: datetime
) -> None:
    """Exactly that, of all rules that look at one article alone; and it counts what there is to choose from."""
    found = filled(index, articles).fitting([asked], window, now=now)
    assert sorted(each.source for each in found) == sorted(each.source for each in articles if not judge(each, asked, window, now=now))
    assert index.tally(window)[0] == sum(each.published_at in window for each in articles)


@settings(max_examples=100)
@given(articles=ARTICLES, slots=st.lists(ASKED, min_size=1, max_size=3), limit=LIMITS, window=WINDOWS, now=MOMENTS)
def test_every_verdict_is_as_over_articles_in_memory(
    index: Index, articles: list[Article], slots: list[Selection], limit: int | None, window: Window, now: datetime
) -> None:
    """Of a feed, of a digest with sections, with and without editions before; and so is what a selection takes, in its order."""
    known, whole = filled(index, articles), Catalogue.of(articles)
    ran = {each.id: "weekly/2026-11-09" for each in articles[::5]}
    for publication in (feed(slots[0]), digest(slots, limit or 3)):
        for before in (None, ran):
            first, second = (explain(publication, holdings, window, now=now, ran=before) for holdings in (known, whole))
            assert told(first) == told(second)
    for span in (window, None):
        assert [each.source for each in browse(known, slots[0], span, now=now)] == [
            each.source for each in browse(whole, slots[0], span, now=now)
        ]


@given(articles=CANDIDATES, slots=SLOTS, limit=LIMITS)
def test_every_verdict_is_as_over_candidates_in_memory(index: Index, articles: list[Article], slots: list[Slot], limit: int | None) -> None:
    """Of stories that are told several times, by several providers, in several sections."""
    known, whole = filled(index, articles), Catalogue.of(articles)
    publication = digest([slot.selection for slot in slots], limit or 10)
    assert told(explain(publication, known, WEEK, now=NOW)) == told(explain(publication, whole, WEEK, now=NOW))


@given(articles=ARTICLES, window=st.none() | WINDOWS)
def test_outlines_come_in_the_selectors_order(index: Index, articles: list[Article], window: Window | None) -> None:
    """Newest first; of equals the one with a picture, then by id and file."""
    known, whole = filled(index, articles), Catalogue.of(articles)
    assert [each.source for each in known.outlines(window)] == [each.source for each in whole.outlines(window)]
    assert (known.dates(), set(known.topics()), len(known)) == (whole.dates(), set(whole.topics()), len(whole))


@pytest.mark.parametrize(
    ("label", "asked", "taken"),
    [
        ("STRASSE", "straße", True),
        ("Caf\u00e9", "cafe\u0301", True),
        ("Caf\u00e9", "cafe", False),
        ("\u0130", "i\u0307", True),
        ("\u0130", "i", False),
        ("ﬁn", "FIN", True),
        ("\u1fb3", "\u1fb3".upper(), True),
        ("a%", "ab", False),
    ],
)
def test_case_and_accents_are_taken_out_beyond_ascii(index: Index, label: str, asked: str, *, taken: bool) -> None:
    """Where SQLite's own functions know ASCII alone. What is asked and what is excluded, topics, categories and providers."""
    filled(index, [article("A", topics=[label], category=label, provider=Provider(label), quality=1)])
    topic = Topic.of(asked)
    takes = [Selection(topics=(topic,))]
    excludes = [Selection(exclude_topics=(topic,))]
    if "\u0301" not in asked:  # providers and categories are compared by case alone
        takes += [Selection(categories=(asked,)), Selection(providers=(asked,))]
        excludes += [Selection(exclude_providers=(asked,))]
    assert [bool(index.fitting([each], WEEK, now=NOW)) for each in takes] == [taken] * len(takes)
    assert [bool(index.fitting([each], WEEK, now=NOW)) for each in excludes] == [not taken] * len(excludes)


@pytest.mark.parametrize("first", ["A", "B"])
def test_the_microsecond_decides(index: Index, first: str) -> None:
    """Also in a year whose seconds floating-point numbers cannot count so finely any more."""
    late = moment("2999-12-30T12:00:00.000001")
    articles = [article(title, at=late - timedelta(microseconds=title != first)) for title in "AB"]
    for holdings in (filled(index, articles), Catalogue.of(articles)):
        assert next(iter(holdings.outlines())).title == first
    assert ranked(articles, "newest")[0].title == first


def feed(asked: Selection) -> Feed:
    """A feed that asks for this."""
    return Feed(Publication("feed", "all", "All", SITE), asked, timedelta(days=90))


def digest(asked: Sequence[Selection], limit: int) -> Digest:
    """A digest with a section for each question."""
    sections: Mapping[str, Selection] = {f"Section {place}": each for place, each in enumerate(asked)}
    cadence = Cadence("0 8 * * mon", "Europe/London")
    return Digest(Publication("digest", "weekly", "Weekly", SITE), tuple(sections.items()), limit, cadence, "skip", timedelta(), "latest")
