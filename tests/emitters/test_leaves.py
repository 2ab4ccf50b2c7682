"""The page of an edition: a letter between two bars, what it says of itself, and the ways to its neighbours."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.emitters import emit
from syndicate.emitters.digest import render_digest
from syndicate.emitters.issues import Issue, Told, Ways
from syndicate.emitters.leaves import bound, emit_leaf, mark_of, read_leaf, unbound
from syndicate.emitters.pages import emit_feed_page, emit_index, emit_shelf
from syndicate.letters import Letter, letter_of
from syndicate.model import Article, Entry, Image, Theme
from tests.emitters.press import DIGEST, FEED, PICTURE, SITE, UNTIDY_TITLES, digest, feed, full_story
from tests.emitters.test_pages import Page
from tests.vocabulary import article, moment

if TYPE_CHECKING:
    from syndicate.model import Edition

BEFORE = Issue("The week before", moment("2026-11-09"), "https://news.example.org/digests/weekly/2026-11-09.html")
AFTER = Issue("The week & after", moment("2026-11-23"), "https://news.example.org/digests/weekly/2026-11-23.html")
WAYS = Ways(BEFORE, AFTER)
MAILED = ("You receive this because", "View on the web", "Unsubscribe")


def leaf(*stories: Article | Entry, **site: Any) -> bytes:
    """The page of an edition of these stories."""
    return emit(digest(*(stories or (full_story(), article("Another"))), **site), "html").body


def tags(page: bytes) -> dict[str, str]:
    """What the page says of itself in its head, by name or property."""
    found = Page(page).all("meta")
    return {name: tag["content"] or "" for tag in found if (name := tag.get("property") or tag.get("name")) and "content" in tag}


def linked(page: bytes) -> dict[str, Any]:
    """What the page says of itself as JSON-LD."""
    found = re.search(rb'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    said: dict[str, Any] = json.loads(found[1])
    return said


# The letter in it


def test_a_page_holds_its_letter_whole() -> None:
    """But for the site's own addresses, which are relative on a page, and for what is said to subscribers."""
    edition = digest(full_story(), article("Another"))
    letter = letter_of(render_digest(edition), budget=None, mailed=False)
    page = emit(edition, "html").body.decode()
    for start, end in (("<head>", "</head>"), ("<table", "</body>")):
        part = letter.html[letter.html.index(start) + len(start) : letter.html.index(end)].strip()
        assert part
        assert part in page


def test_a_page_does_not_speak_to_its_reader_as_to_a_subscriber() -> None:
    """Why they get it, and how to leave, is said in the mail alone."""
    edition = digest(full_story())
    page, mail = emit(edition, "html").body.decode(), letter_of(render_digest(edition)).html
    assert [words in mail for words in MAILED] == [True] * 3
    assert [words in page for words in MAILED] == [False] * 3


def test_a_letter_knows_nothing_of_its_page() -> None:
    """No bar, no tag, no script is in what is mailed."""
    mail = letter_of(render_digest(digest(full_story()))).html
    assert not [word for word in ("<script", "og:", "web-", "<!--ways", "canonical") if word in mail]


@pytest.mark.parametrize("html", ["<p>bare</p>", "<html><body class='a>b'><p>bare</p></body></html>", ""])
def test_a_letter_of_any_form_makes_a_page(html: str) -> None:
    """Somebody's own template may lack a head, or more."""
    page = emit_leaf(digest(article()), Letter("Subject", "", html, ""))
    assert Page(page).all("main")
    assert (b"<p>bare</p>" in page) == bool(html)
    assert b"<!--ways above--><!--/ways-->" in page


# The ways


def test_a_page_is_emitted_without_ways() -> None:
    """An edition knows no neighbour: its places are empty, and binding it to nobody leaves it as it is."""
    page = leaf()
    assert page.count(b"<!--/ways-->") == 2
    assert not Page(page).all("nav")
    assert bound(page, Ways(), DIGEST) == page


@pytest.mark.parametrize("ways", [WAYS, Ways(BEFORE), Ways(None, AFTER)], ids=["both", "previous", "next"])
def test_a_page_leads_to_its_neighbours(ways: Ways) -> None:
    """By links that say what they are, relative to the page, above and below the letter; and to nobody else."""
    page = Page(bound(leaf(), ways, DIGEST))
    found = [(link["rel"], link["href"]) for link in page.all("a") if link.get("rel")]
    expected = [
        (kind, f"../../digests/weekly/{item.name}.html")
        for kind, item in (("prev", ways.previous), ("next", ways.next))
        if item is not None
    ]
    assert found == expected * 2
    assert not {item.title for item in (BEFORE, AFTER) if item not in {ways.previous, ways.next}} & {text.strip() for text in page.text}


def test_binding_changes_nothing_but_the_ways() -> None:
    """So what was recorded can be had back from any page, and a page that is bound anew differs in them alone."""
    page = leaf()
    assert bound(page, WAYS, DIGEST) != page
    assert unbound(bound(page, WAYS, DIGEST)) == unbound(page) == page
    assert bound(bound(page, Ways(BEFORE), DIGEST), WAYS, DIGEST) == bound(page, WAYS, DIGEST)
    assert bound(bound(page, WAYS, DIGEST), Ways(), DIGEST) == page


def test_a_page_says_which_ways_it_has() -> None:
    """By a mark that follows from the neighbours' addresses and titles."""
    assert read_leaf(leaf().decode(), "x").ways == mark_of(Ways()) == ""
    assert read_leaf(bound(leaf(), WAYS, DIGEST).decode(), "x").ways == mark_of(WAYS)
    other = Ways(replace(BEFORE, title="Another title"), AFTER)
    assert len({mark_of(ways) for ways in (WAYS, other, Ways(BEFORE), Ways(AFTER), Ways(None, AFTER))}) == 5


def test_a_page_of_somebody_elses_stays_as_it_is() -> None:
    """It has no places, whatever bytes it is made of."""
    page = b"<title>Mine</title>\xff\xfe<p>no places</p>"
    assert bound(page, WAYS, DIGEST) == unbound(page) == page


@pytest.mark.parametrize("title", [*UNTIDY_TITLES.values(), "--> <!--/ways--> <b>", '"><script>alert(1)</script>'])
def test_titles_of_neighbours_are_text(title: str) -> None:
    """A browser shows them as they are, and they end no place before its time."""
    page = bound(leaf(), Ways(replace(BEFORE, title=title)), DIGEST)
    shown = Page(page)
    assert title in [text.strip() for text in shown.text]
    assert len(shown.all("script")) == 1
    assert unbound(page) == leaf()


def test_arrows_point_the_way_that_is_read() -> None:
    """From right to left, what came before is on the right."""
    assert "← </span>" in (text := bound(leaf(), WAYS, DIGEST).decode().replace("←<", "← <"))
    assert text
    arabic = replace(DIGEST, site=replace(SITE, language="ar"))
    assert "→" in bound(leaf(language="ar"), Ways(BEFORE), arabic).decode()
    assert "←" not in bound(leaf(language="ar"), Ways(BEFORE), arabic).decode()


# What it says of itself


def test_a_page_says_what_it_is() -> None:
    """Title, description, picture, address, date and language, for whoever shares it."""
    found = tags(leaf())
    assert {name: found[name] for name in found if name.startswith(("og:", "article:", "twitter:"))} == {
        "og:type": "article",
        "og:site_name": "Tide & Signal",
        "og:title": "The lagoon closes its gates",
        "og:description": "Another",
        "og:url": "https://news.example.org/digests/weekly/2026-11-16.html",
        "og:locale": "en_GB",
        "og:image": PICTURE.url,
        "og:image:width": "1200",
        "og:image:height": "675",
        "og:image:alt": "A lagoon",
        "article:published_time": "2026-11-16T08:00:00+00:00",
        "twitter:card": "summary_large_image",
    }
    assert found["description"] == "Another"


def test_every_page_is_known_by_one_address() -> None:
    """Absolute, whatever page it stands on; the front page by that of the site."""
    edition: Edition = feed(full_story())
    pages = {
        "https://news.example.org/digests/weekly/2026-11-16.html": leaf(),
        "https://news.example.org/digests/weekly/index.html": emit_shelf(DIGEST, []).body,
        "https://news.example.org/feeds/energy.html": emit_feed_page(edition),
        "https://news.example.org/": emit_index(SITE, [edition], []).body,
    }
    for address, page in pages.items():
        assert [link["href"] for link in Page(page).all("link") if link["rel"] == "canonical"] == [address]
        assert tags(page)["og:url"] == address
        assert tags(page)["og:title"]


@pytest.mark.parametrize(
    ("site", "locale"), [({"language": "en"}, None), ({"language": "pt-BR"}, "pt_BR"), ({"language": "xx"}, None)], ids=str
)
def test_a_locale_has_a_territory(site: dict[str, str], locale: str | None) -> None:
    """Open Graph knows no other."""
    assert tags(leaf(**site)).get("og:locale") == locale


@pytest.mark.parametrize(
    ("pictures", "card", "shown"),
    [
        ((), "summary", None),
        ((replace(PICTURE, width=300),), "summary", PICTURE.url),
        ((replace(PICTURE, url="javascript:alert(1)"),), "summary", None),
    ],
    ids=["none", "small", "harmful"],
)
def test_a_picture_is_shown_as_large_as_it_is(pictures: tuple[Image, ...], card: str, shown: str | None) -> None:
    """And none is shown that could run something."""
    found = tags(leaf(replace(article("A story", url="https://example.org/a"), images=pictures)))
    assert (found["twitter:card"], found.get("og:image")) == (card, shown)


def test_a_logo_stands_for_what_has_no_picture() -> None:
    """Of an edition, and of the pages that are no edition's."""
    logo = Image("https://news.example.org/media/theme/logo.png", 180, 40)
    site = replace(SITE, theme=Theme(logo=logo))
    assert tags(leaf(article("Bare"), theme=site.theme))["og:image"] == logo.url
    assert tags(emit_index(site, [], []).body)["og:image"] == logo.url


def test_programs_are_told_what_ran() -> None:
    """As schema.org has it: an issue of a periodical, with its articles."""
    said = linked(leaf())
    assert (said["@type"], said["name"], said["datePublished"]) == (
        "PublicationIssue",
        "The lagoon closes its gates",
        "2026-11-16T08:00:00Z",
    )
    assert said["isPartOf"]["url"] == "https://news.example.org/digests/weekly/index.html"
    assert said["hasPart"][0] == {
        "@type": "Article",
        "headline": "The lagoon closes its gates",
        "url": "https://harbourpost.example/2026/lagoon?a=1&b=2",
        "abstract": "Nine kilometres of wall & one seal.",
        "publisher": {"@type": "Organization", "name": "Harbour Post"},
        "keywords": ["Tidal Power", "Energy"],
    }


@pytest.mark.parametrize("title", [*UNTIDY_TITLES.values(), "</script><script>alert(1)</script>", "<!--<script>", "\u2028 and \u2029"])
def test_what_programs_are_told_runs_nothing(title: str) -> None:
    """A title ends no script, and comes back as it was."""
    page = leaf(article(title, url="https://example.org/a", excerpt=title))
    assert len(Page(page).all("script")) == 1
    assert linked(page)["hasPart"][0]["headline"] == title
    found = read_leaf(page.decode(), "x")
    assert (found.stories[0].title, found.stories[0].excerpt) == (title, title)


def test_a_page_is_read_as_it_was_written() -> None:
    """Title, description, and of each story what the search goes by."""
    found = read_leaf(leaf().decode(), "2026-11-16")
    assert (found.title, found.description) == ("The lagoon closes its gates", "Another")
    assert found.stories == (
        Told("The lagoon closes its gates", "Nine kilometres of wall & one seal.", "Harbour Post", ("Tidal Power", "Energy")),
        Told("Another"),
    )


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("", "2026-11-16"),
        ("<title>Salt &amp; vinegar\n</title>", "Salt & vinegar"),
        ('<title>T</title><script type="application/ld+json">{"name": </script>', "T"),
        ('<title>T</title><script type="application/ld+json">[1]</script>', "T"),
        ('<title>T</title><script type="application/ld+json">{"hasPart": [{"a": 1}]}</script>', "T"),
        ('<title>T</title><script type="application/ld+json">{"hasPart": 7}</script>', "T"),
    ],
)
def test_a_page_that_somebody_else_has_made_has_a_title(page: str, title: str) -> None:
    """Whatever it says of itself."""
    assert (read_leaf(page, "2026-11-16").title, read_leaf(page, "2026-11-16").stories) == (title, ())


# Subscribing


@pytest.mark.parametrize("address", ["https://news.example.org/subscribe", "https://lists.example.net/subscribe"])
def test_pages_lead_to_the_form_where_there_is_one(address: str) -> None:
    """By its full address, also on this site: a disk has no form."""
    site = replace(SITE, signup=address)
    publication = replace(DIGEST, site=site)
    for page in (leaf(signup=address), emit_shelf(publication, []).body, emit_index(site, [], [(publication, [])]).body):
        assert address in Page(page).links()
        assert "Subscribe by e-mail" in [text.strip() for text in Page(page).text]


def test_pages_lead_to_no_form_where_there_is_none() -> None:
    """A link that leads nowhere is worse than none."""
    for page in (leaf(), emit_shelf(DIGEST, []).body, emit_index(SITE, [feed(publication=FEED)], [(DIGEST, [])]).body):
        assert b"/subscribe" not in page
