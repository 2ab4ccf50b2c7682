"""Emit RSS 2.0 and Atom 1.0, by feedgen. Nothing else in the project knows feedgen.

feedgen 1.0.0 has faults that its own extensions let us go round: `FeedParts` and `EntryParts` write the elements that feedgen
would drop or get wrong (links with their rel, Atom's `source`, `dc:creator`, archive links of RFC 5005), and feedgen is given
none of them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import feedgen.entry
import feedgen.feed
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml import etree

from syndicate.emitters.content import html_of, media_type, printable, rfc3339, summary_of
from syndicate.model import EPOCH
from syndicate.windows import REST, Cadence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.model import Edition, Entry

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "html": "text/html"}

TITLE = re.compile(rb"<title>.*?</title>", re.DOTALL)

NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""What Atom's `updated`, which must be there, says of a feed without entries: always the same, and a date that validators believe."""

# feedgen's own writer of dates calls setlocale() for the whole process, which threads can be caught in. This gives the same bytes.
feedgen.feed.formatRFC2822 = feedgen.entry.formatRFC2822 = format_datetime


def emit_rss(edition: Edition) -> bytes:
    """The edition as RSS 2.0 (RSS Advisory Board, Best Practices Profile)."""
    return TITLE.sub(_referenced, _feed(edition, "rss").rss_str(pretty=True))


def emit_atom(edition: Edition) -> bytes:
    """The edition as Atom 1.0 (RFC 4287)."""
    return bytes(_feed(edition, "atom").atom_str(pretty=True))


def _referenced(title: re.Match[bytes]) -> bytes:
    """A title whose `<` and `&` are character references: so the RSS Best Practices Profile marks a title as text, not HTML."""
    return title[0].replace(b"&lt;", b"&#x3C;").replace(b"&amp;", b"&#x26;")


def _feed(edition: Edition, suffix: str) -> feedgen.feed.FeedGenerator:
    publication, site = edition.publication, edition.publication.site
    feed = feedgen.feed.FeedGenerator()
    feed.register_extension("syndicate", partial(FeedParts, edition, suffix), EntryParts)
    feed.id(edition.id)
    feed.title(printable(publication.title))
    feed.description(printable(publication.description or publication.title))
    feed.language(site.language)
    feed.author(name=printable(site.title), uri=f"{site.url}/")
    feed.updated(edition.updated if edition.entries else NEVER)
    feed.generator("syndicate")
    if minutes := _ttl(edition):
        feed.ttl(minutes)
    feed.docs("https://www.rssboard.org/rss-specification")
    # RSS takes the last link given; Atom's are written by FeedParts, so this one is dropped there again.
    feed.link(href=edition.address("html", publication.slug if edition.archive else ""), rel="alternate")
    for entry in edition.entries:
        _add(feed, entry, edition, suffix)
    return feed


def _ttl(edition: Edition) -> int:
    """Minutes for which a reader of RSS may keep the live feed, in step with `max-age` over HTTP; 0 where it has no schedule.

    An archive says nothing: its bytes do not change, whatever becomes of the schedule.
    """
    publication = edition.publication
    if edition.archive or not publication.schedule:
        return 0
    pause = Cadence(publication.schedule, publication.site.timezone).pause
    return int(min(max(pause, REST[0]), REST[1]).total_seconds()) // 60


def _add(feed: feedgen.feed.FeedGenerator, entry: Entry, edition: Edition, suffix: str) -> None:
    article, summary = entry.article, summary_of(entry)
    item = feed.add_entry(order="append")
    item.syndicate.entry = entry
    item.id(article.id)
    item.title(printable(article.title))
    item.updated(article.updated_at)
    item.published(article.published_at)
    item.summary(escape(summary, quote=False) if suffix == "rss" else summary, type="text")  # RSS takes a description for HTML
    item.content(html_of(entry, edition.publication.site), type="html")
    item.author(name=printable(article.provider.name if article.provider else edition.publication.site.title))
    for topic in article.topics:
        item.category(term=printable(topic))


class FeedParts(BaseExtension):  # type: ignore[misc]  # feedgen has no type hints
    """What feedgen leaves out of a feed: its links with their rel, and the marks of an archive."""

    def __init__(self, edition: Edition, suffix: str) -> None:
        self.edition = edition
        self.suffix = suffix

    def extend_ns(self) -> dict[str, str]:
        """The prefixes of the elements written here."""
        return {"dc": DC, "fh": HISTORY} if self.suffix == "rss" else {"fh": HISTORY}

    def links(self) -> Iterator[dict[str, str]]:
        """The links of the feed, as the attributes of Atom's `link`."""
        edition, suffix, live = self.edition, self.suffix, self.edition.publication.slug
        yield {"rel": "self", "type": TYPES[suffix], "href": edition.address(suffix)}
        if suffix == "atom":
            yield {"rel": "alternate", "type": TYPES["html"], "href": edition.address("html", live if edition.archive else "")}
        if edition.publication.site.hub and not edition.archive:
            yield {"rel": "hub", "href": edition.publication.site.hub}
        if edition.archive:
            yield {"rel": "current", "type": TYPES[suffix], "href": edition.address(suffix, live)}
        for rel, key in (("prev-archive", edition.previous), ("next-archive", edition.next)):
            if key:
                yield {"rel": rel, "type": TYPES[suffix], "href": edition.address(suffix, key)}

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        """Write the links, in the order of `links`, where feedgen put its own."""
        for link in feed.findall("link"):
            feed.remove(link)
        for attributes in self.links():
            etree.SubElement(feed, "link", attributes)
        return self._marked(feed)

    def extend_rss(self, rss: etree._Element) -> etree._Element:
        """Write the links, as Atom's; drop the date of a feed that never had an entry."""
        channel = rss[0]
        for attributes in self.links():
            etree.SubElement(channel, f"{{{ATOM}}}link", attributes)
        if self.edition.updated == EPOCH:
            for stamp in channel.findall("lastBuildDate"):
                channel.remove(stamp)
        self._marked(channel)
        return rss

    def _marked(self, parent: etree._Element) -> etree._Element:
        if self.edition.archive:
            etree.SubElement(parent, f"{{{HISTORY}}}archive")
        return parent


class EntryParts(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no type hints
    """What feedgen leaves out of an entry, or gets wrong: links, enclosure, source, and an author without an address."""

    entry: Entry

    def extend_atom(self, item: etree._Element) -> etree._Element:
        """Write the links, and the source in full (RFC 4287, section 4.2.11)."""
        article = self.entry.article
        etree.SubElement(item, "link", rel="alternate", type=TYPES["html"], href=article.url)
        if article.image:
            picture = {"rel": "enclosure", "type": media_type(article.image), "href": article.image.url}
            size = {"length": str(article.image.length)} if article.image.length else {}
            etree.SubElement(item, "link", picture | size)
        if article.provider and article.provider.url:
            etree.SubElement(item, "link", rel="via", type=TYPES["html"], href=article.provider.url)
            source = etree.SubElement(item, "source")
            for name, text in (
                ("id", article.provider.url),
                ("title", printable(article.provider.name)),
                ("updated", rfc3339(article.updated_at)),
            ):
                etree.SubElement(source, name).text = text
            etree.SubElement(source, "link", rel="alternate", type=TYPES["html"], href=article.provider.url)
        return item

    def extend_rss(self, item: etree._Element) -> etree._Element:
        """Write link, creator, source and enclosure. A length that is not known is 0 (RSS Best Practices Profile)."""
        article = self.entry.article
        link = etree.Element("link")
        link.text = article.url
        item.insert(1, link)
        if article.provider:
            etree.SubElement(item, f"{{{DC}}}creator").text = printable(article.provider.name)
        if article.provider and article.provider.url:
            etree.SubElement(item, "source", url=article.provider.url).text = printable(article.provider.name)
        if article.image:
            length = str(article.image.length or 0)
            etree.SubElement(item, "enclosure", url=article.image.url, length=length, type=media_type(article.image))
        return item
