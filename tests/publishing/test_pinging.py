"""Telling a hub, with a real server on this machine: what is said, what is tried again, and that nobody waits."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from syndicate.config import load_settings
from syndicate.publishing.pinging import LATER, Pinger, Watch, live_feeds, pinging, tell_hub
from syndicate.publishing.running import Event

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

FEED = "https://news.example.org/feeds/energy.rss"


class Hub:
    """A hub that answers with these statuses in turn, the last one from then on, after `seconds`."""

    def __init__(self, *statuses: int, seconds: float = 0) -> None:
        self.statuses = list(statuses) or [204]
        self.seconds = seconds
        self.heard: list[dict[str, list[str]]] = []
        hub = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                assert self.headers["content-type"] == "application/x-www-form-urlencoded"
                hub.heard.append(parse_qs(body))
                time.sleep(hub.seconds)
                self.send_response(hub.statuses.pop(0) if len(hub.statuses) > 1 else hub.statuses[0])
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@contextmanager
def hub(*statuses: int, seconds: float = 0) -> Iterator[Hub]:
    """A hub while the block runs."""
    made = Hub(*statuses, seconds=seconds)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()


def until(true: Any) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_hub_is_told_which_feeds_have_changed() -> None:
    """Each in a request of its own: not every hub reads several addresses (WebSub leaves the form open; this is PubSubHubbub 0.3's)."""
    addresses = [FEED, "https://news.example.org/feeds/energy.atom"]
    with hub() as made:
        assert list(tell_hub(made.url, addresses)) == [("told", "")] * 2
    assert made.heard == [{"hub.mode": ["publish"], "hub.url": [each]} for each in addresses]


def test_what_a_hub_refuses_keeps_nothing_else_from_it() -> None:
    """It may know one feed and not the other; both are said, by their numbers."""
    said: list[tuple[str, int, str]] = []
    with hub(204, 404, 204) as made:
        pinger = Pinger(made.url, lambda *words: said.append(words))
        pinger.ping([FEED, "unknown", "another"])
        until(lambda: len(said) == 2)
        pinger.close()
    assert [each["hub.url"] for each in made.heard] == [[FEED], ["unknown"], ["another"]]
    assert said == [("told", 2, ""), ("failed", 1, f"{made.url}: answered 404; {LATER}")]


def test_what_a_hub_has_heard_it_is_not_told_again() -> None:
    """Where it fails half way, the rest is left; and a hub in trouble is not pressed with each address."""
    said: list[tuple[str, int, str]] = []
    with hub(204, 503, 204) as made:
        pinger = Pinger(made.url, lambda *words: said.append(words), pauses=(0.01,))
        pinger.ping(["first", "second", "third"])
        until(lambda: len(said) == 3)
        pinger.close()
    assert [each["hub.url"][0] for each in made.heard] == ["first", "second", "second", "third"]
    assert said == [("told", 1, ""), ("failed", 2, f"{made.url}: answered 503; again in 0.01 s"), ("told", 2, "")]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "told"),
        (202, "told"),
        (204, "told"),
        (302, "refused"),
        (400, "refused"),
        (404, "refused"),
        (408, "again"),
        (429, "again"),
        (500, "again"),
        (503, "again"),
    ],
)
def test_what_a_hub_answers_says_whether_to_try_again(status: int, outcome: str) -> None:
    """A hub that is elsewhere must be named there: nobody is led on to another."""
    with hub(status) as made:
        assert list(tell_hub(made.url, [FEED])) == [(outcome, "" if outcome == "told" else f"{made.url}: answered {status}")]
    assert len(made.heard) == 1


def test_a_hub_that_is_not_there_is_tried_again() -> None:
    """With a reason that names it."""
    with hub() as made:
        pass
    [(outcome, reason)] = tell_hub(made.url, [FEED])
    assert outcome == "again"
    assert reason.startswith(f"{made.url}: cannot be reached (")


def test_a_hub_that_fails_is_told_again_with_what_has_changed_meanwhile() -> None:
    """After a pause; and how it went is said each time."""
    said: list[tuple[str, int, str]] = []
    with hub(503, 500, 204) as made:
        pinger = Pinger(made.url, lambda *words: said.append(words), pauses=(0.2, 0.01))
        pinger.ping([FEED])
        until(lambda: said)
        pinger.ping(["another", FEED])
        until(lambda: len(said) == 3)
        pinger.close()
    assert [each["hub.url"] for each in made.heard] == [[FEED], [FEED], [FEED], ["another"]]
    assert said == [
        ("failed", 1, f"{made.url}: answered 503; again in 0.2 s"),
        ("failed", 2, f"{made.url}: answered 500; again in 0.01 s"),
        ("told", 2, ""),
    ]


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (404, 1)])
def test_a_hub_is_not_told_for_ever(status: int, tries: int) -> None:
    """Until something changes again; one that refuses is not pressed."""
    said: list[str] = []
    with hub(status) as made:
        pinger = Pinger(made.url, lambda outcome, count, reason: said.append(reason), pauses=(0.01, 0.01))  # noqa: ARG005
        pinger.ping([FEED])
        until(lambda: len(said) == tries)
        pinger.ping([FEED])
        until(lambda: len(said) == 2 * tries)
        pinger.close()
    assert len(made.heard) == 2 * tries
    assert said[tries - 1] == said[-1] == f"{made.url}: answered {status}; {LATER}"


def test_a_fault_of_ours_does_not_end_it() -> None:
    """Whatever goes wrong, the next change is told."""
    said: list[str] = []

    def tell(_: str, addresses: Sequence[str]) -> Any:
        if addresses == ["first"]:
            raise RuntimeError("what now")
        return [("told", "")]

    pinger = Pinger("hub", lambda outcome, count, reason: said.append(outcome + reason), tell=tell, pauses=())  # noqa: ARG005
    pinger.ping(["first"])
    until(lambda: said)
    pinger.ping(["second"])
    until(lambda: len(said) == 2)
    pinger.close()
    assert said == [f"failedhub: RuntimeError: what now; {LATER}", "told"]


def test_nobody_waits_for_a_slow_hub() -> None:
    """Not who tells it, and at the end for a bounded time only; it is said that it did not answer."""
    said: list[str] = []
    with hub(seconds=3) as made:
        pinger = Pinger(made.url, lambda outcome, count, reason: said.append(reason))  # noqa: ARG005
        started = time.monotonic()
        pinger.ping([FEED])
        assert time.monotonic() - started < 1
        until(lambda: made.heard)
        pinger.close(0.2)
        assert time.monotonic() - started < 2
        assert said == [f"{made.url}: did not answer before the program ended"]
        until(lambda: not pinger._thread.is_alive())


def test_what_is_left_at_the_end_is_told_once() -> None:
    """Without waiting for a pause to be over."""
    said: list[str] = []
    with hub(503) as made:
        pinger = Pinger(made.url, lambda outcome, count, reason: said.append(reason), pauses=(60,))  # noqa: ARG005
        pinger.ping([FEED])
        until(lambda: said)
        started = time.monotonic()
        pinger.close()
        assert time.monotonic() - started < 5
    assert [len(made.heard), said[-1]] == [2, f"{made.url}: answered 503; {LATER}"]


CONFIGURATION = """
[site]
url = "https://news.example.org"
hub = "{hub}"
[[feeds]]
slug = "energy"
title = "Energy"
formats = ["rss", "json"]
[[feeds]]
slug = "tides"
title = "Tides"
[[digests]]
slug = "weekly"
title = "Weekly"
sender = "a@b.example"
schedule = "0 8 * * mon"
"""


def workspace(root: Path, address: str) -> Any:
    """Settings with a hub."""
    (root / "syndicate.toml").write_text(CONFIGURATION.format(hub=address), encoding="utf-8")
    (root / "out" / "feeds").mkdir(parents=True)
    return load_settings(root / "syndicate.toml")


def test_the_formats_that_are_configured_are_watched(tmp_path: Path) -> None:
    """Live feeds only: archives name no hub, and nobody subscribes to a digest's page."""
    feeds = live_feeds(workspace(tmp_path, "https://hub.example"))
    assert feeds == {
        "energy": ["feeds/energy.rss", "feeds/energy.json"],
        "tides": ["feeds/tides.rss", "feeds/tides.atom", "feeds/tides.json"],
    }
    watch = Watch(tmp_path, {"energy": ["a.rss", "b.rss"]})
    (tmp_path / "a.rss").write_text("1", encoding="utf-8")
    assert [watch.changed("energy"), watch.changed("energy"), watch.changed("weekly")] == [["a.rss"], [], []]


def test_a_run_tells_of_what_it_wrote(tmp_path: Path) -> None:
    """Of the documents whose bytes changed, by the addresses at which they are published."""
    with hub() as made:
        settings = workspace(tmp_path, made.url)
        out = tmp_path / "out"
        for name in ("energy.rss", "energy.json", "tides.rss"):
            (out / "feeds" / name).write_text("old", encoding="utf-8")
        with pinging(settings, out, lambda *_: None) as hear:
            (out / "feeds" / "energy.json").write_text("newer", encoding="utf-8")
            (out / "feeds" / "tides.rss").write_text("newer", encoding="utf-8")
            hear(Event("energy", "rendered", "1 of 4 documents changed"))
            hear(Event("weekly", "sent", "on time"))
            hear(Event("tides", "failed", "what now"))
    assert made.heard == [{"hub.mode": ["publish"], "hub.url": ["https://news.example.org/feeds/energy.json"]}]


def test_without_a_hub_nothing_is_called(tmp_path: Path) -> None:
    """And no thread is started."""
    before = threading.active_count()
    with pinging(workspace(tmp_path, ""), tmp_path / "out", lambda *_: None) as hear:
        hear(Event("energy", "rendered", ""))
        assert threading.active_count() == before
