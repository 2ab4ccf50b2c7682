"""Letters go out while forms are answered: one at a time, whole when the program ends, and an operator hears of those that fail."""

from __future__ import annotations

import asyncio
import http.client
import socket
import sqlite3
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from aiosmtpd.controller import Controller

from syndicate.delivery.envelopes import Receipt
from syndicate.delivery.tokens import Keys
from syndicate.delivery.transports.memory import MemoryTransport
from syndicate.publishing.signup import Asked, stamp
from syndicate.web.signup.courier import Courier
from tests.web.reception import SITE, front
from tests.web.test_outlet_serving import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.web.reception import Front
    from tests.web.test_outlet_serving import Program

SECRET = "a-secret-that-is-long-enough"  # noqa: S105  of a test
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def one(tmp_path: Path) -> Front:
    """A newspaper with one digest."""
    return front(tmp_path)


class Slow(MemoryTransport):
    """A server that takes a letter when it is told to; `begun` are those that it was offered."""

    def __init__(self) -> None:
        super().__init__()
        self.offered, self.go_on = threading.Event(), threading.Event()
        self.begun = 0

    def session(self) -> Any:
        """There is one."""
        return self

    async def send(self, *_: Any, **__: Any) -> Receipt:
        """Wait."""
        self.begun += 1
        self.offered.set()
        await asyncio.to_thread(self.go_on.wait, 20)
        return Receipt("sent", "body")

    async def close(self) -> None:
        """Nothing is open."""


def owing(one: Front, transport: Any, *names: str) -> Courier:
    """A courier by this transport, with letters to carry."""
    for name in names:
        assert one.doors.form.reception.ask(Asked(f"{name}@example.org", {"weekly": ()}), "203.0.113.0/24", now=one.clock()) == "owed"
    return Courier(replace(one.doors.courier.box, transport=transport), one.clock, one.told.append)


def test_who_stops_waits_for_the_letter_in_hand(one: Front) -> None:
    """It is settled then, and the next one is not begun: it is owed."""
    slow = Slow()
    courier = owing(one, slow, "ann", "bob")
    courier.call()
    assert slow.offered.wait(10)
    ending = threading.Thread(target=courier.close)
    ending.start()
    ending.join(0.3)
    assert ending.is_alive()
    slow.go_on.set()
    ending.join(10)
    courier.call()
    courier.wait()
    states = [found.state for number in (1, 2) if (found := one.signups.find(number))]
    assert (slow.begun, states, one.told) == (1, ["sent", "planned"], [])


def test_however_often_it_is_called_one_round_follows(one: Front) -> None:
    """What came in while it was at work is sent, in one round more."""
    slow = Slow()
    courier = owing(one, slow, "ann")
    rounds, begin = list[str](), courier._round

    def counted() -> None:
        rounds.append("begun")
        begin()

    courier._round = counted  # type: ignore[method-assign]  # to be counted
    courier.call()
    assert slow.offered.wait(10)
    for _ in range(50):
        courier.call()
    slow.go_on.set()
    courier.wait()
    assert len(rounds) == 2
    assert not any(thread.name == "confirmations" for thread in threading.enumerate())


def test_letters_that_fail_are_told_of(one: Front) -> None:
    """By how many became what, and not by whom."""
    courier = owing(one, MemoryTransport(refuse={"ann@example.org"}), "ann", "bob")
    courier.call()
    courier.wait()
    assert one.told == ["confirmations: 1 refused"]


def test_sign_ups_are_counted_for_machines_that_watch(tmp_path: Path) -> None:
    """By what became of their letter, so that a relay that takes none does not look like a page that nobody uses."""
    one = front(tmp_path, more="[serve]\nmetrics = true\n")
    one.doors.courier.box = replace(one.doors.courier.box, transport=MemoryTransport(refuse={"ann@example.org", "bob@example.org"}))
    for name in ("ann", "bob", "eve"):
        one.ask(f"{name}@example.org")
    figures = one.client.get("/metrics").text
    assert 'syndicate_signups{state="refused"} 2.0' in figures
    assert 'syndicate_signups{state="sent"} 1.0' in figures
    assert 'syndicate_signups{state="uncertain"} 0.0' in figures
    assert one.told == ["confirmations: 1 refused"] * 2


def test_what_breaks_is_told_of_and_the_next_round_is_made(one: Front) -> None:
    """Whatever it is."""
    courier = owing(one, None, "ann")
    for _ in range(2):
        courier.call()
        courier.wait()
    assert [said.partition(": ")[2].partition(":")[0] for said in one.told] == ["AttributeError"] * 2


class Tardy:
    """A relay that takes a letter, and says so five seconds later."""

    def __init__(self) -> None:
        self.taken = threading.Event()
        self.recipients: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002, N802  as aiosmtpd calls it
        """Called by aiosmtpd."""
        self.recipients += envelope.rcpt_tos
        self.taken.set()
        await asyncio.sleep(5)
        return "250 OK"


@pytest.fixture
def tardy() -> Iterator[tuple[Tardy, int]]:
    """A relay, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    handler = Tardy()
    relay = Controller(handler, hostname="127.0.0.1", port=port)
    relay.start()
    yield handler, port
    relay.stop()


def workspace(root: Path, port: int) -> Path:
    """A workspace that sends by a relay on this machine."""
    for folder in ("articles", "out"):
        (root / folder).mkdir()
    text = SITE.format(site="", mail=f'secret = "{SECRET}"', signup="").replace('folder = "letters"\n', "")
    (root / "syndicate.toml").write_text(f'{text}[smtp]\nhost = "127.0.0.1"\nport = {port}\n[serve]\nport = 0\n', encoding="utf-8")
    return root


def ask(program: Program, address: str) -> int:
    """Send a form to a program, as if it had been filled in for a minute."""
    fields = {"email": address, "digest": "weekly", "stamp": stamp(Keys.of(SECRET), datetime.now(UTC) - timedelta(minutes=1))}
    connection = http.client.HTTPConnection(program.connection.host, program.connection.port, timeout=20)
    with closing(connection):
        connection.request("POST", "/subscribe", urlencode(fields), FORM)
        return connection.getresponse().status


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program without asking it")
def test_a_program_that_is_stopped_finishes_its_letter(tmp_path: Path, tardy: tuple[Tardy, int]) -> None:
    """However slow the relay: it is written down as sent, not in doubt; the others are owed; and nothing is printed but the log."""
    relay, port = tardy
    with running(workspace(tmp_path, port), "serve") as program:
        assert [ask(program, f"ann{number}@example.org") for number in range(3)] == [200] * 3
        assert relay.taken.wait(10)
        told = program.end()
    assert program.process.returncode == 0
    assert "event=served" in told
    assert "Traceback" not in told
    with closing(sqlite3.connect(tmp_path / ".syndicate" / "syndicate.db")) as database:
        states = database.execute("SELECT state, attempts FROM signups ORDER BY id").fetchall()
    assert (relay.recipients, states) == (["ann0@example.org"], [("sent", 1), ("planned", 0), ("planned", 0)])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program without asking it")
def test_half_a_form_breaks_nothing(tmp_path: Path) -> None:
    """Whoever goes away in the middle of it gets no answer, and nobody is told."""
    with running(workspace(tmp_path, 1), "serve") as program:
        head = (
            b"POST /subscribe HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nemail="
        )
        with socket.create_connection((program.connection.host, program.connection.port), timeout=5) as client:
            client.sendall(head)
            time.sleep(0.3)
        time.sleep(0.3)
        assert program.ask("/subscribe")[0] == 200
        told = program.end()
    assert "Traceback" not in told
    assert "event=signup" not in told
