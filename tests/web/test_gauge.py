"""The weight of a letter as a bar."""

from __future__ import annotations

import pytest

from syndicate.letters import Letter
from syndicate.web.gauge import MARKS, gauge_of


@pytest.mark.parametrize(
    ("size", "said", "place", "state"),
    [
        (0, "0.0 kB", 0, "good"),
        (40_336, "40.3 kB", 36.7, "good"),
        (80_000, "80.0 kB", 72.7, "good"),
        (80_001, "80.0 kB", 72.7, "high"),
        (95_001, "95.0 kB", 86.4, "over"),
        (250_000, "250.0 kB", 100, "over"),
    ],
)
def test_a_letter_is_weighed_against_the_marks(size: int, said: str, place: float, state: str) -> None:
    """In bytes, not in letters; a letter heavier than the bar fills it."""
    gauge = gauge_of(Letter("", "", "x" * (size % 2) + "é" * (size // 2), ""))
    assert (gauge.kilobytes, gauge.place, gauge.state) == (said, place, state)


def test_the_marks_stand_where_something_happens() -> None:
    """The linter's budget, what a letter is trimmed to, and what Gmail shows."""
    assert [mark.kilobytes for mark in MARKS] == [80, 95, 102]
