"""How long it takes until the feeds have an edit, with a program that stays: `syndicate run` beside `hugo server --renderToDisk`.

    python -m benchmarks.watching [--size 10000] [--edits 20] [--warm-up 2] [--work FOLDER] [--write docs/benchmarks.md] [--short]

All stay over the same corpus at the same time and are edited in turn: a title is changed by replacing its file at once. Then every feed of
the article's topics is looked at each millisecond (`os.stat`, and read where that changed) until all of them have the new title. Between two
edits there is a pause of a length that no timer can fall in with. Hugo is there twice, without a browser: as it comes, where it writes no feed
of a topic again, but that of its home page; and with --disableFastRender, where it writes all.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.corpus import Corpus
from benchmarks.launcher import family
from benchmarks.prose import TOPICS
from benchmarks.show import show_targets, show_watching
from benchmarks.sites import NotDoneError, Site
from benchmarks.tools import hugo_servers, syndicate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.results import Results

LONGEST = 120
"""Seconds after which an edit is taken to be lost."""

PATIENCE = 1800
"""Seconds for the first rendering."""


@dataclass(frozen=True, slots=True)
class Resident:
    """A program that stays over its site."""

    site: Site
    process: subprocess.Popen[bytes]

    def ready(self) -> None:
        """Wait until every feed of a topic is there and holds what it must. Raises `NotDoneError`."""
        self._until(lambda: _there(self.site), PATIENCE, "its feeds are not there")

    def edit(self, number: int, mark: str) -> float:
        """Change a title; the seconds until every feed of its topics has it. Raises `NotDoneError`."""
        paths = self.site.feeds(self.site.corpus.topics(number))
        self.site.edit([number], mark)
        started = time.perf_counter()
        waiting = dict.fromkeys(paths, (0, 0, 0))  # each path once: one feed may be that of many topics

        def arrived() -> bool:
            for path, stamp in list(waiting.items()):
                if (now := _stamp(path)) != stamp:
                    waiting[path] = now
                    if mark.encode() in path.read_bytes():
                        del waiting[path]
            return not waiting

        self._until(arrived, LONGEST, f"{len(waiting)} feeds have not got “{mark}”")
        return time.perf_counter() - started

    def memory(self) -> int:
        """The most bytes that the program had in memory, with those of every process it has now."""
        return sum(map(_high_water, family(self.process.pid)))

    def _until(self, arrived: Callable[[], bool], longest: float, otherwise: str) -> None:
        end = time.monotonic() + longest
        while not arrived():
            if self.process.poll() is not None or time.monotonic() > end:
                log = (self.site.folder / ".log").read_text(errors="replace")[-1000:]
                raise NotDoneError(f"{self.site.folder}: {otherwise}, after {longest:g} s or at the program's end: {log}")
            time.sleep(0.001)


def _there(site: Site) -> bool:
    """Whether every feed has been written; looked at less often, for it takes longer."""
    time.sleep(0.1)
    return all(path.is_file() and b"</" in path.read_bytes()[-40:] for path in site.feeds(TOPICS))


def _stamp(path: Path) -> tuple[int, int, int]:
    """What tells that a file was written; nothing, while it is being replaced."""
    try:
        about = os.stat(path)  # noqa: PTH116  a thousand times a second
    except FileNotFoundError:
        return (0, 0, 0)
    return (about.st_mtime_ns, about.st_ino, about.st_size)


def _high_water(pid: int) -> int:
    """The most bytes that a process had in memory, none if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


@contextmanager
def staying(site: Site, command: Sequence[str]) -> Iterator[Resident]:
    """A program over its site, while it is needed."""
    with (site.folder / ".log").open("wb") as log:
        process = subprocess.Popen(command, cwd=site.folder, stdout=log, stderr=log, start_new_session=True)
        try:
            yield Resident(site, process)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def free_port() -> str:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


def watching(size: int, edits: int, warm_up: int, folder: Path) -> Results:
    """Edit all in turn; what it took. The corpus ends now, for a resident's window does."""
    corpus = Corpus(size, until=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1))
    peers, dice = hugo_servers(), random.Random(size)
    tools = [syndicate(corpus.until), *peers]
    taken: dict[str, list[float]] = {tool.name: [] for tool in tools}
    with ExitStack() as stack:
        residents: list[Resident] = []
        for tool in tools:
            site = Site(tool, corpus, folder / f"{len(residents)}-{size}")
            site.write()
            port = ["--port", free_port()] if tool in peers else []
            residents.append(stack.enter_context(staying(site, [*tool.serve, *port])))
        for resident in residents:
            resident.ready()
        time.sleep(3)  # what watches has to look at every folder first
        for number in range(warm_up + edits):
            for resident in residents:
                seconds = resident.edit(size - 1 - number % 20, f"revised {number + 1} times")
                if number >= warm_up:
                    taken[resident.site.tool.name].append(round(seconds, 5))
                time.sleep(dice.uniform(1, 2))
        memory = {resident.site.tool.name: resident.memory() for resident in residents}
    return {
        "edits": edits,
        "tools": {tool.name: {"version": tool.version, "seconds": taken[tool.name], "memory": memory[tool.name]} for tool in tools},
        "left out": {} if peers else {"Hugo": "not installed"},
    }


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--warm-up", type=int, default=2)
    parser.add_argument("--work", type=Path, help="where sites are written; a temporary folder, if not given")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the page, its plots and its results")
    parser.add_argument("--short", action="store_true", help="1,000 articles and two edits, for a machine that checks every change")
    asked = parser.parse_args()
    if asked.short:
        asked.size, asked.edits, asked.warm_up = 1000, 2, 1
    found = results.load(results.beside(asked.write)) if asked.write else {part: {} for part in results.PART}
    with tempfile.TemporaryDirectory(dir=asked.work, prefix="syndicate-benchmark-") as name:
        part = watching(asked.size, asked.edits, asked.warm_up, Path(name))
    found["watching"][str(asked.size)] = part | {"facts": results.facts("benchmarks.watching", sys.argv[1:])}
    show_watching(found, asked.size)
    show_targets(found)
    if asked.write:
        from benchmarks.page import write_page

        results.save(results.beside(asked.write), found)
        write_page(asked.write, found)


if __name__ == "__main__":
    main()
