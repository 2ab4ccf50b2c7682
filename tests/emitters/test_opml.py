from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from syndicate.emitters.opml import emit_opml
from tests.emitters.press import FEED, SITE, UNTIDY_TITLES, feed
from tests.vocabulary import article

if TYPE_CHECKING:
    from syndicate.model import Publication


def outlines(*publications: Publication) -> list[dict[str, str]]:
    """The attributes of every outline in the list of these feeds."""
    root: Any = ET.fromstring(emit_opml(SITE, [feed(article(), publication=each) for each in publications]).body)  # noqa: S314  our own
    return [outline.attrib for outline in root.find("body")]


def test_a_feed_is_an_outline_that_readers_can_subscribe_to() -> None:
    """Type, text, address of the feed, address of the page: what OPML 2.0 asks of a subscription list."""
    assert outlines(FEED) == [
        {
            "type": "rss",
            "text": "Energy & tides",
            "title": "Energy & tides",
            "description": "What moves.",
            "xmlUrl": "https://news.example.org/feeds/energy.atom",
            "htmlUrl": "https://news.example.org/feeds/energy.html",
        }
    ]


@pytest.mark.parametrize(
    ("formats", "expected"),
    [(("rss", "atom", "json"), "atom"), (("json", "rss"), "rss"), (("json",), None)],
    ids=["all", "no Atom", "JSON Feed alone"],
)
def test_the_best_format_that_outline_processors_know_is_listed(formats: tuple[str, ...], expected: str | None) -> None:
    """Atom before RSS; a feed that is JSON Feed alone is left out, since `type="rss"` would be a lie."""
    found = [outline["xmlUrl"].rpartition(".")[2] for outline in outlines(replace(FEED, formats=formats))]
    assert found == ([expected] if expected else [])


def test_feeds_stand_in_the_order_of_the_configuration() -> None:
    """The order is the editors'."""
    feeds = [replace(FEED, slug=slug, title=slug) for slug in ("zebra", "aardvark", "mole")]
    assert [outline["text"] for outline in outlines(*feeds)] == ["zebra", "aardvark", "mole"]


@pytest.mark.parametrize("title", [*UNTIDY_TITLES.values(), "line\nbreak"], ids=[*UNTIDY_TITLES.keys(), "a line break"])
def test_a_title_comes_out_as_it_went_in(title: str) -> None:
    """Attributes are escaped once."""
    assert (
        outlines(replace(FEED, title=title, description=title))[0].items() >= {"text": title, "title": title, "description": title}.items()
    )


@pytest.mark.parametrize("character", ["\x00", "\x07", "\ufffe"], ids=ascii)
def test_a_character_that_xml_cannot_carry_is_left_out(character: str) -> None:
    """ElementTree would write it, and no reader could read the list."""
    assert outlines(replace(FEED, title=f"a{character}b"))[0]["text"] == "ab"


def test_the_list_is_a_document_of_its_own_type() -> None:
    """OPML 2.0 in UTF-8 with the site's title, and the same bytes each time; without feeds it has an empty body."""
    document = emit_opml(SITE, [])
    root: Any = ET.fromstring(document.body)  # noqa: S314  our own
    assert (document.name, document.media_type, root.get("version")) == ("feeds.opml", "text/x-opml", "2.0")
    assert (root.findtext("head/title"), len(root.find("body"))) == ("Tide & Signal", 0)
    assert document.body == emit_opml(SITE, []).body
