"""Real readers, over HTTP: a second look brings nothing and costs next to nothing; after a change each finds exactly the new entries.

feedparser and `reader` come from PyPI; newsboat and rss2email from the system (Debian: `apt install newsboat rss2email`), and their tests
are skipped where they are not installed.
"""

from __future__ import annotations

import email
import email.policy
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import feedparser
import pytest

from syndicate.config import load_settings
from syndicate.web.outlet.counter import LOOK, Outlet
from syndicate.web.outlet.rules import Rules
from syndicate.web.serving import listen_at, serving, url_of
from tests.vocabulary import write_article
from tests.workshop import render_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CONFIGURATION = """
[site]
title = "Tide & Signal"
url = "https://news.example.org"
[articles]
folder = "seeds"
[[feeds]]
slug = "tides"
title = "Tides"
schedule = "*/15 * * * *"
"""
FORMS = pytest.mark.parametrize("form", ["rss", "atom", "json"])
XML = pytest.mark.parametrize("form", ["rss", "atom"])
ROUNDS = (["ebb", "flood"], ["spring"], ["neap", "slack", "bore"], ["surge"])
"""The stories that are new at the beginning, and after each of three changes."""


@dataclass
class Paper:
    """A paper that is published on this machine, and adds stories."""

    root: Path
    app: Outlet
    address: str
    told: int = 0
    seen: dict[int, int] = field(default_factory=dict)

    def publish(self, titles: list[str]) -> None:
        """Add stories, each a minute younger than the last, and render; wait until the server looks."""
        now = datetime.now(UTC)
        for title in titles:
            self.told += 1
            at = now - timedelta(hours=1) + timedelta(minutes=self.told)
            body = f"All there is to know about {title}. " * 30
            write_article(self.root / "seeds", f"{title}.md", title=title, publishedDateTime=at.isoformat(), body=body)
        render_all(self.root / "syndicate.toml", self.root / "out", now=now)
        time.sleep(LOOK * 1.5)

    def answered(self) -> dict[int, int]:
        """How many answers of which status there were about feeds since this was last asked."""
        counts: dict[int, int] = {}
        for (kind, *_, status), count in self.app.hits.items():
            if kind == "feed":
                counts[status] = counts.get(status, 0) + count
        fresh = {status: count - self.seen.get(status, 0) for status, count in counts.items() if count > self.seen.get(status, 0)}
        self.seen = counts
        return fresh


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    """A paper with two stories."""
    (tmp_path / "syndicate.toml").write_text(CONFIGURATION, encoding="utf-8")
    out = tmp_path / "out"
    rules = Rules.of(load_settings(tmp_path / "syndicate.toml"))
    app = Outlet(out, rules, clock=lambda: datetime.now(UTC), memory=1 << 24)
    listening = listen_at("127.0.0.1", 0)
    with serving(app, listening):
        made = Paper(tmp_path, app, url_of(listening))
        made.publish(ROUNDS[0])
        yield made


def follow(paper: Paper, look: Callable[[], list[str]], changed: int, *, slow: bool = False) -> None:
    """Look twice after each change: the first look brings exactly what is new, the second nothing, for 304.

    `changed`: what a change is answered with; 226 to those who ask for news alone. Who is `slow` remembers a tag from the second look on.
    """
    for number, titles in enumerate(ROUNDS):
        if number:
            paper.publish(titles)
        paper.answered()
        assert sorted(look()) == sorted(titles)
        assert paper.answered() == {changed if number else 200: 1}
        if slow and not number:
            assert look() == []
            assert paper.answered() == {200: 1}
        assert look() == []
        assert paper.answered() == {304: 1}


@XML
@pytest.mark.parametrize(
    ("by", "agent", "changed"),
    [("etag", "paperboy/1", 226), ("both", "paperboy/1", 226), ("modified", "paperboy/1", 200), ("etag", None, 200)],
)
def test_feedparser(paper: Paper, form: str, by: str, agent: str | None, changed: int) -> None:
    """It asks for news alone where it has a tag, and understands 226.

    By date alone it gets the whole feed; and so it does under its own name, for whoever called it may not understand.
    """
    known: dict[str, str] = {}
    ids: set[str] = set()

    def look() -> list[str]:
        wanted = {name: value for name, value in known.items() if by in (name, "both")}
        found = feedparser.parse(f"{paper.address}/feeds/tides.{form}", agent=agent, **wanted)
        assert found.status in {200, 226, 304}
        assert found.status == 304 or not found.bozo
        known.update({name: found[name] for name in ("etag", "modified") if name in found})
        fresh = [entry for entry in found.entries if entry.id not in ids]
        assert found.status != 226 or len(fresh) == len(found.entries)
        ids.update(entry.id for entry in fresh)
        return [entry.title for entry in fresh]

    if by == "modified":
        time.sleep(1.1)  # a date is told once no other state can have it
    for number, titles in enumerate(ROUNDS):
        if number:
            paper.publish(titles)
            time.sleep(1.1 if by == "modified" else 0)
        paper.answered()
        assert sorted(look()) == sorted(titles)
        assert paper.answered() == {changed if number else 200: 1}
        assert look() == []
        assert paper.answered() == {304: 1}


@FORMS
def test_reader(paper: Paper, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library `reader`: entries by their ids, none twice, none changed."""
    if find_spec("sgmllib") is None:
        # reader 3.26 brings a feedparser along that asks for sgmllib3k, which feedparser 6.0.14 has replaced by a package of its own.
        monkeypatch.setitem(sys.modules, "sgmllib", pytest.importorskip("feedparser_sgmllib"))
    from reader import make_reader

    with closing(make_reader(":memory:")) as library:
        # It looks no more often than Cache-Control allows, and these looks come faster than an hour.
        library.add_feed(f"{paper.address}/feeds/tides.{form}")
        ids: set[str] = set()

        def look() -> list[str]:
            done = library.update_feed(f"{paper.address}/feeds/tides.{form}")
            assert library.get_feed(f"{paper.address}/feeds/tides.{form}").last_exception is None
            fresh = [entry for entry in library.get_entries() if entry.id not in ids]
            assert done is None or (done.new, done.modified) == (len(fresh), 0)
            ids.update(entry.id for entry in fresh)
            return [str(entry.title) for entry in fresh]

        follow(paper, look, 226)


@pytest.mark.skipif(not shutil.which("newsboat"), reason="newsboat is not installed (Debian: apt install newsboat)")
@XML
def test_newsboat(paper: Paper, form: str) -> None:
    """Read back from its database. It remembers the tag of a feed that it knows already, so not at the first look."""
    home = paper.root / "home"
    home.mkdir()
    for name, text in (("urls", f"{paper.address}/feeds/tides.{form}\n"), ("config", "")):
        (home / name).write_text(text, encoding="utf-8")
    quiet = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb"}
    guids: set[str] = set()

    def look() -> list[str]:
        command = ["newsboat", "-C", "config", "-u", "urls", "-c", "cache.db", "-x", "reload"]
        subprocess.run(command, cwd=home, env=quiet, check=True, timeout=60, capture_output=True)
        with closing(sqlite3.connect(home / "cache.db")) as database:
            rows = database.execute("SELECT guid, title FROM rss_item WHERE deleted = 0").fetchall()
        fresh = [(guid, title) for guid, title in rows if guid not in guids]
        guids.update(guid for guid, _ in fresh)
        return [title for _, title in fresh]

    follow(paper, look, 226, slow=True)


@pytest.mark.skipif(not shutil.which("r2e"), reason="rss2email is not installed (Debian: apt install rss2email)")
@XML
def test_rss2email(paper: Paper, form: str) -> None:
    """A message for each new entry, and none for an old one. It asks for news alone, but would take them for a failure: it gets the whole."""
    home = paper.root / "home"
    box = home / "Maildir"
    for name in ("cur", "new", "tmp"):
        (box / "inbox" / name).mkdir(parents=True)
    environment: dict[str, Any] = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

    def r2e(*arguments: str) -> None:
        command = ["r2e", "--config", "r2e.cfg", "--data", "r2e.json", *arguments]
        subprocess.run(command, cwd=home, env=environment, check=True, timeout=60, capture_output=True)

    r2e("new", "reader@example.org")
    settings = (home / "r2e.cfg").read_text(encoding="utf-8")
    lines = [line for line in settings.splitlines() if not line.startswith(("email-protocol", "maildir-", "from ="))]
    at = lines.index("[DEFAULT]") + 1
    lines[at:at] = ["from = paper@example.org", "email-protocol = maildir", f"maildir-path = {box}", "maildir-mailbox = inbox"]
    (home / "r2e.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")
    r2e("add", "tides", f"{paper.address}/feeds/tides.{form}")

    def look() -> list[str]:
        r2e("run")
        subjects = []
        for file in (box / "inbox" / "new").iterdir():
            subjects.append(str(email.message_from_bytes(file.read_bytes(), policy=email.policy.default)["subject"]))
            file.unlink()
        return subjects

    follow(paper, look, 200)
