"""Emit the pages for people: one per feed, the front page with its discovery links, a digest's archive."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING

from syndicate.emitters.searching import SCRIPT, parts_of
from syndicate.emitters.tags import Tags, picture_of, territory_of
from syndicate.emitters.theme import locale_of, render
from syndicate.model import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syndicate.emitters.issues import Issue
    from syndicate.model import Edition, Publication, Site

HTML = "text/html; charset=utf-8"
LABELS = {
    "rss": ("RSS", "application/rss+xml"),
    "atom": ("Atom", "application/atom+xml"),
    "json": ("JSON Feed", "application/feed+json"),
}


LONG = 30
"""Issues on a shelf from which on they are put together by year."""


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed in one format, as a page links to it."""

    label: str
    href: str
    media_type: str


@dataclass(frozen=True, slots=True)
class ArchiveLink:
    """A month of a feed's archive."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Year:
    """A year of a digest's issues, newest first."""

    year: int
    editions: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class FeedCard:
    """A feed as the front page shows it."""

    title: str
    description: str
    href: str
    documents: tuple[FeedLink, ...]
    compose: Callable[[], Edition]

    @property
    def edition(self) -> Edition:
        """The live feed, composed when a template first asks what is in it."""
        return self.compose()


@dataclass(frozen=True, slots=True)
class DigestCard:
    """A digest as the front page shows it, with its latest issues."""

    title: str
    description: str
    href: str
    editions: tuple[Issue, ...]


def emit_feed_page(edition: Edition) -> bytes:
    """A feed as a page: what it is, how to subscribe, what is in it."""
    site = edition.publication.site
    archives = [
        ArchiveLink(_month(key.rpartition("/")[2], site), edition.address(_archive_suffix(edition), key))
        for key in edition.archives
        if edition.publication.formats
    ]
    publication = edition.publication
    tags = Tags(
        publication.title,
        edition.address("html"),
        description=publication.description,
        image=picture_of(edition),
        modified=edition.updated if edition.entries else None,
        locale=territory_of(site),
    )
    text = render(site, "feed.html", edition=edition, documents=_documents(edition), archives=archives, tags=tags, home=home_of(site))
    return localised(text, site, edition.path("html")).encode()


def emit_index(
    site: Site,
    feeds: Sequence[Edition],
    digests: Sequence[tuple[Publication, Sequence[Issue]]],
    compose: Callable[[Edition], Edition] = lambda feed: feed,
) -> Document:
    """The front page: the feeds, for people and for readers that look for them, and the latest issues of each digest.

    The entries of a feed are those of `compose`, which is asked for the feeds whose entries the template shows.
    """
    composed = cache(compose)
    cards = [
        FeedCard(feed.publication.title, feed.publication.description, feed.address("html"), _documents(feed), partial(composed, feed))
        for feed in feeds
    ]
    shelves = [DigestCard(digest.title, digest.description, shelf_of(digest), tuple(issues[:5])) for digest, issues in digests]
    tags = Tags(site.title, f"{site.url}/", description=site.description, image=site.theme.logo, locale=territory_of(site))
    text = render(site, "index.html", feeds=cards, digests=shelves, opml=f"{site.url}/feeds.opml", tags=tags)
    return Document("index.html", HTML, localised(text, site, "index.html").encode())


def emit_shelf(digest: Publication, issues: Sequence[Issue]) -> Document:
    """The page that lists every issue of a digest, newest first, and lets people search them."""
    name, site = f"digests/{digest.slug}/index.html", digest.site
    earlier = issues[1:]
    years = [Year(year, tuple(found)) for year, found in groupby(earlier, lambda issue: issue.date.year)] if len(earlier) > LONG else []
    tags = Tags(digest.title, shelf_of(digest), description=digest.description, image=site.theme.logo, locale=territory_of(site))
    text = render(
        site,
        "digests.html",
        publication=digest,
        editions=issues,
        years=years,
        search=f"{site.url}/{SCRIPT}",
        parts=parts_of(issues),
        tags=tags,
        home=home_of(site),
    )
    return Document(name, HTML, localised(text, site, name).encode())


def home_of(site: Site) -> str:
    """The address of the front page."""
    return f"{site.url}/index.html"


def shelf_of(digest: Publication) -> str:
    """The address of the page that lists a digest's issues."""
    return f"{digest.site.url}/digests/{digest.slug}/index.html"


def localised(html: str, site: Site, name: str) -> str:
    """Make the site's own addresses in `html` relative to the document `name`, so that the folder also works from a disk.

    Two stay whole: the one by which a page is known, and that of the form for subscribing, which no disk has.
    """
    up = "../" * name.count("/")
    form = re.escape(site.signup.removeprefix(f"{site.url}/"))
    own = rf'(?<!rel="canonical" )\b(href|src)="{re.escape(site.url)}/{f"(?!{form})" if form else ""}'
    return re.sub(own, lambda found: f'{found[1]}="{up or "./"}', html)


def _documents(edition: Edition) -> tuple[FeedLink, ...]:
    found = [(suffix, *LABELS[suffix]) for suffix in edition.publication.formats if suffix in LABELS]
    return tuple(FeedLink(label, edition.address(suffix), media_type) for suffix, label, media_type in found)


def _archive_suffix(edition: Edition) -> str:
    return next((suffix for suffix in edition.publication.formats if suffix in LABELS), "rss")


def _month(name: str, site: Site) -> str:
    """`2026-11` in the site's language: `November 2026`."""
    from babel.dates import format_skeleton

    year, month = map(int, name.split("-"))
    return str(format_skeleton("yMMMM", date(year, month, 1), locale=locale_of(site.language)))
