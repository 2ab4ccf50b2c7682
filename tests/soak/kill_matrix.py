"""Kill a digest's year with SIGKILL, at every edge between two steps and at random moments, and look whether anything is lost.

    python -m tests.soak.kill_matrix [--kills 500] [--days 365] [--seed 1] [--short]

Prints what it did and what was wrong; exits 1 if anything was.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.year import faults, live_through, make_year


def main() -> int:
    """Run both matrices."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a few of each, for a machine that checks every change")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--die-at", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        _work(options.worker, options.days, options.seed, options.die_at)
        return 0
    kills, days, edges = (12, 20, 12) if options.short else (options.kills, options.days, 60)
    tried, wrong = _at_edges(edges, options.seed)
    wrong += _at_random(kills, days, options.seed)
    print(*wrong, sep="\n")
    print(f"kill matrix: {tried} edges, {kills} random kills, {len(wrong)} faults")
    return 1 if wrong else 0


def _at_edges(edges: int, seed: int) -> tuple[int, list[str]]:
    """Die at the first edge and come again, die at the second and come again, and so on: how many were tried, and what was wrong."""
    days, wrong = 15, list[str]()
    for edge in range(1, edges + 1):
        root = Path(tempfile.mkdtemp())
        arrivals = make_year(root, days=days, articles=20, seed=seed)
        died = subprocess.run(_command(root, days, seed, die_at=edge), check=False).returncode == -signal.SIGKILL
        subprocess.run(_command(root, days, seed), check=True)
        wrong += [f"edge {edge}: {fault}" for fault in faults(root, arrivals, days=days)]
        if not died:
            return edge - 1, wrong
    return edges, wrong


def _at_random(kills: int, days: int, seed: int) -> list[str]:
    """Kill at random moments until `kills` have struck, then let the year come to its end."""
    dice = random.Random(seed)
    root = Path(tempfile.mkdtemp())
    arrivals = make_year(root, days=days, articles=days, seed=seed)
    struck, began = 0, time.monotonic()
    while struck < kills:
        worker = subprocess.Popen(_command(root, days, seed))
        try:
            worker.wait(dice.uniform(0.4, 2.2))
        except subprocess.TimeoutExpired:
            worker.kill()
            struck += 1
        if worker.wait() == 0:
            print(f"the year ended after {struck} kills; another begins")
            if wrong := faults(root, arrivals, days=days):
                return wrong
            seed += 1
            root = Path(tempfile.mkdtemp())
            arrivals = make_year(root, days=days, articles=days, seed=seed)
    subprocess.run(_command(root, days, seed), check=True)
    print(f"{struck} kills in {time.monotonic() - began:.0f} s")
    return faults(root, arrivals, days=days)


def _command(root: Path, days: int, seed: int, die_at: int = 0) -> list[str]:
    numbers = ["--days", str(days), "--seed", str(seed), "--die-at", str(die_at)]
    return [sys.executable, "-m", "tests.soak.kill_matrix", "--worker", str(root), *numbers]


def _work(root: Path, days: int, seed: int, die_at: int) -> None:
    """Live through the year; die at the given edge."""
    count = 0

    def step(_: str) -> None:
        nonlocal count
        count += 1
        if count == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    scratch = Path(tempfile.mkdtemp())
    articles = 20 if days == 15 else days  # as the parent made them
    live_through(root, make_year(scratch, days=days, articles=articles, seed=seed), days=days, step=step)


if __name__ == "__main__":
    sys.exit(main())
