"""What was measured, as JSON beside the page that is written from it, so that no figure is typed by hand.

One file takes what several runs measured: each replaces what it measured again, as a whole, so that what is compared was always in one run.
"""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.sites import Sample

Results = dict[str, Any]

PART = ("sizes", "starts", "watching")
"""What one run replaces: rendering at one size, starting, and watching at one size."""


def load(path: Path) -> Results:
    """What was measured before; empty, if nothing was."""
    found: Results = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {part: found.get(part, {}) for part in PART}


def save(path: Path, results: Results) -> None:
    """Write it where the page can be written from it again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def beside(page: Path) -> Path:
    """The file of results that belongs to a page."""
    return page.with_suffix(".json")


def facts(module: str, arguments: Sequence[str]) -> Results:
    """The machine, the interpreter, the moment and the command, without its folders: what a figure is worth nothing without."""
    told = [each for place, each in enumerate(arguments) if not {"--work", "--write"} & {each, *arguments[max(0, place - 1) : place]}]
    return {
        "when": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": " ".join(["python", "-m", module, *told]),
        "processor": _first("/proc/cpuinfo", r"model name\s*:\s*(.+)") or platform.processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "gigabytes": round(int(_first("/proc/meminfo", r"MemTotal:\s*(\d+)") or 0) / 2**20),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _first(file: str, pattern: str) -> str:
    try:
        found = re.search(pattern, Path(file).read_text(encoding="utf-8"))
    except OSError:
        return ""
    return found[1].strip() if found else ""


def packed(samples: Iterable[Sample]) -> dict[str, list[float]]:
    """Samples as columns, each figure in the order of the rounds."""
    rows = [asdict(sample) for sample in samples]
    return {key: [round(row[key], 5) for row in rows] for key in rows[0]} if rows else {}


def middle(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def took(results: Results, size: int | str, tool: str, work: str, what: str = "seconds") -> list[float] | None:
    """Every figure of one kind, or `None` where that was not measured."""
    found: list[float] | None = results["sizes"].get(str(size), {}).get("tools", {}).get(tool, {}).get("works", {}).get(work, {}).get(what)
    return found or None


def times(one: list[float] | None, other: list[float] | None) -> float | None:
    """How many times as much `one` is as `other`, by their medians; `None` where either was not measured."""
    return middle(one) / middle(other) if one and other and middle(other) else None
