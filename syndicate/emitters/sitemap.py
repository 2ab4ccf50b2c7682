"""Emit a sitemap: every page for people, for programs that look for them (https://www.sitemaps.org/protocol.html). Pure.

What a page was last changed by is in the data: the newest story of a feed, the date of an edition. No clock is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from syndicate.emitters.content import printable, rfc3339
from syndicate.model import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from syndicate.model import Site

SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
XML = "application/xml"
MOST = 50_000
"""Addresses that one sitemap may hold; a list of sitemaps holds as many of these."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page by its address, and when it was last changed, where that is known."""

    url: str
    changed: datetime | None = None


def emit_sitemap(site: Site, places: Sequence[Place], *, most: int = MOST) -> list[Document]:
    """`sitemap.xml`: the pages themselves, or where there are more than `most`, a list of further sitemaps with so many each."""
    if len(places) <= most:
        return [_document("sitemap.xml", "urlset", "url", places)]
    parts = [places[start : start + most] for start in range(0, len(places), most)]
    names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    whole = [Place(f"{site.url}/{name}", newest(part)) for name, part in zip(names, parts, strict=True)]
    return [
        _document("sitemap.xml", "sitemapindex", "sitemap", whole),
        *(_document(name, "urlset", "url", part) for name, part in zip(names, parts, strict=True)),
    ]


def newest(places: Iterable[Place]) -> datetime | None:
    """When the newest of these pages was changed."""
    return max((place.changed for place in places if place.changed), default=None)


def _document(name: str, root: str, element: str, places: Iterable[Place]) -> Document:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<{root} {SPACE}>"]
    for place in places:
        changed = f"<lastmod>{rfc3339(place.changed)}</lastmod>" if place.changed else ""
        lines.append(f"<{element}><loc>{escape(printable(place.url))}</loc>{changed}</{element}>")
    return Document(name, XML, "\n".join([*lines, f"</{root}>", ""]).encode())
