"""Emit JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from syndicate.emitters.content import html_of, printable, rfc3339, summary_of

if TYPE_CHECKING:
    from syndicate.model import Edition, Entry, Site


def emit_json(edition: Edition) -> bytes:
    """The edition as JSON Feed. `next_url` leads on into the archives, and `_syndicate` carries what we know beyond the format."""
    publication, site = edition.publication, edition.publication.site
    page = edition.address("html", publication.slug if edition.archive else "")
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": printable(publication.title),
        "home_page_url": page,
        "feed_url": edition.address("json"),
        "description": printable(publication.description or publication.title),
        "language": site.language,
        "authors": [{"name": printable(site.title), "url": f"{site.url}/"}],
    }
    if edition.previous:
        feed["next_url"] = edition.address("json", edition.previous)
    if site.hub and not edition.archive:
        feed["hubs"] = [{"type": "WebSub", "url": site.hub}]
    feed["items"] = [_item(entry, site, about=f"{page}#json-feed") for entry in edition.entries]
    return (json.dumps(feed, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def _item(entry: Entry, site: Site, about: str) -> dict[str, object]:
    article = entry.article
    item: dict[str, object] = {
        "id": article.id,
        "url": article.url,
        "title": printable(article.title),
        "content_html": html_of(entry, site),
        "summary": summary_of(entry),
        "date_published": rfc3339(article.published_at),
        "date_modified": rfc3339(article.updated_at),
    }
    if article.image:
        item["image"] = article.image.url
    if article.topics:
        item["tags"] = [printable(topic) for topic in article.topics]
    known: dict[str, object] = {"about": about, "type": article.type, "quality": article.quality, "heat": article.heat}
    if article.provider:
        author = {"name": printable(article.provider.name), "url": article.provider.url}
        item["authors"] = [{key: value for key, value in author.items() if value}]
        known["provider"] = {"name": printable(article.provider.name), "domain": article.provider.domain}
    item["_syndicate"] = known
    return item
