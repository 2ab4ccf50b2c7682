"""Import a long list of people, export it, and import the export again, by the command line; how long that takes, in how much memory.

    python -m tests.soak.million_rows [--rows 1000000] [--seed 1] [--short]

Prints what it did and what was wrong; exits 1 if anything was: somebody lost, an export that does not lead back to the same list, or
memory that grows with the list.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

SETTINGS = """
[site]
title = "Soak"
url = "https://soak.example.org"
[[digests]]
slug = "daily"
title = "Daily"
sender = "daily@soak.example.org"
schedule = "0 8 * * *"
[[digests]]
slug = "weekly"
title = "Weekly"
sender = "weekly@soak.example.org"
schedule = "0 8 * * mon"
"""
NAMES = ("Ann", "Björk", "Ciarán", "Dolores", "Élodie", "Françoise", "=Gus", "Hà", "")
TOPICS = ("", "", "AI", "Energy;Wind", "Solar")
GROWTH = 40_000
"""Kilobytes by which a list ten times as long may need more memory: caches fill, and allocators keep what they had."""


class Took(NamedTuple):
    """What a command said, how long it took, in seconds, how much of that it worked, and the most memory it had, in kB."""

    said: str
    seconds: float
    worked: float
    peak: int


def main() -> int:
    """Time a tenth of the list, then all of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="some thousand rows, for a machine that checks every change")
    options = parser.parse_args()
    rows = 20_000 if options.short else options.rows
    small, wrong = _round(rows // 10, options.seed)
    large, more = _round(rows, options.seed)
    wrong += more
    for name in large:
        if large[name].peak > small[name].peak + GROWTH:
            wrong.append(f"{name}: {small[name].peak} kB for {rows // 10} rows, {large[name].peak} kB for {rows}")
    print(*wrong, sep="\n")
    print(f"million rows: {rows} rows, {len(wrong)} faults")
    return 1 if wrong else 0


def _round(rows: int, seed: int) -> tuple[dict[str, Took], list[str]]:
    """Import, export, import again, on a list of `rows`: what each took, and what was wrong."""
    root = Path(tempfile.mkdtemp())
    (root / "syndicate.toml").write_text(SETTINGS, encoding="utf-8")
    _make_list(root / "people.csv", rows, seed)
    took = {
        "import": _run(root, "import", "people.csv", "--json"),
        "export": _run(root, "export", "out.csv"),
        "import again": _run(root, "import", "out.csv", "--json"),
    }
    (root / "other").mkdir()
    (root / "other" / "syndicate.toml").write_text(SETTINGS, encoding="utf-8")
    _run(root / "other", "import", str(root / "out.csv"))
    _run(root / "other", "export", "out.csv")
    for name, each in took.items():
        print(f"{name}, {rows} rows: {each.seconds:.1f} s ({each.worked:.1f} s of work), at most {each.peak / 1024:.0f} MB")
    wrong = []
    if (tally := json.loads(took["import"].said)) != {"added": rows}:
        wrong.append(f"import: {tally}")
    if (tally := json.loads(took["import again"].said)) != {"unchanged": rows}:
        wrong.append(f"import again: {tally}")
    if (root / "out.csv").read_bytes() != (root / "other" / "out.csv").read_bytes():
        wrong.append("the export of an import of the export differs from it")
    return took, wrong


def _make_list(path: Path, rows: int, seed: int) -> None:
    dice = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("email,name,digests,topics,state,consent_at\n")
        for number in range(rows):
            address = f"{dice.choice('abcdefgh')}.reader{number}@mail{dice.randrange(3000)}.example"
            name, digests = dice.choice(NAMES), dice.choice(("daily", "weekly", "daily|weekly"))
            file.write(f"{address},{name},{digests},{dice.choice(TOPICS)},active,2026-11-{dice.randrange(1, 20):02}T08:00:00Z\n")


def _run(root: Path, *words: str) -> Took:
    """Run a command on the list in a process of its own."""
    began = time.monotonic()
    command = [sys.executable, "-m", "syndicate", "subscribers", *words]
    with (root / "said").open("w+", encoding="utf-8") as said:
        child = subprocess.Popen(command, cwd=root, stdout=said)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        if child.returncode:
            raise SystemExit(f"{words}: exit {child.returncode}")
        return Took(said.read(), time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


if __name__ == "__main__":
    sys.exit(main())
