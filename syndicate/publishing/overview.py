"""What leads to the publications that stand in the folder of output: pages, lists, the ways between editions, search. [I/O]"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from syndicate import editions
from syndicate.config import Digest, Feed
from syndicate.publishing.composing import compose
from syndicate.publishing.memory import Memory, Standing
from syndicate.publishing.output import write
from syndicate.publishing.pressing import copy_pictures, logos_of
from syndicate.publishing.shelving import bind_all, drop_parts, names_on, read_shelf, stamps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from syndicate.catalogue import Holdings
    from syndicate.config import Settings
    from syndicate.emitters.issues import Issue
    from syndicate.model import Document, Edition, Publication, Site
    from syndicate.publishing.output import Written

MODIFIED = re.compile(r'<meta property="og:updated_time" content="([^"]+)">')


@dataclass(frozen=True, slots=True)
class Shelf:
    """A digest, and the names of its editions that stand, newest first."""

    digest: Publication
    names: list[str]


def publish_overview(settings: Settings, catalogue: Holdings, *, now: datetime, out: Path, memory: Memory | None = None) -> list[Written]:
    """Write the front page, the list of feeds, the sitemap; each digest's shelf, with its search, and the ways between its editions.

    Logos come along, which no edition has brought where none was written. Where nothing has changed, no page is read. Raises `OutputError`.
    """
    memory = memory or Memory(out)
    publications = settings.publications()
    feeds = [item for item in publications if isinstance(item, Feed) and _page(out, item).is_file()]
    shelves = [Shelf(item.publication, names_on(out, item.publication, now)) for item in publications if isinstance(item, Digest)]
    site = settings.publisher
    asked = memory.asked(site, *publications)
    standing = memory.standing("", asked)
    if standing and standing.choice == _choice(out, feeds, shelves, catalogue, now):
        return list(standing.written)
    stocked: list[tuple[Publication, list[Issue]]] = []
    bound: list[Written] = []
    for shelf in shelves:
        found = read_shelf(out, shelf.digest, shelf.names, memory)
        bound += bind_all(out, shelf.digest, found, memory)
        stocked.append((shelf.digest, [each.issue for each in found]))
    documents = [*_documents(site, feeds, stocked, catalogue, memory, now), *_sitemap(site, feeds, stocked, out)]
    logos = logos_of([site, *(digest.site for digest, _ in stocked)])
    sources = memory.sources(logos)
    written = [*(write(document, out) for document in documents), *copy_pictures(logos, out)]
    for digest, _ in stocked:
        drop_parts(out, digest, {each.name for each in written})
    memory.keep("", Standing(asked, _choice(out, feeds, shelves, catalogue, now), "", 0, memory.files(written, sources)))
    return [*written, *bound]


def _choice(out: Path, feeds: Sequence[Feed], shelves: Sequence[Shelf], catalogue: Holdings, now: datetime) -> str:
    """All that there is to lead to: what the feeds show, and which pages of editions stand, by their sizes and dates."""
    tallies = [(feed.publication.slug, catalogue.tally(feed.window(now), [feed.selection])) for feed in feeds]
    pages = [(shelf.digest.slug, stamps_of(out, shelf.digest, shelf.names)) for shelf in shelves]
    return sha256(repr((tallies, pages)).encode()).hexdigest()


def _documents(
    site: Site,
    feeds: Sequence[Feed],
    shelves: Sequence[tuple[Publication, Sequence[Issue]]],
    catalogue: Holdings,
    memory: Memory,
    now: datetime,
) -> Iterator[Document]:
    from syndicate.emitters.opml import emit_opml
    from syndicate.emitters.pages import emit_index, emit_shelf
    from syndicate.emitters.searching import emit_parts, emit_script

    bare = {editions.compose(feed.publication, [], feed.window(now)): feed for feed in feeds}

    def live(edition: Edition) -> Edition:
        feed = bare[edition]
        return memory.composed.get(edition.key) or compose(feed, catalogue, feed.window(now), now=now)

    yield emit_index(site, list(bare), shelves, live)
    yield emit_opml(site, list(bare))
    for digest, issues in shelves:
        yield emit_shelf(digest, issues)
        yield from emit_parts(digest, issues)
    if any(issues for _, issues in shelves):
        yield emit_script(site)


def _sitemap(site: Site, feeds: Sequence[Feed], shelves: Sequence[tuple[Publication, Sequence[Issue]]], out: Path) -> list[Document]:
    """Every page for people. An edition's own date is when it was last changed: that another came after it is no change to speak of."""
    from syndicate.emitters.pages import shelf_of
    from syndicate.emitters.sitemap import Place, emit_sitemap, newest

    places = [Place(f"{site.url}/feeds/{feed.publication.slug}.html", _changed(_page(out, feed))) for feed in feeds]
    for digest, issues in shelves:
        leaves = [Place(issue.href, issue.date) for issue in issues]
        places += [Place(shelf_of(digest), newest(leaves)), *leaves]
    return emit_sitemap(site, [Place(f"{site.url}/", newest(places)), *places])


def _changed(page: Path) -> datetime | None:
    """When the newest entry of a feed was changed, as its page says."""
    try:
        found = MODIFIED.search(page.read_text(encoding="utf-8", errors="replace"))
        return datetime.fromisoformat(found[1]) if found else None
    except (OSError, ValueError):
        return None


def _page(out: Path, feed: Feed) -> Path:
    return out / f"feeds/{feed.publication.slug}.html"
