"""Find the articles that tell one story twice. Pure, and the order in which articles come in is immaterial.

Two articles tell the same story if

1. they have the same identity or canonical URL; or
2. they are dated less than `SAME_STORY` apart, and their titles have the same words in the same order, but for case, punctuation,
   little words, the provider's own name at the end, and one slip in the spelling of a longer word (rapidfuzz's OSA distance): a letter
   too many, two letters that changed places, or in a long word one letter for another.

Numbers must agree, and so must all other words: "release wave 1" and "release wave 2", "passes" and "rejects", "Iran" and "Iraq" are
two stories.
To repeat a story is a blemish; to lose one is a fault.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from rapidfuzz import utils
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syndicate.model import Article

SAME_STORY = timedelta(days=7)
"""A column that appears every week under one title is not one story."""

LITTLE_WORDS = frozenset({"a", "an", "the", "to", "of", "in", "on", "at", "for", "from", "with", "and", "as", "by", "its"})
LONGER_WORD, LONG_WORD = 4, 7
"""Letters from which on a word may have a slip, and from which on that may be another letter: `Iran`, `Iraq`; `unionise`, `unionize`."""

FEWEST_WORDS = 3
"""Shorter titles ("Weekly roundup", "Comment") say too little to tell a story by."""


def fold(articles: Iterable[Article]) -> list[tuple[Article, ...]]:
    """Group `articles` by story; the best copy of each comes first."""
    parents: dict[int, int] = {}
    ordered = sorted(articles, key=_worth)
    for place, other in _pairs(ordered):
        first, second = sorted((_root(parents, place), _root(parents, other)))
        if first != second:
            parents[second] = first
    stories: defaultdict[int, list[Article]] = defaultdict(list)
    for place, article in enumerate(ordered):
        stories[_root(parents, place)].append(article)
    return [tuple(copies) for copies in stories.values()]


def words(article: Article) -> tuple[str, ...]:
    """What a title says, bare of case, punctuation, little words and the provider's name at its end."""
    found = _plain(article.title)
    name = _plain(article.provider.name) if article.provider else ()
    if name and len(found) > len(name) and found[-len(name) :] == name:
        found = found[: -len(name)]
    return tuple(word for word in found if word not in LITTLE_WORDS)


def _plain(text: str) -> tuple[str, ...]:
    return tuple(utils.default_process(text.replace("’", "").replace("'", "")).split())


def _worth(article: Article) -> tuple[object, ...]:
    """Best copy first: by quality, heat, having a picture, being first to tell it; id and file decide the rest."""
    return (-article.quality, -article.heat, not article.images, article.published_at, article.id, article.source)


def _pairs(articles: Sequence[Article]) -> Iterator[tuple[int, int]]:
    """The places of each two articles that tell the same story."""
    same: defaultdict[str, list[int]] = defaultdict(list)
    alike: defaultdict[str, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    for place, article in enumerate(articles):
        for key in {article.id, article.canonical_url}:
            same[key].append(place)
        said = words(article)
        if len(said) >= FEWEST_WORDS:
            # Titles that differ by a slip share their initials; only those are compared, so that the cost stays linear.
            alike["".join(word[0] for word in said)].append((place, said))
    for places in same.values():
        yield from ((places[0], other) for other in places[1:])
    for group in alike.values():
        for rank, (place, said) in enumerate(group):
            for other, heard in group[rank + 1 :]:
                near = abs(articles[place].published_at - articles[other].published_at) < SAME_STORY
                if near and all(map(_same_word, said, heard)):
                    yield place, other


def _same_word(one: str, other: str) -> bool:
    if one == other:
        return True
    longer = min(len(one), len(other)) >= LONGER_WORD and not any(map(str.isdigit, one + other))
    another_letter = len(one) == len(other) and sorted(one) != sorted(other)
    return longer and (len(one) >= LONG_WORD or not another_letter) and OSA.distance(one, other, score_cutoff=1) <= 1


def _root(parents: dict[int, int], place: int) -> int:
    while place in parents:
        place = parents[place]
    return place
