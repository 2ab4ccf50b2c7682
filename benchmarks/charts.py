"""Draw cost against size: time and memory, on logarithmic axes, as pictures that a page can show on any background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.results import middle
from benchmarks.targets import OURS

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from benchmarks.results import Results

COLOURS = {OURS: "#00677f", "Hugo": "#c8443c", "Jekyll": "#7d5ba6", "Pelican": "#b8791a"}
MARKS = {OURS: "o", "Hugo": "s", "Jekyll": "^", "Pelican": "D"}
INK, QUIET, LINE = "#1f2933", "#616e7c", "#e4e7eb"

LIMITS = {"scan": "looking at every file", "read": "reading every file"}

PANELS = {"cold": "Cold", "nothing changed": "Nothing changed", "one changed": "One article changed"}

STYLE: Any = {
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "svg.hashsalt": "syndicate",  # the same picture for the same figures
}
"""What matplotlib is told; its own type names every key there is."""


def draw(results: Results, folder: Path) -> list[Path]:
    """Draw what there is figures for; the pictures, in the order in which they are to be shown."""
    if not results["sizes"]:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _draw(results, folder / "benchmark-time.svg", "seconds", "seconds", 1),
        _draw(results, folder / "benchmark-memory.svg", "memory", "peak memory, MB", 1e-6),
    ]


def _draw(results: Results, path: Path, what: str, axis: str, unit: float) -> Path:
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullLocator

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.6, 3.7), facecolor="white", layout="constrained")
        panels = figure.subplots(1, len(PANELS), sharey=True)
        sizes = sorted(map(int, results["sizes"]))
        for panel, (work, title) in zip(panels, PANELS.items(), strict=True):
            panel.set(xscale="log", yscale="log", xlabel="articles", xlim=(sizes[0] / 1.8, sizes[-1] * 1.8))
            panel.set_title(title, loc="left", fontsize=10, fontweight="bold")
            panel.set_xticks(sizes, [_short(size) for size in sizes])
            panel.xaxis.set_minor_locator(NullLocator())
            panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
            panel.grid(axis="y", color=LINE, linewidth=0.8)
            panel.set_axisbelow(True)
            panel.tick_params(which="both", length=0)
            _lines(panel, results, sizes, work, what, unit)
        panels[0].set_ylabel(axis)
        names = {line.get_label(): line for panel in panels for line in panel.get_lines()}
        figure.legend(names.values(), names.keys(), loc="outside upper left", ncols=len(names), frameon=False, handlelength=2.2)
        figure.savefig(path, metadata={"Date": None})
    return path


def _lines(panel: Axes, results: Results, sizes: list[int], work: str, what: str, unit: float) -> None:
    """A line for each tool, and for what the files themselves cost; each point is a median, with a bar from the lowest to the highest."""
    parts = {size: results["sizes"][str(size)] for size in sizes}
    for tool, colour in COLOURS.items():
        taken = {size: part["tools"].get(tool, {}).get("works", {}).get(work, {}).get(what) for size, part in parts.items()}
        if points := {size: values for size, values in taken.items() if values}:
            middles = [middle(values) * unit for values in points.values()]
            low, high = zip(*((min(values) * unit, max(values) * unit) for values in points.values()), strict=True)
            front = 3 if tool == OURS else 2
            panel.vlines(list(points), low, high, color=colour, linewidth=1, zorder=front)
            width = 2.2 if tool == OURS else 1.4
            panel.plot(list(points), middles, MARKS[tool] + "-", color=colour, linewidth=width, markersize=4.5, label=tool, zorder=front)
    if what != "seconds":
        return
    for name, style in (("scan", ":"), ("read", "--")):
        middles = [middle(part["limits"][name]["seconds"]) for part in parts.values()]
        panel.plot(sizes, middles, style, color=QUIET, linewidth=1.2, marker=".", markersize=3, label=LIMITS[name])


def _short(size: int) -> str:
    """`10,000`, `1 million`."""
    return f"{size // 1_000_000} million" if size >= 1_000_000 and size % 1_000_000 == 0 else f"{size:,}"
