"""The contract of emitters, kept by each of ours: it is also the one that packages of others are held to."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from lxml import html

from syndicate.emitters import EMITTERS, Emitter
from syndicate.testing import EmitterContract, Item, feed

TEXT_ENTRY = re.compile(r"\n\n\n(?P<title>\S.*?)\n\n.*?\n   (?P<url>https?://\S+)(?=\n)", re.DOTALL)
"""A title at the margin between blank lines, whatever else, and the first address alone on its line."""


def shown(element: Any) -> str:
    """The text of an element, as a browser shows it."""
    return str(element.text_content())


class Syndicated(EmitterContract):
    """A feed of XML, as feedparser reads it."""

    def read(self, body: bytes) -> list[Item]:
        """Called by the contract. Nothing is sanitised on the way, so that what a title would do is seen."""
        parsed = feedparser.parse(body, sanitize_html=False)
        assert not parsed.bozo
        return [Item(entry.title, entry.link, entry.id) for entry in parsed.entries]


class TestRss(Syndicated):
    """RSS 2.0."""

    emitter = EMITTERS["rss"]

    def read(self, body: bytes) -> list[Item]:
        """Called by the contract. Feedparser takes titles of RSS for HTML; most readers do not, and our titles are marked as text for both."""
        titles = re.findall(r"<item>.*?<title>(.*?)</title>", body.decode(), re.DOTALL)
        plain = [shown(html.fromstring(f"<p>{title}</p>")) for title in titles]
        return [item._replace(title=title) for item, title in zip(super().read(body), plain, strict=True)]


class TestAtom(Syndicated):
    """Atom (RFC 4287)."""

    emitter = EMITTERS["atom"]


class TestJsonFeed(EmitterContract):
    """JSON Feed 1.1."""

    emitter = EMITTERS["json"]

    def read(self, body: bytes) -> list[Item]:
        """Called by the contract."""
        return [Item(item["title"], item["url"], item["id"]) for item in json.loads(body)["items"]]


class TestHtml(EmitterContract):
    """A feed's page, and a digest's with its letter in it."""

    emitter = EMITTERS["html"]

    def read(self, body: bytes) -> list[Item]:
        """Called by the contract: what stands in a heading and leads somewhere is an entry. Nothing is run."""
        page = html.fromstring(body)
        assert {script.get("type") for script in page.iterfind(".//script")} <= {"application/ld+json"}
        return [Item(shown(link), link.get("href", "")) for link in page.iterfind(".//h3/a")]


class TestText(EmitterContract):
    """A digest as text; a feed has none."""

    emitter = replace(EMITTERS["text"], kinds=("digest",))

    def read(self, body: bytes) -> list[Item]:
        """Called by the contract."""
        return [Item(found["title"], found["url"]) for found in TEXT_ENTRY.finditer(body.decode())]


class TestTheContractItself:
    """It is no rubber stamp: what it asks for is missed where it is missing."""

    @staticmethod
    def of(emitter: Emitter) -> EmitterContract:
        """The contract of an emitter that writes JSON Feed, more or less."""
        contract = TestJsonFeed()
        contract.emitter = emitter  # type: ignore[misc]  # for this one alone
        return contract

    def test_a_clock_is_noticed(self) -> None:
        """Seconds are counted."""
        import time

        ticking = replace(EMITTERS["json"], write=lambda edition: b"%d" % time.time() + EMITTERS["json"].write(edition))
        with pytest.raises(AssertionError):
            self.of(ticking).test_the_same_edition_gives_the_same_bytes()

    def test_an_entry_that_is_left_out_is_noticed(self) -> None:
        """One of twenty."""
        lazy = replace(EMITTERS["json"], write=lambda edition: EMITTERS["json"].write(feed(*edition.entries[1:])))
        with pytest.raises(AssertionError):
            self.of(lazy).test_every_entry_is_there_by_its_title_and_link()

    def test_a_file_that_is_written_is_noticed(self, tmp_path: object) -> None:
        """And a connection that is opened."""
        import socket
        from pathlib import Path

        def writes(edition: object) -> bytes:
            (Path(str(tmp_path)) / "cache").write_bytes(repr(edition).encode())
            return b""

        def asks(_: object) -> bytes:
            with socket.socket() as line:
                line.connect_ex(("127.0.0.1", 9))
            return b""

        for busy in (writes, asks):
            with pytest.raises(AssertionError):
                self.of(replace(EMITTERS["json"], write=busy)).test_it_does_nothing_but_write_what_it_is_given()
