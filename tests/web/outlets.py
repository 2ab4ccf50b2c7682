"""A folder of output with a document of each kind, and the words to ask for them as ASGI does it, without a server between."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syndicate.config import load_settings
from syndicate.web.outlet.counter import Outlet
from syndicate.web.outlet.rules import Rules
from tests.vocabulary import moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

NOW = moment("2026-11-16T12:04")
WRITTEN = moment("2026-11-16T11:45:00")
WRITTEN_AS = "Mon, 16 Nov 2026 11:45:00 GMT"

CONFIGURATION = """
[site]
title = "Tide & Signal"
url = "https://news.example.org"
timezone = "Europe/London"
hub = "https://hub.example.org/"
[[feeds]]
slug = "energy"
title = "Energy"
schedule = "*/15 * * * *"
[[feeds]]
slug = "tides"
title = "Tides"
[[digests]]
slug = "weekly"
title = "The weekly"
sender = "weekly@news.example.org"
schedule = "0 8 * * mon"
[serve]
gone = ["gossip"]
[serve.renamed]
power = "energy"
volts = "power"
monthly = "weekly"
"""

LONG = "Nine kilometres of sea wall and one seal stand between the moon and the grid. " * 20


def rss(*titles: str) -> str:
    """An RSS feed of these entries."""
    items = "".join(f"<item><title>{each}</title><guid>urn:{each}</guid><description>{each} {LONG}</description></item>" for each in titles)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Energy</title><link>https://x</link>{items}</channel></rss>'


def atom(*titles: str) -> str:
    """An Atom feed of these entries."""
    entries = "".join(f"  <entry><id>urn:{each}</id><title>{each}</title><summary>{LONG}</summary></entry>\n" for each in titles)
    return f'<feed xmlns="http://www.w3.org/2005/Atom">\n  <id>urn:feed</id><title>Energy</title>\n{entries}</feed>\n'


def json_feed(*titles: str) -> str:
    """A JSON Feed of these entries."""
    items = ",".join(f'{{"id":"urn:{each}","content_text":"{each} {LONG}"}}' for each in titles)
    return f'{{"version":"https://jsonfeed.org/version/1.1","title":"Energy","items":[{items}]}}\n'


PAGE = f"<!DOCTYPE html><title>A page</title><p>{LONG}"
PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(range(256)) * 8

DOCUMENTS: Mapping[str, str | bytes] = {
    "index.html": PAGE,
    "feeds.opml": f"<?xml version='1.0'?><opml version='2.0'><head/><body>{LONG}</body></opml>",
    "feeds/energy.rss": rss("one", "two"),
    "feeds/energy.atom": atom("one", "two"),
    "feeds/energy.json": json_feed("one", "two"),
    "feeds/energy.html": PAGE,
    "feeds/energy/2026-10.rss": rss("zero"),
    "feeds/energy/2026-10.atom": atom("zero"),
    "feeds/energy/2026-10.json": json_feed("zero"),
    "feeds/tides.rss": rss("ebb"),
    "sitemap.xml": f"<?xml version='1.0'?><urlset><!-- {LONG} --></urlset>",
    "digests/search.js": f"// {LONG}",
    "digests/weekly/index.html": PAGE,
    "digests/weekly/search/1.js": f"// {LONG}",
    "digests/weekly/2026-11-16.html": PAGE,
    "digests/weekly/2026-11-16.txt": LONG,
    "digests/weekly/2026-11-16.eml": f"Subject: The weekly\r\n\r\n{LONG}",
    "media/seeds/lagoon.png": PNG,
    "media/seeds/map.svg": f"<svg xmlns='http://www.w3.org/2000/svg'><desc>{LONG}</desc></svg>",
    "search/index.json": f'{{"words": "{LONG}"}}',
}
"""A document of each kind; those of text are long enough to be worth compressing."""


@dataclass(frozen=True)
class Answer:
    """What came back. `headers` are those of the response by name; none is there twice."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Stall:
    """An outlet over a folder, and a client. `now` and `seconds` are its clocks, which stand still."""

    out: Path
    app: Outlet
    runner: asyncio.Runner
    clocks: dict[str, Any] = field(default_factory=dict)

    def write(self, name: str, body: str | bytes, *, at: datetime = WRITTEN) -> None:
        """Put a document into the folder as `publishing.output` does it: whole, in the old one's place. Time goes on by a second."""
        file = self.out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f".{file.name}.tmp")
        fresh.write_bytes(body.encode() if isinstance(body, str) else body)
        os.utime(fresh, (at.timestamp(), at.timestamp()))
        fresh.replace(file)
        self.wait(1)

    def wait(self, seconds: float) -> None:
        """Let the clock that never goes back go on."""
        self.clocks["seconds"] += seconds

    def ask(self, path: str | bytes, method: str = "GET", **headers: str) -> Answer:
        """Ask for a path; `if_none_match` stands for the header of that name."""
        lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return self.ask_raw(path.encode() if isinstance(path, str) else path, method, lines)

    def ask_raw(self, path: bytes, method: str = "GET", headers: Sequence[tuple[str, str]] = (), query: bytes = b"") -> Answer:
        """Ask with headers that may be there several times."""
        return self.runner.run(asked(self.app, path, method, headers, query))


async def asked(
    app: Any, path: bytes, method: str, headers: Sequence[tuple[str, str]] = (), query: bytes = b"", *, strict: bool = True
) -> Answer:
    """One request to an application. What ASGI and HTTP want of an answer is looked after, `strict`ly: no name twice, no body too much."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path.decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": ("192.0.2.7", 5),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    begin, *bodies = sent
    assert begin["type"] == "http.response.start"
    assert all(each["type"] == "http.response.body" for each in bodies)
    assert [bool(each.get("more_body")) for each in bodies] == [True] * (len(bodies) - 1) + [False]
    names = [name.decode() for name, _ in begin["headers"]]
    assert not strict or len(names) == len(set(names)), names
    assert names == [name.lower() for name in names]
    assert not any(re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", value) for _, value in begin["headers"])  # servers refuse them, with 500
    body = b"".join(each.get("body", b"") for each in bodies)
    found = {name.decode(): value.decode("latin-1") for name, value in begin["headers"]}
    if strict and (method == "HEAD" or begin["status"] in {204, 304}):
        assert body == b""
    elif strict:
        assert int(found["content-length"]) == len(body)
    return Answer(begin["status"], found, body)


def stall(root: Path, *, configuration: str = CONFIGURATION, memory: int = 1 << 20, **more: Any) -> Stall:
    """A workspace with a document of each kind, written at `WRITTEN` and looked at as of `NOW`."""
    (root / "syndicate.toml").write_text(configuration, encoding="utf-8")
    settings = load_settings(root / "syndicate.toml")
    clocks: dict[str, Any] = {"now": NOW, "seconds": 0.0}
    out = root / "out"
    app = Outlet(out, Rules.of(settings), clock=lambda: clocks["now"], tick=lambda: clocks["seconds"], memory=memory, **more)
    made = Stall(out, app, asyncio.Runner(), clocks)
    for name, body in DOCUMENTS.items():
        made.write(name, body)
    return made
