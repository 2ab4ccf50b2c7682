"""What is answered to whom, line by line: status and headers for each kind of document and each way to ask (RFC 9110, 9111, 3229)."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import brotli
import pytest

from tests.web.outlets import DOCUMENTS, WRITTEN_AS, Answer, Stall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RSS, ATOM = "application/rss+xml; charset=utf-8", "application/atom+xml; charset=utf-8"
HTML, TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
QUARTER, WEEK, HOUR, DAY = 660, 18000, 3600, 86400
"""From 12:04 it is 11 minutes to the next quarter; a week is longer than anything is kept that may change."""

TYPES: Mapping[str, tuple[str, int]] = {
    "index.html": (HTML, QUARTER),
    "feeds.opml": ("text/x-opml", QUARTER),
    "feeds/energy.rss": (RSS, QUARTER),
    "feeds/energy.atom": (ATOM, QUARTER),
    "feeds/energy.json": ("application/feed+json", QUARTER),
    "feeds/energy.html": (HTML, QUARTER),
    "feeds/energy/2026-10.rss": (RSS, DAY),
    "feeds/energy/2026-10.atom": (ATOM, DAY),
    "feeds/energy/2026-10.json": ("application/feed+json", DAY),
    "feeds/tides.rss": (RSS, 900),
    "sitemap.xml": ("application/xml", QUARTER),
    "digests/search.js": (SCRIPT, HOUR),
    "digests/weekly/index.html": (HTML, WEEK),
    "digests/weekly/search/1.js": (SCRIPT, WEEK),
    "digests/weekly/2026-11-16.html": (HTML, DAY),
    "digests/weekly/2026-11-16.txt": (TEXT, DAY),
    "digests/weekly/2026-11-16.eml": ("message/rfc822", DAY),
    "media/seeds/lagoon.png": ("image/png", DAY),
    "media/seeds/map.svg": ("image/svg+xml", DAY),
    "search/index.json": ("application/json", HOUR),
}
"""For each document its media type and how long it may be kept."""

EACH = pytest.mark.parametrize("name", DOCUMENTS)
FEEDS = pytest.mark.parametrize("name", ["feeds/energy.rss", "feeds/energy.atom", "feeds/energy.json"])
UNPACK: Mapping[str, Callable[[bytes], bytes]] = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}
PLAIN = {"media/seeds/lagoon.png"}
"""What is not worth compressing."""


def plain(name: str) -> bytes:
    """The bytes of a document."""
    body = DOCUMENTS[name]
    return body.encode() if isinstance(body, str) else body


def link_of(name: str) -> str | None:
    """The `Link` of a document: of feeds, where they lie; of live ones, their hub."""
    if not name.startswith("feeds/") or name.endswith("html"):
        return None
    return f'<https://news.example.org/{name}>; rel="self"' + ("" if name.count("/") > 1 else ', <https://hub.example.org/>; rel="hub"')


def opaque(answer: Answer) -> str:
    """An entity tag without its quotes and its coding."""
    return answer.headers["etag"].strip('"').partition("-")[0]


def test_the_table_is_of_every_kind() -> None:
    """None is forgotten."""
    assert TYPES.keys() == DOCUMENTS.keys()


@EACH
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_each_document_is_there_with_all_that_is_said_of_it(shelf: Stall, name: str, method: str) -> None:
    """Every header, and no other: no cookie, nothing of the machine. HEAD says the same without a body."""
    answer = shelf.ask(f"/{name}", method)
    media_type, age = TYPES[name]
    expected = {
        "content-type": media_type,
        "content-length": str(len(plain(name))),
        "etag": answer.headers["etag"],
        "last-modified": WRITTEN_AS,
        "cache-control": f"public, max-age={age}",
        "vary": "accept-encoding",
        "accept-ranges": "none",
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
    }
    if link := link_of(name):
        expected |= {"link": link, "access-control-expose-headers": "ETag, IM, Link"}
    if name.endswith(".svg"):
        expected["content-security-policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert (answer.status, answer.headers) == (200, expected)
    assert answer.body == (plain(name) if method == "GET" else b"")
    assert answer.headers["etag"] == f'"{opaque(answer)}"'


@EACH
@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (None, ""),
        ("", ""),
        ("identity", ""),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0.5, br;q=0", "gzip"),
        ("identity;q=1, gzip;q=0.9", ""),
        ("*", "br"),
        ("*;q=0.1, gzip", "gzip"),
        ("gzip, *;q=0", "gzip"),
        ("identity;q=0, gzip", "gzip"),
        ("br;q=0, gzip;q=0.000", ""),
        ("deflate", ""),
        ("GZIP ; Q=0.8", "gzip"),
        ("gzip;q=wrong", ""),
        (";;;,,,", ""),
    ],
)
def test_each_coding_is_another_representation(shelf: Stall, name: str, accepted: str | None, coding: str) -> None:
    """With an entity tag and a length of its own, and the same bytes once it is unpacked (RFC 9110, sections 12.5.3 and 8.8.3.3)."""
    answer = shelf.ask(f"/{name}", **({} if accepted is None else {"accept_encoding": accepted}))
    refused = name in PLAIN and ("*;q=0" in (accepted or "") or "identity;q=0" in (accepted or ""))
    if refused and accepted != "*;q=0.1, gzip":
        assert (answer.status, answer.headers["vary"]) == (406, "accept-encoding")
        return
    coding = "" if name in PLAIN else coding
    assert answer.status == 200
    assert answer.headers.get("content-encoding", "") == coding
    assert answer.headers["vary"] == "accept-encoding"
    assert UNPACK[coding](answer.body) == plain(name)
    assert answer.headers["etag"] == f'"{opaque(answer)}{ {"": "", "gzip": "-gz", "br": "-br"}[coding] }"'
    assert opaque(answer) == opaque(shelf.ask(f"/{name}"))


@EACH
@pytest.mark.parametrize("accepted", ["*;q=0", "identity;q=0, deflate", "identity;q=0, *;q=0"])
def test_who_takes_no_coding_that_there_is_gets_none(shelf: Stall, name: str, accepted: str) -> None:
    """Not a body that they said they cannot read."""
    answer = shelf.ask(f"/{name}", accept_encoding=accepted)
    assert (answer.status, answer.headers["cache-control"]) == (406, "no-store")


TAG, OTHER = "{tag}", '"0123456789abcdef"'
BEFORE, AFTER = "Mon, 16 Nov 2026 11:44:59 GMT", "Mon, 16 Nov 2026 12:00:00 GMT"
CONDITIONS = [
    ({"if-none-match": TAG}, 304),
    ({"if-none-match": f"W/{TAG}"}, 304),
    ({"if-none-match": f"{OTHER}, {TAG}"}, 304),
    ({"if-none-match": f'W/"a" ,{TAG} '}, 304),
    ({"if-none-match": "*"}, 304),
    ({"if-none-match": OTHER}, 200),
    ({"if-none-match": ""}, 200),
    ({"if-none-match": "no-quotes"}, 200),
    ({"if-none-match": f"{OTHER} {TAG}"}, 200),
    ({"if-none-match": f"{TAG}x"}, 200),
    ({"if-modified-since": WRITTEN_AS}, 304),
    ({"if-modified-since": AFTER}, 304),
    ({"if-modified-since": "Monday, 16-Nov-26 11:45:00 GMT"}, 304),
    ({"if-modified-since": "Mon Nov 16 11:45:00 2026"}, 304),
    ({"if-modified-since": BEFORE}, 200),
    ({"if-modified-since": "yesterday"}, 200),
    ({"if-modified-since": "2026-11-16T12:00:00Z"}, 200),
    ({"if-modified-since": "Mon, 99 Nov 2026 11:45:00 GMT"}, 200),
    ({"if-modified-since": ""}, 200),
    ({"if-none-match": TAG, "if-modified-since": BEFORE}, 304),
    ({"if-none-match": OTHER, "if-modified-since": AFTER}, 200),
    ({"if-none-match": "nonsense", "if-modified-since": AFTER}, 200),
    ({"if-match": OTHER}, 200),
    ({"range": "bytes=0-9"}, 200),
    ({"range": "bytes=0-9", "if-range": TAG}, 200),
]
"""The entity tag wins over the date; what cannot be read is not there; ranges need not be served (RFC 9110, sections 13.2.2 and 14.2)."""


@EACH
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("accepted", ["identity", "gzip", "br"])
@pytest.mark.parametrize(("condition", "status"), CONDITIONS, ids=str)
def test_conditions(shelf: Stall, name: str, method: str, accepted: str, condition: Mapping[str, str], status: int) -> None:
    """By entity tag, by date, by both, and by what is neither; in each coding."""
    fresh = shelf.ask(f"/{name}", accept_encoding=accepted)
    asked = [(header, value.replace(TAG, fresh.headers["etag"])) for header, value in condition.items()]
    answer = shelf.ask_raw(f"/{name}".encode(), method, [*asked, ("accept-encoding", accepted)])
    assert answer.status == status
    if status == 200:
        assert answer.headers == fresh.headers
        return
    kept = {header: fresh.headers[header] for header in ("etag", "cache-control", "vary", "access-control-allow-origin")}
    assert answer.headers == kept


@EACH
def test_the_tag_of_another_coding_is_no_match(shelf: Stall, name: str) -> None:
    """What the reader has is other bytes."""
    tag = shelf.ask(f"/{name}", accept_encoding="gzip").headers["etag"]
    assert shelf.ask(f"/{name}", if_none_match=tag).status == (304 if name in PLAIN else 200)


@FEEDS
@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_who_asks_for_news_gets_news(shop: Stall, name: str, coding: str) -> None:
    """With the entity tag of the whole, which is what to come back with (RFC 3229, section 10)."""
    from tests.web.outlets import atom, json_feed, rss

    made = {"rss": rss, "atom": atom, "json": json_feed}[name.rpartition(".")[2]]
    old = shop.ask(f"/{name}", accept_encoding=coding)
    shop.write(name, made("three", "one", "two"))
    news = shop.ask(f"/{name}", a_im="feed", if_none_match=old.headers["etag"], accept_encoding=coding)
    whole = shop.ask(f"/{name}", accept_encoding=coding)
    body = UNPACK[news.headers.get("content-encoding", "")](news.body).decode()
    assert (news.status, news.headers["im"], news.headers["delta-base"]) == (226, "feed", old.headers["etag"])
    assert (news.headers["etag"], news.headers["cache-control"]) == (whole.headers["etag"], "no-store, im, max-age=660")
    assert news.headers["vary"] == "accept-encoding, a-im, if-none-match"
    assert [each in body for each in ("urn:three", "urn:two", "urn:one")] == [True, False, False]
    assert shop.ask(f"/{name}", a_im="feed", if_none_match=news.headers["etag"], accept_encoding=coding).status == 304


@FEEDS
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"a-im": "feed"}, 200),
        ({"a-im": "feed", "if-none-match": OTHER}, 200),
        ({"a-im": "vcdiff, gzip", "if-none-match": TAG}, 200),
        ({"a-im": "feed;q=0", "if-none-match": TAG}, 200),
        ({"a-im": "feed", "if-none-match": "nonsense"}, 200),
        ({"a-im": "feed", "if-modified-since": WRITTEN_AS}, 304),
        ({"a-im": "FEED", "if-none-match": TAG}, 226),
        ({"a-im": "vcdiff, feed;q=0.5", "if-none-match": f"{OTHER}, W/{TAG}"}, 226),
        ({"a-im": "feed", "if-none-match": TAG, "if-modified-since": AFTER}, 226),
        ({"a-im": "feed", "if-none-match": TAG, "user-agent": "feedparser/6.0.10 +https://github.com/kurtmckee/feedparser/"}, 200),
        ({"a-im": "feed", "if-none-match": TAG, "user-agent": "newsboat/2.21.0 (Linux x86_64)"}, 226),
    ],
    ids=str,
)
def test_news_need_a_state_that_is_known(shop: Stall, name: str, headers: Mapping[str, str], status: int) -> None:
    """Whoever has none, or one that is not remembered, gets the whole."""
    old = shop.ask(f"/{name}")
    shop.write(name, str(DOCUMENTS[name]).replace("urn:one", "urn:another"))
    asked = [(header, value.replace(TAG, old.headers["etag"])) for header, value in headers.items()]
    for method in ("GET", "HEAD"):
        answer = shop.ask_raw(f"/{name}".encode(), method, asked)
        assert answer.status == status
        assert answer.headers.get("im") == ("feed" if status == 226 else None)


def test_only_live_feeds_have_news(shop: Stall) -> None:
    """An archive and a page are whole, whoever asks how."""
    for name in ("feeds/energy/2026-10.rss", "feeds/energy.html", "media/seeds/lagoon.png"):
        tag = shop.ask(f"/{name}").headers["etag"]
        shop.write(name, b"something else")
        assert shop.ask(f"/{name}", a_im="feed", if_none_match=tag).status == 200


GONE = [
    "feeds/gossip.rss",
    "feeds/gossip.html",
    "feeds/gossip/2026-10.atom",
    "digests/gossip/index.html",
    "digests/gossip/",
    "digests/gossip",
]


@pytest.mark.parametrize("path", GONE)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_what_was_removed_is_gone(shop: Stall, path: str, method: str) -> None:
    """In all its formats, with its archives and editions, and although its files still lie there."""
    if not path.endswith(("/", "gossip")):
        shop.write(path, b"still there")
    answer = shop.ask(f"/{path}", method, accept_encoding="gzip", if_none_match="*")
    assert (answer.status, answer.headers["vary"]) == (410, "accept-encoding")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["content-type"] == (TEXT if path.endswith(("rss", "atom")) else HTML)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("feeds/power.rss", "/feeds/energy.rss"),
        ("feeds/power.html", "/feeds/energy.html"),
        ("feeds/power/2026-10.json", "/feeds/energy/2026-10.json"),
        ("feeds/volts.atom", "/feeds/energy.atom"),
        ("digests/monthly/", "/digests/weekly/"),
        ("digests/monthly/2026-11-16.html", "/digests/weekly/2026-11-16.html"),
        ("digests/weekly", "/digests/weekly/"),
    ],
)
def test_what_was_renamed_is_elsewhere(shelf: Stall, path: str, place: str) -> None:
    """For good, under its last name, with the query; and a folder is found without its slash."""
    answer = shelf.ask_raw(f"/{path}".encode(), query=b"a=1")
    assert (answer.status, answer.headers["location"]) == (301, f"{place}?a=1")
    assert (answer.headers["vary"], answer.headers["cache-control"]) == ("accept-encoding", "public, max-age=86400")


@pytest.mark.parametrize(
    "path", ["feeds/powers.rss", "feeds/monthly.rss", "digests/power/", "feeds/gossips.rss", "media/gossip.png", "gossip"]
)
def test_a_name_that_only_looks_alike_is_nothing(shelf: Stall, path: str) -> None:
    """Neither gone nor renamed: a digest's old name is no feed's."""
    assert shelf.ask(f"/{path}").status == 404


@pytest.mark.parametrize(
    ("path", "page"), [("/nothing", True), ("/feeds/nothing.html", True), ("/feeds/nothing.rss", False), ("/feeds/", True)]
)
def test_nothing_is_said_in_the_sites_look(shelf: Stall, path: str, *, page: bool) -> None:
    """As a page to people, as a line to feed readers; compressed where that is wished."""
    answer = shelf.ask(path, accept_encoding="gzip")
    body = gzip.decompress(answer.body) if page else answer.body
    assert (answer.status, answer.headers["content-type"]) == (404, HTML if page else TEXT)
    assert (answer.headers["vary"], answer.headers["cache-control"]) == ("accept-encoding", "public, max-age=60")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert b"There is nothing here" in body
    assert (b'<a href="/index.html">' in body) == page
    assert shelf.ask(path, "HEAD").body == b""


@EACH
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "BREW"])
def test_documents_can_only_be_read(shelf: Stall, name: str, method: str) -> None:
    """And it is said how (RFC 9110, section 15.5.6)."""
    answer = shelf.ask(f"/{name}", method)
    assert (answer.status, answer.headers["allow"], answer.headers["cache-control"]) == (405, "GET, HEAD, OPTIONS", "no-store")


def test_a_page_elsewhere_may_ask_as_feed_readers_do(shelf: Stall) -> None:
    """Its browser asks first (Fetch, section 3.2.2)."""
    answer = shelf.ask("/feeds/energy.rss", "OPTIONS", origin="https://reader.example", access_control_request_headers="a-im")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert "A-IM" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-origin"] == "*"


@EACH
def test_a_folder_is_its_index(shelf: Stall, name: str) -> None:
    """With and without the name of the index."""
    if name.endswith("index.html"):
        assert shelf.ask(f"/{name.removesuffix('index.html')}") == shelf.ask(f"/{name}")


def test_headers_in_several_lines_are_one_list(shelf: Stall) -> None:
    """As proxies may send them (RFC 9110, section 5.3)."""
    tag = shelf.ask("/feeds/energy.rss", accept_encoding="gzip").headers["etag"]
    lines = [("accept-encoding", "br;q=0"), ("accept-encoding", "gzip"), ("if-none-match", OTHER), ("if-none-match", tag)]
    assert shelf.ask_raw(b"/feeds/energy.rss", headers=lines).status == 304


def test_gzip_is_the_same_each_time(shelf: Stall) -> None:
    """No time and no name stands in it, so that a strong entity tag is true of it."""
    body = shelf.ask("/feeds/energy.rss", accept_encoding="gzip").body
    assert body[4:8] == bytes(4)
    assert zlib.decompress(body, 31) == plain("feeds/energy.rss")
