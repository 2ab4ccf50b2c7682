"""Do what is due: compose the editions whose time has come, record them, put them where they belong.

A digest's edition goes through these steps, and may be cut off between any two of them:

1. compose it from the catalogue and what the ledger knows;
2. render its documents;
3. record it: row, articles and bytes, and a delivery for each subscriber, in one transaction. From here on it is a fact, and its
   documents and messages are owed;
4. write the documents, as recorded; the page also with the ways to the editions beside it;
5. settle it: it is sent. Its messages go out by themselves (see `syndicate.publishing.posting`).

Cut off before 3, nothing has happened, and the next run does the same again. Cut off after 3, the next run finds the edition
owed and goes on at 4, with the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Literal

from syndicate.config import Digest, Feed
from syndicate.delivery.mailing import Mailing
from syndicate.emitters import DIGEST_FORMATS
from syndicate.emitters.bundle import templates_hash
from syndicate.errors import CacheError, StorageError, SyndicateError
from syndicate.publishing.agreeing import sight
from syndicate.publishing.deciding import compose_due, content_of
from syndicate.publishing.due import due_windows
from syndicate.publishing.machine import NAME
from syndicate.publishing.memory import Memory
from syndicate.publishing.output import sweep, write
from syndicate.publishing.overview import publish_overview
from syndicate.publishing.pressing import copy_pictures, pictures_of
from syndicate.publishing.rendering import added_documents, digest_documents, render
from syndicate.publishing.shelving import bound_document
from syndicate.storage import EditionRecord, MailingRecord, RunRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from syndicate.catalogue import Holdings
    from syndicate.config import Settings
    from syndicate.model import Publication
    from syndicate.publishing.due import Due
    from syndicate.storage import Ledger
    from syndicate.windows import Window


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a run did, or could not do: one line of the log."""

    publication: str
    outcome: Literal["sent", "empty", "skipped", "expired", "rendered", "restored", "differs", "mailed", "failed"]
    reason: str
    key: str = ""
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What a run works with. `memory` is where it is remembered what stands in `out`, if that is.

    `step` is called between any two steps of the work, with the name of the one that is done. `machine` is what others on the same ledger
    call this one, and `since` the moment from which it has been at work beside them.
    """

    settings: Settings
    ledger: Ledger
    catalogue: Callable[..., Holdings]
    out: Path
    step: Callable[[str], None] = lambda name: None  # noqa: ARG005
    memory: Path | None = None
    machine: str = NAME
    since: datetime | None = None


def run_digest(digest: Digest, desk: Desk, *, now: datetime) -> Iterator[Event]:
    """Do all that is due of one digest: first what is owed from an earlier run, then each window that has closed since."""
    slug = digest.publication.slug
    yield from send_owed(slug, desk, now=now)
    bounds = desk.ledger.bounds(slug)
    last = bounds[1].end if bounds else None
    for due in due_windows(digest.cadence, last, now, catch_up=digest.catch_up):
        event = run_window(digest, due, desk, now)
        if event:
            yield event
        yield from send_owed(slug, desk, now=now)
    yield from restore(digest, desk, now=now)
    yield from _compared(digest, desk, now=now)


def restore(digest: Digest, desk: Desk, *, now: datetime) -> Iterator[Event]:
    """Write the documents of editions that were sent and do not stand in the folder of output: another machine has sent them, or they were lost."""
    slug, count = digest.publication.slug, 0
    for key, names in desk.ledger.names(slug).items():
        if not all((desk.out / name).exists() for name in names):
            _write_documents(key, digest.publication, desk, now)
            count += 1
    if count:
        yield Event(slug, "restored", f"{count} of its editions were not in {desk.out.name}/")


def _compared(digest: Digest, desk: Desk, *, now: datetime) -> Iterator[Event]:
    """Say so where another machine has composed the last edition from other articles than this one has."""
    slug = digest.publication.slug
    sighting = sight(digest, desk.catalogue, desk.ledger, machine=desk.machine, since=desk.since, now=now)
    if sighting and desk.ledger.sight(sighting) and sighting.difference:
        yield Event(slug, "differs", sighting.difference, sighting.key)


def run_feed(feed: Feed, desk: Desk, memory: Memory, *, now: datetime) -> Iterator[Event]:
    """Render a feed; nothing is said where nothing changed. A format that fails is said each time it is tried."""
    done = render(feed, desk.catalogue(), now=now, out=desk.out, memory=memory)
    changed = sum(document.changed for document in done.written)
    if changed:
        reason = f"{changed} of {len(done.written)} documents changed"
        yield Event(feed.publication.slug, "rendered", reason, done.key, done.entries)
    yield from (Event(feed.publication.slug, "failed", failure, done.key) for failure in done.failures)


def run(desk: Desk, *, now: datetime, feeds: Sequence[Feed] | None = None) -> Iterator[Event]:
    """Do all that is due: digests by the ledger, and `feeds` (all of them, if not given). What fails does not stop the rest."""
    desk = replace(desk, catalogue=cache(desk.catalogue))
    items = desk.settings.publications()
    digests = [item for item in items if isinstance(item, Digest)]
    chosen = feeds if feeds is not None else [item for item in items if isinstance(item, Feed)]
    sweep(desk.out)
    work = [(item.publication.slug, partial(run_digest, item, desk, now=now)) for item in digests]
    work += [(slug, partial(send_owed, slug, desk, now=now)) for slug in _strays(desk, digests)]
    yield from _do(desk, work, chosen, now, back_up=bool(digests))


def follow(desk: Desk, changed: Collection[Path] | None, *, now: datetime) -> Iterator[Event]:
    """Render every feed after these files have changed, or any may have.

    No digest is due for that, and a minute later it will be looked at anyway.
    """
    desk = replace(desk, catalogue=cache(partial(desk.catalogue, changed)))
    feeds = [item for item in desk.settings.publications() if isinstance(item, Feed)]
    yield from _do(desk, [], feeds, now, back_up=False)


def _do(
    desk: Desk, work: Sequence[tuple[str, Callable[[], Iterator[Event]]]], feeds: Sequence[Feed], now: datetime, *, back_up: bool
) -> Iterator[Event]:
    """Do the work of each publication, render `feeds`, and then what leads to them all."""
    happened, whole = [], True
    with Memory(desk.out, desk.memory) as memory:
        renders = [(feed.publication.slug, partial(run_feed, feed, desk, memory, now=now)) for feed in feeds]
        steps: list[tuple[str, Callable[[], Iterator[Event]]]] = [*work, *renders]
        for slug, step in steps:
            try:
                for event in _twice(step, desk):
                    happened.append(event)
                    yield event
            except (SyndicateError, OSError) as error:
                whole = whole and not isinstance(error, StorageError)
                yield _failed(slug, error, desk, now)
        try:
            if happened or feeds or not (desk.out / "index.html").exists():
                publish_overview(desk.settings, desk.catalogue(), now=now, out=desk.out, memory=memory)
            for event in happened:
                if event.outcome == "rendered":
                    desk.ledger.note(RunRecord(event.publication, now, event.outcome, event.reason))
            if happened and back_up and whole:
                desk.ledger.back_up()
        except (SyndicateError, OSError) as error:
            yield _failed("overview", error, desk, now)


def _twice(work: Callable[[], Iterator[Event]], desk: Desk) -> Iterator[Event]:
    """Do some work; once more, with the articles read again, where it came upon damage in the index."""
    try:
        yield from work()
    except CacheError as error:
        if not error.damaged:
            raise
        desk.catalogue.cache_clear()  # type: ignore[attr-defined]  # `run` and `follow` have made it a cache
        yield from work()


def send_owed(slug: str, desk: Desk, *, now: datetime) -> Iterator[Event]:
    """Put the documents of recorded editions where they belong, and settle them: what an earlier run was kept from, and this one."""
    digest = next((item.publication for item in desk.settings.publications() if item.publication.slug == slug), None)
    for record in reversed(desk.ledger.editions(slug, state="recorded")):
        _write_documents(record.key, digest, desk, now)
        first = desk.ledger.settle(record.key, now=now)
        desk.step(f"settled {record.key}")
        if not first:  # what leads to it here is still to be written
            yield Event(slug, "restored", "another machine has sent it; its documents stand here too", record.key)
            continue
        ran = sum(item.outcome == "ran" for item in desk.ledger.articles(record.key))
        yield Event(slug, "sent", record.reason, record.key, ran)


def _write_documents(key: str, digest: Publication | None, desk: Desk, now: datetime) -> None:
    """Put the documents of an edition where they belong; its page with the ways to those beside it, where the digest is still configured."""
    for document in desk.ledger.documents(key):
        write(bound_document(document, digest, desk.out, now) if digest else document, desk.out)
        desk.step(f"written {document.name}")


def run_window(digest: Digest, due: Due, desk: Desk, now: datetime, *, today: datetime | None = None) -> Event | None:
    """Record what comes of one window; `None` where it is recorded, its documents owed, or another program was quicker.

    `today` is the moment from which an edition grows stale, where `now` lies in the past.
    """
    slug = digest.publication.slug
    name = _free_name(digest, due.window, desk.ledger)
    start, end = due.window.start, due.window.end
    blank = EditionRecord(slug, f"{slug}/{name}", start, end, "skipped", due.reason, now, now, machine=desk.machine)
    if due.action != "run":
        recorded = desk.ledger.record(replace(blank, state=due.action))
        return Event(slug, due.action, due.reason, blank.key) if recorded else None
    composed = compose_due(digest, desk.catalogue(), due.window, desk.ledger, now=now, name=name)
    desk.step("composed")
    blank = replace(blank, content=content_of(composed.fates))
    if not composed.edition.entries and digest.when_empty == "skip":
        reason = f"{due.reason}; no article fits"
        recorded = desk.ledger.record(replace(blank, state="empty", reason=reason), composed.fates)
        desk.step("recorded")
        return Event(slug, "empty", reason, blank.key) if recorded else None
    rendering, documents = digest_documents(composed.edition, DIGEST_FORMATS)
    added, failures = added_documents(composed.edition, digest.publication.formats)
    copy_pictures(pictures_of(composed.edition), desk.out)
    desk.step("rendered")
    record = replace(
        blank,
        state="recorded",
        reason="; ".join([due.reason, *failures]),
        settled_at=None,
        subject=rendering.subject,
        fingerprint=composed.edition.fingerprint,
        templates=templates_hash(desk.settings.publisher),
    )
    mailing = Mailing.of(composed.edition, rendering, desk.settings.parents)
    owed = MailingRecord(mailing.pack(), expires_at=(today or now) + desk.settings.mail.expires)
    desk.ledger.record(record, composed.fates, [*documents, *added], owed)
    desk.step("recorded")
    return None


def _free_name(digest: Digest, window: Window, ledger: Ledger) -> str:
    """What the edition of `window` is called: by its date, or more closely where a changed schedule has used that up."""
    from datetime import UTC
    from zoneinfo import ZoneInfo

    taken = ledger.keys(digest.publication.slug)
    local = window.end.astimezone(ZoneInfo(digest.cadence.zone))
    names = (digest.cadence.name(window.end), f"{local:%Y-%m-%dT%H%M}", f"{window.end.astimezone(UTC):%Y-%m-%dT%H%M%SZ}")
    return next((name for name in names if f"{digest.publication.slug}/{name}" not in taken), names[-1])


def _strays(desk: Desk, digests: Sequence[Digest]) -> list[str]:
    """Digests that are not configured any more, but still owe an edition."""
    configured = {item.publication.slug for item in digests}
    try:
        return sorted({record.digest for record in desk.ledger.editions(state="recorded")} - configured)
    except SyndicateError:
        return []  # each digest says so by itself


def _failed(slug: str, error: Exception, desk: Desk, now: datetime) -> Event:
    """Say what failed, and write it down, once for each reason, if the ledger still takes it."""
    reason = str(error)
    try:
        if [(run.outcome, run.reason) for run in desk.ledger.runs(slug)] != [("failed", reason)]:
            desk.ledger.note(RunRecord(slug, now, "failed", reason))
    except SyndicateError as also:
        reason += f"; {also}"
    return Event(slug, "failed", reason)
