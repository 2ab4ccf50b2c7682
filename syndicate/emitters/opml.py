"""Emit OPML 2.0: the list of feeds that a reader can subscribe to in one go (http://opml.org/spec2.opml)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from syndicate.emitters.content import printable
from syndicate.model import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.model import Edition, Site

READABLE = ("atom", "rss")
"""The formats that OPML's `type="rss"` stands for, the best first."""


def emit_opml(site: Site, feeds: Sequence[Edition]) -> Document:
    """All feeds of a site that have a format which outline processors know."""
    opml = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(opml, "head"), "title").text = printable(site.title)
    body = ET.SubElement(opml, "body")
    for edition in feeds:
        publication = edition.publication
        suffix = next((suffix for suffix in READABLE if suffix in publication.formats), None)
        if suffix:
            title = printable(publication.title)
            attributes = {"type": "rss", "text": title, "title": title}
            attributes |= {"description": printable(publication.description)} if publication.description else {}
            addresses = {"xmlUrl": edition.address(suffix), "htmlUrl": edition.address("html")}
            ET.SubElement(body, "outline", attributes | addresses)
    ET.indent(opml)
    return Document("feeds.opml", "text/x-opml", ET.tostring(opml, encoding="utf-8", xml_declaration=True) + b"\n")
