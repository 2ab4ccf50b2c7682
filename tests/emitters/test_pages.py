from __future__ import annotations

import itertools
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from syndicate.emitters import emit
from syndicate.emitters.issues import Issue, issue_date
from syndicate.emitters.pages import emit_index, emit_shelf, localised
from syndicate.emitters.searching import emit_parts
from tests.emitters.press import DIGEST, FEED, PICTURE, SITE, UNTIDY_TITLES, feed, full_story
from tests.vocabulary import article, moment
from tests.workshop import SEEDS, render_all

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.model import Site

ISSUE = Issue("The lagoon closes", moment("2026-11-16T08:00"), "https://news.example.org/digests/weekly/2026-11-16.html")


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, in order, and its text."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(body.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a piece of text."""
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every element `tag`."""
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self) -> list[str]:
        """Every address that the page leads to or shows; not the one that it is known by."""
        elements = [attributes for _, attributes in self.elements if attributes.get("rel") != "canonical"]
        return [value for attributes in elements for name, value in attributes.items() if name in {"href", "src"} and value]

    def discovery(self) -> list[tuple[str | None, str | None]]:
        """The feeds that a reader finds when it is given this page: type and address."""
        return [(link.get("type"), link.get("href")) for link in self.all("link") if link.get("rel") == "alternate"]


def pages(site: Site = SITE) -> dict[str, Page]:
    """One page of each kind."""
    publication, digest = replace(FEED, site=site), replace(DIGEST, site=site)
    edition = feed(full_story(), article("Another"), publication=publication, archives=("energy/2026-10",))
    return {
        "feed": Page(emit(edition, "html").body),
        "index": Page(emit_index(site, [edition], [(digest, [ISSUE])]).body),
        "shelf": Page(emit_shelf(digest, [ISSUE]).body),
    }


KINDS = pytest.mark.parametrize("kind", ["feed", "index", "shelf"])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a render of the seeds writes, two weeks of the digest and its shelf with it."""
    folder = tmp_path_factory.mktemp("out")
    render_all(SEEDS, folder, now=moment("2026-11-16T12:00"), before=[moment("2026-11-09T12:00")])
    return folder


def test_every_relative_address_leads_to_a_file(out: Path) -> None:
    """The folder works as it is from a disk: pages, feeds, archives, pictures, and places within a page."""
    found = sorted(out.rglob("*.html"))
    assert len(found) >= 7
    for file in found:
        page = Page(file.read_bytes())
        anchors = {attributes["id"] for _, attributes in page.elements if attributes.get("id")}
        local = [urlsplit(link) for link in page.links() if not urlsplit(link).scheme]
        assert local, file
        for link in local:
            assert not link.path.startswith("/"), (file, link)
            assert not link.path or (file.parent / unquote(link.path)).is_file(), (file, link)
            assert link.path or link.fragment in anchors, (file, link)


def test_no_page_leads_back_to_the_site_by_its_full_address(out: Path) -> None:
    """An address of the site's own would leave the disk; the letters' feet and the readers' addresses in text may show it."""
    for file in sorted(out.rglob("*.html")):
        assert not [link for link in Page(file.read_bytes()).links() if link.startswith("https://news.example.org/")], file


def test_no_page_needs_anything_from_elsewhere(out: Path) -> None:
    """No style and no font is loaded, no script but our own of the search, and every address is one that a click cannot do harm by."""
    for file in sorted(out.rglob("*.html")):
        page = Page(file.read_bytes())
        assert not {tag for tag, _ in page.elements} & {"iframe", "object", "embed", "form"}, file
        assert {script.get("src") for script in page.all("script") if script.get("type") != "application/ld+json"} <= {
            "../../digests/search.js"
        }, file
        assert {link.get("rel") for link in page.all("link")} <= {"alternate", "canonical"}, file
        assert {urlsplit(link).scheme for link in page.links()} <= {"", "http", "https", "mailto"}, file


def test_a_feed_page_leads_readers_to_its_feed() -> None:
    """The discovery links name each format with its type, relative to the page."""
    assert pages()["feed"].discovery() == [
        ("application/rss+xml", "../feeds/energy.rss"),
        ("application/atom+xml", "../feeds/energy.atom"),
        ("application/feed+json", "../feeds/energy.json"),
    ]


def test_the_front_page_leads_readers_to_every_feed() -> None:
    """In the order of the configuration, each in its formats."""
    second = replace(FEED, slug="ai", formats=("json",))
    index = Page(emit_index(SITE, [feed(publication=FEED), feed(publication=second)], []).body)
    assert [href for _, href in index.discovery()] == [
        "./feeds/energy.rss",
        "./feeds/energy.atom",
        "./feeds/energy.json",
        "./feeds/ai.json",
    ]
    assert "./feeds.opml" in index.links()


def test_a_feed_page_shows_the_address_to_copy_in_full() -> None:
    """People paste it into a reader, so it is absolute: that of RSS, or of the first format where there is no RSS."""
    for formats, suffix in ((("rss", "atom"), "rss"), (("json",), "json"), (("json", "atom"), "json")):
        page = Page(emit(feed(article(), publication=replace(FEED, formats=formats)), "html").body)
        assert f"https://news.example.org/feeds/energy.{suffix}" in page.text


def test_a_feed_page_leads_to_its_archives() -> None:
    """By the name of the month in the site's language."""
    page = pages(replace(SITE, language="de"))["feed"]
    assert "../feeds/energy/2026-10.rss" in page.links()
    assert "Oktober 2026" in page.text


@KINDS
@pytest.mark.parametrize(("language", "direction"), [("en-GB", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("xx", "ltr")])
def test_a_page_says_its_language_and_direction(kind: str, language: str, direction: str) -> None:
    """`lang` and `dir` on html; a language that is not known reads from the left."""
    (html,) = pages(replace(SITE, language=language))[kind].all("html")
    assert (html["lang"], html["dir"]) == (language, direction)


@KINDS
def test_a_page_has_one_heading_of_the_first_rank(kind: str) -> None:
    """One h1, and no rank is left out below it."""
    ranks = [int(tag[1]) for tag, _ in pages()[kind].elements if tag in {"h1", "h2", "h3", "h4"}]
    assert ranks.count(1) == 1
    assert ranks[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(ranks))


@KINDS
def test_every_picture_has_an_alternative(kind: str) -> None:
    """`alt` is there, empty or not."""
    assert all("alt" in image for image in pages()[kind].all("img"))


@pytest.mark.parametrize("title", UNTIDY_TITLES.values(), ids=UNTIDY_TITLES.keys())
def test_titles_are_text_on_every_page(title: str) -> None:
    """Whatever is in a title, a browser shows it as it is."""
    site = replace(SITE, title=title)
    publication, digest = replace(FEED, site=site, title=title), replace(DIGEST, site=site, title=title)
    edition = feed(article(title, url="https://example.org/a", images=(replace(PICTURE, alt=title),)), publication=publication)
    issue = replace(ISSUE, title=title)
    for body in (emit(edition, "html").body, emit_index(site, [edition], [(digest, [issue])]).body, emit_shelf(digest, [issue]).body):
        page = Page(body)
        assert page.text.count(title) >= 2
        assert not page.all("script")
        assert (tags := {tag.get("property"): tag.get("content") for tag in page.all("meta")})
        assert title in {tags["og:title"], tags["og:site_name"]}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", " javascript:x"])
def test_an_address_that_runs_something_is_not_linked(url: str) -> None:
    """Should one ever get past the catalogue's door, a page still leads nowhere."""
    story = article(url="https://example.org/a", images=(replace(PICTURE, url=url),))
    page = Page(emit(feed(replace(story, url=url)), "html").body)
    assert url not in page.links()
    assert "#" in page.links()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("index.html", "./a/b.html"), ("feeds/x.html", "../a/b.html"), ("digests/w/index.html", "../../a/b.html")],
)
def test_own_addresses_become_relative_to_the_page(name: str, expected: str) -> None:
    """As many steps up as the page lies deep; text and other sites' addresses stay as they are."""
    own = f'<a href="{SITE.url}/a/b.html" title="{SITE.url}/">{SITE.url}/a</a>'
    other = '<img src="https://news.example.organic/x"><a href="https://other.example/?u=https://news.example.org/">'
    assert localised(own + other, SITE, name) == f'<a href="{expected}" title="{SITE.url}/">{SITE.url}/a</a>' + other


def test_the_same_editions_give_the_same_pages() -> None:
    """No page holds today's date, or anything else that moves by itself."""
    assert {kind: page.elements for kind, page in pages().items()} == {kind: page.elements for kind, page in pages().items()}


def test_pages_of_nothing_are_pages() -> None:
    """A site without feeds, a feed without entries, a shelf without issues: each says so instead of failing."""
    for body in (emit_index(SITE, [], []).body, emit(feed(), "html").body, emit_shelf(DIGEST, []).body):
        assert len(Page(body).all("h1")) == 1


@pytest.mark.parametrize(("name", "time"), [("2026-11-16", ""), ("2026-11-16T0800", ", 08:00"), ("2026-11-16T080059Z", ", 08:00 UTC")])
def test_editions_of_one_day_are_told_by_their_time(name: str, time: str) -> None:
    """Wherever they are listed; an edition whose day has no other has its date alone."""
    issue = replace(ISSUE, href=f"https://news.example.org/digests/weekly/{name}.html")
    shelf = Page(emit_shelf(DIGEST, [issue, issue]).body).text
    assert sum(text.endswith(f"16 November 2026{time}") for text in shelf) == 1
    assert shelf.count(f"16 Nov 2026{time}") == 1
    assert f"16 Nov 2026{time}" in Page(emit_index(SITE, [], [(DIGEST, [issue])]).body).text
    (part,) = emit_parts(DIGEST, [issue])
    assert f'"16 Nov 2026{time}"' in part.body.decode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("2026-11-16", "2026-11-16T00:00:00+00:00"), ("2026-11-16T0800", "2026-11-16T00:00:00+00:00"), ("index", None), ("2026-13-01", None)],
)
def test_the_date_of_an_issue_is_in_its_name(name: str, expected: str | None) -> None:
    """In the digest's zone; what has no date is no issue."""
    found = issue_date(name, "Europe/London")
    assert (found.isoformat() if found else None) == expected
