"""The program that runs by itself: when it wakes, what it does at a tick, and how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syndicate import scheduler as schedulers
from syndicate.scheduler import HEARTBEAT, NextDue, Scheduler
from syndicate.windows import Cadence
from tests.publishing.press import Press
from tests.vocabulary import moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.publishing.running import Event

FEED = '[[feeds]]\nslug = "all"\ntitle = "All"\nschedule = "*/15 * * * *"\n'


def test_it_wakes_at_the_next_fire_time() -> None:
    """The nearest of all publications'."""
    trigger = NextDue([Cadence("0 8 * * mon"), Cadence("*/15 * * * *")])
    assert trigger.get_next_fire_time(None, moment("2026-11-16T07:59:30")) == moment("2026-11-16T08:00")


def test_it_wakes_after_a_heartbeat_at_the_latest() -> None:
    """A timer set for next Monday stands still while the machine sleeps."""
    now = moment("2026-11-16T09:00:07")
    assert NextDue([Cadence("0 8 * * mon")]).get_next_fire_time(None, now) == now + HEARTBEAT


@pytest.fixture
def hands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Press, Callable[[str], list[str]]]:
    """A press with a feed and a digest, and a way to let its scheduler tick at a time."""
    press = Press(tmp_path).configure("")
    press.settings_text = press.settings_text.replace("[[digests]]", FEED + "[[digests]]")
    press.configure()
    told: list[Event] = []
    scheduler = Scheduler(press.desk(), told.append)

    def tick(at: str) -> list[str]:
        told.clear()
        monkeypatch.setattr(schedulers, "clock", lambda: moment(at))
        scheduler.tick() if scheduler.rendered_at else scheduler.render_all()
        return [f"{event.publication} {event.outcome}" for event in told]

    return press, tick


def test_a_feed_is_rendered_at_its_fire_times_and_not_between(hands: tuple[Press, Callable[[str], list[str]]]) -> None:
    """What changes in between waits for the next, where files are not watched."""
    press, tick = hands
    assert "all rendered" in tick("2026-11-16T10:00")
    press.add("new", "2026-11-16T09:00:00Z")
    assert tick("2026-11-16T10:14") == []
    assert tick("2026-11-16T10:15") == ["all rendered"]
    assert tick("2026-11-16T10:30") == []


def test_a_digest_is_sent_at_the_first_tick_after_its_time(hands: tuple[Press, Callable[[str], list[str]]]) -> None:
    """However many ticks were slept through."""
    press, tick = hands
    tick("2026-11-02T08:00")
    press.add("one", "2026-11-05")
    assert "weekly sent" in tick("2026-11-09T13:37")
    assert press.ran("weekly/2026-11-09") == ["one"]


def test_sigterm_ends_it_cleanly(tmp_path: Path) -> None:
    """It says that it stops, and exits 0; so it does while files are watched."""
    press = Press(tmp_path).configure()
    press.add("one", "2026-11-05")
    command = [sys.executable, "-m", "syndicate", "run", "--config", str(tmp_path / "syndicate.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "event=started" in process.stderr.readline()
        assert "event=skipped" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert "event=stopped" in process.stderr.read()
    assert process.returncode == 0


def test_a_new_file_is_rendered_without_waiting(tmp_path: Path) -> None:
    """The feed holds it as soon as it is there, whatever the schedule, and be it added before the watcher was up."""
    press = Press(tmp_path, settings_text='[site]\nurl = "https://press.example.org"\n' + FEED).configure()
    command = [sys.executable, "-m", "syndicate", "run", "--config", str(tmp_path / "syndicate.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            lines = iter(process.stderr.readline, "")
            assert "event=started" in next(lines)
            assert "event=rendered" in next(lines)
            press.add("new", (schedulers.clock() - timedelta(hours=1)).isoformat())
            deadline = time.monotonic() + 60
            while "new" not in (tmp_path / "out" / "feeds" / "all.rss").read_text(encoding="utf-8"):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            process.terminate()
            process.stderr.read()
        finally:
            process.kill()  # if it has not ended by itself
    assert process.returncode == 0
