"""The shell: read -> select -> compose -> emit -> write. The order stands here and nowhere else.

Everything that decides is a function of its arguments, the moment `now` included; this package hands the values from one layer to
the next, and to the disk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never

from syndicate import catalogue as catalogues
from syndicate import editions
from syndicate import selection as selector
from syndicate.config import Digest, Feed, Settings
from syndicate.model import Article, Document, Edition, Selection, Subscriber, Verdict
from syndicate.publishing.output import Written, copy_picture, drop_stale_archives, issues_in, write
from syndicate.selection import Slot
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from syndicate.catalogue import Catalogue
    from syndicate.model import Image

__all__ = ["Rendered", "Written", "browse", "compose", "documents_of", "explain", "publish_overview", "read_catalogue", "render"]

ALWAYS = Window(datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC))
"""All time, but for the days that some zones could not name."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a render made of one publication: its editions, the live one or the digest's first, and the files."""

    edition: Edition
    written: tuple[Written, ...]
    note: str = ""


def read_catalogue(settings: Settings, *, progress: Callable[[Sequence[Path]], Iterable[Path]] = iter) -> Catalogue:
    """Read every article of the workspace. What cannot be read is among the catalogue's `problems`."""
    return catalogues.read_catalogue(
        settings.folders, root=settings.root, site_url=settings.site.url, zone=settings.site.timezone, progress=progress
    )


def compose(
    publication: Feed | Digest,
    catalogue: Catalogue,
    window: Window,
    *,
    now: datetime,
    ran: Mapping[str, str] | None = None,
    name: str | None = None,
) -> Edition:
    """Select what runs in `window` and compose it. A digest's edition is called by its window's end, unless `name` says else."""
    slots, limit = _slots(publication)
    sections = selector.select(catalogue.candidates(window), slots, window, now=now, ran=ran, limit=limit)
    if name is None:
        name = publication.cadence.name(window.end) if isinstance(publication, Digest) else ""
    return editions.compose(publication.publication, sections, window, name=name)


def compose_archives(feed: Feed, catalogue: Catalogue, *, now: datetime) -> tuple[Edition, ...]:
    """The monthly archives of a feed, oldest first: all that it would ever have run, without limit."""
    slot = Slot("", replace(feed.selection, limit=None, per_provider=None, order="newest"))
    past = Window(ALWAYS.start, now)
    sections = selector.select(catalogue.candidates(past), [slot], past, now=now)
    entries = [entry for section in sections for entry in section.entries]
    return editions.compose_archives(feed.publication, entries, now=now)


def explain(
    publication: Feed | Digest, catalogue: Catalogue, window: Window, *, now: datetime, ran: Mapping[str, str] | None = None
) -> tuple[Verdict, ...]:
    """The verdict on every article of the catalogue: those that run, in order, then the others."""
    slots, limit = _slots(publication)
    return selector.explain(catalogue.articles, slots, window, now=now, ran=ran, limit=limit)


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


def browse(catalogue: Catalogue, asked: Selection, window: Window | None, *, now: datetime) -> tuple[Article, ...]:
    """The articles that a selection takes in `window`, or ever, in its order."""
    sections = selector.select(catalogue.articles, [Slot("", asked)], window or ALWAYS, now=now)
    return tuple(entry.article for section in sections for entry in section.entries)


def publish_overview(settings: Settings, catalogue: Catalogue, *, now: datetime, out: Path) -> list[Written]:
    """Write what leads to the publications: the front page, the list of feeds, each digest's shelf."""
    from syndicate.emitters.opml import emit_opml
    from syndicate.emitters.pages import emit_index, emit_shelf

    site = settings.publisher
    publications = settings.publications()
    feeds = [compose(item, catalogue, item.window(now), now=now) for item in publications if isinstance(item, Feed)]
    digests = [item.publication for item in publications if isinstance(item, Digest)]
    shelves = [(digest, issues_in(out, digest)) for digest in digests]
    documents = [emit_index(site, feeds, shelves), emit_opml(site, feeds)]
    documents += [emit_shelf(digest, issues) for digest, issues in shelves if issues]
    return [write(document, out) for document in documents]


def documents_of(edition: Edition, formats: Sequence[str]) -> list[Document]:
    """Emit `edition` in each of `formats`; `eml` is the whole message, addressed to nobody in particular."""
    from syndicate.emitters import emit

    return [_message(edition) if form == "eml" else emit(edition, form) for form in formats]


def _render_feed(
    feed: Feed, catalogue: Catalogue, live: Edition, now: datetime, out: Path, formats: Sequence[str] | None, *, dated: bool
) -> Rendered:
    """A live feed and its archives, each in every format, and the page of the live one."""
    chosen = tuple(formats or feed.publication.formats)
    archives = () if dated else compose_archives(feed, catalogue, now=now)
    live = _with_archives(live, archives)
    documents = documents_of(live, (*chosen, "html"))
    for archive in archives:
        documents += documents_of(archive, chosen)
    written = [write(document, out) for document in documents]
    if archives and not formats:
        drop_stale_archives(out, live, {document.name for document in documents})
    note = "" if live.entries else _why_empty(feed, catalogue, feed.window(now) if not dated else Window(live.start, live.end), now)
    return Rendered(live, (*written, *_pictures([live, *archives], out)), note)


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
    note = "" if edition.entries else _why_empty(digest, catalogue, span, now)
    if not edition.entries and digest.when_empty == "skip":
        return Rendered(edition, (), note)
    from syndicate.emitters import DIGEST_FORMATS

    written = [write(document, out) for document in documents_of(edition, formats or DIGEST_FORMATS)]
    return Rendered(edition, (*written, *_pictures([edition], out)), note)


def _message(edition: Edition) -> Document:
    from syndicate.delivery.message import build_message
    from syndicate.emitters.digest import render_digest

    digest = edition.publication
    nobody = Subscriber("reader@example.com", "A Reader", digest.letter("unsubscribe"), digest.letter("preferences"))  # RFC 2606
    return Document(edition.path("eml"), "message/rfc822", build_message(render_digest(edition), edition, nobody))


def _pictures(composed: Sequence[Edition], out: Path) -> list[Written]:
    """Bring along the pictures that lie beside the articles which run."""
    pictures: dict[str, Image] = {}
    for edition in composed:
        for entry in edition.entries:
            shown = (*entry.article.images[:1], *entry.article.attachments)
            pictures |= {image.url.removeprefix(f"{edition.publication.site.url}/"): image for image in shown if image.file}
    return [copy_picture(image, name, out) for name, image in sorted(pictures.items())]


def _slots(publication: Feed | Digest) -> tuple[list[Slot], int | None]:
    """The places to be filled, and the most entries in all of them together."""
    match publication:
        case Feed():
            return [Slot("", publication.selection)], None
        case Digest():
            return [Slot(title, asked) for title, asked in publication.sections], publication.limit
        case _:
            assert_never(publication)


def _span_name(window: Window) -> str:
    """What an edition over a span of its own is called: `2026-11-01--2026-11-30`."""
    return str(window).replace("..", "--").replace(" ", "T").replace(":", "")


def _why_empty(publication: Feed | Digest, catalogue: Catalogue, window: Window, now: datetime) -> str:
    """One sentence: how many articles there are, what speaks against them, and when one last would have run."""
    from syndicate.publishing.reasons import summary

    verdicts = explain(publication, catalogue, window, now=now)
    unlimited = [replace(slot, selection=replace(slot.selection, limit=None, per_provider=None)) for slot in _slots(publication)[0]]
    sections = selector.select(catalogue.articles, unlimited, ALWAYS, now=ALWAYS.end)
    newest = max((entry.article.published_at for section in sections for entry in section.entries), default=None)
    return summary(verdicts, window, newest, newest and publication.shows(newest))
