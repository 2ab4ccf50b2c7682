from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.emitters import emit
from syndicate.model import Provider
from tests.emitters.jsonfeed_rules import broken_rules
from tests.emitters.press import FEED, PICTURE, SITE, UNTIDY_TITLES, archives, feed, full_story
from tests.vocabulary import article

if TYPE_CHECKING:
    from syndicate.model import Edition

HUB = replace(FEED, site=replace(SITE, hub="https://hub.example/"))
UNTIDY = [article(title, url=f"https://example.org/{number}", topics=[title]) for number, title in enumerate(UNTIDY_TITLES.values())]
EDITIONS = {
    "everything": feed(full_story()),
    "nothing": feed(),
    "only a title": feed(article()),
    "a hub and archives": feed(full_story(), publication=HUB, previous="energy/2026-10"),
    "an archive": archives(article(), now="2026-12-05")[0],
    "no description": feed(article(), publication=replace(FEED, description="")),
    "a provider without a domain": feed(article(provider=Provider("Someone"))),
    "untidy titles": feed(*UNTIDY),
}
MINIMUM: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "T",
    "items": [{"id": "1", "content_text": ""}],
}


def read(edition: Edition) -> Any:
    """The feed as its readers have it."""
    return json.loads(emit(edition, "json").body)


@pytest.mark.parametrize("edition", EDITIONS.values(), ids=EDITIONS.keys())
def test_every_feed_keeps_the_rules_of_the_format(edition: Edition) -> None:
    """Required members are there, no unknown one is, and each has its type."""
    assert broken_rules(emit(edition, "json").body) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"version": "https://jsonfeed.org/version/1"}, "feed.version: must be the address"),
        ({"title": None}, "feed.title: must be text"),
        ({"home_page_url": "/"}, "feed.home_page_url: must be an absolute address"),
        ({"feed_url": "https://example.org/a b"}, "feed.feed_url: must be an absolute address"),
        ({"hubs": [{"url": "https://hub.example/"}]}, "feed.hubs[0].type: is required"),
        ({"authors": [{}]}, "feed.authors[0]: needs a name"),
        ({"author": {"name": "one"}}, "feed.author: is no member"),
        ({"_ours": "text"}, "feed._ours: an extension must be an object"),
        ({"_ours": {"about": "here"}}, "feed._ours.about: must be an absolute address"),
        ({"items": [{"content_text": ""}]}, "feed.items[0].id: is required"),
        ({"items": [{"id": 1, "content_text": ""}]}, "feed.items[0].id: must be text"),
        ({"items": [{"id": "1"}]}, "feed.items[0]: needs content_html or content_text"),
        ({"items": [{"id": "1", "content_text": ""}] * 2}, "feed.items: id '1' stands 2 times"),
        ({"items": [{"id": "1", "content_text": "", "date_published": "2026-11-12"}]}, "must be a date of RFC 3339"),
        ({"items": [{"id": "1", "content_text": "", "date_modified": "2026-02-30T00:00:00Z"}]}, "day is out of range"),
        ({"items": [{"id": "1", "content_text": "", "tags": "one, two"}]}, "feed.items[0].tags: must be a list"),
        ({"next_url": "https://e.example/f", "feed_url": "https://e.example/f"}, "feed.next_url: must not be the feed itself"),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else None,
)
def test_the_rules_see_what_breaks_them(change: dict[str, object], rule: str) -> None:
    """The validator that the other tests go by is no rubber stamp."""
    assert broken_rules(json.dumps(MINIMUM).encode()) == []
    assert rule in "\n".join(broken_rules(json.dumps(MINIMUM | change).encode()))


@pytest.mark.parametrize("body", [b"\xef\xbb\xbf{}", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[]"], ids=repr)
def test_the_rules_take_nothing_but_json(body: bytes) -> None:
    """No byte order mark, no other encoding than UTF-8, no NaN, no name given twice, no list at the top."""
    assert broken_rules(body)


def test_an_item_holds_what_is_known_of_its_article() -> None:
    """Every member of an item, for an article that has everything."""
    (item,) = read(feed(full_story()))["items"]
    content = item.pop("content_html")
    assert item == {
        "id": full_story().article.id,
        "url": "https://harbourpost.example/2026/lagoon?a=1&b=2",
        "title": "The lagoon closes its gates",
        "summary": "Nine kilometres of wall & one seal.",
        "date_published": "2026-11-12T09:30:00Z",
        "date_modified": "2026-11-13T08:00:00Z",
        "image": PICTURE.url,
        "tags": ["Tidal Power", "Energy"],
        "authors": [{"name": "Harbour Post", "url": "https://harbourpost.example/"}],
        "_syndicate": {
            "about": "https://news.example.org/feeds/energy.html#json-feed",
            "type": "article",
            "quality": 82,
            "heat": 77,
            "provider": {"name": "Harbour Post", "domain": "harbourpost.example"},
        },
    }
    assert "<p>The <em>moon</em> goes on the payroll.</p>" in content
    assert content.endswith('<p>via <a href="https://harbourpost.example/">Harbour Post</a></p>')


def test_what_is_not_known_is_left_out() -> None:
    """No empty picture, no empty list of topics, no author without a name."""
    (item,) = read(feed(article()))["items"]
    assert not {"image", "tags", "authors"} & item.keys()
    assert "provider" not in item["_syndicate"]


def test_the_feed_leads_on_into_its_archives() -> None:
    """`next_url` is the newest archive with more, and in an archive the one before it; the oldest leads nowhere."""
    live = read(feed(article(), previous="energy/2026-10"))
    assert live["next_url"] == "https://news.example.org/feeds/energy/2026-10.json"
    stories = [article("Ten", at="2026-10-05T09:00"), article("Eleven", at="2026-11-05T09:00")]
    oldest, newest = (read(each) for each in archives(*stories, now="2026-11-20"))
    assert (newest["next_url"], oldest.get("next_url")) == (live["next_url"], None)


def test_the_hub_is_named_by_the_live_feed_alone() -> None:
    """An archive does not change, so there is nothing to be told of it."""
    assert read(feed(article(), publication=HUB))["hubs"] == [{"type": "WebSub", "url": "https://hub.example/"}]
    assert "hubs" not in read(archives(article(), now="2026-12-05", publication=HUB)[0])


@pytest.mark.parametrize("title", UNTIDY_TITLES.values(), ids=UNTIDY_TITLES.keys())
def test_a_title_is_plain_text(title: str) -> None:
    """JSON needs no escape of HTML: the title, the summary and the topics are as they are."""
    (item,) = read(feed(article(title, url="https://example.org/a", excerpt=title, topics=[title])))["items"]
    assert (item["title"], item["summary"], item["tags"]) == (title, title, [title])


def test_text_is_written_as_it_reads() -> None:
    """Letters of other scripts are not escaped, and the file ends with a newline."""
    body = emit(feed(article("潮汐 🌊")), "json").body
    assert "潮汐 🌊".encode() in body
    assert body.endswith(b"}\n")


def test_the_document_says_what_it_is() -> None:
    """Its name lies below the folder of output, and its media type is the registered one."""
    document = emit(feed(article()), "json")
    assert (document.name, document.media_type) == ("feeds/energy.json", "application/feed+json")
