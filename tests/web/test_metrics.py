"""How the work stands, for machines that watch: `/healthz` and `/metrics`. No personal data in either."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from syndicate.config import load_settings
from syndicate.errors import StorageError
from syndicate.storage import EditionRecord, Ledger, RunRecord, census
from syndicate.storage.census import Gauge
from syndicate.storage.people import Wish
from syndicate.storage.subscribers import Subscribers
from syndicate.web.metrics import KEPT, Figures
from syndicate.web.signup import Doors
from syndicate.web.site import site
from tests.vocabulary import moment
from tests.web.outlets import CONFIGURATION, NOW, Stall, asked, stall
from tests.web.test_outlet import METHODS, NAMES, PATHS, VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syndicate.storage.people import Standing

PEOPLE = ["ann@readers.example", "bob@readers.example", "eve@readers.example"]


class Post(Stall):
    """A stall with a ledger behind it, in which there is something to count."""

    ledger: Ledger

    def get(self, path: str, client: str = "192.0.2.7", **headers: str) -> Any:
        """Ask as somebody at the address `client`."""

        async def from_client(scope: Any, receive: Any, send: Any) -> None:
            await self.app({**scope, "client": (client, 4)}, receive, send)

        lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return self.runner.run(asked(from_client, path.encode(), "GET", lines))


def post(root: Path, serve: str = "", path: str = "") -> Post:
    """A workspace with an edition that is sent and one that is owed, and three people."""
    made = stall(
        root,
        configuration=CONFIGURATION.replace("[serve]\n", f"[serve]\n{serve}\n").replace(
            'example.org"\ntimezone', f'example.org{path}"\ntimezone'
        ),
    )
    settings = load_settings(root / "syndicate.toml")
    ledger = Ledger.open(settings.storage.url, root)
    start, end, later = (moment(f"2026-11-{day:02}T08:00") for day in (2, 9, 16))
    ledger.record(EditionRecord("weekly", "weekly/2026-11-09", start, end, "sent", "on time", end, end, subject="A secret subject"))
    ledger.record(EditionRecord("weekly", "weekly/2026-11-16", end, later, "recorded", "on time", later))
    ledger.note(RunRecord("energy", NOW, "rendered", "3 of 4 documents changed"))
    ledger.note(RunRecord("stranger", NOW, "failed", f"no such person {PEOPLE[0]}"))
    standing: list[Standing] = ["active", "active", "pending"]
    wishes = [Wish(address, address, state) for address, state in zip(PEOPLE, standing, strict=True)]
    Subscribers(ledger.engine).note(wishes, str.encode, now=start)
    doors = Doors.of(settings, ledger, now=lambda: NOW, tell=lambda _: None)
    app = site(settings, ledger, made.out, clock=lambda: NOW, routes=doors.routes)
    whole = Post(made.out, app, made.runner, made.clocks)
    whole.ledger = ledger
    return whole


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Post]:
    """With figures for a network, and a proxy that is believed."""
    made = post(tmp_path, 'metrics = ["10.0.0.0/8"]\ntrusted_proxies = ["127.0.0.1"]')
    with made.runner:
        yield made
    made.ledger.close()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    """With figures for everybody."""
    made = post(tmp_path_factory.mktemp("post"), 'metrics = true\ntrusted_proxies = ["192.0.2.0/24"]')
    with made.runner:
        yield made
    made.ledger.close()


def figures(text: str) -> dict[str, float]:
    """What Prometheus reads: `name{label=value}` and the value, but those that are nought."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return {name: value for name, value in found.items() if value}


@pytest.mark.usefixtures("storage_url")
def test_all_is_well(watched: Post) -> None:
    """The ledger answers and the folder can be read; when something was last done for what is configured, and how many editions are owed."""
    answer = watched.get("/healthz")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert json.loads(answer.body) == {
        "status": "ok",
        "last_run": "2026-11-16T12:04:00+00:00",
        "publications": {
            "energy": "2026-11-16T12:04:00+00:00",
            "weekly": "2026-11-16T08:00:00+00:00",
        },
        "owed": 1,
    }


@pytest.mark.parametrize("harm", ["ledger gone", "ledger damaged", "folder gone"])
def test_all_is_not_well(watched: Post, harm: str) -> None:
    """Said with 503 and a word, without a reason in which a name might stand; nothing is made anew by looking at it."""
    file = watched.out.parent / ".syndicate" / "syndicate.db"
    watched.ledger.close()
    if harm == "folder gone":
        watched.out.rename(watched.out.with_name("elsewhere"))
    else:
        for each in file.parent.glob("syndicate.db*"):
            each.unlink()
        if harm == "ledger damaged":
            file.write_bytes(b"no database at all" * 100)
    answer = watched.get("/healthz")
    assert answer.status == 503
    assert (b'"failing":["out"]' if harm == "folder gone" else b'{"status":"failing","failing":["ledger"]}') in answer.body
    assert file.exists() == (harm != "ledger gone")


def test_looking_waits_for_nobody(watched: Post) -> None:
    """While another program writes, it reads what was before."""
    with closing(sqlite3.connect(watched.out.parent / ".syndicate" / "syndicate.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM runs")
        assert watched.get("/healthz").status == 200
        writer.execute("ROLLBACK")


@pytest.mark.usefixtures("storage_url")
def test_whoever_only_looks_cannot_write(tmp_path: Path) -> None:
    """The database is opened for reading."""
    made = post(tmp_path)
    with made.runner, Gauge(made.ledger.engine).engine.connect() as connection, pytest.raises(Exception, match=r"read-?only"):
        connection.exec_driver_sql("DELETE FROM runs")
    made.ledger.close()


@pytest.mark.usefixtures("storage_url")
def test_a_look_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much there is to count: what takes too long is given up, and that is said as every trouble with the ledger is."""
    monkeypatch.setattr(census, "PATIENCE", 0.2)
    made = post(tmp_path)
    counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT max(i) FROM n"
    started = time.monotonic()
    with made.runner, pytest.raises(StorageError), Gauge(made.ledger.engine)._transaction() as connection:
        connection.exec_driver_sql(counting)
    assert time.monotonic() - started < 2
    made.ledger.close()


def test_the_ledger_is_not_counted_for_each_request(tmp_path: Path) -> None:
    """Its figures hold for a few seconds; what was asked for is counted as it is now."""
    made, seconds, hits = post(tmp_path), [0.0], {("feed", "energy", "rss", 200): 1}
    figured = Figures(Gauge(made.ledger.engine), hits, ["energy"], tick=lambda: seconds[0])

    def told() -> dict[str, float]:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(figured)
        return figures(generate_latest(registry).decode())

    assert told()["syndicate_editions{state=recorded}"] == 1
    made.ledger.record(EditionRecord("weekly", "weekly/2026-11-23", NOW, moment("2026-11-23T08:00"), "recorded", "on time", NOW))
    hits["feed", "energy", "rss", 200] = 2
    assert told()["syndicate_editions{state=recorded}"] == 1
    assert told()["syndicate_requests_total{kind=feed,status=200}"] == 2
    seconds[0] = KEPT
    assert told()["syndicate_editions{state=recorded}"] == 2
    made.runner.close()
    made.ledger.close()


@pytest.mark.usefixtures("storage_url")
def test_everything_is_counted(watched: Post) -> None:
    """Editions, messages and subscribers by state, hits by feed, format and status; when each publication was last at work."""
    tag = watched.get("/feeds/energy.rss").headers["etag"]
    watched.get("/feeds/energy.rss", if_none_match=tag)
    watched.get("/feeds/energy/2026-10.json")
    watched.get("/nothing")
    answer = watched.get("/metrics", client="10.1.2.3")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert figures(answer.body.decode()) == {
        "syndicate_feed_requests_total{format=json,slug=energy,status=200}": 1,
        "syndicate_feed_requests_total{format=rss,slug=energy,status=200}": 1,
        "syndicate_feed_requests_total{format=rss,slug=energy,status=304}": 1,
        "syndicate_requests_total{kind=archive,status=200}": 1,
        "syndicate_requests_total{kind=feed,status=200}": 1,
        "syndicate_requests_total{kind=feed,status=304}": 1,
        "syndicate_requests_total{kind=none,status=404}": 1,
        "syndicate_editions{state=recorded}": 1,
        "syndicate_editions{state=sent}": 1,
        "syndicate_subscribers{state=active}": 2,
        "syndicate_subscribers{state=pending}": 1,
        "syndicate_last_run_timestamp_seconds{slug=energy}": NOW.timestamp(),
        "syndicate_last_run_timestamp_seconds{slug=weekly}": moment("2026-11-16T08:00").timestamp(),
        "syndicate_ledger_up{}": 1,
    }
    text = answer.body.decode()
    assert 'syndicate_outbox_messages{state="deferred"} 0.0' in text
    assert 'syndicate_subscribers{state="suppressed"} 0.0' in text


def test_without_a_ledger_there_are_figures_still(watched: Post) -> None:
    """Of what was asked for; and one that says why the others are missing."""
    for each in (watched.out.parent / ".syndicate").glob("*"):
        each.unlink()
    watched.get("/feeds/energy.rss")
    text = watched.get("/metrics", client="10.1.2.3").body.decode()
    assert "syndicate_ledger_up 0.0" in text
    assert "syndicate_feed_requests_total" in text
    assert "syndicate_subscribers" not in text


def test_nothing_is_said_about_anybody(watched: Post) -> None:
    """No address, no name, no subject, no reason."""
    text = watched.get("/metrics", client="10.1.2.3").body + watched.get("/healthz").body
    for word in ("@", "bob", "readers.example", "secret subject", "no such person"):
        assert word not in text.decode().lower()


@pytest.mark.parametrize(
    ("client", "forwarded", "status"),
    [
        ("10.1.2.3", None, 200),
        ("::ffff:10.1.2.3", None, 200),
        ("192.0.2.7", None, 404),
        ("127.0.0.1", None, 404),
        ("127.0.0.1", "10.1.2.3", 200),
        ("127.0.0.1", "192.0.2.7", 404),
        ("127.0.0.1", "10.1.2.3, 192.0.2.7", 404),
        ("192.0.2.7", "10.1.2.3", 404),
        ("10.1.2.3", "192.0.2.7", 200),
        ("", None, 404),
        ("a-socket", None, 404),
    ],
)
def test_figures_are_for_those_who_are_named(watched: Post, client: str, forwarded: str | None, status: int) -> None:
    """By their address, or by that for which a trusted proxy says it asks; what anybody else says of themselves counts for nothing."""
    assert watched.get("/metrics", client=client, **({"x_forwarded_for": forwarded} if forwarded else {})).status == status


def test_figures_are_for_nobody_in_silence(tmp_path: Path) -> None:
    """Not for this machine either: behind a proxy on it, everybody seems to be there."""
    made = post(tmp_path)
    with made.runner:
        assert made.get("/metrics", client="127.0.0.1").status == 404
    made.ledger.close()


def test_figures_may_be_for_everybody(tmp_path: Path) -> None:
    """Where that is said."""
    made = post(tmp_path, "metrics = true")
    with made.runner:
        assert {made.get("/metrics", client=client).status for client in ("127.0.0.1", "2001:db8::1")} == {200}
    made.ledger.close()


def test_only_what_can_be_done_is_done(watched: Post) -> None:
    """Looking changes nothing, and there is nothing else to do."""
    answer = watched.ask("/healthz", "POST")
    assert (answer.status, set(answer.headers["allow"].split(", "))) == (405, {"GET", "HEAD"})


def test_a_site_below_a_path_has_them_there(tmp_path: Path) -> None:
    """And where a proxy has taken the path away."""
    made = post(tmp_path, "metrics = true", path="/paper")
    with made.runner:
        assert [made.get(path).status for path in ("/paper/healthz", "/healthz", "/paper/metrics", "/paper/feeds/energy.rss")] == [200] * 4
        assert made.get("/paper/healthz/").status == 404
    made.ledger.close()


@given(path=PATHS, method=METHODS, headers=st.lists(st.tuples(NAMES, VALUES), max_size=4), query=st.binary(max_size=10))
def test_nobody_makes_it_fail(everything: Post, path: bytes, method: str, headers: list[tuple[bytes, bytes]], query: bytes) -> None:
    """Whatever is asked for below any route: an answer, and never a fault."""
    lines = [(name.decode(), value.decode("latin-1")) for name, value in headers]
    for root in (b"", b"/healthz", b"/metrics", b"/subscribe", b"/confirm", b"/preferences/weekly", b"/unsubscribe/weekly/"):
        answer = everything.runner.run(asked(everything.app, root + path, method, lines, query, strict=False))
        assert answer.status < 500
