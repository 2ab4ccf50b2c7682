"""Kill a sender with SIGKILL at random moments, over and over, and look whether anybody was skipped, or got a message twice.

    python -m tests.soak.kill_mail [--kills 500] [--people 2000] [--seed 1] [--short]

Runs twice, with `uncertain = "hold"` and with `"resend"`, against a server that refuses, defers and hangs up by chance. Prints what it did and
what was wrong; exits 1 if anything was.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert

from syndicate import editions
from syndicate.config import load_settings
from syndicate.delivery.mailing import Mailing
from syndicate.emitters.digest import render_digest
from syndicate.model import Entry, Section
from syndicate.publishing.office import open_office
from syndicate.publishing.posting import IN_FLIGHT, post
from syndicate.storage import EditionRecord, Ledger, MailingRecord, Outbox
from syndicate.storage.tables import subscribers, subscriptions
from syndicate.windows import Window
from tests.soak.sink import Sink, Temper
from tests.vocabulary import article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.config import Settings
    from syndicate.storage import DeliveryRecord

BEGINNING = datetime(2026, 1, 5, 8, tzinfo=UTC)
CONNECTIONS = 4
SETTINGS = """
[site]
title = "Soak"
url = "https://soak.example.org"
[mail]
uncertain = "{doubt}"
canary = 1
[smtp]
host = "127.0.0.1"
port = {port}
connections = {connections}
[[digests]]
slug = "weekly"
title = "Weekly"
sender = "w@soak.example.org"
schedule = "0 8 * * mon"
"""


def main() -> int:
    """Kill under both rules."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a few, for a machine that checks every change")
    options = parser.parse_args()
    kills, people = (12, 200) if options.short else (options.kills, options.people)
    wrong = [fault for doubt in ("hold", "resend") for fault in Matrix(doubt, people, options.seed).run(kills)]
    print(*wrong, sep="\n")
    return 1 if wrong else 0


class Matrix:
    """A workspace, a server, and senders that are killed until they have sent enough editions to have been killed often enough."""

    def __init__(self, doubt: str, people: int, seed: int) -> None:
        self.root = Path(tempfile.mkdtemp())
        self.book = self.root / "book"
        self.book.touch()
        self.doubt, self.people, self.seed = doubt, people, seed
        self.dice = random.Random(seed)
        self.sink = Sink(self.book, Temper(), seed)
        text = SETTINGS.format(doubt=doubt, port=self.sink.port, connections=CONNECTIONS)
        (self.root / "syndicate.toml").write_text(text, encoding="utf-8")
        self.settings: Settings = load_settings(self.root / "syndicate.toml")
        self._subscribe()

    def run(self, kills: int) -> list[str]:
        """Send editions until `kills` have struck; what was wrong."""
        started, struck, number, wrong, twice, doubtful = time.monotonic(), 0, 0, list[str](), 0, Counter[str]()
        while struck < kills:
            key = self._record(number)
            before = struck
            while struck < kills and self._sender(self.dice.uniform(0.01, 0.5)):
                struck += 1
            for minutes in range(0, 3 * 24 * 60, 240):  # then let it come to its end, retries and all
                self._finish(timedelta(minutes=minutes))
            faults, again = self._judge(key, struck - before)
            wrong += faults
            twice += again
            doubtful += Counter(self._states(key))
            number += 1
        self.sink.stop()
        print(
            f"{self.doubt}: {struck} kills over {number} editions to {self.people} people, {time.monotonic() - started:.0f} s;"
            f" duplicates {twice}; {dict(sorted(doubtful.items()))}; {len(wrong)} faults"
        )
        return wrong

    def _sender(self, seconds: float) -> bool:
        """A sender that lives for so many seconds; false where it came to its end before."""
        process = os.fork()
        if not process:
            self._post(lambda: datetime.now(UTC))
            os._exit(0)
        time.sleep(seconds)
        ended, _ = os.waitpid(process, os.WNOHANG)
        if ended:
            return False
        os.kill(process, 9)
        os.waitpid(process, 0)
        return True

    def _finish(self, later: timedelta) -> None:
        """A sender that is let be, so much later."""
        process = os.fork()
        if not process:
            self._post(lambda: datetime.now(UTC) + later)
            os._exit(0)
        os.waitpid(process, 0)

    def _post(self, clock: object) -> None:
        ledger = Ledger.open(self.settings.storage.url, self.root)
        post(open_office(self.settings, ledger, clock=clock), patience=timedelta())  # type: ignore[arg-type]

    def _subscribe(self) -> None:
        ledger = Ledger.open(self.settings.storage.url, self.root)
        names = [f"p{number}@d{number % 7}.example" for number in range(self.people)]
        with ledger.engine.begin() as connection:
            blank = {"name": "", "state": "active", "created_at": BEGINNING, "changed_at": BEGINNING}
            connection.execute(
                insert(subscribers), [{"id": place, "address": name, "mailbox": name, **blank} for place, name in enumerate(names, 1)]
            )
            connection.execute(
                insert(subscriptions),
                [{"subscriber_id": place, "digest": "weekly", "since": BEGINNING} for place in range(1, self.people + 1)],
            )
        ledger.close()

    def _record(self, number: int) -> str:
        """Another edition, owed to everybody."""
        start = BEGINNING + timedelta(weeks=number)
        digest = self.settings.digest("weekly").publication
        window = Window(start, start + timedelta(weeks=1))
        edition = editions.compose(digest, [Section("", (Entry(article(f"Story {number}")),))], window, name=f"{window.end:%Y-%m-%d}")
        now = datetime.now(UTC)
        record = EditionRecord("weekly", edition.key, window.start, window.end, "recorded", "soak", now)
        mailing = MailingRecord(Mailing.of(edition, render_digest(edition), {}).pack(), now + timedelta(days=2))
        ledger = Ledger.open(self.settings.storage.url, self.root)
        ledger.record(record, mailing=mailing)
        ledger.close()
        self.seen = len(self.book.read_bytes().splitlines())
        return edition.key

    def _states(self, key: str) -> dict[str, int]:
        ledger = Ledger.open(self.settings.storage.url, self.root)
        try:
            return Outbox(ledger.engine).tally(key).get(key, {})
        finally:
            ledger.close()

    def _judge(self, key: str, struck: int) -> tuple[list[str], int]:
        """What is wrong with an edition that has come to its end, and how many messages came twice."""
        ledger = Ledger.open(self.settings.storage.url, self.root)
        rows = {str(row.address): row for row in Outbox(ledger.engine).deliveries(key)}
        ledger.close()
        arrived: defaultdict[str, list[str]] = defaultdict(list)
        silent = 0  # how often the server left us in doubt
        for line in self.book.read_text().splitlines()[self.seen :]:
            recipient, what, identity = (*line.split(), "")[:3]
            if what == "took":
                arrived[recipient].append(identity)
            silent += what != "took"
        wrong = [f"{key}: {len(rows)} deliveries for {self.people} people"] if len(rows) != self.people else []
        wrong += [f"{key}: {address} {fault}" for address, row in rows.items() for fault in _faults(row, arrived[address], self.doubt)]
        twice = sum(len(each) - 1 for each in arrived.values() if each)
        if self.doubt == "hold" and twice:
            wrong.append(f"{key}: {twice} duplicates under hold")
        in_flight = struck * CONNECTIONS * IN_FLIGHT
        doubtful = sum(row.state == "uncertain" for row in rows.values())
        for count, what in ((twice - silent, "duplicates"), (doubtful - silent, "deliveries in doubt")):
            if count > in_flight:
                wrong.append(f"{key}: {count} {what} after {struck} kills")
        return wrong, twice


def _faults(row: DeliveryRecord, arrived: list[str], doubt: str) -> Iterator[str]:
    """What is wrong with one delivery that has come to its end, where these messages arrived."""
    if row.state == "sent" and not arrived:
        yield "is said to have got a message and has not"
    if row.state not in {"sent", "refused", "uncertain", "expired"}:
        yield f"is left {row.state} in the end"
    if row.state in {"refused", "expired"} and not row.reason:
        yield f"is {row.state} without a reason"
    if row.state == "refused" and arrived and doubt == "hold":  # what is sent again may be refused although it had arrived
        yield "is refused and has a message"
    if len(set(arrived)) > 1:
        yield "got messages that are told apart"


if __name__ == "__main__":
    raise SystemExit(main())
