"""Kill refreshes of the index with SIGKILL at random moments, one in two of them while another goes on, and look whether it is right after.

    python -m tests.soak.kill_index [--kills 200] [--files 3000] [--seed 1] [--short]

Before each, the index is thrown away or articles are written, changed, renamed and deleted, so that there is work. After it, a refresh must
succeed and give what reading afresh gives, and no process may be left. Prints what it did and what was wrong; exits 1 if anything was.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.catalogue.shelf import Shelf, article_text, assert_same

WORKER = "--worker"
PATIENCE = 10.0
"""Seconds in which the processes of a killed program must have gone."""


def main() -> int:
    """Kill, look, and kill again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--files", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="ten kills, for a machine that checks every change")
    parser.add_argument(WORKER, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        refresh(options.worker)
        return 0
    kills, files = (10, 1200) if options.short else (options.kills, options.files)
    dice, began = random.Random(options.seed), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        shelf = make_shelf(Path(folder).resolve(), files)
        span = time_of(shelf)
        struck, tried, wrong = 0, 0, list[str]()
        while struck < kills:
            tried += 1
            struck += strike(shelf, dice, span, together=tried % 2 == 0)
            wrong += [f"try {tried}: {fault}" for fault in faults(shelf)]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    print(f"kill index: {files} files, {tried} refreshes, {struck} kills, {len(wrong)} faults, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


def make_shelf(root: Path, files: int) -> Shelf:
    """A workspace of so many articles in ten folders, one in seven with a picture, one in fifty with a mistake."""
    shelf = Shelf(root)
    for folder in range(10):
        shelf.picture(f"{folder}/p.png", folder + 1)
    for number in range(files):
        write(shelf, number, 0)
    return shelf


def write(shelf: Shelf, number: int, edition: int) -> None:
    """Write an article, the first time or again."""
    fields = {"images": "[p.png]"} if number % 7 == 0 else {}
    text = article_text(f"{number}", title=f"Title {number} {edition}", topics=f"[Topic{number % 5}]", body="Many *words*. " * 8, **fields)
    shelf.put(f"{number % 10}/{number}.md", text if number % 50 else "no front matter")


def time_of(shelf: Shelf) -> float:
    """Seconds that a refresh takes from nothing, with the start of its process."""
    began = time.monotonic()
    subprocess.run(command(shelf), check=True)
    return time.monotonic() - began


def strike(shelf: Shelf, dice: random.Random, span: float, *, together: bool) -> int:
    """Make work, let one program refresh the index, or two at once, and kill one or both at some moment; how many were."""
    make_work(shelf, dice)
    workers = [subprocess.Popen(command(shelf)) for _ in range(1 + together)]
    time.sleep(dice.uniform(0.1, 0.9) * span)
    victims = workers if dice.random() < 0.5 else workers[:1]
    struck = 0
    for worker in victims:
        if worker.poll() is None:
            worker.kill()
            struck += 1
    for worker in workers:
        code = worker.wait(120)
        assert code == 0 or worker in victims, f"a refresh failed with {code}, though another was killed"
    return struck


def make_work(shelf: Shelf, dice: random.Random) -> None:
    """Throw the index away, or change a few files in a hundred."""
    kind = dice.randrange(4)
    if kind == 0:
        for file in shelf.file.parent.iterdir():
            file.unlink()
        return
    known = sorted(shelf.places[0].glob("*/*.md"))
    for path in dice.sample(known, len(known) // (50 if kind == 1 else 2)):
        match dice.randrange(5):
            case 0:
                path.unlink()
            case 1:
                path.rename(path.with_name(f"moved {path.name}"[-40:]))
            case 2:
                os.utime(path, (0, dice.randrange(2**33)))
            case _:
                write(shelf, int("".join(filter(str.isdigit, path.stem)) or 0) % len(known), dice.randrange(1000))
    shelf.picture(f"{dice.randrange(10)}/p.png", dice.randrange(1, 100))


def faults(shelf: Shelf) -> list[str]:
    """What is wrong after a kill."""
    found = []
    until = time.monotonic() + PATIENCE
    while (left := processes(shelf)) and time.monotonic() < until:
        time.sleep(0.05)
    if left:
        found.append(f"{len(left)} processes were left: {left}")
    try:
        with shelf.open() as index:
            index.refresh()
            assert_same(index, shelf.afresh())
    except Exception as error:  # noqa: BLE001  whatever it is, it is a fault
        found.append(f"{type(error).__name__}: {str(error)[:200]}")
    return found


def processes(shelf: Shelf) -> list[int]:
    """The processes that refresh this workspace, those that were forked off for it included."""
    sign, found = os.fsencode(shelf.root), []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            arguments = path.read_bytes().split(b"\0")
        except OSError:
            continue  # it went meanwhile
        if sign in arguments:
            found.append(int(path.parent.name))
    return found


def command(shelf: Shelf) -> list[str]:
    """What refreshes a workspace in a process of its own."""
    return [sys.executable, "-m", "tests.soak.kill_index", WORKER, str(shelf.root)]


def refresh(root: Path) -> None:
    """Refresh the index of a workspace."""
    with Shelf(root).open() as index:
        index.refresh()


if __name__ == "__main__":
    sys.exit(main())
