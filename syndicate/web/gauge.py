"""How much a letter weighs, drawn as a bar against what mail programs put up with. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.letters import BUDGET as TRIMMED
from syndicate.linter.size import BUDGET

if TYPE_CHECKING:
    from syndicate.letters import Letter

CLIPPED = 102_400
"""Bytes of HTML after which Gmail hides the rest behind a link; its own figure is not published, and 102 kB is what people measure."""

FULL = 110_000
"""What the whole bar stands for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A limit on the bar: where it stands, in per cent of the bar, and what happens there."""

    place: float
    kilobytes: int
    meaning: str


MARKS = tuple(
    Mark(round(100 * limit / FULL, 1), limit // 1000, meaning)
    for limit, meaning in ((BUDGET, "budget"), (TRIMMED, "stories are left out"), (CLIPPED, "Gmail clips"))
)


@dataclass(frozen=True, slots=True)
class Gauge:
    """The weight of a letter's HTML in bytes, how far it fills the bar, and what to think of it: `good`, `high`, `over`."""

    size: int
    left_out: int

    @property
    def kilobytes(self) -> str:
        """The size as people say it: `40.3 kB`, of 1,000 bytes each."""
        return f"{self.size / 1000:.1f} kB"

    @property
    def place(self) -> float:
        """How much of the bar is full, in per cent."""
        return round(min(100 * self.size / FULL, 100), 1)

    @property
    def state(self) -> str:
        """Where the size lies between the marks."""
        return "good" if self.size <= BUDGET else "high" if self.size <= TRIMMED else "over"


def gauge_of(letter: Letter) -> Gauge:
    """The gauge of a letter, as it is before links are each reader's own."""
    return Gauge(len(letter.html.encode()), letter.left_out)
