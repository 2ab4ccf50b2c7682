"""The page of an edition: its letter as it was mailed, between a bar above and one below. Pure.

A page is a function of its edition, so that it can be recorded and rebuilt; but what came before and after it is not known to an edition, and
what comes after not even to the day it appears on. So a page has *places* for these ways, which are empty as it is emitted and recorded,
and filled in (`bound`) as it is written. Whatever is in them can be taken out again (`unbound`), and is the only part that ever changes.

What a page says of itself to programs (JSON-LD, https://schema.org) is what the archive knows of it: see `read_leaf`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from html import unescape
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from syndicate.emitters.content import rfc3339
from syndicate.emitters.issues import Told
from syndicate.emitters.pages import home_of, localised, shelf_of
from syndicate.emitters.tags import Tags, picture_of, territory_of
from syndicate.emitters.theme import render
from syndicate.letters import clipped

if TYPE_CHECKING:
    from syndicate.emitters.issues import Ways
    from syndicate.letters import Letter
    from syndicate.model import Edition, Entry, Publication

WITHIN = r"""(?:[^>"']|"[^"]*"|'[^']*')*"""
LETTER = re.compile(rf"(?:<head{WITHIN}>(?P<head>.*?)</head>\s*)?<body(?P<attributes>{WITHIN})>(?P<body>.*)</body>", re.DOTALL)
PLACE = re.compile(r"<!--ways (above|below)(?: ([0-9a-f]+))?-->.*?<!--/ways-->", re.DOTALL)
LINKED = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
HARMLESS = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})
"""Characters that could end a script before its time, as JSON also writes them."""

EXCERPT = 300


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a page says of its edition. `ways` stands for what its places were filled in with; nothing, where they are empty."""

    title: str
    description: str = ""
    stories: tuple[Told, ...] = ()
    ways: str = ""


def emit_leaf(edition: Edition, letter: Letter) -> bytes:
    """The page of an edition out of its letter for everybody. Its places are empty."""
    digest, site = edition.publication, edition.publication.site
    tags = Tags(
        letter.subject,
        edition.address("html"),
        "article",
        letter.preheader,
        picture_of(edition),
        published=edition.end,
        locale=territory_of(site),
    )
    places = {name: f"<!--ways {name}--><!--/ways-->" for name in ("above", "below")}
    text = render(
        site,
        "edition.html",
        edition=edition,
        letter=_apart(letter.html),
        tags=tags,
        linked=_linked(edition, letter),
        ways=places,
        home=home_of(site),
        shelf=shelf_of(digest),
    )
    return localised(text, site, edition.path("html")).encode()


def read_leaf(page: str, name: str) -> Leaf:
    """What the page of the edition `name` says of it. One that somebody else has made has a title at least."""
    found, place, title = LINKED.search(page), PLACE.search(page), TITLE.search(page)
    bare = unescape(title[1]).strip() if title else name
    try:
        said: dict[str, Any] = json.loads(found[1]) if found else {}
        return Leaf(
            str(said.get("name") or bare),
            str(said.get("description", "")),
            tuple(_told(part) for part in said.get("hasPart", ())),
            (place[2] or "") if place else "",
        )
    except (ValueError, AttributeError, TypeError, LookupError):
        return Leaf(bare)


def bound(page: bytes, ways: Ways, digest: Publication) -> bytes:
    """The page with these ways in its places."""
    site, name, mark = digest.site, f"digests/{digest.slug}/.html", mark_of(ways)

    def filled(place: re.Match[str]) -> str:
        if not mark:
            return f"<!--ways {place[1]}--><!--/ways-->"
        text = localised(render(site, "partials/edition_ways.html", ways=ways, place=place[1]), site, name)
        return f"<!--ways {place[1]} {mark}-->\n{text.strip()}\n<!--/ways-->"

    return PLACE.sub(filled, page.decode(errors="surrogateescape")).encode(errors="surrogateescape")


def unbound(page: bytes) -> bytes:
    """The page as it was emitted and recorded: its places are empty."""
    text = page.decode(errors="surrogateescape")
    return PLACE.sub(r"<!--ways \1--><!--/ways-->", text).encode(errors="surrogateescape")


def mark_of(ways: Ways) -> str:
    """A few letters that stand for these ways, so that it can be told whether a page has them."""
    if not ways.previous and not ways.next:
        return ""
    parts = [each and (each.href, each.title) for each in (ways.previous, ways.next)]
    return sha256(repr(parts).encode(errors="surrogatepass")).hexdigest()[:12]


def _apart(html: str) -> SimpleNamespace:
    """A finished letter as a template puts it into a page: what is in its head, the attributes of its body, what is in that."""
    found = LETTER.search(html)
    head, attributes, body = (found["head"] or "", found["attributes"], found["body"]) if found else ("", "", html)
    return SimpleNamespace(head=head.strip(), attributes=attributes, body=body.strip())


def _linked(edition: Edition, letter: Letter) -> str:
    """What the edition is and what is in it, as JSON-LD (https://schema.org/PublicationIssue)."""
    digest, site = edition.publication, edition.publication.site
    said = {
        "@context": "https://schema.org",
        "@type": "PublicationIssue",
        "name": letter.subject,
        "description": letter.preheader,
        "url": edition.address("html"),
        "datePublished": rfc3339(edition.end),
        "inLanguage": site.language,
        "publisher": {"@type": "Organization", "name": site.title, "url": f"{site.url}/"},
        "isPartOf": {"@type": "Periodical", "name": digest.title, "url": shelf_of(digest)},
        "hasPart": [_part(entry) for entry in edition.entries],
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).translate(HARMLESS)


def _part(entry: Entry) -> dict[str, object]:
    article = entry.article
    part: dict[str, object] = {"@type": "Article", "headline": article.title, "url": article.url}
    if article.excerpt:
        part["abstract"] = clipped(article.excerpt, EXCERPT)
    if article.provider:
        part["publisher"] = {"@type": "Organization", "name": article.provider.name}
    if article.topics:
        part["keywords"] = list(article.topics)
    return part


def _told(part: dict[str, Any]) -> Told:
    provider = part.get("publisher", {}).get("name", "")
    return Told(str(part["headline"]), str(part.get("abstract", "")), str(provider), tuple(map(str, part.get("keywords", ()))))
