"""What it takes to send an edition: messages a second beside Postfix's smtp-source, memory and planning by the number of subscribers.

python -m benchmarks.sending [--messages 8000] [--connections 1 8 32] [--rounds 3] [--people 1000 10000 100000] [--short]

The first part needs smtp-sink and smtp-source (Debian: postfix). Ours is all of it: outbox, personal messages of 60 kB, marks and settlements
in the database. The second part sends to nobody (a transport that takes everything at once), each size in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert

from benchmarks.mail import edition_of
from benchmarks.measure import in_turn, ratio
from syndicate.config import load_settings
from syndicate.delivery.envelopes import Receipt
from syndicate.delivery.mailing import Mailing
from syndicate.emitters.digest import render_digest
from syndicate.publishing.office import open_office
from syndicate.publishing.posting import post
from syndicate.storage import EditionRecord, Ledger, MailingRecord
from syndicate.storage.tables import subscribers, subscriptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.delivery.envelopes import Envelope

CARDS = 28
"""Stories of the edition: a message of about 60 kB."""

CHUNK = 50_000


class Nobody:
    """A transport that takes everything at once, and its own session."""

    def session(self) -> Nobody:
        """Itself."""
        return self

    async def send(self, envelope: Envelope, *, following: Envelope | None = None) -> Receipt:  # noqa: ARG002
        """Take it."""
        await asyncio.sleep(0)
        return Receipt("sent", "body", 250)

    async def close(self) -> None:
        """Nothing is open."""


class Workspace:
    """A workspace with so many subscribers, and the relay that it sends to."""

    def __init__(self, people: int, port: int = 25, connections: int = 8) -> None:
        self.root = Path(tempfile.mkdtemp())
        mail = '[mail]\nlinks = "https://news.example.org"\nsecret = "a-secret-for-benchmarks"\n'
        smtp = f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nconnections = {connections}\n'
        (self.root / "syndicate.toml").write_text(f'[site]\nurl = "https://news.example.org"\n{mail}{smtp}')
        self.settings = load_settings(self.root / "syndicate.toml")
        self.ledger = Ledger.open(self.settings.storage.url, self.root)
        self.weeks = 0
        now = datetime.now(UTC)
        blank = {"name": "", "state": "active", "created_at": now, "changed_at": now, "consent_source": "", "consent_wording": ""}
        for first in range(1, people + 1, CHUNK):
            numbers = range(first, min(first + CHUNK, people + 1))
            names = [f"reader{number}@d{number % 50}.example" for number in numbers]
            rows = [{"id": number, "address": name, "mailbox": name, **blank} for number, name in zip(numbers, names, strict=True)]
            with self.ledger.engine.begin() as connection:
                connection.execute(insert(subscribers), rows)
                wants = [{"subscriber_id": number, "digest": "weekly", "topics": "", "since": now} for number in numbers]
                connection.execute(insert(subscriptions), wants)

    def plan(self) -> float:
        """Owe another edition to everybody; seconds it took."""
        edition = edition_of(CARDS)
        self.weeks += 1
        shift, now = timedelta(weeks=self.weeks), datetime.now(UTC)
        record = EditionRecord("weekly", f"weekly/{self.weeks}", edition.start + shift, edition.end + shift, "recorded", "", now)
        mailing = MailingRecord(Mailing.of(edition, render_digest(edition), {}).pack(), now + timedelta(days=1))
        started = time.perf_counter()
        self.ledger.record(record, mailing=mailing)
        return time.perf_counter() - started

    def send(self, transport: Nobody | None = None) -> int:
        """Send what is owed; how many messages that were."""
        office = open_office(self.settings, self.ledger, clock=lambda: datetime.now(UTC))
        if transport:
            from dataclasses import replace

            office = replace(office, transport=transport)
        return post(office).states["sent"]

    def remove(self) -> None:
        """Take it away."""
        self.ledger.close()
        shutil.rmtree(self.root)


@contextmanager
def sink() -> Iterator[int]:
    """Postfix's smtp-sink on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "smtp-sink"
    process = subprocess.Popen([program, "-u", "nobody", f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    try:
        yield port
    finally:
        process.kill()
        process.wait()


def smtp_source(port: int, messages: int, connections: int) -> None:
    """Postfix's own, with messages of 60 kB."""
    program = shutil.which("smtp-source", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "smtp-source"
    command = [program, "-l", "60000", "-m", str(messages), "-s", str(connections), "-f", "a@example.org", "-t", "b@example.org"]
    subprocess.run([*command, f"127.0.0.1:{port}"], check=True, stdout=subprocess.DEVNULL)


def throughput(messages: int, connections: list[int], rounds: int) -> None:
    """Messages a second, beside smtp-source with as many connections."""
    print(f"{messages} messages of 60 kB to smtp-sink, messages a second (median, lowest to highest):")
    for count in connections:
        with sink() as port:
            workspace = Workspace(messages, port, count)

            def ours(workspace: Workspace = workspace) -> None:
                workspace.plan()
                sent = workspace.send()
                if sent != messages:
                    raise RuntimeError(f"sent {sent} of {messages}")

            work = {"ours": (ours, messages), "smtp-source": (partial(smtp_source, port, messages, count), messages)}
            done = in_turn(work, rounds=rounds)
            workspace.remove()
        figures = {name: sorted(1 / seconds for seconds in timing.seconds) for name, timing in done.items()}
        shown = "   ".join(f"{name} {1 / done[name].median:,.0f} ({low[0]:,.0f} to {low[-1]:,.0f})" for name, low in figures.items())
        print(f"  {count:3} connections: {shown}   ratio {ratio(done['smtp-source'], done['ours']):.2f}")


def by_size(people: int) -> None:
    """Planning, sending and memory for one size, in this process."""
    workspace = Workspace(people)
    planned = workspace.plan()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    sent = workspace.send(Nobody())
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    size = sum(path.stat().st_size for path in (workspace.root / ".syndicate").iterdir())
    workspace.remove()
    print(
        f"  {people:>9,} people: planned in {planned:6.2f} s; {sent:,} sent to nobody in {seconds:6.1f} s ({sent / seconds:,.0f}/s); "
        f"peak memory {before // 1024} MB before sending, {peak // 1024} MB after; database {size // 1_000_000} MB",
        flush=True,
    )


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=8000)
    parser.add_argument("--connections", type=int, nargs="*", default=[1, 8, 32])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--people", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--short", action="store_true", help="small, for a machine that checks every change")
    asked = parser.parse_args()
    if asked.size:
        by_size(asked.size)
        return
    if asked.short:
        asked.messages, asked.connections, asked.rounds, asked.people = 300, [4], 1, [1000]
    throughput(asked.messages, asked.connections, asked.rounds)
    print("by the number of subscribers, eight sessions:")
    for people in asked.people:
        subprocess.run([sys.executable, "-m", "benchmarks.sending", "--size", str(people)], check=True)


if __name__ == "__main__":
    main()
