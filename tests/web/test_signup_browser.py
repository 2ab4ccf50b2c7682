"""Subscribing in a real browser: a server, Chromium in front of it, and behind it a relay that takes the letters."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from aiosmtpd.controller import Controller
from starlette.applications import Starlette

from syndicate.config import load_settings
from syndicate.delivery.tokens import sign
from syndicate.publishing.secrets import keys_of
from syndicate.storage import Ledger
from syndicate.storage.subscribers import Subscribers
from syndicate.web.signup import Doors
from tests.web.reception import DAILY, LIMITLESS, SITE, link_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from aiosmtpd.smtp import SMTP, Envelope, Session
    from playwright.sync_api import Browser, Page

    from syndicate.storage.people import Person

AXE = Path(os.environ.get("SYNDICATE_AXE", ""))
"""axe-core's `axe.min.js`, where somebody has it: `npm install axe-core`."""

PLACES = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]


@dataclass
class Inbox:
    """What an aiosmtpd server took."""

    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802  as aiosmtpd calls it
        """Called by aiosmtpd."""
        assert isinstance(envelope.content, bytes)
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def newest(self, address: str) -> EmailMessage:
        """The newest letter to an address, which may be on its way still."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if found := [letter for letter in self.letters if str(letter["To"]) == address]:
                return found[-1]
            time.sleep(0.02)
        raise AssertionError(f"no letter came for {address}")


@dataclass
class Town:
    """A newspaper that is served, and its inbox."""

    address: str
    inbox: Inbox
    ledger: Ledger
    root: Path

    def person(self, address: str) -> Person | None:
        """Somebody on the list."""
        return Subscribers(self.ledger.engine).person(address)

    def gets(self, address: str) -> dict[str, tuple[str, ...]]:
        """What somebody gets."""
        person = self.person(address)
        return {each.digest: each.topics for each in person.open} if person else {}

    def way_out(self, address: str) -> str:
        """The link by which somebody leaves the weekly."""
        person = self.person(address)
        assert person
        token = sign(keys_of(load_settings(self.root / "syndicate.toml"), self.ledger), "unsubscribe", "weekly", person.number)
        return f"{self.address}/unsubscribe/weekly/{token}"


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """An application on a port of its own."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A newspaper with two digests, served, with a relay behind it."""
    root, inbox = tmp_path_factory.mktemp("town"), Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:  # aiosmtpd's controller wants to know its port beforehand
        port = free.getsockname()[1]
    relay = Controller(inbox, hostname="127.0.0.1", port=port)
    relay.start()
    text = SITE.format(site="", mail="", signup=LIMITLESS).replace('folder = "letters"\n', "") + DAILY
    (root / "syndicate.toml").write_text(text + f'[smtp]\nhost = "127.0.0.1"\nport = {port}\n', encoding="utf-8")
    settings = load_settings(root / "syndicate.toml")
    ledger = Ledger.open(settings.storage.url, settings.root)
    doors = Doors.of(settings, ledger, now=lambda: datetime.now(UTC), tell=lambda trouble: None)  # noqa: ARG005
    with closing(doors), served(Starlette(routes=doors.routes)) as address:
        yield Town(address, inbox, ledger, root)
    relay.stop()
    ledger.close()


@contextmanager
def looking(browser: Browser, width: int = 1280, scheme: str = "light", *, script: bool = True) -> Iterator[Page]:
    """A window; in the end, no page has complained, asked anybody else for anything, or left a cookie, and none was wider than it."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script)  # type: ignore[arg-type]  # one of its words
    page, complaints, hosts, widths = context.new_page(), list[str](), set[str](), list[int]()

    def heard(message: Any) -> None:
        if message.type in {"error", "warning"} and "404" not in message.text and "422" not in message.text:
            complaints.append(message.text)

    def loaded(page: Page) -> None:
        if script:
            widths.append(page.evaluate("document.documentElement.scrollWidth"))

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname or ""))
    page.on("load", loaded)
    yield page
    assert (complaints, hosts, context.cookies()) == ([], {"127.0.0.1"}, [])
    assert all(each <= width for each in widths)
    context.close()


def check(page: Page) -> None:
    """What axe-core says of a page: nothing."""
    found = page.evaluate(AXE.read_text(encoding="utf-8") + "; axe.run(document).then(found => found.violations.map(each => each.id))")
    assert found == [], page.url


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
@pytest.mark.parametrize(("width", "scheme"), PLACES)
def test_somebody_subscribes_changes_and_leaves(browser: Browser, town: Town, width: int, scheme: str, *, script: bool) -> None:
    """From the form to the inbox, to the page behind the link, to other topics, and out again, and back."""
    who = f"ann.{width}.{scheme}.{script}@example.org".lower()
    with looking(browser, width, scheme, script=script) as page:
        page.goto(f"{town.address}/subscribe")
        page.get_by_label("Your e-mail address").fill(who)
        page.get_by_label("Your name (if you like)").fill("Ann")
        page.get_by_role("checkbox", name="The weekly On Mondays.").check()
        page.get_by_text("Only some topics").first.click()
        page.locator('input[name="topic.weekly"][value="Wind"]').check()
        if not script:
            time.sleep(2)  # with the script, the form waits by itself
        page.get_by_role("button", name="Subscribe").click()
        page.get_by_role("heading", name="Check your inbox").wait_for()
        assert town.person(who) is None
        page.goto(town.address + link_in(town.inbox.newest(who)))
        page.get_by_role("button", name="Yes, subscribe me").click()
        page.get_by_role("heading", name="You are subscribed").wait_for()
        assert town.gets(who) == {"weekly": ("Wind",)}
        page.get_by_role("link", name="Change what you get").click()
        page.get_by_role("heading", name="What you get").wait_for()
        page.locator('input[name="topic.weekly"][value="Wind"]').uncheck()
        page.locator('input[name="topic.weekly"][value="AI"]').check()
        page.get_by_role("checkbox", name="The daily").check()
        page.get_by_role("button", name="Save").click()
        page.get_by_role("status").get_by_text("Your choices are saved.").wait_for()
        assert town.gets(who) == {"daily": (), "weekly": ("AI",)}
        page.goto(town.way_out(who))
        page.get_by_role("button", name="Unsubscribe").click()
        page.get_by_role("heading", name="You are unsubscribed").wait_for()
        assert town.gets(who) == {"daily": ()}
        page.get_by_role("button", name="Subscribe me again").click()
        page.get_by_role("heading", name="You are subscribed again").wait_for()
        assert town.gets(who) == {"daily": (), "weekly": ("AI",)}


def test_the_script_shows_mistakes_where_they_are(browser: Browser, town: Town) -> None:
    """Before anything is sent, in the page's words, with the first of them in focus; they go as they are mended."""
    with looking(browser) as page:
        page.goto(f"{town.address}/subscribe")
        page.get_by_role("button", name="Subscribe").click()
        page.locator("#email-error").wait_for()
        page.locator("#digest-error").wait_for()
        assert page.evaluate("document.activeElement.id") == "email"
        described = page.get_by_label("Your e-mail address").get_attribute("aria-describedby")
        assert described == "email-error"
        page.get_by_label("Your e-mail address").fill("ann@example.org")
        page.locator("#email-error").wait_for(state="hidden")
        page.get_by_role("checkbox", name="The daily").check()
        page.locator("#digest-error").wait_for(state="hidden")


def test_the_form_is_filled_in_by_the_keyboard_alone(browser: Browser, town: Town) -> None:
    """In the order in which it is read, past the field that nobody sees."""
    with looking(browser) as page:
        page.goto(f"{town.address}/subscribe")
        page.get_by_label("Your e-mail address").focus()
        order: list[str] = []
        while len(order) < 9 and "button" not in order:
            page.keyboard.press("Tab")
            order.append(
                page.evaluate(
                    "(({tagName, name, value}) => name ? `${name} ${value}`.trim() : tagName.toLowerCase())(document.activeElement)"
                )
            )
        assert order == ["name", "digest weekly", "summary", "digest daily", "summary", "button"]


def test_the_form_stands_in_a_frame_of_another_site(browser: Browser, town: Town) -> None:
    """Of one that may have it; elsewhere it stays empty."""
    settings = load_settings(town.root / "syndicate.toml")
    host = Starlette()
    with served(host) as elsewhere:
        allowed = settings.model_copy(update={"signup": settings.signup.model_copy(update={"embed": [elsewhere]})})
        doors = Doors.of(allowed, town.ledger, now=lambda: datetime.now(UTC), tell=lambda trouble: None)  # noqa: ARG005
        with closing(doors), served(Starlette(routes=doors.routes)) as open_:
            from starlette.responses import HTMLResponse
            from starlette.routing import Route

            frames = "".join(f'<iframe title="{each}" src="{each}/subscribe?embed"></iframe>' for each in (open_, town.address))
            host.router.routes.append(Route("/", lambda _: HTMLResponse(frames)))
            context = browser.new_context()
            page = context.new_page()
            page.goto(elsewhere)
            page.frame_locator(f'iframe[title="{open_}"]').get_by_role("button", name="Subscribe").wait_for()
            assert page.frame_locator(f'iframe[title="{town.address}"]').get_by_role("button").count() == 0
            context.close()


@pytest.mark.skipif(not AXE.is_file(), reason="SYNDICATE_AXE names no axe.min.js")
@pytest.mark.parametrize(("width", "scheme"), PLACES)
def test_axe_finds_nothing(browser: Browser, town: Town, width: int, scheme: str) -> None:
    """On any page, at any width, by day and by night."""
    who = f"axe.{width}.{scheme}@example.org"
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]  # one of its words
    page = context.new_page()
    page.goto(f"{town.address}/subscribe")
    check(page)
    page.get_by_role("button").click()
    for each in page.get_by_text("Only some topics").all():
        each.click()
    check(page)
    page.get_by_label("Your e-mail address").fill(who)
    page.get_by_role("checkbox", name="The weekly On Mondays.").check()
    page.get_by_role("button").click()
    page.get_by_role("heading", name="Check your inbox").wait_for()
    check(page)
    page.goto(town.address + link_in(town.inbox.newest(who)))
    check(page)
    page.get_by_role("button").click()
    page.get_by_role("heading", name="You are subscribed").wait_for()
    check(page)
    page.get_by_role("link", name="Change what you get").click()
    page.get_by_role("heading", name="What you get").wait_for()
    check(page)
    page.get_by_role("button", name=re.compile("Delete")).click()
    page.get_by_role("heading", name="Delete all we know").wait_for()
    check(page)
    page.goto(town.way_out(who))
    check(page)
    page.get_by_role("button").click()
    page.get_by_role("heading", name="You are unsubscribed").wait_for()
    check(page)
    page.goto(f"{town.address}/confirm/weekly/nothing")
    check(page)
    page.goto(f"{town.address}/subscribe?embed")
    check(page)
    context.close()
