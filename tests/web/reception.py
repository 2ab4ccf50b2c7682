"""A small newspaper whose readers come by the web, and the words to be one of them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from html import unescape
from typing import TYPE_CHECKING, Any

from starlette.testclient import TestClient

from syndicate.config import load_settings
from syndicate.delivery.tokens import sign
from syndicate.publishing.secrets import keys_of
from syndicate.publishing.subscribing.addresses import read_address
from syndicate.storage import Ledger
from syndicate.storage.signups import Signups
from syndicate.storage.subscribers import Subscribers
from syndicate.web.signup import Doors
from syndicate.web.site import site as site_of
from tests.vocabulary import moment

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import EmailMessage
    from pathlib import Path

    from httpx2 import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from syndicate.delivery.tokens import Purpose
    from syndicate.storage.people import Person

SITE = """
[site]
title = "Tide & Signal"
url = "https://news.example.org"
address = "4 Lock Row, Halden Quay"
timezone = "Europe/London"
{site}
[topics]
"Robotics" = {{ parent = "AI" }}
"Wind" = {{ parent = "Energy" }}
"Tides" = {{ parent = "Energy" }}
[mail]
folder = "letters"
links = "https://lists.example.org"
{mail}
[signup]
{signup}
[[digests]]
slug = "weekly"
title = "The weekly"
description = "On Mondays."
sender = "Tide & Signal <weekly@news.example.org>"
schedule = "0 8 * * mon"
topics = ["AI", "Energy"]
"""
DAILY = """
[[digests]]
slug = "daily"
title = "The daily"
sender = "daily@news.example.org"
schedule = "0 6 * * *"
topics = ["Energy"]
[digests.theme]
accent = "#8a1c4a"
"""
LIMITLESS = 'per_network = "100000/h"\nper_address = "100000/h"\nper_domain = "100000/h"\nin_all = "100000/h"\n'
START = moment("2026-11-16T09:00")


@dataclass
class Clock:
    """A clock that the test sets."""

    now: datetime = START

    def __call__(self) -> datetime:
        """The moment it is."""
        return self.now

    def on(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)


@dataclass
class Patient:
    """An application whose answers come when the letters that they led to are out."""

    app: ASGIApp
    doors: Doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and wait."""
        await self.app(scope, receive, send)
        await asyncio.to_thread(self.doors.courier.wait)


@dataclass
class Front:
    """The pages over a workspace, and a browser without a screen or a script that goes through them."""

    root: Path
    doors: Doors
    client: TestClient
    clock: Clock
    ledger: Ledger
    told: list[str] = field(default_factory=list)

    @property
    def store(self) -> Subscribers:
        """The list."""
        return Subscribers(self.ledger.engine)

    @property
    def signups(self) -> Signups:
        """What is still to be confirmed."""
        return Signups(self.ledger.engine)

    def person(self, address: str) -> Person | None:
        """Who is on the list by this address."""
        return self.store.person(read_address(address).mailbox)

    def gets(self, address: str) -> dict[str, tuple[str, ...]]:
        """The digests that somebody gets, with the topics of each."""
        person = self.person(address)
        return {each.digest: each.topics for each in person.open} if person and person.state == "active" else {}

    def stamp(self) -> str:
        """The stamp of a fresh form."""
        found = re.search(r'name="stamp" value="([^"]+)"', self.client.get("/subscribe").text)
        assert found
        return found[1]

    def ask(self, email: str, *, after: float = 5, **fields: Any) -> Response:
        """Fill the form in and send it, so many seconds after it was shown."""
        stamp = fields.pop("stamp", None) or self.stamp()
        self.clock.on(seconds=after)
        return self.client.post("/subscribe", data={"email": email, "digest": "weekly", "stamp": stamp, **fields})

    def letters(self) -> list[EmailMessage]:
        """Every letter that went out, the first one first."""
        files = sorted((self.root / "letters").rglob("*.eml"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]

    def link(self) -> str:
        """The link in the newest letter, without its site."""
        return link_in(self.letters()[-1])

    def join(self, email: str, **fields: Any) -> None:
        """Subscribe, and confirm."""
        self.ask(email, **fields)
        assert self.client.post(self.link()).status_code == 200

    def token(self, purpose: Purpose, slug: str, address: str, *, until: datetime | None = None) -> str:
        """A token of somebody on the list."""
        person, settings = self.person(address), load_settings(self.root / "syndicate.toml")
        assert person
        return sign(keys_of(settings, self.ledger), purpose, slug, person.number, until=until)

    def path(self, page: Purpose, address: str, slug: str = "weekly") -> str:
        """The address of somebody's own page."""
        return f"/{page}/{slug}/{self.token(page, slug, address)}"


def front(root: Path, *, site: str = "", mail: str = "", signup: str = "", more: str = "") -> Front:
    """The pages of a workspace, at nine on a Monday, as `syndicate serve` answers them."""
    for folder in ("articles", "out"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "syndicate.toml").write_text(SITE.format(site=site, mail=mail, signup=signup) + more, encoding="utf-8")
    settings, clock, told = load_settings(root / "syndicate.toml"), Clock(), list[str]()
    ledger = Ledger.open(settings.storage.url, settings.root)
    doors = Doors.of(settings, ledger, now=clock, tell=told.append)
    app = Patient(site_of(settings, ledger, root / "out", clock=clock, routes=doors.routes), doors)
    return Front(root, doors, TestClient(app, client=("203.0.113.7", 40000)), clock, ledger, told)


def link_in(letter: EmailMessage) -> str:
    """The link to confirm by, without its site."""
    text = letter.get_body(("plain",))
    assert text
    found = re.search(r"https://lists\.example\.org(/confirm/\S+)", text.get_content())
    assert found
    return found[1]


def heading(answer: Response) -> str:
    """The one heading of a page."""
    (found,) = re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    return unescape(found)


def words(answer: Response) -> str:
    """What can be read on a page, without its tags."""
    body = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", "<main" + body)).split())
