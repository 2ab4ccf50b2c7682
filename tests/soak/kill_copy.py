"""Kill `storage copy` with SIGKILL at random moments, and run it again until it is through: there and back, over and over.

    python -m tests.soak.kill_copy [--kills 200] [--rows 3000] [--seed 1] [--short]

Now and then the source changes between two tries. After each kill there must be one ledger at most that can be worked on, and in the end the
target must hold what the source does. Prints what it did and what was wrong; exits 1 if anything was.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, delete, func, select, update

from syndicate.storage import ranges
from syndicate.storage.copying import copy
from syndicate.storage.database import open_database
from syndicate.storage.moves import COPYING, MOVED, refuse_moved
from syndicate.storage.tables import deliveries, editions, signups, subscribers, subscriptions
from tests.databases import started
from tests.storage.cargo import fill, marks_in, rows_of

WORKER = "--worker"
RANGES = 40
"""Rows in a range, so that there are many."""


def main() -> int:
    """Kill until it has been done often enough."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rows", type=int, default=3000, help="in each table")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a few, for a machine that checks every change")
    parser.add_argument(WORKER, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        move(*options.worker)
        return 0
    kills, rows = (10, 400) if options.short else (options.kills, options.rows)
    with started() as server, tempfile.TemporaryDirectory() as folder:
        course = Course(f"sqlite:///{Path(folder) / 'ledger.db'}", server.create(), rows, options.seed)
        wrong = course.run(kills)
        course.close()
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


class Course:
    """Two databases, between which a ledger goes to and fro."""

    def __init__(self, here: str, there: str, rows: int, seed: int) -> None:
        self.dice = random.Random(seed)
        self.urls = [here, there]
        self.engines = {url: open_database(url, Path()) for url in self.urls}
        self.rows = rows
        fill(self.engines[here], seed, rows)

    def run(self, kills: int) -> list[str]:
        """Move the ledger until so many kills have struck, and once more; what was wrong."""
        began, struck, moves, wrong = time.monotonic(), 0, 0, list[str]()
        span = self._span()
        while struck < kills or moves % 2:
            source, target = (self.engines[url] for url in self.urls)
            tries, through = 0, False
            while not through:
                struck += self._strike(self.dice.uniform(0.2, 1.1) * span if struck < kills else None)
                tries += 1
                faults, through = judge(source, target)
                wrong += [f"move {moves}, try {tries}: {fault}" for fault in faults]
                if COPYING in marks_in(target) and MOVED not in marks_in(source) and self.dice.random() < 0.3:
                    change(source, self.dice)
            if rows_of(source) != rows_of(target):
                wrong.append(f"move {moves}: what arrived is not what was sent")
            moves += 1
            self.urls.reverse()
        print(f"kill copy: {self.rows} rows a table, {moves} moves, {struck} kills, {len(wrong)} faults, {time.monotonic() - began:.0f} s")
        return wrong

    def close(self) -> None:
        """Let go of the databases."""
        for engine in self.engines.values():
            engine.dispose()

    def _span(self) -> float:
        """Seconds that a copy takes which nobody kills: there, and back again."""
        began = time.monotonic()
        for _ in range(2):
            self._strike(None)
            self.urls.reverse()
        return (time.monotonic() - began) / 2

    def _strike(self, seconds: float | None) -> int:
        """A copy that lives for so many seconds, or to its end; whether it was killed."""
        worker = subprocess.Popen([sys.executable, "-m", "tests.soak.kill_copy", WORKER, *self.urls], stderr=subprocess.PIPE)
        try:
            _, said = worker.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.communicate()
            return 1
        assert worker.returncode == 0, said.decode()
        return 0


def judge(source: Engine, target: Engine) -> tuple[list[str], bool]:
    """What is wrong after a try, and whether it is through."""
    ours, theirs = marks_in(source), marks_in(target)
    through = MOVED in ours and not theirs
    begun = COPYING in theirs or (MOVED in theirs and not ours) or not (ours or theirs)
    open_ = [engine for engine in (source, target) if not refused(engine)]
    if not (through or begun):
        return [f"the marks are {ours} and {theirs}"], through
    # A target on which nothing was ever done bears no mark, and holds nothing that anybody would work on.
    worked = [engine for engine in open_ if not is_empty(engine)]
    return ([f"{len(worked)} ledgers can be worked on"] if len(worked) > 1 else []), through


def refused(engine: Engine) -> bool:
    """Whether a program would not work on this database."""
    with engine.begin() as connection:
        try:
            refuse_moved(connection, "")
        except OSError:
            return True
        return False


def is_empty(engine: Engine) -> bool:
    """Whether nothing was ever done here."""
    with engine.begin() as connection:
        return not connection.execute(select(func.count()).select_from(editions)).scalar_one()


def change(engine: Engine, dice: random.Random) -> None:
    """Work on the source between two tries: erase people, change others, settle deliveries, forget sign-ups."""
    with engine.begin() as connection:
        people = connection.execute(select(subscribers.c.id)).scalars().all()
        gone, other = dice.sample(people, len(people) // 50), dice.sample(people, len(people) // 10)
        connection.execute(delete(subscriptions).where(subscriptions.c.subscriber_id.in_(gone)))
        connection.execute(delete(subscribers).where(subscribers.c.id.in_(gone)))
        connection.execute(update(subscribers).where(subscribers.c.id.in_(other)).values(name=f"{dice.random()}"))
        connection.execute(update(deliveries).where(deliveries.c.id % dice.randint(2, 9) == 0).values(reason=f"{dice.random()}"))
        connection.execute(delete(signups).where(signups.c.id % 97 == dice.randrange(97)))


def move(source: str, target: str) -> None:
    """Move a ledger, in ranges that are small."""
    ranges.ROWS = ranges.BULKY = RANGES
    now = datetime(2100, 1, 1, tzinfo=UTC)  # every lease of the cargo has run out
    copy(open_database(source, Path()), open_database(target, Path()), now=now, progress=lambda done, of: None)


if __name__ == "__main__":
    sys.exit(main())
