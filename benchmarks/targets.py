"""The targets, each held against what was measured in one run: the wanted figure, the measured one, and whether it was reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.results import Results, middle, times, took

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS, PEER, RESIDENT = "syndicate", "Hugo", "Hugo, fast"

SMALL, LARGE = 10_000, 100_000
"""Articles from which on there is a target for a cold run, and for one with little or nothing to do."""

LINEAR = 1.25
"""How much dearer an article may be among the most than among the fewest, for cost to count as linear."""


@dataclass(frozen=True, slots=True)
class Target:
    """One claim. `measured` and `wanted` are as people read them."""

    work: str
    wanted: str
    measured: str
    reached: bool


def targets(results: Results) -> list[Target]:
    """Every target for which there are figures."""
    sizes = sorted(map(int, results["sizes"]))
    return [target for target in (*_cold(results, sizes), *_warm(results, sizes), *_growth(results, sizes), *_rest(results)) if target]


def at_most(work: str, share: float | None, parts: float, of: str) -> Target | None:
    """That ours takes at most one part in `parts` of something."""
    if share is None:
        return None
    wanted = f"at most 1/{parts:g} of {of}" if parts > 1 else f"at most {1 / parts:g} times {of}"
    measured = f"1/{1 / share:.1f}" if share < 1 else f"{share:.2f} times"
    return Target(work, wanted, measured, share <= 1 / parts)


def _cold(results: Results, sizes: list[int]) -> Iterator[Target | None]:
    for size in (size for size in sizes if size >= SMALL):
        ours, theirs = (took(results, size, tool, "cold") for tool in (OURS, PEER))
        yield at_most(f"{size:,} articles, cold: time", times(ours, theirs), 3, PEER)
        mine, its = (took(results, size, tool, "cold", "memory") for tool in (OURS, PEER))
        yield at_most(f"{size:,} articles, cold: memory", times(mine, its), 10, PEER)


def _warm(results: Results, sizes: list[int]) -> Iterator[Target | None]:
    for size in (size for size in sizes if size >= LARGE):
        nothing = took(results, size, OURS, "nothing changed")
        yield at_most(f"{size:,} articles, nothing changed", times(nothing, took(results, size, PEER, "nothing changed")), 30, PEER)
        scan = results["sizes"][str(size)]["limits"]["scan"]["seconds"]
        yield at_most(f"{size:,} articles, nothing changed", times(nothing, scan), 1 / 3, "scandir + stat")
        one = took(results, size, OURS, "one changed")
        yield at_most(f"{size:,} articles, one changed", times(one, took(results, size, PEER, "one changed")), 25, PEER)
        if counts := results["sizes"][str(size)]["rewritten"].get(f"{OURS}: one changed"):
            shown = "; ".join(f"{written} for {named}" for written, named in counts)
            reached = all(written == named for written, named in counts)
            yield Target(f"{size:,} articles, one changed: feeds written", "those it is in", shown, reached)


def _growth(results: Results, sizes: list[int]) -> Iterator[Target | None]:
    """From the smallest size to the largest: an article costs the same, and an edit costs the same beyond looking at every file."""
    if not (counted := [size for size in sizes if size >= SMALL])[1:]:
        return
    few, many = counted[0], counted[-1]
    span = f"{few:,} to {many:,} articles"
    dear, cheap = took(results, many, OURS, "cold"), took(results, few, OURS, "cold")
    if dear and cheap:
        growth = middle(dear) / many / (middle(cheap) / few)
        yield Target(f"{span}, cold: cost of an article", f"the same, within {LINEAR - 1:.0%}", f"{growth:.2f} times", growth <= LINEAR)
    more = [_beyond_looking(results, size) for size in (few, many)]
    if all(each is not None for each in more):
        least, most = (each or 0.0 for each in more)
        shown = f"{least * 1000:.0f} ms; {most * 1000:.0f} ms"
        yield Target(f"{span}: one changed, beyond nothing changed", "does not grow", shown, most <= max(least * LINEAR, least + 0.02))


def _beyond_looking(results: Results, size: int) -> float | None:
    one, nothing = (took(results, size, OURS, work) for work in ("one changed", "nothing changed"))
    return middle(one) - middle(nothing) if one and nothing else None


def _rest(results: Results) -> Iterator[Target | None]:
    for size, part in results["watching"].items():
        ours, theirs = (part["tools"].get(tool, {}).get("seconds") for tool in (OURS, RESIDENT))
        yield at_most(f"{int(size):,} articles, resident, one edited", times(ours, theirs), 10, "hugo server, fast")
    works = results["starts"].get("works", {})
    for name, limit in (("syndicate --help", 0.25), ("import syndicate", 0.1), ("render of 60 articles, cold", 1.0)):
        if name in works:
            found = middle(works[name]["seconds"])
            yield Target(name, f"under {limit:g} s", f"{found:.3f} s", found < limit)
