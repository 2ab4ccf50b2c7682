"""Decide what the edition of a window is made of, and what becomes of every article that it decides about. Writes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from syndicate import editions
from syndicate import selection as selector
from syndicate.publishing.composing import slots_of
from syndicate.selection import judge
from syndicate.storage import ArticleRecord
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from syndicate.catalogue import Holdings
    from syndicate.config import Digest
    from syndicate.model import Article, Edition, Verdict
    from syndicate.storage import EditionRecord, Ledger


@dataclass(frozen=True, slots=True)
class Composed:
    """An edition, with what became of every article that it decided about."""

    edition: Edition
    fates: tuple[ArticleRecord, ...]


def compose_due(digest: Digest, catalogue: Holdings, window: Window, ledger: Ledger, *, now: datetime, name: str = "") -> Composed:
    """Compose the edition of `window` from what no earlier edition has decided about.

    An article belongs in it if it is dated inside the window, or before it by no more than `late`: it turned up since. Nothing is
    older than the digest. What fits but is older still is too late, and is said to be.
    """
    slug = digest.publication.slug
    known = {number: record.verdict for number, record in ledger.fates(slug, before=window.end).items()}
    bounds = ledger.bounds(slug)
    beginning = window.start if bounds is None else _beginning(bounds[0])
    reach = Window(min(max(beginning, window.start - digest.late), window.start), window.end, window.zone)
    slots, limit = slots_of(digest)
    asked = [slot.selection for slot in slots]
    fitting = catalogue.fitting(asked, reach, now=now)
    sections, verdicts = selector.arrange(fitting, slots, reach, now=now, ran=known, limit=limit, whole=catalogue.whole)
    edition = editions.compose(digest.publication, sections, window, name=name or digest.cadence.name(window.end))
    fates = [_fate(verdict, catalogue) for verdict in verdicts if verdict.outcome != "out"]
    if beginning < reach.start:
        past = Window(beginning, reach.start, window.zone)
        older = catalogue.fitting(asked, past, now=now)
        late = [each for each in older if any(not judge(each, selection, past, now=now, ran=known) for selection in asked)]
        fates += [_too_late(catalogue.whole(each), digest, window) for each in late]
    firsts: dict[str, ArticleRecord] = {}
    for fate in fates:  # two files may tell of one article; what ran comes first
        firsts.setdefault(fate.article_id, fate)
    return Composed(edition, tuple(firsts.values()))


def content_hash(article: Article) -> str:
    """A hash of all that is known of an article, but for where its file lies."""
    return editions.content_hash(replace(article, source=""))


def content_of(fates: Iterable[ArticleRecord]) -> str:
    """A hash of all that was known of articles that an edition decided about: the same on every machine that sees the same ones."""
    told = sorted(f"{fate.article_id} {fate.content}" for fate in fates)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _beginning(first: EditionRecord) -> datetime:
    """Where a digest's time begins: with its first window, or after it if that was let be."""
    return first.end if first.state in {"skipped", "expired"} else first.start


def _fate(verdict: Verdict, catalogue: Holdings) -> ArticleRecord:
    assert verdict.outcome != "out"  # noqa: S101  the caller has left those out
    return _record(catalogue.whole(verdict.article), verdict.outcome, verdict.reason, verdict.section)


def _too_late(article: Article, digest: Digest, window: Window) -> ArticleRecord:
    days = (window.start - article.published_at).days
    return _record(article, "late", f"dated {days} days before the window, late is {digest.late.days} days")


def _record(article: Article, outcome: Literal["ran", "told", "passed", "late"], reason: str, section: str = "") -> ArticleRecord:
    return ArticleRecord(
        article_id=article.id,
        outcome=outcome,
        title=article.title,
        url=article.url,
        source=article.source,
        published_at=article.published_at,
        content=content_hash(article),
        section=section,
        reason=reason,
    )
