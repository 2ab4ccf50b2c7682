from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from syndicate.emitters.sitemap import Place, emit_sitemap
from tests.emitters.press import SITE
from tests.vocabulary import moment

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
WHEN = moment("2026-11-16T08:00")


def read(body: bytes) -> list[tuple[str, str | None]]:
    """The addresses in a sitemap, with their dates."""
    root: Any = ET.fromstring(body)  # noqa: S314  our own
    return [(each.findtext(f"{SPACE}loc"), each.findtext(f"{SPACE}lastmod")) for each in root]


def test_a_sitemap_names_every_page_and_when_it_changed() -> None:
    """Where that is known; addresses are escaped."""
    (document,) = emit_sitemap(SITE, [Place("https://news.example.org/a?b=1&c=2", WHEN), Place("https://news.example.org/")])
    assert (document.name, document.media_type) == ("sitemap.xml", "application/xml")
    assert read(document.body) == [("https://news.example.org/a?b=1&c=2", "2026-11-16T08:00:00Z"), ("https://news.example.org/", None)]


def test_more_pages_than_a_sitemap_may_hold_are_split() -> None:
    """Into numbered ones, which the first one lists with the newest date of each (50,000 is the protocol's limit)."""
    places = [Place(f"https://news.example.org/{number}", WHEN if number == 3 else None) for number in range(5)]
    whole, *parts = emit_sitemap(SITE, places, most=2)
    assert [part.name for part in parts] == ["sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"]
    assert read(whole.body) == [
        ("https://news.example.org/sitemap-1.xml", None),
        ("https://news.example.org/sitemap-2.xml", "2026-11-16T08:00:00Z"),
        ("https://news.example.org/sitemap-3.xml", None),
    ]
    assert b"<sitemapindex" in whole.body
    assert [address for part in parts for address, _ in read(part.body)] == [place.url for place in places]


def test_so_many_pages_fit_one_sitemap() -> None:
    """Fifty thousand, in less than the 50 MB that the protocol allows."""
    (document,) = emit_sitemap(SITE, [Place("https://news.example.org/digests/weekly/2026-11-16.html", WHEN)] * 50_000)
    assert len(document.body) < 50_000_000
    assert len(emit_sitemap(SITE, [Place("https://news.example.org/")] * 50_001)) == 3


def test_a_site_without_pages_has_a_sitemap() -> None:
    """An empty one."""
    assert read(emit_sitemap(SITE, [])[0].body) == []
