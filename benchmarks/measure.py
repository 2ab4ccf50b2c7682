"""Run things in turn, A B A B, and say how long each took and how they compare."""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds that each run of one thing took, for each of its `units` of work."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle run, in seconds."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        low, middle, high = (f"{value * 1000:10.3f}" for value in (min(self.seconds), self.median, max(self.seconds)))
        return f"{self.name:<52}{middle} ms   ({low.strip()} to {high.strip()})"


def in_turn(work: Mapping[str, tuple[Callable[[], object], int]], *, rounds: int = 5) -> dict[str, Timing]:
    """Time each of `work` (what to call, and how many units that is) once a round, so that a slow moment hits all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, (call, units) in work.items():
            gc.collect()
            started = time.perf_counter()
            call()
            seconds[name].append((time.perf_counter() - started) / units)
    return {name: Timing(name, tuple(taken)) for name, taken in seconds.items()}


def ratio(one: Timing, other: Timing) -> float:
    """How many times as long `one` takes as `other`, by their medians."""
    return one.median / other.median
