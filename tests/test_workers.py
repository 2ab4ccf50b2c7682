"""Workers: woken by what others record, sure of what they have done whatever happens to them or to the database, and refused where they cannot be."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from syndicate import workers
from syndicate.config import load_settings
from syndicate.delivery.transports.memory import MemoryTransport
from syndicate.errors import ConfigurationError
from syndicate.publishing.posting import Office, post
from syndicate.publishing.rules import Rules
from syndicate.storage import Ledger, Outbox
from syndicate.workers import Worker, announce, install
from tests.databases import at_once
from tests.publishing.press import Press
from tests.publishing.test_posting import KEYS, PostOffice, people
from tests.soak.machines import postgresql as restartable
from tests.soak.sink import Sink, Temper
from tests.storage.mailroom import enlist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LAST = "2020-11-09T08:00+00:00"
"""When the edition is recorded that workers send: long ago, so that it is due by any clock."""

MAIL = '[mail]\nsecret = "a-secret-that-is-long-enough"\nexpires = "9000d"\n'
RARELY = "import syndicate.workers; syndicate.workers.LOOK = 600.0"
"""A worker that hears the bell, or nothing: it does not look by itself while a test lasts."""

SOON = 60.0
"""Seconds for what takes one or two, on a machine that is busy with something else."""


def until(happened: Callable[[], object], seconds: float = SOON) -> float:
    """Wait for something; how many seconds it took."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() < began + seconds
        time.sleep(0.02)
    return time.monotonic() - began


class House:
    """A newspaper in PostgreSQL that owes three people, or more, an edition as soon as it is recorded, and its programs."""

    def __init__(self, root: Path, how: str = '[mail]\nfolder = "outbox"\n', readers: int = 3) -> None:
        self.press = Press(root).configure(MAIL + how.replace("[mail]\n", ""))
        self.press.add("Tides", "2020-11-05")
        enlist(self.press.ledger, [f"p{number}@example.org" for number in range(readers)])

    @property
    def configuration(self) -> list[str]:
        """How its programs are told where it is."""
        return ["--config", str(self.press.root / "syndicate.toml")]

    def syndicate(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [sys.executable, "-m", "syndicate", *words, *self.configuration]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def record(self) -> None:
        """Record the edition, and ring."""
        self.press.ledger.announce = announce
        assert self.press.run(LAST)[-1].outcome == "sent"

    @contextmanager
    def worker(self, first: str = "", *, listening: bool = True) -> Iterator[subprocess.Popen[str]]:
        """A worker, in a process that does something else `first`; killed in the end, if it still runs."""
        program = f"{first}\nfrom syndicate.cli import main\nmain()"
        said = self.press.root / "said"
        with said.open("a") as stream:
            process = subprocess.Popen([sys.executable, "-c", program, "worker", *self.configuration], stderr=stream, text=True)
        try:
            if listening:
                until(
                    lambda: self.asked("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
                )
            yield process
        finally:
            process.kill()
            process.wait()

    def asked(self, query: str) -> Any:
        """What the database says."""
        with self.press.ledger.engine.connect() as connection:
            return connection.execute(text(query)).scalar()

    def did(self, statement: str) -> None:
        """Change the database behind everybody's back."""
        with self.press.ledger.engine.begin() as connection:
            connection.execute(text(statement))

    def states(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        return Outbox(self.press.ledger.engine).tally().get("weekly/2020-11-09", {})

    def said(self) -> str:
        """What its workers have logged."""
        return (self.press.root / "said").read_text()


@pytest.fixture
def house(tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> House:
    """Its messages lie in a folder."""
    monkeypatch.setenv("SYNDICATE_STORAGE__URL", postgresql_url)
    return House(tmp_path)


def stopped(worker: subprocess.Popen[str], seconds: float = 20) -> int:
    """Ask a worker to stop; its exit code."""
    worker.send_signal(signal.SIGTERM)
    return worker.wait(seconds)


class TestTheBell:
    """Jobs are written down with the edition that they are for, or not at all."""

    @pytest.fixture
    def office(self, tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
        """A newspaper with seven readers, whose ledger rings."""
        monkeypatch.setenv("SYNDICATE_STORAGE__URL", postgresql_url)
        monkeypatch.setattr(workers, "CHUNK", 3)
        found = PostOffice(tmp_path, people(7))
        found.press.add("News", "2026-11-19")
        found.ledger.announce = announce
        return found

    def jobs(self, office: PostOffice) -> int:
        """How many there are."""
        with office.ledger.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")).scalar_one())

    def test_there_is_a_job_for_each_chunk_of_what_is_owed(self, office: PostOffice) -> None:
        """The last one for what is left."""
        install(office.ledger)
        office.press.run("2026-11-23T08:00")
        assert self.jobs(office) == 3

    def test_there_are_no_more_jobs_than_workers_can_use(self, office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever finishes one looks for more."""
        monkeypatch.setattr(workers, "MOST", 2)
        install(office.ledger)
        office.press.run("2026-11-23T08:00")
        assert self.jobs(office) == 2

    def test_an_edition_that_nobody_is_owed_rings_no_bell(self, office: PostOffice) -> None:
        """There would be nothing to do."""
        install(office.ledger)
        with office.ledger.engine.begin() as connection:
            connection.execute(text("UPDATE subscribers SET state = 'unsubscribed'"))
        office.press.run("2026-11-23T08:00")
        assert (office.ledger.edition("weekly/2026-11-23").state, self.jobs(office)) == ("sent", 0)

    def test_what_is_not_recorded_is_not_announced(self, office: PostOffice) -> None:
        """Nobody is called for an edition that was rolled back."""
        install(office.ledger)

        def torn(connection: Any, owed: int) -> None:
            announce(connection, owed)
            raise OSError("the cable")

        office.ledger.announce = torn
        (event,) = office.press.run("2026-11-23T08:00")
        assert (event.outcome, event.reason, self.jobs(office)) == ("failed", "the cable", 0)
        assert office.outbox.tally().keys() == {"weekly/2026-11-16"}

    def test_where_no_worker_ever_was_nobody_is_called(self, office: PostOffice) -> None:
        """Nor is anything made for those who may come."""
        office.press.run("2026-11-23T08:00")
        assert office.ledger.edition("weekly/2026-11-23").state == "sent"
        with office.ledger.engine.connect() as connection:
            assert connection.execute(text("SELECT to_regclass('procrastinate_jobs')")).scalar() is None

    @pytest.mark.parametrize("broken", ["not installed here", "older than the tables"])
    def test_a_bell_that_is_broken_keeps_no_edition_from_being_recorded(
        self, office: PostOffice, monkeypatch: pytest.MonkeyPatch, broken: str
    ) -> None:
        """It is one, and nothing else."""
        install(office.ledger)
        if broken == "not installed here":
            monkeypatch.setitem(sys.modules, "procrastinate", None)
        else:
            with office.ledger.engine.begin() as connection:
                connection.execute(text("DROP FUNCTION procrastinate_defer_jobs_v1"))
        office.press.run("2026-11-23T08:00")
        assert office.outbox.tally()["weekly/2026-11-23"] == {"planned": 7}
        assert self.jobs(office) == 0


class TestTheTables:
    """The queue's own tables lie beside the ledger's."""

    @pytest.fixture
    def ledger(self, postgresql_url: str, tmp_path: Path) -> Ledger:
        """An empty one."""
        return Ledger.open(postgresql_url, tmp_path)

    def made(self, ledger: Ledger) -> list[tuple[Any, ...]]:
        """What the queue consists of: columns, functions, indexes, triggers, and the words that it knows."""
        query = """SELECT 'column', table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
                   WHERE table_name LIKE 'procrastinate%'
                   UNION SELECT 'function', proname || pg_get_function_arguments(oid) FROM pg_proc WHERE proname LIKE 'procrastinate%'
                   UNION SELECT 'trigger', tgname FROM pg_trigger WHERE tgname LIKE 'procrastinate%'
                   UNION SELECT 'word', enumlabel FROM pg_enum
                   ORDER BY 1, 2"""
        with ledger.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def test_workers_that_start_at_once_make_the_tables_once(self, ledger: Ledger, tmp_path: Path) -> None:
        """And who starts later finds them."""
        ledgers = [Ledger.open(ledger.engine.url.render_as_string(hide_password=False), tmp_path) for _ in range(4)]
        at_once(*(lambda each=each: install(each) for each in ledgers))
        before = self.made(ledger)
        install(ledger)
        assert self.made(ledger) == before != []
        assert ledger.fact("queue") > "03.04"

    @pytest.mark.parametrize("step", ["02.14", "03.03.99"])
    def test_tables_of_an_older_queue_are_brought_up_to_date(self, ledger: Ledger, postgresql: Any, tmp_path: Path, step: str) -> None:
        """By the steps that were not yet taken, and are then what new ones would be."""
        from procrastinate.schema import SchemaManager

        fresh = postgresql.create()
        new = Ledger.open(fresh, tmp_path)
        install(new)
        wanted = self.made(new)
        new.close()
        postgresql.drop(fresh)
        steps = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
        taken = [path for path in steps if path.name < step]
        for path in taken:
            with ledger.engine.begin() as connection:
                raw: Any = connection.connection.dbapi_connection
                raw.execute(path.read_text(encoding="utf-8"))
        ledger.keep_fact("queue", taken[-1].name)
        install(ledger)
        assert self.made(ledger) == wanted
        assert ledger.fact("queue") == steps[-1].name


def test_a_worker_wakes_when_another_program_records_an_edition(house: House) -> None:
    """At once, and not when it would look by itself; nothing of the job is left."""
    with house.worker(RARELY) as worker:
        done = house.syndicate("run", "--once", "--at", LAST)
        assert done.returncode == 0, done.stderr
        until(lambda: house.states() == {"sent": 3}, 5)
        until(lambda: not house.asked("SELECT count(*) FROM procrastinate_jobs"))
        assert stopped(worker) == 0
    assert 'event=mailed publication=mail reason="3 sent"' in house.said()
    assert len(list((house.press.root / "outbox").glob("*.eml"))) == 3


def test_a_worker_looks_by_itself_where_no_bell_has_rung(house: House) -> None:
    """What was owed before it started, and what it was never told of."""
    house.record()
    with house.worker() as worker:
        until(lambda: house.states() == {"sent": 3})
        house.did("UPDATE deliveries SET state = 'deferred', settled_at = NULL WHERE subscriber_id = 2")
        until(lambda: house.states() == {"sent": 3})
        assert stopped(worker) == 0


def test_an_idle_worker_stops_at_once(house: House) -> None:
    """Without an error, and off the list of workers."""
    with house.worker(RARELY) as worker:
        assert stopped(worker, 10) == 0
    assert house.asked("SELECT count(*) FROM procrastinate_workers") == 0
    assert [line.split("event=")[1].split()[0] for line in house.said().splitlines()] == ["started", "stopped"]


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    """A relay that takes half a second for a message."""
    found = Sink(tmp_path / "book", Temper(0, 0, 0, 0, seconds=0.5), 1)
    yield found
    found.stop()


def book(house: House) -> list[str]:
    """Who got a message, as the relay says."""
    path = house.press.root / "book"
    return [line.split()[0] for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def slow(tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch, sink: Sink) -> House:
    """A newspaper whose relay takes its time."""
    monkeypatch.setenv("SYNDICATE_STORAGE__URL", postgresql_url)
    return House(tmp_path, f'[smtp]\nhost = "127.0.0.1"\nport = {sink.port}\nconnections = 4\n', readers=40)


def test_a_worker_that_is_told_to_stop_finishes_what_is_in_hand(slow: House) -> None:
    """Exit 0, within seconds; the rest is owed, nothing is in doubt, and no job stays behind."""
    with slow.worker() as worker:
        slow.record()
        until(lambda: len(book(slow)) >= 4)
        assert stopped(worker, 15) == 0
    states = slow.states()
    assert set(states) <= {"sent", "planned", "deferred"}
    assert states["sent"] == len(book(slow)) < 40
    assert slow.asked("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 0


def test_the_job_of_a_worker_that_was_killed_does_not_stay(slow: House) -> None:
    """Once it is known to be dead, another takes it off the list; and sends the rest meanwhile."""
    with slow.worker() as worker:
        slow.record()
        until(lambda: len(book(slow)) >= 4)
        until(lambda: slow.asked("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"))
        worker.kill()
        worker.wait()
    assert slow.asked("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 1
    with slow.worker("import syndicate.workers; syndicate.workers.SWEEP = 0.2") as worker:
        slow.did(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour' WHERE id = (SELECT min(id) FROM procrastinate_workers)"
        )
        until(lambda: not slow.asked("SELECT count(*) FROM procrastinate_jobs WHERE worker_id IS NULL AND status = 'doing'"))
        until(lambda: slow.asked("SELECT count(*) FROM procrastinate_workers") == 1)
        until(lambda: not {"planned", "leased", "sending"} & slow.states().keys())
        assert stopped(worker) == 0
    states = slow.states()
    assert set(states) <= {"sent", "uncertain"}
    assert states["uncertain"] <= 8
    assert len(book(slow)) == len(set(book(slow))) >= states["sent"]
    assert slow.asked("SELECT count(*) FROM procrastinate_jobs") == 0


def test_a_worker_that_was_taken_for_dead_goes_on(house: House) -> None:
    """It slept for a minute, and was struck off the list: it puts itself on it again."""
    with house.worker("import syndicate.workers; syndicate.workers.LOOK = 1.0") as worker:
        house.did("DELETE FROM procrastinate_workers")
        house.record()
        until(lambda: house.states() == {"sent": 3})
        until(lambda: house.asked("SELECT count(*) FROM procrastinate_workers") == 1)
        until(lambda: not house.asked("SELECT count(*) FROM procrastinate_jobs"))
        assert stopped(worker) == 0


@pytest.fixture
def server() -> Iterator[Any]:
    """A PostgreSQL that is this test's alone."""
    folder = Path(mkdtemp(prefix="press"))
    try:
        with restartable(folder) as found:
            yield found
    finally:
        rmtree(folder, ignore_errors=True)


def test_a_database_that_is_restarted_is_waited_for(tmp_path: Path, server: Any, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a worker that is idle, and under one that sends: nobody is skipped, and what was answered is not in doubt."""
    monkeypatch.setenv("SYNDICATE_STORAGE__URL", server.url)
    house = House(tmp_path, f'[smtp]\nhost = "127.0.0.1"\nport = {sink.port}\nconnections = 4\n', readers=40)
    with house.worker() as worker:
        server.restart("fast")
        house.record()
        until(lambda: len(book(house)) >= 4)
        server.restart("fast")
        until(lambda: len(book(house)) >= 20)
        server.restart("immediate")
        until(lambda: house.states() == {"sent": 40})
        assert stopped(worker) == 0
    house.press.ledger.close()
    assert sorted(book(house)) == sorted(f"p{number}@example.org" for number in range(40))
    assert [line for line in house.said().splitlines() if " event=" not in line] == []


def test_a_worker_stops_while_the_database_is_away(tmp_path: Path, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not wait for it to come back."""
    monkeypatch.setenv("SYNDICATE_STORAGE__URL", server.url)
    house = House(tmp_path)
    with house.worker() as worker:
        house.press.ledger.close()
        server.made.stop()
        until(lambda: "event=failed" in house.said())
        assert stopped(worker, 10) == 0
    assert [line for line in house.said().splitlines() if " event=" not in line] == []


def test_a_worker_needs_a_database_that_can_be_shared(tmp_path: Path) -> None:
    """A SQLite file is one machine's; it says what to do."""
    done = House(tmp_path).syndicate("worker")
    assert done.returncode == 2
    assert "storage.url: sqlite:///" in done.stderr
    assert "workers share a PostgreSQL: postgresql+psycopg://" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("missing", ["procrastinate", "psycopg"])
def test_a_worker_without_its_libraries_says_what_to_install(house: House, missing: str) -> None:
    """By the name of the extra, which brings both."""
    program = f"import sys; sys.modules[{missing!r}] = None\nfrom syndicate.cli import main\nmain()"
    done = subprocess.run([sys.executable, "-c", program, "worker", *house.configuration], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'syndicate[cluster]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_one_machine_needs_nothing_of_it(tmp_path: Path) -> None:
    """Neither the queue nor PostgreSQL's driver is imported where the ledger is a file."""
    house = House(tmp_path)
    program = (
        "import sys\nfrom syndicate.cli import main\n"
        "try:\n    main()\nfinally:\n    print(*sorted({'procrastinate', 'psycopg', 'psycopg_pool'} & set(sys.modules)), 'imported')"
    )
    command = [sys.executable, "-c", program, "run", "--once", *house.configuration]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "imported\n"), done.stderr


def test_a_worker_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    """As a value, to who calls it from a program of their own."""
    press = Press(tmp_path).configure()
    with pytest.raises(ConfigurationError, match="is a file of one machine"):
        Worker(load_settings(tmp_path / "syndicate.toml"), press.ledger, print).run()


@pytest.mark.usefixtures("storage_url")
def test_a_scheduler_that_does_not_send_leaves_it_to_others(tmp_path: Path) -> None:
    """What it records is owed."""
    house = House(tmp_path)
    house.syndicate("run", "--once", "--no-send", "--at", LAST)
    done = house.syndicate("run", "--once", "--no-send")
    assert done.returncode == 0, done.stderr
    assert house.states() == {"planned": 3}
    assert not (tmp_path / "outbox").exists()


@pytest.mark.parametrize(("most", "rounds"), [(4, [4, 4, 2, 0]), (10, [10, 0]), (1, [1] * 10 + [0])])
@pytest.mark.usefixtures("storage_url")
def test_who_is_called_for_a_chunk_sends_no_more(tmp_path: Path, most: int, rounds: list[int]) -> None:
    """So that many workers are done at about the same time."""
    office, sent = PostOffice(tmp_path, people(10)), []
    for _ in rounds:
        transport = MemoryTransport()
        post(Office(office.outbox, transport, KEYS, Rules(), "me", office.clock, bounces="b@press.example.org", most=most))
        sent.append(len(transport.envelopes))
    assert sent == rounds
