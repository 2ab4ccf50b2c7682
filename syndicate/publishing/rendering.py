"""The second half of the way: emit -> write, of one publication. [I/O: writes documents]"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, assert_never

from syndicate import editions
from syndicate.config import Digest, Feed
from syndicate.letters import letter_of
from syndicate.model import Document, Edition, Subscriber
from syndicate.publishing.archiving import archives_of, next_in
from syndicate.publishing.composing import compose
from syndicate.publishing.memory import Memory, Standing
from syndicate.publishing.output import drop_stale
from syndicate.publishing.pressing import Press
from syndicate.publishing.shelving import bound_document

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from syndicate.catalogue import Holdings
    from syndicate.letters import Rendering
    from syndicate.publishing.archiving import Archive
    from syndicate.publishing.output import Written
    from syndicate.windows import Window


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a render made of one publication over `window`: the edition's key, how many entries it has, and all files.

    It is `fresh` where it had to be composed, and did not stand already. `failures` say why documents are missing that another package writes.
    """

    publication: Feed | Digest
    window: Window
    key: str
    entries: int
    written: tuple[Written, ...]
    fresh: bool = True
    failures: tuple[str, ...] = ()


def render(
    publication: Feed | Digest,
    catalogue: Holdings,
    *,
    now: datetime,
    out: Path,
    window: Window | None = None,
    formats: Sequence[str] | None = None,
    memory: Memory | None = None,
) -> Rendered:
    """Compose a publication as of `now` and write its documents below `out`; what has not changed is left alone.

    `window` takes the place of the publication's own; `formats` of those it has. What `memory` knows to stand is not even composed.
    Raises `OutputError`.
    """
    span = window or publication.window(now)
    memory = memory if memory and not window and not formats else Memory(out)
    match publication:
        case Feed():
            return _render_feed(publication, catalogue, span, now, memory, formats, dated=window is not None)
        case Digest():
            name = _span_name(span) if window else publication.cadence.name(span.end)
            return _render_digest(publication, catalogue, span, now, memory, formats, name)
        case _:
            assert_never(publication)


def feed_documents(edition: Edition, formats: Sequence[str]) -> tuple[list[Document], list[str]]:
    """A feed, live or archived, in each of `formats`; and why it is not there in those that are added, where one fails."""
    from syndicate.emitters import BUILT_IN, emit

    documents = [emit(edition, form) for form in formats if form in BUILT_IN]
    added, failures = added_documents(edition, formats)
    return documents + added, failures


def added_documents(edition: Edition, formats: Sequence[str]) -> tuple[list[Document], list[str]]:
    """An edition in those of `formats` that other packages add, and why it is not there in those that fail."""
    from syndicate.emitters import BUILT_IN

    if set(formats) <= set(BUILT_IN):
        return [], []
    from syndicate.emitters.added import emit_each

    return emit_each(edition, formats)


def digest_documents(edition: Edition, formats: Sequence[str]) -> tuple[Rendering, list[Document]]:
    """A digest, rendered once, and its documents in those of `formats` that are ours; `eml` is the whole message, addressed to nobody."""
    from syndicate.emitters import DIGEST_FORMATS, emit_rendering
    from syndicate.emitters.digest import render_digest

    rendering = render_digest(edition)
    own = [form for form in formats if form in DIGEST_FORMATS]
    documents = [_message(edition, rendering) if form == "eml" else emit_rendering(edition, rendering, form) for form in own]
    return rendering, documents


def _render_feed(
    feed: Feed, catalogue: Holdings, span: Window, now: datetime, memory: Memory, formats: Sequence[str] | None, *, dated: bool
) -> Rendered:
    """A live feed with its page, to which it links whatever the format, and its archives, which have none."""
    from syndicate.emitters import DIGEST_FORMATS

    chosen = [form for form in formats or feed.publication.formats if form not in DIGEST_FORMATS]
    press = Press(memory, memory.asked(feed.publication.site, feed))
    archives, bare = ([], []) if dated or not feed.archives else archives_of(feed, catalogue, memory, press.asked, now=now)
    entries = _run_live(press, feed, catalogue, span, now, archives, [*chosen, "html"])
    for archive in archives:
        if archive.stands and archive.standing:
            press.leave(archive.standing)
        else:
            press.run(archive.compose(), archive.choice, lambda edition: feed_documents(edition, chosen))
    for archive in bare:
        memory.keep(archive.key, Standing(press.asked, archive.choice, "", 0, ()))
    if press.ran and not dated and not formats and not press.failures:
        drop_stale(memory.out, feed.publication.slug, press.written, memory.wrote(feed.publication.slug))
    return Rendered(feed, span, feed.publication.slug, entries, tuple(press.written.values()), press.ran, tuple(press.failures))


def _run_live(
    press: Press, feed: Feed, catalogue: Holdings, span: Window, now: datetime, archives: Sequence[Archive], formats: Sequence[str]
) -> int:
    """Bring the live feed out, which knows its archives; how many entries it has."""
    slug = feed.publication.slug
    choice = sha256(repr((catalogue.tally(span, [feed.selection]), [archive.choice for archive in archives])).encode()).hexdigest()
    standing = press.memory.standing(slug, press.asked)
    if standing and standing.choice == choice:
        press.leave(standing)
        return standing.entries
    from syndicate.emitters.content import html_of

    html_of.cache_clear()  # what the formats and archives of one feed share; templates may have changed since the last
    live = press.memory.composed[slug] = compose(feed, catalogue, span, now=now)
    known = tuple(archive.key for archive in reversed(archives) if not archive.is_empty)
    live = editions.signed(replace(live, archives=known, previous=next_in(archives, live)))
    press.run(live, choice, lambda edition: feed_documents(edition, formats))
    return len(live.entries)


def _render_digest(
    digest: Digest, catalogue: Holdings, span: Window, now: datetime, memory: Memory, formats: Sequence[str] | None, name: str
) -> Rendered:
    """An edition of a digest as a page, as text and as a message; nothing where it is empty and `when_empty` says skip."""
    key, press = f"{digest.publication.slug}/{name}", Press(memory, memory.asked(digest.publication.site, digest))
    choice = repr(catalogue.tally(span, [selection for _, selection in digest.sections]))
    standing = memory.standing(key, press.asked)
    if standing and standing.choice == choice:
        press.leave(standing)
        return Rendered(digest, span, key, standing.entries, tuple(press.written.values()), fresh=False)

    def emit(edition: Edition) -> tuple[list[Document], list[str]]:
        from syndicate.emitters import DIGEST_FORMATS

        asked = formats or (*DIGEST_FORMATS, *digest.publication.formats)
        added, failures = added_documents(edition, asked)
        documents = [*digest_documents(edition, asked)[1], *added]
        return [bound_document(document, digest.publication, memory.out, now) for document in documents], failures

    edition = compose(digest, catalogue, span, now=now, name=name)
    if edition.entries or digest.when_empty == "send":
        press.run(edition, choice, emit)
    else:
        memory.keep(key, Standing(press.asked, choice, "", 0, ()))
    return Rendered(digest, span, key, len(edition.entries), tuple(press.written.values()), failures=tuple(press.failures))


def _message(edition: Edition, rendering: Rendering) -> Document:
    from syndicate.delivery.message import build_message

    digest = edition.publication
    nobody = Subscriber("reader@example.com", "A Reader", digest.mailto("unsubscribe"), digest.mailto("preferences"))  # RFC 2606
    return Document(edition.path("eml"), "message/rfc822", build_message(letter_of(rendering), edition, nobody))


def _span_name(window: Window) -> str:
    """What an edition over a span of its own is called: `2026-11-01--2026-11-30`."""
    return str(window).replace("..", "--").replace(" ", "T").replace(":", "")
