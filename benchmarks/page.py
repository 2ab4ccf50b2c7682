"""Write docs/benchmarks.md from its results: `python -m benchmarks.page [docs/benchmarks.md]`. Only the notes on the page are by hand.

What stands between the lines `NOTES` and `END` is kept when the page is written again.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import results as stored
from benchmarks.charts import LIMITS, draw
from benchmarks.results import times
from benchmarks.show import megabytes, seconds
from benchmarks.targets import OURS, targets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.results import Results

NOTES, END = "<!-- notes -->", "<!-- end of notes -->"

HEAD = """# Benchmarks

What it takes to read a folder of articles, select and write twenty feeds, beside what people would use instead. Absolute times move from
machine to machine; what counts is the ratio within one run. This page is written from [benchmarks.json](benchmarks.json) by
`benchmarks/page.py`, and no figure on it by hand.
"""

METHOD = """## How it is measured

`benchmarks/corpus.py` makes the articles: 3,000 bytes each, evenly over ten years, one to three of twenty topics, three related stories; the
same for the same size and seed. Each tool gets them with front matter of its own kind, with the same text and as many bytes. Ours writes RSS
and Atom of each topic, 50 entries from the last 180 days; Hugo RSS, Jekyll Atom, Pelican both, of the latest 50. Hugo and Pelican are told to
write no page for each article; Jekyll cannot be told. Pelican keeps its cache of what it read.

Tools take turns, A B A B, on warm file caches. *Cold* is without anything that an earlier run left; then comes a run in which nothing changed;
one after a new title was written into one of the latest articles; one after new titles were written into each hundredth. After every run,
outside the time taken, every feed is read and must hold exactly the titles that belong there, in order: a program that did nothing ends the
benchmark.

Time is that of the wall, from before the program starts to its end, interpreter included; the processor's is user and system, of the program
and whatever it started and waited for (`wait4`). Memory is the larger of the most that any one process had (`ru_maxrss`) and the most that
all its processes had at once, looked up every 20 ms; what several share counts for each. "Looking at every file" is `os.scandir` and `stat`,
"reading every file" also its bytes, both in one Python process that has already started.

Resident programs are asked each millisecond whether every feed of the edited article has its new title. `hugo server` is there twice. As it
comes, in fast rendering, it does not write the feeds of topics again, visited or not, so it is measured by the one feed of its home page; with
`--disableFastRender` it writes all. Its memory, and ours, is `VmHWM`.
"""


def write_page(page: Path, results: Results) -> None:
    """Write the page and its plots."""
    pictures = draw(results, page.parent / "pictures")
    kept = re.search(f"{NOTES}\n(.*?){END}", page.read_text(encoding="utf-8"), re.DOTALL) if page.is_file() else None
    parts = [HEAD, *_targets(results), *_pictures(page, pictures)]
    for size in sorted(map(int, results["sizes"])):
        parts += _size(results, size)
    parts += [
        *_watching(results),
        *_starts(results),
        *_short(results),
        f"{NOTES}\n{kept[1] if kept else ''}{END}\n",
        METHOD,
        *_machine(results),
    ]
    page.write_text("\n".join(parts), encoding="utf-8")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; a head that ends in a colon is of a column of figures."""
    marks = ["---:" if head.endswith(":") else "---" for head in heads]
    lines = [[head.rstrip(":") for head in heads], marks, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _targets(results: Results) -> Iterator[str]:
    if found := targets(results):
        yield "## Targets\n"
        yield table(
            ["work", "target", "measured", ""],
            ([each.work, each.wanted, each.measured, "reached" if each.reached else "**missed**"] for each in found),
        )


def _pictures(page: Path, pictures: Sequence[Path]) -> Iterator[str]:
    names = {"benchmark-time": "Seconds against the number of articles", "benchmark-memory": "Peak memory against the number of articles"}
    for picture in pictures:
        yield f"![{names[picture.stem]}: cold, nothing changed, one changed]({picture.relative_to(page.parent).as_posix()})\n"


def _size(results: Results, size: int) -> Iterator[str]:
    part = results["sizes"][str(size)]
    yield f"## {size:,} articles\n"
    rows = []
    for work in part["tools"][OURS]["works"]:
        ours = part["tools"][OURS]["works"][work]["seconds"]
        for tool, about in part["tools"].items():
            if taken := about["works"].get(work):
                ratio = "" if tool == OURS else f"{times(taken['seconds'], ours):.1f}"
                rounds = "" if len(taken["seconds"]) == part["rounds"] else f" ({len(taken['seconds'])} of {part['rounds']} rounds)"
                name = f"{tool} {about['version']}{rounds}"
                rows.append([work, name, seconds(taken["seconds"]), seconds(taken["cpu"]), megabytes(taken["memory"]), ratio])
    rows += [["", LIMITS[name], seconds(taken["seconds"]), seconds(taken["cpu"]), "", ""] for name, taken in part["limits"].items()]
    yield table(["work", "tool", "seconds:", "of the processor:", "peak memory:", "times ours:"], rows)
    yield f"Median (lowest to highest) of {part['rounds']} rounds; of memory, the most of any.{_left_out(part)}\n"


def _left_out(part: Results) -> str:
    return "".join(f" {tool} is left out: {why}." for tool, why in part["left out"].items())


def _watching(results: Results) -> Iterator[str]:
    for size, part in sorted(results["watching"].items(), key=lambda item: int(item[0])):
        yield f"## Resident, {int(size):,} articles, one edited\n"
        ours = part["tools"][OURS]["seconds"]
        yield table(
            ["program", "seconds until the feeds have it:", "peak memory:", "times ours:"],
            (
                [
                    f"{'syndicate run' if tool == OURS else tool.replace('Hugo', 'hugo server')} ({about['version']})",
                    seconds(about["seconds"], places=3),
                    megabytes([about["memory"]]),
                    "" if tool == OURS else f"{times(about['seconds'], ours):.1f}",
                ]
                for tool, about in part["tools"].items()
            ),
        )
        yield f"Median (lowest to highest) of {part['edits']} edits each.{_left_out(part)}\n"


def _starts(results: Results) -> Iterator[str]:
    if part := results["starts"]:
        yield "## Starting\n"
        yield table(
            ["command", "seconds:", "peak memory:"],
            ([name, seconds(taken["seconds"], places=3), megabytes(taken["memory"])] for name, taken in part["works"].items()),
        )
        yield f"Median (lowest to highest) of {part['rounds']} runs.\n"


def _short(results: Results) -> Iterator[str]:
    yield "## What fell short\n"
    missed = [each for each in targets(results) if not each.reached]
    yield "".join(f"- {each.work}: {each.measured}, where {each.wanted} was wanted.\n" for each in missed) or "Nothing.\n"


def _machine(results: Results) -> Iterator[str]:
    parts = [*results["sizes"].values(), *results["watching"].values(), *filter(None, [results["starts"]])]
    facts = [part["facts"] for part in parts]
    commands = sorted({each["command"] for each in facts})
    yield "## To repeat it\n"
    yield "".join(f"    {command}\n" for command in commands)
    yield "Hugo and Jekyll (with jekyll-feed) come with Debian, Pelican with pip; each is found on the `PATH`, or left out.\n"
    machines = sorted(
        {f"{f['when']}: {f['processor']}, {f['cores']} cores, {f['gigabytes']} GB; {f['system']}; Python {f['python']}" for f in facts}
    )
    yield "".join(f"- {machine}\n" for machine in machines)


def main() -> None:
    """Write the page again from its results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("page", type=Path, nargs="?", default=Path("docs/benchmarks.md"))
    asked = parser.parse_args()
    write_page(asked.page, stored.load(stored.beside(asked.page)))


if __name__ == "__main__":
    main()
