"""Real readers, fed with the feeds of the sample articles: what we wrote is what they show.

feedparser and `reader` come from PyPI; newsboat and sfeed from the system (Debian: `apt install newsboat sfeed`), and their tests are
skipped where they are not installed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from calendar import timegm
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from syndicate.config import load_settings
from syndicate.publishing import compose, read_catalogue
from tests.vocabulary import moment
from tests.workshop import SEEDS, render_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from syndicate.model import Article

NOW = moment("2026-11-16T12:00")
SLUGS = ("everything", "energy", "ai-in-healthcare")
FEEDS = pytest.mark.parametrize("slug", SLUGS)
XML = pytest.mark.parametrize("format_", ["rss", "atom"])


@dataclass(frozen=True)
class Story:
    """What a reader shows of an article."""

    id: str
    title: str
    link: str
    date: datetime

    @classmethod
    def of(cls, article: Article) -> Story:
        """What it is to show."""
        return cls(article.id, article.title, article.url, article.published_at)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a render of the sample articles writes."""
    folder = tmp_path_factory.mktemp("out")
    render_all(SEEDS, folder, now=NOW)
    return folder


@pytest.fixture(scope="module")
def articles() -> Mapping[str, list[Article]]:
    """The articles of each live feed, in its order."""
    settings = load_settings(SEEDS)
    catalogue = read_catalogue(settings)
    feeds = {slug: settings.feed(slug) for slug in SLUGS}
    return {slug: [entry.article for entry in compose(feed, catalogue, feed.window(NOW), now=NOW).entries] for slug, feed in feeds.items()}


@pytest.fixture(scope="module")
def site(out: Path) -> Iterator[str]:
    """The folder of output, served on this machine; its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=out)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Silent(SimpleHTTPRequestHandler):
    """A server of files that writes no log."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's word for it
        """Say nothing."""


def picture_of(article: Article) -> str:
    """The address of the picture that is attached to an article; nothing where there is none."""
    return article.image.url if article.image else ""


@XML
@FEEDS
def test_feedparser_shows_every_entry(slug: str, format_: str, out: Path, articles: Mapping[str, list[Article]]) -> None:
    """Id, title, link, date, picture, author and topics, in order, and no complaint."""
    parsed = feedparser.parse((out / f"feeds/{slug}.{format_}").read_bytes())
    assert not parsed.bozo
    shown = [
        Story(entry.id, entry.title, entry.link, datetime.fromtimestamp(timegm(entry.published_parsed), UTC)) for entry in parsed.entries
    ]
    assert shown == [Story.of(article) for article in articles[slug]]
    for entry, article in zip(parsed.entries, articles[slug], strict=True):
        assert [enclosure.href for enclosure in entry.enclosures] == ([picture_of(article)] if article.image else [])
        assert entry.author == (article.provider.name if article.provider else "Tide & Signal")
        assert [tag.term for tag in entry.get("tags", [])] == list(article.topics)
        assert entry.summary
        assert entry.content[0].value


@XML
def test_feedparser_knows_the_feed(format_: str, out: Path) -> None:
    """Title, page, description, language, and where the feed lies."""
    parsed = feedparser.parse((out / f"feeds/energy.{format_}").read_bytes())
    assert (parsed.feed.title, parsed.feed.link) == ("Tide & Signal: Energy", "https://news.example.org/feeds/energy.html")
    assert (parsed.feed.subtitle[:6], parsed.feed.language) == ("Tides,", "en-GB")
    own = [link.href for link in parsed.feed.links if link.rel == "self"]
    assert own == [f"https://news.example.org/feeds/energy.{format_}"]


@pytest.fixture
def library(out: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A library of the package `reader`, in memory, which may read the folder of output."""
    if find_spec("sgmllib") is None:
        # reader 3.26 brings a feedparser along that asks for sgmllib3k, which feedparser 6.0.14 has replaced by a package of its own.
        monkeypatch.setitem(sys.modules, "sgmllib", pytest.importorskip("feedparser_sgmllib"))
    from reader import make_reader

    with closing(make_reader(":memory:", feed_root=str(out))) as library:
        yield library


@pytest.mark.parametrize("format_", ["rss", "atom", "json"])
@FEEDS
def test_reader_shows_every_entry(slug: str, format_: str, library: Any, articles: Mapping[str, list[Article]]) -> None:
    """Id, title, link, date and content of each, the picture as its enclosure; JSON Feed's `image` it does not know."""
    address = f"feeds/{slug}.{format_}"
    library.add_feed(address)
    library.update_feeds()
    assert library.get_feed(address).last_exception is None
    entries = {entry.id: entry for entry in library.get_entries(feed=address)}
    shown = [Story(entry.id, entry.title, entry.link, entry.published) for entry in entries.values()]
    assert sorted(shown, key=id_of) == sorted((Story.of(article) for article in articles[slug]), key=id_of)
    for article in articles[slug]:
        entry = entries[article.id]
        assert entry.get_content().value
        if format_ != "json":
            assert [enclosure.href for enclosure in entry.enclosures] == ([picture_of(article)] if article.image else [])


def test_reader_takes_the_formats_of_a_feed_for_the_same_entries(library: Any, articles: Mapping[str, list[Article]]) -> None:
    """Whoever moves from RSS to JSON Feed finds every entry under the id it had."""
    for format_ in ("rss", "atom", "json"):
        library.add_feed(f"feeds/energy.{format_}")
    library.update_feeds()
    ids = {format_: {entry.id for entry in library.get_entries(feed=f"feeds/energy.{format_}")} for format_ in ("rss", "atom", "json")}
    assert ids["rss"] == ids["atom"] == ids["json"] == {article.id for article in articles["energy"]}


def test_reader_finds_nothing_new_in_an_unchanged_feed(library: Any) -> None:
    """A second look brings no entry and changes none."""
    library.add_feed("feeds/everything.atom")
    first = library.update_feed("feeds/everything.atom")
    again = library.update_feed("feeds/everything.atom")
    assert (first.new, first.modified) == (50, 0)
    assert again is None or (again.new, again.modified) == (0, 0)


def id_of(story: Story) -> str:
    """What stories are sorted by."""
    return story.id


@pytest.mark.skipif(not shutil.which("newsboat"), reason="newsboat is not installed (Debian: apt install newsboat)")
@XML
@FEEDS
def test_newsboat_shows_every_entry(slug: str, format_: str, site: str, tmp_path: Path, articles: Mapping[str, list[Article]]) -> None:
    """Read back from its database: guid, title, url, date, author and content; the picture, which it attaches none of, is in the content."""
    for name, text in (("urls", f"{site}/feeds/{slug}.{format_}\n"), ("config", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = ["-C", "config", "-u", "urls", "-c", "cache.db"]
    quiet = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb"}
    subprocess.run(["newsboat", *files, "-x", "reload"], cwd=tmp_path, env=quiet, check=True, timeout=60, capture_output=True)
    with closing(sqlite3.connect(tmp_path / "cache.db")) as database:
        feeds = database.execute("SELECT title, url FROM rss_feed").fetchall()
        rows = {row[0]: row for row in database.execute("SELECT guid, title, url, pubDate, author, content, enclosure_url FROM rss_item")}
    titles = {publication.slug: publication.title for publication in load_settings(SEEDS).feeds}
    assert feeds == [(titles[slug], f"https://news.example.org/feeds/{slug}.html")]
    shown = [Story(row[0], row[1], row[2], datetime.fromtimestamp(row[3], UTC)) for row in rows.values()]
    assert sorted(shown, key=id_of) == sorted((Story.of(article) for article in articles[slug]), key=id_of)
    for article in articles[slug]:
        author, content, enclosure = rows[article.id][4:]
        assert article.provider is None or author == article.provider.name
        assert picture_of(article) in content
        assert enclosure in {"", picture_of(article)}


@pytest.mark.skipif(not shutil.which("sfeed"), reason="sfeed is not installed (Debian: apt install sfeed)")
@XML
@FEEDS
def test_sfeed_shows_every_entry(slug: str, format_: str, out: Path, articles: Mapping[str, list[Article]]) -> None:
    """A line of fields for each, in order: date, title, link, content, its type, id, author, enclosure, topics (sfeed(5))."""
    body = (out / f"feeds/{slug}.{format_}").read_bytes()
    lines = subprocess.run(["sfeed"], input=body, capture_output=True, check=True, timeout=60).stdout.decode().splitlines()
    rows = [line.split("\t") for line in lines]
    shown = [Story(row[5], row[1], row[2], datetime.fromtimestamp(int(row[0]), UTC)) for row in rows]
    assert shown == [Story.of(article) for article in articles[slug]]
    for row, article in zip(rows, articles[slug], strict=True):
        assert row[4] == "html"
        assert row[6] == (article.provider.name if article.provider else row[6])
        assert row[7] == picture_of(article)
        assert row[8].split("|") == list(article.topics)
