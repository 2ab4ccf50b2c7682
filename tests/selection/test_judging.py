"""One row per rule by which an article is judged by itself, with the exact words of the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from syndicate.model import Provider, Selection, Topic
from syndicate.selection import judge
from syndicate.selection.judging import ranked, score
from syndicate.windows import Window
from tests.vocabulary import article, moment

if TYPE_CHECKING:
    from syndicate.model import Article

NOW = moment("2026-11-16T08:00")
WEEK = Window(moment("2026-11-09T08:00"), NOW, "Europe/London")
PARENTS = {"AI in Healthcare": "AI", "Radiology": "AI in Healthcare"}
AI = Topic.of("AI", PARENTS)
HEALTH = Topic.of("AI in Healthcare", PARENTS)
POST = Provider("Harbour Post", "harbourpost.example")

OUT: list[tuple[dict[str, Any], Selection, str]] = [
    ({"published": False}, Selection(), "draft"),
    ({"at": "2026-11-16T08:01"}, Selection(), "dated 2026-11-16 08:01, after now"),
    ({"at": "2026-11-09T07:59"}, Selection(), "outside 2026-11-09..2026-11-16"),
    ({"at": "2026-11-16T08:00"}, Selection(), "outside 2026-11-09..2026-11-16"),
    ({"title": "Ran"}, Selection(), "ran in weekly/2023-11-06"),
    ({"title": "Placed"}, Selection(), "stands in section Healthcare"),
    ({"topics": ["Wind", "Grid"]}, Selection(topics=(AI, Topic.of("Solar"))), "topics Wind, Grid: none of AI, Solar"),
    ({}, Selection(topics=(AI,)), "topics none: none of AI"),
    ({"topics": ["AI"]}, Selection(topics=(HEALTH,)), "topics AI: none of AI in Healthcare"),
    ({"topics": ["Radiology", "AI"]}, Selection(topics=(AI,), exclude_topics=(HEALTH,)), "topic AI in Healthcare is excluded"),
    ({"category": "opinion"}, Selection(categories=("news", "notes")), "category opinion: none of news, notes"),
    ({}, Selection(categories=("news",)), "category none: none of news"),
    ({"type": "video"}, Selection(types=("article",)), "type video: none of article"),
    ({"provider": POST}, Selection(providers=("Medscape",)), "provider harbourpost.example: none of Medscape"),
    ({"provider": Provider("The Post")}, Selection(providers=("Medscape",)), "provider the post: none of Medscape"),
    ({}, Selection(providers=("Medscape",)), "provider none: none of Medscape"),
    ({"provider": POST}, Selection(exclude_providers=("harbour post",)), "provider harbourpost.example is excluded"),
    ({"quality": 54}, Selection(min_quality=70), "quality 54 < 70"),
    ({"quality": 69.5}, Selection(min_quality=70), "quality 69.5 < 70"),
    ({"heat": 12}, Selection(min_heat=40), "heat 12 < 40"),
    ({}, Selection(min_heat=0), "heat -1 < 0"),
]

IN: list[tuple[dict[str, Any], Selection]] = [
    ({}, Selection()),
    ({"at": "2026-11-09T08:00"}, Selection()),
    ({"at": "2026-11-16T07:59"}, Selection()),
    ({"topics": ["ai IN healthcare"]}, Selection(topics=(HEALTH,))),
    ({"topics": ["Radiology"]}, Selection(topics=(AI,))),
    ({"topics": ["Wind", "AI"]}, Selection(topics=(AI,), exclude_topics=(HEALTH,))),
    ({"category": "News"}, Selection(categories=("news",))),
    ({"type": "Video"}, Selection(types=("article", "video"))),
    ({"provider": POST}, Selection(providers=("HARBOUR POST",))),
    ({"provider": POST}, Selection(providers=("harbourpost.example",))),
    ({}, Selection(exclude_providers=("Medscape",))),
    ({"quality": 70}, Selection(min_quality=70)),
    ({"heat": -1}, Selection(min_heat=-1)),
    ({"quality": 0, "heat": -1}, Selection()),
]


def reason(asked: Selection, candidate: Article) -> str:
    """Why `candidate` is out of this week's edition, where "Ran" ran before and "Placed" stands above."""
    ran, placed = {article("Ran").id: "weekly/2023-11-06"}, {article("Placed").id: "section Healthcare"}
    return judge(candidate, asked, WEEK, now=NOW, ran=ran, placed=placed)


@pytest.mark.parametrize(("fields", "asked", "text"), OUT, ids=[row[2] for row in OUT])
def test_an_article_is_out_for_a_reason(fields: dict[str, Any], asked: Selection, text: str) -> None:
    """The reason names the article's figure and the selection's."""
    assert reason(asked, article(**fields)) == text


@pytest.mark.parametrize(("fields", "asked"), IN)
def test_nothing_speaks_against_an_article_that_fits(fields: dict[str, Any], asked: Selection) -> None:
    """Floors and starts belong to what they bound; topics, categories, types and providers are read without case."""
    assert not reason(asked, article(**fields))


def test_the_first_rule_that_fails_is_the_reason() -> None:
    """With one fault mended after the other, the reasons come in the order of the rules."""
    asked = Selection(topics=(AI,), exclude_topics=(HEALTH,), providers=("Medscape",), min_quality=70, min_heat=40, types=("article",))
    fields: dict[str, Any] = {"title": "Ran", "published": False, "at": "2026-12-01", "type": "video", "quality": 1, "provider": POST}
    mended: list[dict[str, Any]] = [
        {"published": True},
        {"at": "2026-11-01"},
        {"at": "2026-11-12"},
        {"title": "Placed"},
        {"title": "Neither"},
        {"topics": ["Radiology"]},
        {"topics": ["AI"]},
        {"type": "article"},
        {"provider": Provider("Medscape", "medscape.com")},
        {"quality": 70},
        {"heat": 40},
    ]
    reasons = [reason(asked, article(**fields))]
    for mend in mended:
        fields |= mend
        reasons.append(reason(asked, article(**fields)))
    assert reasons == [
        "draft",
        "dated 2026-12-01 00:00, after now",
        "outside 2026-11-09..2026-11-16",
        "ran in weekly/2023-11-06",
        "stands in section Healthcare",
        "topics none: none of AI",
        "topic AI in Healthcare is excluded",
        "type video: none of article",
        "provider harbourpost.example: none of Medscape",
        "quality 1 < 70",
        "heat -1 < 40",
        "",
    ]


@pytest.mark.parametrize(
    ("order", "titles"),
    [
        ("newest", ["New", "Better", "Hot", "Plain"]),
        ("quality", ["Better", "New", "Hot", "Plain"]),
        ("heat", ["Hot", "Better", "New", "Plain"]),
    ],
)
def test_an_order_ranks_the_best_first(order: str, titles: list[str]) -> None:
    """By date; by quality, then date; by heat, then quality, then date."""
    articles = [
        article("Plain", at="2026-11-10", quality=50),
        article("Hot", at="2026-11-11", quality=50, heat=90),
        article("Better", at="2026-11-12", quality=60),
        article("New", at="2026-11-13", quality=50),
    ]
    assert [each.title for each in ranked(articles, order)] == titles


@pytest.mark.parametrize(
    ("order", "text"), [("newest", "dated 2026-11-12 09:30"), ("quality", "quality 50"), ("heat", "no heat, quality 50")], ids=str
)
def test_a_score_says_what_the_order_saw(order: str, text: str) -> None:
    """The figures that decided, in the words of the front matter."""
    assert score(article(), order, "UTC") == text


def test_a_topic_knows_its_children_whatever_their_case() -> None:
    """As everywhere else, `ai` is `AI`: in the question as in the table of topics."""
    assert Topic.of("ai", PARENTS).labels == AI.labels
    assert Topic.of("AI", {"AI in Healthcare": "ai", "radiology": "ai in healthcare"}).labels == AI.labels
