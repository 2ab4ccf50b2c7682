"""Kill workers and schedulers of a cluster with SIGKILL, restart its PostgreSQL, and look whether anybody was skipped, or got a message twice.

    python -m tests.soak.kill_cluster [--people 200000] [--rate 150] [--seed 1] [--short]

Programs as users start them, each in a folder of its own: workers that send by two relays, schedulers that write two folders of output. Half
of them look like other machines, whose leases nobody knows to be a dead program's: these must run out. Only what takes minutes is made
shorter for them: leases, and the pauses between two tries. A digest to everybody and one to a few, every minute, go out side by side.
Prints what was found beside what is allowed; exits 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.storage import Ledger, Outbox
from tests.soak.machines import Program, command_of, postgresql
from tests.soak.scene import FULL, RELAYS, SHORT, configuration, subscribe
from tests.soak.sink import Sink, Temper
from tests.soak.verdict import Row, Verdict, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from syndicate.storage import EditionRecord
    from tests.soak.machines import Server
    from tests.soak.scene import Scale

PATIENCE = 60
"""Seconds in which a program must come up."""

OPEN = frozenset({"planned", "deferred", "leased", "sending"})
MODES = ("immediate", "fast", "fast")
"""How PostgreSQL is restarted: first as if it had crashed."""


def main() -> int:
    """One storm, and what it left."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=FULL.people)
    parser.add_argument("--rate", type=int, default=FULL.rate, help="messages a second, by each relay")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a few, for a machine that checks every change")
    options = parser.parse_args()
    scale = SHORT if options.short else replace(FULL, people=options.people, rate=options.rate)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # whoever breaks it off leaves nothing running
    root = Path(tempfile.mkdtemp(prefix="cluster"))
    with ExitStack() as stack:
        sinks = [stack.enter_context(_sink(root / f"book{number}", options.seed + number)) for number in range(RELAYS)]
        server = stack.enter_context(postgresql(root))
        cluster = Cluster(root, scale, server, [sink.port for sink in sinks], random.Random(options.seed))
        stack.callback(cluster.kill_all)
        cluster.live()
        left = cluster.left_behind()
        found = Verdict(cluster, [root / f"book{number}" for number in range(RELAYS)])
        rows = [*found.rows(), Row("programs and connections left behind", left, 0)]
    show(rows)
    faults = [*cluster.wrong, *found.wrong]
    print(*faults, sep="\n")
    print(f"{root}: {cluster.seconds:.0f} s, {len(faults)} faults")
    return 1 if faults or any(row.is_wrong for row in rows) else 0


@contextmanager
def _sink(book: Path, seed: int) -> Iterator[Sink]:
    book.touch()
    sink = Sink(book, Temper(refuse=5, defer=10, hang_up_before=1, hang_up_after=1), seed)
    try:
        yield sink
    finally:
        sink.stop()


@dataclass
class Cluster:
    """Programs that are killed and started again, until what they owe is sent."""

    root: Path
    scale: Scale
    server: Server
    ports: Sequence[int]
    dice: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    gave_up: int = 0
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.settings = configuration(self.root / "articles", self.scale, self.server.url)
        self.ledger = Ledger.open(self.server.url, self.root)
        self.outbox = Outbox(self.ledger.engine)
        subscribe(self.ledger.engine, self.scale)
        # The first two of four send by one relay, and of these each second one is a stranger: each relay has both kinds.
        self.workers = [
            self._program(f"worker{number}", ["worker"], self.ports[number % RELAYS], strange=number // RELAYS % 2 == 1)
            for number in range(self.scale.workers)
        ]
        self.schedulers = [
            self._program(f"scheduler{number}", ["run", "--no-send"], strange=number % 2 == 1) for number in range(self.scale.schedulers)
        ]

    @property
    def programs(self) -> list[Program]:
        """All that are killed."""
        return [*self.workers, *self.schedulers]

    def live(self) -> None:
        """Go through the storm, and come to rest after it."""
        for program in self.programs:
            program.start()
        self._storm()
        self._rest()
        self.seconds = time.monotonic() - self.began

    def kill_all(self) -> None:
        """Leave nothing running, whatever happened."""
        for program in self.programs:
            program.kill()
        self.ledger.close()

    def left_behind(self) -> int:
        """How many processes and connections are still there that should not be."""
        self.ledger.close()
        mark = str(self.root / "machines").encode()
        lines = [command_of(path) for path in Path("/proc").glob("[0-9]*/cmdline")]
        return sum(mark in line for line in lines) + self.server.connections()

    def _storm(self) -> None:
        """Strike again and again, until everybody's message of the large digest has come to its end.

        On a machine that is busy otherwise, programs take long to come up: whoever was struck before is waited for, else they would do
        nothing else.
        """
        while not self._is_settled():
            time.sleep(self.scale.every)
            self._until(lambda: all(program.is_up for program in self.programs), PATIENCE)
            if time.monotonic() - self.began > self.scale.longest:
                self.wrong.append(f"not done after {self.scale.longest:.0f} s")
                return
            self._strike()

    def _strike(self) -> None:
        for program in self.programs:
            if program.ended is not None:
                if program.is_up or program.ended != 1:
                    self.wrong.append(f"{program.name} has ended by itself: {program.ended}")
                self.gave_up += 1  # else it has come up to a database that was just not there, and says so
                program.start()
        struck = self.server.restarts.total()
        if struck < self.scale.restarts and self._done() > (struck + 1) / (self.scale.restarts + 1):
            self.server.restart(MODES[struck])
        for program in self._victims():
            program.kill()
            self.kills[program.command[0]] += 1
            program.start()

    def _victims(self) -> Sequence[Program]:
        """One of those that are at work, a scheduler where it is their time; now and then all schedulers, at work or just coming up."""
        if self.dice.random() < 0.1:
            return self.schedulers
        within = self.schedulers if time.time() % 60 < self.scale.every else self.programs
        at_work = [program for program in within if program.is_up]
        return [self.dice.choice(at_work)] if at_work else []

    def _rest(self) -> None:
        """Let everything come to its end: no more editions, each on every scheduler's shelf, nothing owed, nobody at work."""
        for program in self.schedulers:
            self._stopped(program)
        before: Sequence[EditionRecord] = ()
        while before != (before := self.ledger.editions()):
            for program in self.schedulers:
                if status := program.once():
                    self.wrong.append(f"{program.name} --once has ended with {status}")
        if not self._until(lambda: not self._owed(), 3 * self.scale.lease + 60):
            self.wrong.append(f"still owed after the storm: {self.outbox.tally()}")
        for program in self.workers:
            self._stopped(program)

    def _stopped(self, program: Program) -> None:
        began = time.monotonic()
        status = program.stop()
        if status or time.monotonic() - began > 15:
            self.wrong.append(f"{program.name} was asked to stop, and ended with {status} after {time.monotonic() - began:.0f} s")

    def _until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is true, at most for so long; whether it is."""
        end = time.monotonic() + seconds
        while not (happened := true()) and time.monotonic() < end:
            time.sleep(0.5)
        return happened

    def _tally(self) -> Counter[str]:
        """How many deliveries of the large digest are in which state."""
        return sum((Counter(states) for key, states in self.outbox.tally().items() if key.startswith("large/")), Counter())

    def _is_settled(self) -> bool:
        tally = self._tally()
        return bool(tally) and not OPEN & set(tally)

    def _done(self) -> float:
        """The share of the large digest that is settled."""
        tally = self._tally()
        return 1 - sum(tally[state] for state in OPEN) / max(tally.total(), 1) if tally else 0

    def _owed(self) -> bool:
        return any(OPEN & set(states) for states in self.outbox.tally().values())

    def _program(self, name: str, command: Sequence[str], port: int = 25, *, strange: bool) -> Program:
        root = self.root / "machines" / name
        root.mkdir(parents=True)
        (root / "syndicate.toml").write_text(self.settings, encoding="utf-8")
        return Program(name, command, root, self.scale.lease, self.scale.pause, port, strange)


if __name__ == "__main__":
    raise SystemExit(main())
