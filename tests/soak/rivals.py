"""Let several schedulers run on one workspace at once, through the same fire times, and look whether any is recorded twice.

    python -m tests.soak.rivals [--rivals 5] [--fires 1000] [--seed 1] [--short]

Prints what it did and what was wrong; exits 1 if anything was.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.soak.year import faults, live_through, make_year


def main() -> int:
    """Start the rivals, wait for them, look."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rivals", type=int, default=5)
    parser.add_argument("--fires", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="a few fire times, for a machine that checks every change")
    parser.add_argument("--worker", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    fires = 25 if options.short else options.fires
    if options.worker:
        live_through(options.worker, make_year(Path(tempfile.mkdtemp()), days=fires, articles=fires, seed=options.seed), days=fires)
        return 0
    root = Path(tempfile.mkdtemp())
    arrivals = make_year(root, days=fires, articles=fires, seed=options.seed)
    numbers = ["--fires", str(fires), "--seed", str(options.seed)]
    command = [sys.executable, "-m", "tests.soak.rivals", "--worker", str(root), *numbers]
    rivals = [subprocess.Popen(command) for _ in range(options.rivals)]
    failed = [f"a rival ended with {code}" for code in (rival.wait() for rival in rivals) if code]
    wrong = failed + faults(root, arrivals, days=fires)
    print(*wrong, sep="\n")
    print(f"rivals: {options.rivals} at once, {fires} fire times, {len(wrong)} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
