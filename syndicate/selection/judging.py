"""Judge one article by itself: the rules that need to know no other. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syndicate.model import EPOCH, folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

    from syndicate.model import Article, Selection
    from syndicate.windows import Window

RANKS: Mapping[str, Callable[[Article], tuple[float | timedelta, ...]]] = {
    "newest": lambda article: (article.published_at - EPOCH,),
    "quality": lambda article: (article.quality, article.published_at - EPOCH),
    "heat": lambda article: (article.heat, article.quality, article.published_at - EPOCH),
}
"""What each order looks at; more is better. Seconds as a number would not tell microseconds apart from 2242 on."""


def judge(
    article: Article,
    selection: Selection,
    window: Window,
    *,
    now: datetime,
    ran: Mapping[str, str] | None = None,
    placed: Mapping[str, str] | None = None,
) -> str:
    """Why `article` is out, by the first of rules 1 to 7 that fails; empty if nothing speaks against it.

    `ran` maps the ids of articles to the editions they ran in, `placed` to the sections of this edition they stand in.
    """
    timing = _timing(article, window, now)
    if timing:
        return timing
    if ran and article.id in ran:
        return f"ran in {ran[article.id]}"
    if placed and article.id in placed:
        return f"stands in {placed[article.id]}"
    return _subject(article, selection) or _origin(article, selection) or _scores(article, selection)


def ranked(articles: Iterable[Article], order: str) -> list[Article]:
    """Best first. Of equals the one with a picture, then by id and file, so that the order they come in is immaterial."""
    return sorted(articles, key=_key(order))


def newest(article: Article) -> tuple[float | timedelta | str | bool, ...]:
    """What the order `newest` sorts by."""
    return _key("newest")(article)


def _key(order: str) -> Callable[[Article], tuple[float | timedelta | str | bool, ...]]:
    rank = RANKS[order]
    return lambda each: (*(-part for part in rank(each)), not each.images, each.id, each.source)


def score(article: Article, order: str, zone: str) -> str:
    """What `order` saw in `article`, as people read it: `heat 94, quality 54`; dates are shown in `zone`."""
    quality = f"quality {article.quality:g}"
    heat = f"heat {article.heat:g}" if article.heat >= 0 else "no heat"
    return {"newest": f"dated {_shown(article, zone)}", "quality": quality, "heat": f"{heat}, {quality}"}[order]


def provider(article: Article) -> str:
    """What a provider is counted under: its domain, else its name; empty where none is known."""
    return (article.provider.domain or article.provider.name).casefold() if article.provider else ""


def _shown(article: Article, zone: str) -> str:
    return article.published_at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _timing(article: Article, window: Window, now: datetime) -> str:
    if not article.published:
        return "draft"
    if article.published_at > now:
        return f"dated {_shown(article, window.zone)}, after now"
    if article.published_at not in window:
        return f"outside {window}"
    return ""


def _subject(article: Article, selection: Selection) -> str:
    labels = {folded(topic) for topic in article.topics}
    if selection.topics and not any(topic.labels & labels for topic in selection.topics):
        return f"topics {_listed(article.topics)}: none of {_listed(topic.label for topic in selection.topics)}"
    for topic in selection.exclude_topics:
        if topic.labels & labels:
            return f"topic {topic.label} is excluded"
    if selection.categories and article.category.casefold() not in _folded(selection.categories):
        return f"category {article.category or 'none'}: none of {_listed(selection.categories)}"
    if selection.types and article.type.casefold() not in _folded(selection.types):
        return f"type {article.type}: none of {_listed(selection.types)}"
    return ""


def _origin(article: Article, selection: Selection) -> str:
    known = {part.casefold() for part in (article.provider.name, article.provider.domain)} if article.provider else set()
    if selection.providers and not known & _folded(selection.providers):
        return f"provider {provider(article) or 'none'}: none of {_listed(selection.providers)}"
    if known & _folded(selection.exclude_providers):
        return f"provider {provider(article)} is excluded"
    return ""


def _scores(article: Article, selection: Selection) -> str:
    if article.quality < selection.min_quality:
        return f"quality {article.quality:g} < {selection.min_quality:g}"
    if selection.min_heat is not None and article.heat < selection.min_heat:
        return f"heat {article.heat:g} < {selection.min_heat:g}"
    return ""


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
