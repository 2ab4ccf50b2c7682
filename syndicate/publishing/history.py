"""Look back: what was sent, what the same inputs give now, what comes next. Reads the ledger and writes nothing. [I/O]"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.config import Digest
from syndicate.emitters import DIGEST_FORMATS
from syndicate.emitters.bundle import templates_hash
from syndicate.errors import UnknownEditionError
from syndicate.publishing.deciding import compose_due, content_hash
from syndicate.publishing.rendering import added_documents, digest_documents
from syndicate.storage import Outbox
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from syndicate.catalogue import Holdings
    from syndicate.config import Feed, Settings
    from syndicate.storage import EditionRecord, Ledger, RunRecord, SightingRecord


@dataclass(frozen=True, slots=True)
class Difference:
    """What the inputs give now against what was recorded. `articles` maps a title to `in`, `out`, `changed` or `moved`."""

    articles: tuple[tuple[str, str], ...]
    templates: bool
    documents: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.articles or self.templates or self.documents)


@dataclass(frozen=True, slots=True)
class Post:
    """How an edition's messages stand: how many deliveries are in which state, and why it is stopped, if it is."""

    key: str
    counts: Mapping[str, int]
    held: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a publication stands: when it fires next, its last edition or run, what is owed, and what other machines saw of that edition."""

    slug: str
    kind: str
    next_at: datetime | None
    last: EditionRecord | None
    run: RunRecord | None
    owed: tuple[EditionRecord, ...]
    mail: tuple[Post, ...] = ()
    sightings: tuple[SightingRecord, ...] = ()


def status(settings: Settings, ledger: Ledger, *, now: datetime) -> tuple[Standing, ...]:
    """How every publication stands at `now`."""
    return tuple(_standing(item, ledger, now) for item in settings.publications())


def compare(settings: Settings, ledger: Ledger, catalogue: Holdings, key: str, *, now: datetime) -> Difference:
    """What the edition called `key` would be if it were composed now, against what it was. Raises `UnknownEditionError`."""
    record = ledger.edition(key)
    if record.digest not in {table.slug for table in settings.digests}:
        raise UnknownEditionError(
            f"{key}: the digest {record.digest} is not configured any more; `syndicate editions show` has its documents"
        )
    if record.state in {"skipped", "expired"}:
        return Difference((), templates=False, documents=())
    digest = settings.digest(record.digest)
    window = Window(record.start, record.end, digest.cadence.zone)
    composed = compose_due(digest, catalogue, window, ledger, now=now, name=key.partition("/")[2])
    then = {item.article_id: item for item in ledger.articles(key) if item.outcome == "ran"}
    entries = composed.edition.entries
    fresh = {entry.article.id: entry.article for entry in entries}
    moved = [entry.article.id for entry in entries if entry.article.id in then] != [number for number in then if number in fresh]
    found = [(item.title, "out") for number, item in then.items() if number not in fresh]
    for number, article in fresh.items():
        if number not in then:
            found.append((article.title, "in"))
        elif content_hash(article) != then[number].content:
            found.append((article.title, "changed"))
    if moved:
        found.append(("the order", "changed"))
    recorded = {document.name: document.body for document in ledger.documents(key)}
    rendered: Mapping[str, bytes] = {}
    if entries or digest.when_empty == "send":
        own, added = digest_documents(composed.edition, DIGEST_FORMATS)[1], added_documents(composed.edition, digest.publication.formats)[0]
        rendered = {document.name: document.body for document in (*own, *added)}
    differing = tuple(name for name in sorted({*recorded, *rendered}) if recorded.get(name) != rendered.get(name))
    templates = bool(record.templates) and record.templates != templates_hash(settings.publisher)
    return Difference(tuple(found), templates, differing)


def _standing(item: Feed | Digest, ledger: Ledger, now: datetime) -> Standing:
    slug = item.publication.slug
    run = next(iter(ledger.runs(slug)), None)
    if not isinstance(item, Digest):
        return Standing(slug, "feed", item.cadence.after(now) if item.cadence else None, None, run, ())
    last = next(iter(ledger.editions(slug, limit=1)), None)
    # Where the clock was ahead once, the windows up to then are taken.
    next_at = item.cadence.after(max(now, last.end) if last else now)
    owed, sightings = ledger.editions(slug, state="recorded"), ledger.sightings(last.key) if last else ()
    return Standing(slug, "digest", next_at, last, run, owed, _posts(slug, last, ledger), sightings)


def _posts(slug: str, last: EditionRecord | None, ledger: Ledger) -> tuple[Post, ...]:
    """How the messages of a digest's last edition stand, and those of any other that is not finished."""
    outbox = Outbox(ledger.engine)
    unfinished = [key for key in outbox.unfinished() if key.startswith(f"{slug}/")]
    keys = dict.fromkeys([*unfinished, *([last.key] if last else [])])
    held = outbox.held()
    return tuple(Post(key, counts, held.get(key, "")) for key in keys if (counts := outbox.tally(key).get(key)))
