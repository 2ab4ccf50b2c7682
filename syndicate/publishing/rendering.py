"""The second half of the way: emit -> write, of one publication or of what leads to them all. [I/O: writes documents]"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from syndicate import editions
from syndicate.config import Digest, Feed
from syndicate.letters import letter_of
from syndicate.model import Document, Edition, Subscriber
from syndicate.publishing.composing import compose, compose_archives, why_empty
from syndicate.publishing.output import Written, copy_picture, drop_stale, issues_in, write
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from syndicate.catalogue import Catalogue
    from syndicate.config import Settings
    from syndicate.letters import Rendering
    from syndicate.model import Image, Site


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a render made of one publication: its editions, the live one or the digest's first, and the files."""

    edition: Edition
    written: tuple[Written, ...]
    note: str = ""


def render(
    publication: Feed | Digest,
    catalogue: Catalogue,
    *,
    now: datetime,
    out: Path,
    window: Window | None = None,
    formats: Sequence[str] | None = None,
) -> Rendered:
    """Compose a publication as of `now` and write its documents below `out`; what has not changed is left alone.

    `window` takes the place of the publication's own; `formats` of those it has. Raises `OutputError`.
    """
    span = window or publication.window(now)
    name = _span_name(span) if window and isinstance(publication, Digest) else None
    edition = compose(publication, catalogue, span, now=now, name=name)
    match publication:
        case Feed():
            return _render_feed(publication, catalogue, edition, now, out, formats, dated=window is not None)
        case Digest():
            return _render_digest(publication, catalogue, edition, span, now, out, formats)
        case _:
            assert_never(publication)


def publish_overview(settings: Settings, catalogue: Catalogue, *, now: datetime, out: Path) -> list[Written]:
    """Write what leads to the publications that stand in `out`: the front page, the list of feeds, each digest's shelf.

    Their logos come along, which no edition has brought where none was written. Raises `OutputError`.
    """
    from syndicate.emitters.opml import emit_opml
    from syndicate.emitters.pages import emit_index, emit_shelf

    site = settings.publisher
    publications = settings.publications()
    feeds = [compose(item, catalogue, item.window(now), now=now) for item in publications if isinstance(item, Feed)]
    digests = [item.publication for item in publications if isinstance(item, Digest)]
    feeds = [feed for feed in feeds if (out / feed.path("html")).is_file()]
    shelves = [(digest, issues_in(out, digest, now)) for digest in digests]
    documents = [emit_index(site, feeds, shelves), emit_opml(site, feeds)]
    documents += [emit_shelf(digest, issues) for digest, issues in shelves]
    logos = _logos([site, *(digest.site for digest in digests)])
    return [*(write(document, out) for document in documents), *_copy(logos, out)]


def feed_documents(edition: Edition, formats: Sequence[str]) -> list[Document]:
    """A feed, live or archived, in each of `formats`."""
    from syndicate.emitters import emit

    return [emit(edition, form) for form in formats]


def digest_documents(edition: Edition, formats: Sequence[str]) -> tuple[Rendering, list[Document]]:
    """A digest, rendered once, and its documents in each of `formats`; `eml` is the whole message, addressed to nobody."""
    from syndicate.emitters import emit_rendering
    from syndicate.emitters.digest import render_digest

    rendering = render_digest(edition)
    documents = [_message(edition, rendering) if form == "eml" else emit_rendering(edition, rendering, form) for form in formats]
    return rendering, documents


def _render_feed(
    feed: Feed, catalogue: Catalogue, live: Edition, now: datetime, out: Path, formats: Sequence[str] | None, *, dated: bool
) -> Rendered:
    """A live feed with its page, to which it links whatever the format, and its archives, which have none."""
    from syndicate.emitters import FEED_FORMATS
    from syndicate.emitters.content import html_of

    html_of.cache_clear()  # what the formats and archives of one feed share; templates may have changed since the last
    chosen = [form for form in formats or feed.publication.formats if form in FEED_FORMATS]
    archives = () if dated or not feed.archives else compose_archives(feed, catalogue, now=now)
    live = _with_archives(live, archives)
    documents = feed_documents(live, [*chosen, "html"])
    for archive in archives:
        documents += feed_documents(archive, chosen)
    written = [write(document, out) for document in documents]
    if not dated and not formats:
        drop_stale(out, live, {document.name for document in documents})
    note = "" if live.entries else why_empty(feed, catalogue, feed.window(now) if not dated else Window(live.start, live.end), now)
    return Rendered(live, (*written, *publish_pictures([live, *archives], out)), note)


def _with_archives(live: Edition, archives: Sequence[Edition]) -> Edition:
    """The live feed, knowing its archives: it leads on to the newest that holds entries which the live feed has not."""
    shown = {entry.article.id for entry in live.entries}
    beyond = [each for each in archives if any(entry.article.id not in shown for entry in each.entries)]
    known = tuple(archive.key for archive in reversed(archives) if archive.entries)
    return editions.signed(replace(live, archives=known, previous=beyond[-1].key if beyond else ""))


def _render_digest(
    digest: Digest, catalogue: Catalogue, edition: Edition, span: Window, now: datetime, out: Path, formats: Sequence[str] | None
) -> Rendered:
    """An edition of a digest as a page, as text and as a message; nothing where it is empty and `when_empty` says skip."""
    note = "" if edition.entries else why_empty(digest, catalogue, span, now)
    if not edition.entries and digest.when_empty == "skip":
        return Rendered(edition, (), note)
    from syndicate.emitters import DIGEST_FORMATS

    _, documents = digest_documents(edition, formats or DIGEST_FORMATS)
    written = [write(document, out) for document in documents]
    return Rendered(edition, (*written, *publish_pictures([edition], out)), note)


def _message(edition: Edition, rendering: Rendering) -> Document:
    from syndicate.delivery.message import build_message

    digest = edition.publication
    nobody = Subscriber("reader@example.com", "A Reader", digest.mailto("unsubscribe"), digest.mailto("preferences"))  # RFC 2606
    return Document(edition.path("eml"), "message/rfc822", build_message(letter_of(rendering), edition, nobody))


def publish_pictures(composed: Sequence[Edition], out: Path) -> list[Written]:
    """Bring along the pictures that lie beside the articles which run, and the logos over them."""
    pictures = _logos([edition.publication.site for edition in composed])
    for edition in composed:
        for entry in edition.entries:
            shown = (*entry.article.images[:1], *entry.article.attachments)
            pictures |= {image.name: image for image in shown if image.name}
    return _copy(pictures, out)


def _logos(sites: Sequence[Site]) -> dict[str, Image]:
    """The logos that lie in the workspace, by the name under which they are published."""
    logos = (logo for site in sites for logo in (site.theme.logo, site.theme.dark_logo))
    return {logo.name: logo for logo in logos if logo and logo.name}


def _copy(pictures: Mapping[str, Image], out: Path) -> list[Written]:
    return [copy_picture(image, name, out) for name, image in sorted(pictures.items())]


def _span_name(window: Window) -> str:
    """What an edition over a span of its own is called: `2026-11-01--2026-11-30`."""
    return str(window).replace("..", "--").replace(" ", "T").replace(":", "")
