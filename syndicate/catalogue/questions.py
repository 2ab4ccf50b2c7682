"""Put a `Selection` to the index: rules 1 to 3 and 5 to 7 of the selector as conditions on columns. Pure.

The conditions may let more through than the selector does, and never less; the selector judges what they leave once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syndicate.catalogue.records import OUTLINE, ticks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from syndicate.model import Selection, Topic
    from syndicate.windows import Window

FOLD = "fold"
"""The function of the index that takes the case out of a text, as Python does."""

COLUMNS = ", ".join(f"a.{name.strip()}" for name in OUTLINE.split(","))


def question(asked: Selection, window: Window, now: datetime) -> tuple[str, list[Any]]:
    """The statement that gives the number and the outline of each article that `asked` may take in `window`, and its values."""
    span: list[Any] = [ticks(window.start), ticks(window.end), ticks(now)]
    labels = _labels(asked.topics)
    if labels:
        source = f"topics t JOIN articles a ON a.number = t.number WHERE t.label IN ({_marks(labels)}) AND t.dated >= ? AND t.dated < ? AND t.dated <= ?"
    else:
        source = "articles a WHERE a.dated >= ? AND a.dated < ? AND a.dated <= ?"
    conditions, values = _conditions(asked)
    statement = f"SELECT a.number, {COLUMNS} FROM {source} AND a.live{conditions}"  # noqa: S608  names of ours
    return statement, [*labels, *span, *values]


def tally_of(window: Window, selections: Sequence[Selection]) -> tuple[str, list[Any]]:
    """The statement that counts and sums up the articles dated in `window`: of the topics of `selections`, if each of them names some."""
    span: list[Any] = [ticks(window.start), ticks(window.end)]
    if not selections or not all(asked.topics for asked in selections):
        return "SELECT count(*), coalesce(sum(token), 0) FROM articles WHERE dated >= ? AND dated < ?", span
    labels = _labels(topic for asked in selections for topic in asked.topics)
    where = f"label IN ({_marks(labels)}) AND dated >= ? AND dated < ?"
    return f"SELECT count(*), coalesce(sum(token), 0) FROM topics WHERE {where}", [*labels, *span]  # noqa: S608  question marks


def _conditions(asked: Selection) -> tuple[str, list[Any]]:
    text = " AND a.quality >= ?"
    values: list[Any] = [float(asked.min_quality)]
    if asked.min_heat is not None:
        text += " AND a.heat >= ?"
        values.append(float(asked.min_heat))
    for column, names in (("category", asked.categories), ("type", asked.types)):
        if names:
            text += f" AND {FOLD}(a.{column}) IN ({_marks(names)})"
            values += _folded(names)
    houses = f"({FOLD}(a.house) IN ({{0}}) OR {FOLD}(a.domain) IN ({{0}}))"
    if asked.providers:
        text += f" AND a.house IS NOT NULL AND {houses.format(_marks(asked.providers))}"
        values += _folded(asked.providers) * 2
    if asked.exclude_providers:
        text += f" AND (a.house IS NULL OR NOT {houses.format(_marks(asked.exclude_providers))})"
        values += _folded(asked.exclude_providers) * 2
    if labels := _labels(asked.exclude_topics):
        excluded = f"x.label IN ({_marks(labels)}) AND x.dated = a.dated AND x.number = a.number"
        text += f" AND NOT EXISTS (SELECT 1 FROM topics x WHERE {excluded})"  # noqa: S608  the same
        values += labels
    return text, values


def _labels(topics: Iterable[Topic]) -> list[str]:
    return sorted(frozenset[str]().union(*(topic.labels for topic in topics)))


def _folded(names: Iterable[str]) -> list[str]:
    return [name.casefold() for name in names]


def _marks(names: Sequence[str]) -> str:
    return ", ".join("?" * len(names))
