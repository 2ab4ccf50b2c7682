"""What it takes to read a folder, select and write twenty feeds, beside the peers and beside what the files themselves cost.

    python -m benchmarks.rendering [--sizes 10000 100000] [--peers hugo jekyll pelican] [--rounds 3] [--ours-alone 1000000]
                                   [--slow-peers] [--limit 1800] [--work FOLDER] [--write docs/benchmarks.md] [--short]

Four kinds of work, in turn, each by every tool in turn: cold (nothing is left of earlier runs but warm file caches), nothing changed, one
title changed, the titles of 1 % changed. After each run every feed is read and compared with what it must hold: a program that did nothing
ends the benchmark. Jekyll and Pelican take part above 10,000 articles only with --slow-peers, for one round, and not beyond --limit seconds.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import limits, results
from benchmarks.corpus import Corpus
from benchmarks.results import Results, packed
from benchmarks.show import show_size, show_starts, show_targets
from benchmarks.sites import NotDoneError, Sample, Site, TooSlowError, launch
from benchmarks.tools import PEERS, Tool, syndicate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

WORKS = ("cold", "nothing changed", "one changed", "1 % changed")

FEW = 10_000
"""Articles up to which slow peers take part unasked."""

GROWN = 3
"""Seconds after which a file is old: a younger one is read twice by an index, and a publisher's files are years old."""


@dataclass
class Contest:
    """Tools at work on the same corpus."""

    corpus: Corpus
    sites: list[Site]
    limit: float = 3600
    taken: dict[str, dict[str, list[Sample]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    rewritten: dict[str, list[list[int]]] = field(default_factory=lambda: defaultdict(list))
    left_out: dict[str, str] = field(default_factory=dict)

    def round(self, number: int) -> None:
        """Each kind of work by each tool. A slow tool takes part in the first round."""
        for work in WORKS:
            for site in list(self.sites):
                if site.tool.name in self.left_out or (number and site.tool.slow and self.corpus.size > FEW):
                    continue
                try:
                    self.taken[site.tool.name][work].append(self._one(site, work, number))
                except TooSlowError as error:
                    self.left_out[site.tool.name] = f"{work}: {error}"

    def _one(self, site: Site, work: str, number: int) -> Sample:
        """One run, made ready and checked outside the time that is taken."""
        if work == "cold":
            site.clear()
            if left := [path for path in site.feeds() if path.exists()]:
                raise NotDoneError(f"{left[0]}: is still there; a cold run would prove nothing")
        before = site.stamps() if work != "cold" else {}
        changed = changed_in(work, self.corpus, number)
        site.edit(changed, f"revised in round {number + 1}, {'once' if work == 'one changed' else 'with others'}")
        sample = site.run(self.limit)
        site.check()
        if before:
            after = site.stamps()
            named = {path for story in changed[:1] for path in site.feeds(self.corpus.topics(story))}
            self.rewritten[f"{site.tool.name}: {work}"].append([sum(after[path] != before[path] for path in after), len(named)])
        return sample


def changed_in(work: str, corpus: Corpus, number: int) -> Sequence[int]:
    """The stories that are edited before a run: one of the latest, or each hundredth; a different one each round."""
    match work:
        case "one changed":
            return [corpus.size - 1 - number]
        case "1 % changed":
            return range(corpus.size - 1 - number, 0, -100)
        case _:
            return []


def contest(corpus: Corpus, tools: Iterable[Tool], folder: Path, rounds: int, limit: float, left_out: dict[str, str]) -> Results:
    """Let tools work on a corpus in turn; what it took."""
    sites = [Site(tool, corpus, folder / f"{tool.name.lower()}-{corpus.size}") for tool in tools]
    for site in sites:
        started = time.perf_counter()
        site.write()
        tell(f"{corpus.size:,} articles written for {site.tool.name} in {time.perf_counter() - started:.1f} s")
    time.sleep(GROWN)
    event = Contest(corpus, sites, limit, left_out=dict(left_out))
    least: dict[str, list[Sample]] = {"scan": [], "read": []}
    for number in range(rounds):
        tell(f"{corpus.size:,} articles, round {number + 1} of {rounds}")
        event.round(number)
        least["scan"].append(timed(limits.looked_at, sites[0].articles, corpus.size))
        least["read"].append(timed(limits.read, sites[0].articles))
    for site in sites:
        shutil.rmtree(site.folder)
    return {
        "rounds": rounds,
        "tools": {
            site.tool.name: {
                "version": site.tool.version,
                "works": {work: packed(samples) for work, samples in event.taken[site.tool.name].items()},
            }
            for site in sites
        },
        "limits": {name: packed(samples) for name, samples in least.items()},
        "rewritten": dict(event.rewritten),
        "left out": event.left_out,
    }


def timed(call: Callable[[Path], int], folder: Path, expected: int | None = None) -> Sample:
    """What a call took in this process. Raises `NotDoneError` if it found something else than it should."""
    gc.collect()
    started, before = time.perf_counter(), time.process_time()
    found = call(folder)
    sample = Sample(time.perf_counter() - started, time.process_time() - before)
    if expected not in {None, found}:
        raise NotDoneError(f"{folder}: {found} files, not {expected}")
    return sample


def starts(folder: Path, rounds: int) -> Results:
    """What starting takes, beside the bare interpreter, and rendering sixty articles from nothing."""
    corpus = Corpus(60, span=timedelta(days=170))
    site = Site(syndicate(corpus.until), corpus, folder / "syndicate-60")
    site.write()
    python = sys.executable
    commands = {
        "the interpreter alone": [python, "-c", "pass"],
        "import syndicate": [python, "-c", "import syndicate"],
        "syndicate --help": [python, "-m", "syndicate", "--help"],
    }
    taken: dict[str, list[Sample]] = {name: [] for name in [*commands, "render of 60 articles, cold"]}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(launch(command, site.folder))
        site.clear()
        taken["render of 60 articles, cold"].append(site.run())
        site.check()
    shutil.rmtree(site.folder)
    return {"rounds": rounds, "works": {name: packed(samples) for name, samples in taken.items()}}


def installed(names: Iterable[str], size: int, *, slow: bool) -> tuple[list[Tool], dict[str, str]]:
    """The peers of these names that can take part at a size, and why the others do not."""
    found, left_out = [], {}
    for name in names:
        tool = PEERS[name]()
        if tool is None:
            left_out[name.capitalize()] = "not installed"
        elif tool.slow and size > FEW and not slow:
            left_out[tool.name] = "takes part at this size only when asked (--slow-peers)"
        else:
            found.append(tool)
    return found, left_out


def tell(line: str) -> None:
    """Say how far it is, apart from the results."""
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours-alone", type=int, nargs="*", default=[], metavar="SIZE", help="sizes at which no peer takes part")
    parser.add_argument("--slow-peers", action="store_true", help=f"Jekyll and Pelican above {FEW} articles too")
    parser.add_argument("--limit", type=float, default=1800, help="seconds that a run may take")
    parser.add_argument("--work", type=Path, help="where sites are written; a temporary folder, if not given")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the page, its plots and its results")
    parser.add_argument("--short", action="store_true", help="1,000 articles once, for a machine that checks every change")
    asked = parser.parse_args()
    if asked.short:
        asked.sizes, asked.ours_alone, asked.rounds = [1000], [], 1
    facts = results.facts("benchmarks.rendering", sys.argv[1:])
    found = results.load(results.beside(asked.write)) if asked.write else {part: {} for part in results.PART}
    with tempfile.TemporaryDirectory(dir=asked.work, prefix="syndicate-benchmark-") as name:
        folder = Path(name)
        found["starts"] = starts(folder, 1 if asked.short else 10) | {"facts": facts}
        show_starts(found)
        for size in [*asked.sizes, *asked.ours_alone]:
            peers, left_out = installed(asked.peers if size in asked.sizes else [], size, slow=asked.slow_peers)
            corpus = Corpus(size)
            part = contest(corpus, [syndicate(corpus.until), *peers], folder, asked.rounds, asked.limit, left_out)
            found["sizes"][str(size)] = part | {"facts": facts}
            show_size(found, size)
            if asked.write:
                results.save(results.beside(asked.write), found)  # a run of hours that breaks off has not been for nothing
    show_targets(found)
    if asked.write:
        from benchmarks.page import write_page

        write_page(asked.write, found)


if __name__ == "__main__":
    main()
