"""What stands behind the table: names, ages, news, the shelf, and what nobody asks for in good faith."""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.config import load_settings
from syndicate.errors import ConfigurationError
from syndicate.web.outlet.counter import LOOK
from syndicate.web.outlet.kinds import KINDS, kind_of
from syndicate.web.outlet.names import path_of, read_name
from syndicate.web.outlet.news import STATES, marks_of, news
from tests.vocabulary import moment
from tests.web.outlets import CONFIGURATION, DOCUMENTS, LONG, NOW, Stall, asked, atom, json_feed, rss, stall

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.config import Settings

FORMS = {"rss": rss, "atom": atom, "json": json_feed}
TITLES = st.lists(st.sampled_from([f"story-{number}" for number in range(9)]), unique=True)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (b"/", "index.html"),
        (b"/feeds/energy.rss", "feeds/energy.rss"),
        (b"/digests/weekly/", "digests/weekly/index.html"),
        (b"/feeds/%65nergy.rss", "feeds/energy.rss"),
        (b"/media/a%20b%C3%A9.png", "media/a bé.png"),
        (b"/100%.html", "100%.html"),
        (b"", ""),
        (b"*", ""),
        (b"feeds/energy.rss", ""),
        (b"http://news.example.org/feeds/energy.rss", ""),
        (b"//evil.example/", ""),
        (b"/feeds//energy.rss", ""),
        (b"/feeds/./energy.rss", ""),
        (b"/feeds/../secret", ""),
        (b"/%2e%2e/secret", ""),
        (b"/feeds/%2E%2E/%2e%2e/etc/passwd", ""),
        (b"/feeds%2fenergy.rss", ""),
        (b"/feeds%2Fenergy.rss", ""),
        (b"/feeds\\energy.rss", ""),
        (b"/feeds%5cenergy.rss", ""),
        (b"/c:/windows", ""),
        (b"/.env", ""),
        (b"/feeds/.energy.rss.123@host.abc.tmp", ""),
        (b"/%00", ""),
        (b"/feeds/energy.rss%00.png", ""),
        (b"/feeds/energy.rss%0d%0aSet-Cookie:a=1", ""),
        (b"/%ff", ""),
        (b"/%C3%28", ""),
        (b"/" + b"a" * 2000, ""),
    ],
)
def test_a_path_is_a_name_or_nothing(path: bytes, name: str) -> None:
    """No part of a name is empty, hidden or climbs, however it is spelled."""
    assert read_name(path) == name


@given(st.binary(max_size=60))
def test_no_name_leaves_its_folder(path: bytes) -> None:
    """Whatever bytes stand in a path."""
    name = read_name(b"/" + path)
    assert not name or all(part and part[0] != "." for part in name.split("/"))
    assert not name or read_name(path_of(name).encode()) in {name, ""}


def test_every_document_has_its_kind() -> None:
    """The first pattern that fits; what is left is bytes."""
    found = {name: kind_of(name)[0] for name in DOCUMENTS}
    assert {kind.noun for kind in found.values()} == {kind.noun for kind in KINDS}
    assert kind_of("feeds/energy.rss")[1] == "energy"
    assert kind_of("downloads/tide.tables")[0].media_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("now", "age"),
    [
        ("2026-11-16T12:04", 660),
        ("2026-11-16T12:14:30", 60),
        ("2026-11-16T12:15:00", 60),
        ("2026-11-16T12:15:59", 60),
        ("2026-11-16T12:16:00", 840),
    ],
)
def test_a_feed_may_be_kept_until_its_next_render(shop: Stall, now: str, age: int) -> None:
    """For a minute at least; and while a render may be at work, no longer than that."""
    shop.clocks["now"] = moment(now)
    assert shop.ask("/feeds/energy.rss").headers["cache-control"] == f"public, max-age={age}"


def test_a_shelf_may_be_kept_for_five_hours_and_until_its_edition(shop: Stall) -> None:
    """Each digest by its own schedule."""
    ages = []
    for now in ("2026-11-22T08:00", "2026-11-23T05:00", "2026-11-23T07:58:00"):
        shop.clocks["now"] = moment(now)
        shop.wait(1)
        ages.append(shop.ask("/digests/weekly/").headers["cache-control"].rpartition("=")[2])
    assert ages == ["18000", "10800", "120"]


def test_an_archive_may_be_kept_once_its_month_is_over(shop: Stall) -> None:
    """In the site's time zone, and a day later, when it was rendered for the last time."""
    shop.write("feeds/energy/2026-11.rss", rss("now"))
    ages = []
    for now in ("2026-11-30T23:00", "2026-12-01T12:00", "2026-12-02T01:00"):
        shop.clocks["now"] = moment(now)
        shop.wait(1)
        ages.append(shop.ask("/feeds/energy/2026-11.rss").headers["cache-control"].rpartition("=")[2])
    assert ages == ["3600", "3600", "86400"]


def test_what_was_written_this_very_second_has_no_date_yet(shop: Stall) -> None:
    """It may be written once more in it, and nobody could tell by the date."""
    shop.write("feeds/energy.rss", rss("new"), at=NOW)
    fresh = shop.ask("/feeds/energy.rss", if_modified_since="Mon, 16 Nov 2026 12:04:00 GMT")
    assert (fresh.status, fresh.headers.get("last-modified")) == (200, None)
    shop.clocks["now"] = NOW + timedelta(seconds=1)
    shop.wait(1)
    assert shop.ask("/feeds/energy.rss").headers["last-modified"] == "Mon, 16 Nov 2026 12:04:00 GMT"


def test_a_document_is_looked_after_four_times_a_second(shop: Stall) -> None:
    """Until then it is as it was; then it is what it is, with another tag."""
    old = shop.ask("/feeds/energy.rss")
    shop.write("feeds/energy.rss", rss("three"))
    shop.wait(-1)
    assert shop.ask("/feeds/energy.rss") == old
    shop.wait(LOOK)
    new = shop.ask("/feeds/energy.rss")
    assert b"urn:three" in new.body
    assert new.headers["etag"] != old.headers["etag"]


def test_the_tag_is_of_the_content(shop: Stall) -> None:
    """Written again with the same bytes, or by another machine, it is the same; and so it is when the old bytes come back."""
    old = shop.ask("/feeds/energy.rss").headers["etag"]
    shop.write("feeds/energy.rss", DOCUMENTS["feeds/energy.rss"], at=NOW - timedelta(minutes=1))
    assert shop.ask("/feeds/energy.rss").headers["etag"] == old
    shop.write("feeds/energy.rss", rss("three"))
    assert shop.ask("/feeds/energy.rss").headers["etag"] != old
    shop.write("feeds/energy.rss", DOCUMENTS["feeds/energy.rss"])
    assert shop.ask("/feeds/energy.rss").headers["etag"] == old


def test_a_document_that_is_taken_away_is_missing(shop: Stall) -> None:
    """And found again when it is back."""
    assert shop.ask("/feeds/energy.rss").status == 200
    (shop.out / "feeds/energy.rss").unlink()
    shop.wait(1)
    assert shop.ask("/feeds/energy.rss").status == 404
    shop.write("feeds/energy.rss", rss("back"))
    assert shop.ask("/feeds/energy.rss").status == 200


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither pipes in folders nor links for everybody")
def test_what_is_no_document_is_not_there(shop: Stall) -> None:
    """Folders, pipes, links that lead out, hidden files; links that stay inside are followed."""
    outside = shop.out.parent / "secret.txt"
    outside.write_text("secret", encoding="utf-8")
    (shop.out / "linked.txt").symlink_to(outside)
    (shop.out / "everything").symlink_to(shop.out.parent)
    (shop.out / "loop").symlink_to(shop.out / "loop")
    (shop.out / "same.rss").symlink_to(shop.out / "feeds" / "energy.rss")
    shop.write(".hidden/page.html", "hidden")
    os.mkfifo(shop.out / "pipe.txt")
    (shop.out / "empty").mkdir()
    found = {
        path: shop.ask(path).status
        for path in (
            "/linked.txt",
            "/everything/secret.txt",
            "/everything/syndicate.toml",
            "/loop",
            "/pipe.txt",
            "/empty",
            "/empty/",
            "/feeds/energy.rss/",
            "/feeds/energy.rss/more",
            "/.hidden/page.html",
            "/" + "a" * 300,
            "/" + "/".join(["ab"] * 300),
        )
    }
    assert set(found.values()) == {404}, found
    assert shop.ask("/same.rss").status == 200


def test_memory_has_a_bound(tmp_path: Path) -> None:
    """What was asked for longest ago makes room, and is read again when it is asked for."""
    made = stall(tmp_path, memory=120_000)
    with made.runner:
        for number in range(60):
            made.write(f"pages/{number}.html", f"<p>{number} {os.urandom(2500).hex()}")
            assert made.ask(f"/pages/{number}.html").status == 200
            assert made.app.shelf.taken <= 120_000
        assert sum(made.app.shelf.holds(f"pages/{number}.html") for number in range(60)) < 20
        assert len(made.app._copies) < 25
        assert made.ask("/pages/0.html").body.startswith(b"<p>0 ")


def test_what_is_too_large_to_be_held_is_read_piece_by_piece(tmp_path: Path) -> None:
    """With the same headers, a tag of its content, and 304 where the reader has it."""
    made = stall(tmp_path, memory=400_000)
    film = os.urandom(1_000_000)
    with made.runner:
        made.write("media/film.png", film)
        answer = made.ask("/media/film.png")
        assert (answer.status, answer.body, answer.headers["content-length"]) == (200, film, "1000000")
        assert made.ask("/media/film.png", if_none_match=answer.headers["etag"]).status == 304
        assert made.ask("/media/film.png", "HEAD").headers == answer.headers
        assert made.app.shelf.taken < 400_000
        made.write("media/film.png", film[::-1])
        made.wait(-1)  # it is not looked after yet, and yet no half of it is sent
        assert made.ask("/media/film.png").status == 503
        assert made.ask("/media/film.png").body == film[::-1]


def test_a_file_is_read_once_for_all_who_wait_for_it(shop: Stall, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred readers who come as a feed changes cost as much as one."""
    from syndicate.web.outlet import shelf as module

    reads: list[str] = []
    read = module.read_content

    def counted(*arguments: Any) -> Any:
        reads.append(arguments[1])
        return read(*arguments)

    monkeypatch.setattr(module, "read_content", counted)

    async def many() -> set[bytes]:
        answers = await asyncio.gather(*(asked(shop.app, b"/feeds/energy.rss", "GET") for _ in range(100)))
        return {answer.body for answer in answers}

    assert len(shop.runner.run(many())) == 1
    assert reads == ["feeds/energy.rss"]


@given(st.sampled_from(sorted(FORMS)), TITLES, TITLES)
def test_news_are_what_somebody_does_not_know(form: str, before: list[str], after: list[str]) -> None:
    """In the order of the feed; and what is left is the same feed, whole and readable."""
    make = FORMS[form]
    old, new = make(*before).encode(), make(*after).encode()
    marks = marks_of(old, form)
    assert marks is not None
    cut = news(new, form, marks)
    fresh = [title for title in after if title not in before]
    assert marks_of(cut, form) == marks_of(make(*fresh).encode(), form)
    assert [title for title in after if f"urn:{title}".encode() in cut] == fresh


def test_an_entry_that_changed_is_news(shop: Stall) -> None:
    """As a reader shows it again."""
    old = shop.ask("/feeds/energy.atom")
    shop.write("feeds/energy.atom", atom("one", "two").replace("<title>two", "<title>Two, corrected"))
    answer = shop.ask("/feeds/energy.atom", a_im="feed", if_none_match=old.headers["etag"])
    assert (answer.status, b"urn:two" in answer.body, b"urn:one" in answer.body) == (226, True, False)


def test_what_looks_like_an_entry_in_a_text_is_none() -> None:
    """In a comment, in CDATA, further down, or in another vocabulary."""
    body = "<!-- <item>a</item> --><item><title>one</title><x><item/></x></item><item><title><![CDATA[</item><item>]]></title></item>"
    marks = marks_of(f"<rss><channel>{body}</channel></rss>".encode(), "rss")
    assert marks is not None
    assert len(marks) == 2
    assert news(f"<rss><channel>{body}</channel></rss>".encode(), "rss", marks) == b"<rss><channel><!-- <item>a</item> --></channel></rss>"


@pytest.mark.parametrize("body", [b"", b"<rss>", b"{", b"[]", b'{"items": 3}', b'{"items": {}}', b"[" * 100_000, b"\xff\xfe"])
@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
def test_what_is_no_feed_is_served_as_it_is(shop: Stall, body: bytes, suffix: str) -> None:
    """Only that nobody can know its entries."""
    shop.write(f"feeds/energy.{suffix}", body)
    tag = shop.ask(f"/feeds/energy.{suffix}").headers["etag"]
    shop.write(f"feeds/energy.{suffix}", body + b" ")
    answer = shop.ask(f"/feeds/energy.{suffix}", a_im="feed", if_none_match=tag)
    assert answer.status in {200, 226}
    assert answer.status == 200 or body == b'{"items": {}}'


def test_states_are_remembered_and_forgotten(shop: Stall) -> None:
    """Of each feed the last ones; whoever comes with an older one gets the whole feed."""
    tags = []
    for number in range(STATES + 2):
        shop.write("feeds/energy.rss", rss(f"story-{number}"))
        tags.append(shop.ask("/feeds/energy.rss").headers["etag"])
    found = [shop.ask("/feeds/energy.rss", a_im="feed", if_none_match=tag).status for tag in tags]
    assert found == [200, 200, *[226] * (STATES - 1), 304]


def test_a_site_below_a_path_is_found_with_it_and_without(tmp_path: Path) -> None:
    """As proxies pass it on, or take it away."""
    made = stall(tmp_path, configuration=CONFIGURATION.replace('example.org"\ntimezone', 'example.org/paper"\ntimezone'))
    with made.runner:
        whole = made.ask("/paper/feeds/energy.rss")
        assert whole == made.ask("/feeds/energy.rss")
        assert whole.headers["link"].startswith('<https://news.example.org/paper/feeds/energy.rss>; rel="self"')
        assert made.ask("/feeds/power.rss").headers["location"] == "/paper/feeds/energy.rss"
        assert made.ask("/paper/digests/weekly").headers["location"] == "/paper/digests/weekly/"
        assert made.ask("/paperback/feeds/energy.rss").status == 404


def test_routes_come_before_documents(shop: Stall) -> None:
    """Each gets all that begins as it does, and is told below which path it is."""
    seen: list[tuple[str, str]] = []

    async def page(scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG001
        seen.append((scope["root_path"], scope["path"]))
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    shop.app.routed = {"subscribe": page}
    shop.write("subscribe/index.html", "a file")
    assert [shop.ask(path, "POST").status for path in ("/subscribe", "/subscribe/weekly")] == [202, 202]
    assert shop.ask("/subscribers").status == 404
    assert seen == [("", "/subscribe"), ("", "/subscribe/weekly")]


def test_hits_are_counted_by_what_is_configured(shop: Stall) -> None:
    """A slug that nobody configured is none: whoever makes names up must not make figures grow."""
    shop.write("feeds/unheard-of.rss", rss())
    tag = shop.ask("/feeds/energy.rss").headers["etag"]
    shop.ask("/feeds/energy.rss", if_none_match=tag)
    for number in range(20):
        shop.ask(f"/feeds/unheard-of-{number}.rss")
    shop.ask("/feeds/unheard-of.rss")
    shop.ask("/feeds/gossip.rss")
    assert dict(shop.app.hits) == {
        ("feed", "energy", "rss", 200): 1,
        ("feed", "energy", "rss", 304): 1,
        ("feed", "", "rss", 200): 1,
        ("", "", "", 404): 20,
        ("gone", "", "", 410): 1,
    }


def test_templates_of_the_workspace_that_fail_leave_a_line_of_text(tmp_path: Path) -> None:
    """Nobody who asks for what is not there sees a fault."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "missing.html").write_text("{{ nobody.knows }}", encoding="utf-8")
    made = stall(tmp_path)
    with made.runner:
        answer = made.ask("/nothing")
    assert (answer.status, answer.body) == (404, b"There is nothing here.\n")


def settings_with(root: Path, serve: str) -> Settings:
    """The settings of a workspace with this `[serve]`."""
    (root / "syndicate.toml").write_text(CONFIGURATION.partition("[serve]")[0] + f"[serve]\n{serve}", encoding="utf-8")
    return load_settings(root / "syndicate.toml")


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        ('gone = ["energy"]', "serve.gone: energy is still configured; take it out here, or there"),
        ('renamed = {energy = "tides"}', "serve.renamed: energy is still configured"),
        ('renamed = {old = "tidez"}', "serve.renamed.old: there is no publication 'tidez'; did you mean tides?"),
        ('renamed = {a = "b", b = "a"}', "serve.renamed.a: leads back to a; name what is there now"),
        ('gone = ["a"]\nrenamed = {a = "tides"}', "serve.renamed.a: is gone too; take it out of one of the two"),
        ('gone = ["a b"]', "must be lower-case letters"),
        ("port = 70000", "serve.port: must be less than or equal to 65535, got 70000"),
        ('trusted_proxies = ["10.0.0.1/8"]', "must be an address or a network such as '10.0.0.0/8'"),
        ('metrics = "everybody"', "must be an address or a network such as '10.0.0.0/8'"),
        ("mertics = true", "did you mean metrics?"),
    ],
)
def test_what_cannot_be_meant_is_said(tmp_path: Path, serve: str, reason: str) -> None:
    """Before anything is served."""
    with pytest.raises(ConfigurationError) as said:
        settings_with(tmp_path, serve)
    assert reason in str(said.value)


def test_networks_are_one_or_many_or_all(tmp_path: Path) -> None:
    """`true` is everybody, and silence nobody."""
    found = [settings_with(tmp_path, line).serve.metrics for line in ("", "metrics = true", 'metrics = "::1"', 'metrics = ["10.0.0.0/8"]')]
    assert found == [[], ["0.0.0.0/0", "::/0"], ["::1/128"], ["10.0.0.0/8"]]


# Whoever asks in bad faith.

METHODS = st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "DELETE", "TRACE", "get", "FOO"])
PIECES = st.sampled_from(
    [
        b"feeds",
        b"energy.rss",
        b"energy",
        b"..",
        b".",
        b"",
        b"%2e%2e",
        b"%00",
        b"%2f",
        b"index.html",
        b"power.rss",
        b"gossip",
        b"\\",
        b"%c3",
        b"healthz",
        b"metrics",
        b"subscribe",
        b"digests",
        b"weekly",
        b"2026-11-16.html",
        b"%",
        b"%%%",
        b"\xff\xfe",
        b"a" * 300,
        b"~",
        b"con",
    ]
)
PATHS = st.lists(PIECES | st.binary(max_size=12), max_size=7).map(lambda parts: b"/" + b"/".join(parts)) | st.binary(max_size=40)
NAMES = st.sampled_from(
    [b"accept-encoding", b"if-none-match", b"if-modified-since", b"a-im", b"range", b"host", b"origin", b"x-forwarded-for", b"cookie"]
)
SAID = st.sampled_from(
    [
        b"gzip",
        b"br;q=0",
        b"*",
        b"identity;q=0",
        b"feed",
        b'W/"',
        b'"a", ',
        b"Mon, 16 Nov 2026 11:45:00 GMT",
        b"Mon, 00 Xyz 0000 99:99:99 GMT",
        b",;=",
        b"q=",
        b"\xff",
        b"bytes=0-",
        b"1" * 3000,
        b'"' * 1000,
    ]
)
VALUES = st.lists(SAID | st.binary(max_size=20), max_size=4).map(b"".join)


@given(path=PATHS, method=METHODS, headers=st.lists(st.tuples(NAMES, VALUES), max_size=5), query=st.binary(max_size=10))
def test_nobody_makes_it_fail(shelf: Stall, path: bytes, method: str, headers: list[tuple[bytes, bytes]], query: bytes) -> None:
    """Whatever path, method, headers: an answer, and never a fault; nothing of what was sent comes back in a header but in a place to go."""
    lines = [(name.decode(), value.decode("latin-1")) for name, value in headers]
    answer = shelf.ask_raw(path, method, lines, query)
    assert answer.status in {200, 204, 226, 301, 304, 404, 405, 406, 410}
    assert answer.headers["vary"].startswith("accept-encoding")
    if answer.status == 301:
        assert answer.headers["location"].startswith(("/feeds/", "/digests/"))
    if answer.status == 200 and method == "GET" and "content-encoding" not in answer.headers:
        assert answer.body in {body.encode() if isinstance(body, str) else body for body in DOCUMENTS.values()}


def test_the_long_text_is_worth_compressing() -> None:
    """Else the claims about codings would hold of nothing."""
    assert len(LONG) > 1000
