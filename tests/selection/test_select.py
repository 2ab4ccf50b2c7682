"""Whole editions: sections, limits, providers and copies; and the laws by which `select` and `explain` agree."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.model import Related, Selection, Topic
from syndicate.selection import Slot, explain, select
from syndicate.windows import Window
from tests.vocabulary import article, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from random import Random

    from syndicate.model import Article, Section

NOW = moment("2026-11-16T08:00")
WEEK = Window(moment("2026-11-09T08:00"), NOW)
AI, ENERGY = Topic.of("AI"), Topic.of("Energy")
PAGE = (
    Slot("Energy", Selection(topics=(ENERGY,), order="heat")),
    Slot("AI", Selection(topics=(AI,), order="heat")),
    Slot("More", Selection(order="heat")),
)
ONE = (Slot("", Selection()),)


def placed(
    articles: Iterable[Article], slots: Sequence[Slot], *, ran: Mapping[str, str] | None = None, limit: int | None = None
) -> dict[str, list[str]]:
    """The titles under each heading of the edition."""
    return titles(select(articles, slots, WEEK, now=NOW, ran=ran, limit=limit))


def titles(sections: Iterable[Section]) -> dict[str, list[str]]:
    """The titles under each heading."""
    return {section.title: [entry.title for entry in section.entries] for section in sections}


def reasons(
    articles: Iterable[Article], slots: Sequence[Slot], *, ran: Mapping[str, str] | None = None, limit: int | None = None
) -> dict[str, str]:
    """What the selector says of each title."""
    return {verdict.article.title: verdict.reason for verdict in explain(articles, slots, WEEK, now=NOW, ran=ran, limit=limit)}


def numbered(count: int, provider: str | None = None) -> list[Article]:
    """As many stories, the first the newest, that have nothing to do with each other."""
    return [article(f"Story {place}", at=f"2026-11-12T10:{59 - place}", provider=provider) for place in range(1, count + 1)]


def test_an_article_runs_in_the_first_section_that_takes_it() -> None:
    """Once, even where a later section asks for it too."""
    both = article("Both", topics=["AI", "Energy"])
    neither = article("Neither", topics=["Gardens"])
    assert placed([neither, both, article("Robots", topics=["AI"])], PAGE) == {"Energy": ["Both"], "AI": ["Robots"], "More": ["Neither"]}


def test_a_section_that_is_empty_is_not_there() -> None:
    """No heading stands over nothing; an edition without entries has no sections."""
    assert list(placed([article(topics=["AI"])], PAGE)) == ["AI"]
    assert placed([], PAGE) == {}


def test_an_article_that_finds_no_room_in_a_section_may_run_in_a_later_one() -> None:
    """A limit of one section is no verdict on the whole edition."""
    slots = (Slot("Lead", Selection(order="heat", limit=1)), Slot("Rest", Selection(order="newest")))
    articles = [article("Hot", heat=90), article("Warm", heat=50, at="2026-11-10"), article("Mild", heat=40, at="2026-11-11")]
    assert placed(articles, slots) == {"Lead": ["Hot"], "Rest": ["Mild", "Warm"]}


def test_what_no_section_takes_has_the_verdict_of_the_last() -> None:
    """The last asks for least, so its reason is the one to mend."""
    slots = (Slot("AI", Selection(topics=(AI,))), Slot("More", Selection(min_quality=60)))
    assert reasons([article("Weak", topics=["Gardens"])], slots) == {"Weak": "quality 50 < 60"}


@pytest.mark.parametrize(
    ("order", "expected"),
    [("newest", ["New", "Good", "Hot"]), ("quality", ["Good", "Hot", "New"]), ("heat", ["Hot", "Good", "New"])],
)
def test_a_section_keeps_its_order(order: str, expected: list[str]) -> None:
    """Whatever the order in which articles come in."""
    articles = [
        article("Hot", at="2026-11-10", quality=60, heat=90),
        article("Good", at="2026-11-11", quality=80, heat=20),
        article("New", at="2026-11-12", quality=40),
    ]
    asked = {"newest": Selection(order="newest"), "quality": Selection(order="quality"), "heat": Selection(order="heat")}[order]
    assert placed(articles, [Slot("", asked)]) == {"": expected}


def test_what_ran_before_does_not_run_again() -> None:
    """The ledger names the edition, and so does the reason."""
    old, new = article("Old"), article("New")
    assert placed([old, new], ONE, ran={old.id: "weekly/2026-11-09"}) == {"": ["New"]}
    assert reasons([old, new], ONE, ran={old.id: "weekly/2026-11-09"})["Old"] == "ran in weekly/2026-11-09"


# Limits


def test_a_limit_cuts_a_section_at_the_bottom() -> None:
    """The reasons count on, by the section's order."""
    found = reasons(numbered(4), [Slot("", Selection(limit=2))])
    assert found == {
        "Story 1": "first by newest: dated 2026-11-12 10:58",
        "Story 2": "second by newest: dated 2026-11-12 10:57",
        "Story 3": "third by newest (dated 2026-11-12 10:56), limit 2",
        "Story 4": "fourth by newest (dated 2026-11-12 10:55), limit 2",
    }


def test_the_edition_has_a_limit_over_all_sections() -> None:
    """Sections further down get what room is left."""
    articles = [article("Tides", topics=["Energy"]), article("Wind", topics=["Energy"], heat=3), article("Robots", topics=["AI"])]
    articles.append(article("Weeds"))
    assert placed(articles, PAGE, limit=3) == {"Energy": ["Wind", "Tides"], "AI": ["Robots"]}
    assert reasons(articles, PAGE, limit=3)["Weeds"] == "first by heat (no heat, quality 50), the edition is full at 3"


def test_a_provider_is_counted_over_the_whole_edition() -> None:
    """Two in the first section leave no room for a third in the next, but a section without the limit takes it."""
    slots = (
        Slot("Energy", Selection(topics=(ENERGY,), per_provider=2)),
        Slot("AI", Selection(topics=(AI,), per_provider=2)),
        Slot("More", Selection(categories=("notes",))),
    )
    articles = [
        article("Tides", topics=["Energy"], provider="businessinsider.com", at="2026-11-12"),
        article("Wind", topics=["Energy"], provider="businessinsider.com", at="2026-11-11"),
        article("Robots", topics=["AI"], provider="businessinsider.com"),
        article("Chess", topics=["AI"], provider="other.example"),
        article("Weeds", category="notes", provider="businessinsider.com"),
    ]
    assert placed(articles, slots) == {"Energy": ["Tides", "Wind"], "AI": ["Chess"], "More": ["Weeds"]}
    only_ai = [Slot("All", Selection(per_provider=2))]
    found = reasons(articles, only_ai)
    assert sorted(reason for reason in found.values() if "limit" in reason) == [
        "fourth from businessinsider.com, limit 2",
        "third from businessinsider.com, limit 2",
    ]


def test_a_reason_counts_a_provider_over_the_whole_edition() -> None:
    """Two stand further up, so this is the third, and the next is the fourth."""
    slots = (Slot("Energy", Selection(topics=(ENERGY,))), Slot("More", Selection(per_provider=2)))
    articles = [article(title, topics=["Energy"], provider="businessinsider.com") for title in ("Tides", "Wind")]
    articles += [article("Robots", provider="businessinsider.com"), article("Chess", provider="businessinsider.com", at="2026-11-11")]
    found = reasons(articles, slots)
    assert (found["Robots"], found["Chess"]) == ("third from businessinsider.com, limit 2", "fourth from businessinsider.com, limit 2")


def test_articles_without_a_provider_are_nobodys_share() -> None:
    """They do not count against each other."""
    assert placed(numbered(3), [Slot("", Selection(per_provider=1))]) == {"": ["Story 1", "Story 2", "Story 3"]}


def test_a_provider_is_one_by_its_domain() -> None:
    """Whatever the case of its name."""
    articles = numbered(2, provider="Example.org")
    articles += [article("Another", provider="example.org", at="2026-11-11")]
    assert placed(articles, [Slot("", Selection(per_provider=2))]) == {"": ["Story 1", "Story 2"]}


@pytest.mark.parametrize(
    ("rank", "word"),
    [(1, "first"), (2, "second"), (3, "third"), (10, "tenth"), (11, "11th"), (12, "12th"), (13, "13th"), (21, "21st"), (22, "22nd")],
)
def test_a_reason_counts_in_english(rank: int, word: str) -> None:
    """In words up to ten, then in figures with the right ending."""
    assert reasons(numbered(22), ONE)[f"Story {rank}"].startswith(f"{word} by newest: ")


# Stories told twice

LAGOON = article("Lagoon closes its gates", url="https://a.example/1", quality=90, source="seeds/best.md", topics=["Energy"])
COPY = article("Lagoon closes its gates!", url="https://b.example/2", quality=60, topics=["Energy", "AI"], excerpt="As told elsewhere.")


def test_a_story_told_twice_is_told_once_by_its_best_copy() -> None:
    """The other stands beside it as related coverage, before what the file itself lists."""
    listed = Related("Listed", "https://c.example/3")
    best = article("Lagoon closes its gates", url="https://a.example/1", quality=90, source="seeds/best.md", related=(listed,))
    sections = select([COPY, best], ONE, WEEK, now=NOW)
    assert [entry.related for section in sections for entry in section.entries] == [(COPY.as_related(), listed)]
    assert reasons([COPY, best], ONE)[COPY.title] == "tells the same story as seeds/best.md"


def test_related_coverage_names_each_address_once_and_never_its_own() -> None:
    """What a copy brings is not repeated by the file's own list."""
    own = article(
        "Lagoon closes its gates",
        url="https://a.example/1",
        quality=90,
        web_url="https://www.a.example/1",
        related=(Related("Own", "https://a.example/1"), Related("Own again", "https://www.a.example/1"), Related("Copy", COPY.url)),
    )
    sections = select([own, COPY], ONE, WEEK, now=NOW)
    assert [related.url for section in sections for entry in section.entries for related in entry.related] == [COPY.url]
    assert sections[0].entries[0].related[0].excerpt == "As told elsewhere."


def test_a_story_told_further_up_the_page_is_not_told_again_below() -> None:
    """A copy that only a later section asks for becomes coverage of the entry above, even if it were the better one."""
    slots = (Slot("Energy", Selection(topics=(ENERGY,))), PAGE[1], PAGE[2])
    better = article("Lagoon closes its gates!", url="https://b.example/2", quality=99, topics=["AI"])
    sections = select([LAGOON, better, article("Robots", topics=["AI"])], slots, WEEK, now=NOW)
    assert titles(sections) == {"Energy": [LAGOON.title], "AI": ["Robots"]}
    assert sections[0].entries[0].related == (better.as_related(),)
    assert reasons([LAGOON, better], slots)[better.title] == "tells the same story as seeds/best.md"


def test_a_copy_that_the_selection_refuses_is_no_coverage() -> None:
    """What is too weak to run is too weak to stand beside."""
    sections = select([LAGOON, COPY], [Slot("", Selection(min_quality=70))], WEEK, now=NOW)
    assert [entry.related for section in sections for entry in section.entries] == [()]


def test_copies_do_not_use_up_room() -> None:
    """Limits and providers count stories, not files."""
    articles = [LAGOON, COPY, article("Another", at="2026-11-10")]
    assert placed(articles, [Slot("", Selection(limit=2))]) == {"": [LAGOON.title, "Another"]}


def test_two_files_of_one_page_have_a_verdict_each() -> None:
    """They share an identity and differ in their file."""
    first, second = article("Page", source="seeds/a.md", quality=60), article("Page", source="seeds/b.md")
    verdicts = explain([second, first], PAGE, WEEK, now=NOW)
    assert [(verdict.article.source, verdict.kept) for verdict in verdicts] == [("seeds/a.md", True), ("seeds/b.md", False)]


# Laws

WORDS = ("tide", "wind", "robot", "sheep", "lagoon")
CANDIDATES = st.lists(
    st.builds(
        lambda words, page, day, quality, heat, topics, house, published: article(
            " ".join(words),
            url=f"https://example.org/{page}",
            source=f"seeds/{page}.md",
            at=f"2026-11-{day:02}T12:00",
            quality=quality,
            heat=heat,
            topics=topics,
            provider=house,
            published=published,
        ),
        st.lists(st.sampled_from(WORDS), min_size=3, max_size=3),
        st.integers(1, 40),
        st.integers(7, 18),
        st.integers(40, 44),
        st.integers(-1, 2),
        st.lists(st.sampled_from(["AI", "Energy", "Gardens"]), max_size=2, unique=True),
        st.sampled_from([None, "one.example", "two.example"]),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=20,
    unique_by=lambda each: each.source,
)
ASKED = st.builds(
    Selection,
    topics=st.sampled_from([(), (AI,), (ENERGY,), (AI, ENERGY)]),
    min_quality=st.integers(40, 43),
    per_provider=st.sampled_from([None, 1, 2]),
    limit=st.sampled_from([None, 1, 3]),
    order=st.sampled_from(["newest", "quality", "heat"]),
)
SLOTS = st.lists(ASKED, min_size=1, max_size=3).map(lambda asked: [Slot(f"Section {place}", each) for place, each in enumerate(asked)])
LIMITS = st.sampled_from([None, 1, 4])


@settings(deadline=None)
@given(CANDIDATES, SLOTS, LIMITS)
def test_select_is_the_kept_part_of_explain(articles: list[Article], slots: list[Slot], limit: int | None) -> None:
    """The same articles under the same headings in the same order."""
    chosen = select(articles, slots, WEEK, now=NOW, limit=limit)
    kept = [verdict for verdict in explain(articles, slots, WEEK, now=NOW, limit=limit) if verdict.kept]
    assert [(verdict.section, verdict.article) for verdict in kept] == [
        (section.title, entry.article) for section in chosen for entry in section.entries
    ]


@settings(deadline=None)
@given(CANDIDATES, SLOTS, LIMITS, st.randoms(use_true_random=False))
def test_input_order_is_immaterial(articles: list[Article], slots: list[Slot], limit: int | None, random: Random) -> None:
    """To what runs and to what is said of it."""
    shuffled = list(articles)
    random.shuffle(shuffled)
    assert select(shuffled, slots, WEEK, now=NOW, limit=limit) == select(articles, slots, WEEK, now=NOW, limit=limit)
    assert list(explain(shuffled, slots, WEEK, now=NOW, limit=limit)) == list(explain(articles, slots, WEEK, now=NOW, limit=limit))


@settings(deadline=None)
@given(CANDIDATES, SLOTS, LIMITS)
def test_every_article_has_exactly_one_verdict_with_a_reason(articles: list[Article], slots: list[Slot], limit: int | None) -> None:
    """Those that run first, each with the heading it runs under; then the others, newest first."""
    verdicts = explain(articles, slots, WEEK, now=NOW, limit=limit)
    assert Counter(verdict.article.source for verdict in verdicts) == Counter(each.source for each in articles)
    assert all(verdict.reason and bool(verdict.section) == verdict.kept for verdict in verdicts)
    assert [verdict.kept for verdict in verdicts] == sorted((verdict.kept for verdict in verdicts), reverse=True)
    dates = [verdict.article.published_at for verdict in verdicts if not verdict.kept]
    assert dates == sorted(dates, reverse=True)


@settings(deadline=None)
@given(CANDIDATES, SLOTS, LIMITS)
def test_no_limit_is_ever_passed(articles: list[Article], slots: list[Slot], limit: int | None) -> None:
    """Neither that of a section, nor that of the edition; and nothing runs twice."""
    chosen = select(articles, slots, WEEK, now=NOW, limit=limit)
    asked = {slot.title: slot.selection for slot in slots}
    assert all(len(section.entries) <= (asked[section.title].limit or len(articles)) for section in chosen)
    ids = [entry.article.id for section in chosen for entry in section.entries]
    assert len(ids) == len(set(ids)) <= (limit or len(articles))
    houses: Counter[str] = Counter()
    for section in chosen:
        for entry in section.entries:
            house = entry.article.provider.domain if entry.article.provider else ""
            houses[house] += 1
            assert not house or houses[house] <= (asked[section.title].per_provider or len(articles))


@settings(deadline=None)
@given(CANDIDATES, SLOTS)
def test_what_ran_is_all_that_the_next_edition_lacks(articles: list[Article], slots: list[Slot]) -> None:
    """With what an edition ran in the ledger, the same window brings none of it again."""
    chosen = select(articles, slots, WEEK, now=NOW)
    ran = {entry.article.id: "weekly/2026-11-16" for section in chosen for entry in section.entries}
    again = select(articles, slots, WEEK, now=NOW, ran=ran)
    assert not ran.keys() & {entry.article.id for section in again for entry in section.entries}


def test_of_a_story_the_copy_runs_whose_provider_has_room() -> None:
    """A cap on providers must not lose a story that another provider tells too."""
    story = "Harbour opens a second lock at last"
    articles = [
        article("Something else entirely happened", provider="q.example", quality=90, url="https://q.example/1"),
        article(story, provider="q.example", quality=80, url="https://q.example/2"),
        article(story, provider="r.example", quality=60, url="https://r.example/2"),
    ]
    slots = [Slot("", Selection(per_provider=1, order="quality"))]
    kept = [verdict.article.url for verdict in explain(articles, slots, WEEK, now=NOW) if verdict.kept]
    assert kept == ["https://q.example/1", "https://r.example/2"]
