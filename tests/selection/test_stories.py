"""Pairs of titles that tell one story, and pairs that do not although they look alike."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.model import Article, Image, Provider
from syndicate.selection.stories import fold, words
from tests.vocabulary import article

if TYPE_CHECKING:
    from random import Random

ONE_STORY = [
    ("case", "Lagoon closes its gates", "LAGOON CLOSES ITS GATES"),
    ("punctuation", "Sheep, shadows & 14 turbines: a farm", "Sheep – shadows – 14 turbines. A farm!"),
    ("curly quotes", "The model that can't say 'I don't know'", "The model that can’t say “I don’t know”"),
    ("a letter too many", "Council debates the colour code", "Council debates the color code"),
    ("plural", "Battery barge leaves harbour", "Battery barges leaves harbour"),
    ("letters that changed places", "ISTM publishes guidance on models", "ITSM publishes guidance on models"),
    ("another letter in a long word", "Dock workers unionise at last", "Dock workers unionize at last"),
    ("little words", "WHO releases guidance on the ethics of AI", "WHO releases guidance for ethics in AI"),
    ("no space to speak of", "Rust  for a rainy\tweek", "Rust for a rainy week"),
]

TWO_STORIES = [
    ("numbers", "Plan for release wave 1 announced", "Plan for release wave 2 announced"),
    ("years", "Grid outlook for winter 2025", "Grid outlook for winter 2026"),
    ("months", "Tide tables for November published", "Tide tables for December published"),
    ("opposites", "Senate passes tidal power bill", "Senate rejects tidal power bill"),
    ("neighbours", "Talks about power lines with Iran resume", "Talks about power lines with Iraq resume"),
    ("tenses", "Wholesale power prices rise again", "Wholesale power prices rose again"),
    ("short words", "Team wins the cup", "Team wins the cap"),
    ("one word more", "Senate passes tidal power bill", "Senate passes tidal power bill amendment"),
    ("another order", "Man bites the dog", "Dog bites the man"),
    ("a negation", "The regulator can approve reactors", "The regulator can't approve reactors"),
    ("figures in a word", "Carrier launches 4GLTE in Halden", "Carrier launches 5GLTE in Halden"),
    ("two slips in a word", "Halden harbour reopens", "Haldens harbours reopening"),
    ("too short to tell", "Weekly roundup", "Weekly roundup"),
    ("little words do not count", "The state of the art", "The state of the art"),
]


def copies(one: str, other: str, *, later: str = "2026-11-15T09:29", providers: tuple[str, str] = ("A", "B")) -> list[Article]:
    """Two articles at two addresses, three days apart unless `later` says else."""
    return [
        article(one, url="https://one.example/1", at="2026-11-12T09:30", provider=Provider(providers[0])),
        article(other, url="https://other.example/2", at=later, provider=Provider(providers[1])),
    ]


@pytest.mark.parametrize(("one", "other"), [row[1:] for row in ONE_STORY], ids=[row[0] for row in ONE_STORY])
def test_a_story_told_in_nearly_the_same_words_is_one(one: str, other: str) -> None:
    """Case, punctuation, little words and slips of the pen do not make another story."""
    assert len(fold(copies(one, other))) == 1


@pytest.mark.parametrize(("one", "other"), [row[1:] for row in TWO_STORIES], ids=[row[0] for row in TWO_STORIES])
def test_stories_that_differ_in_a_word_are_two(one: str, other: str) -> None:
    """To repeat a story is a blemish; to lose one is a fault."""
    assert len(fold(copies(one, other))) == 2


@pytest.mark.parametrize(
    ("title", "provider"),
    [
        ("The lagoon closes its gates - Reuters", "Reuters"),
        ("The lagoon closes its gates | The Harbour Post", "The Harbour Post"),
        ("The lagoon closes its gates — BBC News", "BBC News"),
    ],
)
def test_the_providers_name_at_the_end_of_a_title_does_not_count(title: str, provider: str) -> None:
    """Aggregators add it; but only the article's own provider is taken off."""
    plain = "The lagoon closes its gates"
    assert len(fold(copies(title, plain, providers=(provider, "Another")))) == 1
    assert len(fold(copies(title, plain, providers=("Another", "Yet another")))) == 2


def test_a_title_that_is_its_providers_name_keeps_it() -> None:
    """Nothing would be left of it."""
    assert words(article("Harbour Post", provider=Provider("Harbour Post"))) == ("harbour", "post")


@pytest.mark.parametrize(("later", "stories"), [("2026-11-19T09:29", 1), ("2026-11-19T09:30", 2)], ids=["a minute less", "seven days"])
def test_a_column_under_one_title_is_new_every_week(later: str, stories: int) -> None:
    """Seven days apart, the same words tell another story."""
    assert len(fold(copies("What the grid did this week", "What the grid did this week", later=later))) == stories


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/lagoon",
        "https://www.example.org/lagoon/",
        "https://example.org/lagoon?utm_source=mail&utm_medium=x",
        "https://example.org/lagoon?fbclid=abc#top",
    ],
)
def test_one_page_is_one_story_whatever_its_title_and_date(url: str) -> None:
    """Scheme, `www.`, trailing slash and tracking do not make another page."""
    first = article("The lagoon closes", url="https://example.org/lagoon", at="2026-01-01")
    second = article("A wholly different headline", url=url, at="2026-11-12")
    assert len(fold([first, second])) == 1


def test_an_identity_of_its_own_makes_two_pages_one_story() -> None:
    """The same `id` in two files means the same article; and two of them do not make two articles of one page."""
    assert len(fold([article("One", id="urn:uuid:1"), article("Other", id="urn:uuid:1")])) == 1
    page = "https://example.org/lagoon"
    assert len(fold([article("One", url=page, id="urn:uuid:1"), article("Other", url=page, id="urn:uuid:2")])) == 1


def test_a_page_with_another_query_is_another_story() -> None:
    """Not every parameter is tracking."""
    assert len(fold([article("One", url="https://example.org/?p=1"), article("Other", url="https://example.org/?p=2")])) == 2


def test_the_best_copy_stands_first() -> None:
    """By quality, then heat, then having a picture, then being first to tell it."""
    title, picture = "The lagoon closes its gates", (Image("https://example.org/a.jpg"),)
    best_first = [
        article(title, url="https://a.example", quality=60, at="2026-11-13"),
        article(title, url="https://b.example", heat=9, at="2026-11-13"),
        article(title, url="https://c.example", images=picture, at="2026-11-13"),
        article(title, url="https://d.example", at="2026-11-12"),
        article(title, url="https://e.example", at="2026-11-13"),
    ]
    for order in permutations(best_first):
        assert fold(order) == [tuple(best_first)]


def test_copies_of_copies_are_one_story() -> None:
    """Told in one word on Monday, in another on Friday and by the same page the month after: one story."""
    first = article("Council debates the colour code", url="https://a.example", at="2026-11-09")
    second = article("Council debates the color code", url="https://b.example", at="2026-11-13")
    third = article("Council debates the color codes", url="https://c.example", at="2026-11-18")
    fourth = article("What happened to the code", url="https://c.example", at="2026-12-24")
    assert len(fold([first, fourth])) == 2
    assert len(fold([first, second, third, fourth])) == 1


TITLES = st.sampled_from([title for row in (*ONE_STORY, *TWO_STORIES) for title in row[1:]])
ARTICLES = st.lists(
    st.builds(
        lambda title, day, page, quality: article(title, url=f"https://example.org/{page}", at=f"2026-11-{day:02}", quality=quality),
        TITLES,
        st.integers(1, 28),
        st.integers(1, 30),
        st.integers(50, 52),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(ARTICLES, st.randoms(use_true_random=False))
def test_the_order_in_which_articles_come_in_is_immaterial(articles: list[Article], random: Random) -> None:
    """The same stories, the same best copies, in the same order; and each article in exactly one story."""
    shuffled = list(articles)
    random.shuffle(shuffled)
    stories = fold(articles)
    assert fold(shuffled) == stories
    assert sorted(map(repr, (each for story in stories for each in story))) == sorted(map(repr, articles))
