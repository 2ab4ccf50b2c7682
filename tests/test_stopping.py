"""Stopping a program that sends, as people and machines do it: with a real process, a real signal and a real relay."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.publishing.test_posting import PostOffice, people
from tests.soak.sink import Sink, Temper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

EDITION = "weekly/2026-11-16"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program without asking it")


class Sending:
    """A newspaper that owes sixty people an edition, and a relay that takes `seconds` for each message."""

    def __init__(self, root: Path, seconds: float) -> None:
        self.office = PostOffice(root, people(60))
        self.book = root / "book"
        self.sink = Sink(self.book, Temper(0, 0, 0, 0, seconds=seconds), 1)
        self.settings = root / "syndicate.toml"
        relay = f'[smtp]\nhost = "127.0.0.1"\nport = {self.sink.port}\nconnections = 2\n[mail]\nsecret = "a-secret-that-is-long-enough"\n'
        self.settings.write_text(self.settings.read_text(encoding="utf-8") + relay, encoding="utf-8")
        now = datetime.now(UTC)
        self.office.outbox.cancel(EDITION, now=now, reason="to be owed as of now")
        self.office.outbox.retry(EDITION, states=["cancelled"], now=now, expires_at=now + timedelta(days=3))

    def begin(self) -> subprocess.Popen[str]:
        """Start to send what is owed."""
        command = [sys.executable, "-m", "syndicate", "run", "--once", "--config", str(self.settings)]
        return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)

    def took(self) -> int:
        """How many messages the relay took over."""
        return self.book.read_text(encoding="utf-8").count(" took ") if self.book.exists() else 0


@pytest.fixture
def sending(tmp_path: Path) -> Iterator[Callable[[float], Sending]]:
    """Something to stop."""
    made: list[Sending] = []

    def make(seconds: float) -> Sending:
        made.append(Sending(tmp_path, seconds))
        return made[-1]

    yield make
    for each in made:
        each.sink.stop()


def until(true: Callable[[], object]) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("said", [signal.SIGTERM, signal.SIGINT])
def test_one_run_that_is_told_to_stop_ends_in_order(sending: Callable[[float], Sending], said: signal.Signals) -> None:
    """The messages in hand are finished, the rest is owed, nothing is in doubt; and whoever waits for it can tell."""
    what = sending(0.5)
    program = what.begin()
    until(what.took)
    program.send_signal(said)
    told = program.communicate(timeout=60)[1]
    assert program.returncode == 1
    assert 'event=stopped reason="the rest is owed"' in told
    states = what.office.states()
    assert set(states) <= {"sent", "planned", "deferred"}
    assert states["sent"] == what.took() < 60


def test_who_says_it_twice_is_obeyed_at_once(sending: Callable[[float], Sending]) -> None:
    """Also where the second is another signal; the messages that were going out are then in doubt, as after a crash."""
    what = sending(60)
    program = what.begin()
    until(lambda: what.office.states().get("sending"))
    program.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(1)
    program.send_signal(signal.SIGTERM)
    program.communicate(timeout=10)
    assert program.returncode == -signal.SIGTERM
    assert what.took() == 0
