"""Print what was measured: median, lowest and highest, and how it compares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.results import middle, times, took
from benchmarks.targets import OURS, targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.results import Results


def seconds(values: Sequence[float], *, places: int = 2) -> str:
    """`0.44 (0.43 to 0.47)`."""
    return f"{middle(values):,.{places}f} ({min(values):,.{places}f} to {max(values):,.{places}f})"


def megabytes(values: Sequence[float]) -> str:
    """`120 MB`: the most of any run."""
    return f"{max(values) / 1e6:,.0f} MB"


def show_size(results: Results, size: int) -> None:
    """A line for each kind of work and tool."""
    part = results["sizes"][str(size)]
    print(f"\n{size:,} articles, {part['rounds']} rounds: wall seconds and those of the processor, median (lowest to highest); peak memory")
    for work in part["tools"][OURS]["works"]:
        ours = took(results, size, OURS, work)
        for tool, about in part["tools"].items():
            if not (taken := about["works"].get(work)):
                continue
            compared = times(taken["seconds"], ours)
            ratio = f"{compared:8.1f} x" if compared and tool != OURS else ""
            wall, cpu = (seconds(taken[what], places=3) for what in ("seconds", "cpu"))
            print(f"  {work:<16} {tool + ' ' + about['version']:<18} {wall:<26} {cpu:<26} {megabytes(taken['memory']):>9} {ratio}")
    for name, taken in part["limits"].items():
        print(f"  {'every file':<16} {name:<18} {seconds(taken['seconds'], places=3)}")
    for tool, why in part["left out"].items():
        print(f"  {tool}: {why}")


def show_starts(results: Results) -> None:
    """A line for each command."""
    part = results["starts"]
    print(f"starting, {part['rounds']} rounds: wall seconds, median (lowest to highest); peak memory")
    for name, taken in part["works"].items():
        print(f"  {name:<30} {seconds(taken['seconds'], places=3):<26} {megabytes(taken['memory']):>9}")


def show_targets(results: Results) -> None:
    """A line for each target."""
    print("\ntargets")
    for target in targets(results):
        print(f"  {'reached' if target.reached else 'MISSED ':<8} {target.work:<55} {target.wanted:<32} {target.measured}")


def show_watching(results: Results, size: int) -> None:
    """A line for each program."""
    part = results["watching"][str(size)]
    print(
        f"{size:,} articles, resident, {part['edits']} edits each: seconds until the feeds have it, median (lowest to highest); peak memory"
    )
    ours = part["tools"][OURS]["seconds"]
    for tool, about in part["tools"].items():
        ratio = f"{times(about['seconds'], ours):8.1f} x" if tool != OURS else ""
        taken = seconds(about["seconds"], places=3)
        print(f"  {tool + ' ' + about['version']:<22} {taken:<26} {about['memory'] / 1e6:9,.0f} MB {ratio}")
    for tool, why in part["left out"].items():
        print(f"  {tool}: {why}")
