"""Token buckets: a rate holds for all who draw from it, by whatever clock each of them goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.rates import BURST, Bucket, Rate, filled, read_rate, take, wait_for
from tests.vocabulary import moment

NOON = moment("2026-11-16T12:00")
RATES = st.sampled_from(["100/s", "10/s", "1/s", "20/m", "5000/h"]).map(read_rate)


def seconds(count: float) -> timedelta:
    """So many."""
    return timedelta(seconds=count)


def span(rate: Rate) -> float:
    """Seconds in which an empty bucket fills."""
    return rate.burst / rate.per_second


@pytest.mark.parametrize(("text", "per_second", "burst"), [("100/s", 100, 1000), ("20/m", 1 / 3, 10 / 3), ("1/d", 1 / 86400, 1)])
def test_a_full_bucket_holds_ten_seconds_worth(text: str, per_second: float, burst: float) -> None:
    """Of a low rate, one message."""
    rate = read_rate(text)
    assert (rate.per_second, rate.burst) == pytest.approx((per_second, burst))


@pytest.mark.parametrize("text", ["", "0/s", "ten/s", "1/w", "-1/s", "1.5/s"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    """With what one looks like."""
    with pytest.raises(ValueError, match="must be a rate such as '100/s'"):
        read_rate(text)


@given(RATES, st.floats(0, 1e5), st.floats(0, 1e5))
def test_a_bucket_fills_steadily_up_to_its_brim(rate: Rate, first: float, second: float) -> None:
    """It is the same whether it is looked at in between or not."""
    empty = Bucket("relay", 0, NOON)
    through = filled(filled(empty, rate, NOON + seconds(first)), rate, NOON + seconds(first + second))
    at_once = filled(empty, rate, NOON + seconds(first + second))
    assert through.tokens == pytest.approx(at_once.tokens, abs=1e-3)
    assert through.tokens <= rate.burst


@given(RATES, st.floats(0, 100))
def test_who_waits_as_long_as_it_says_may_go(rate: Rate, drawn: float) -> None:
    """And not before."""
    bucket = Bucket("relay", max(0.0, rate.burst - drawn), NOON)
    wait = wait_for(bucket, rate, NOON)
    later = NOON + wait + timedelta(microseconds=2)
    assert filled(bucket, rate, later).tokens >= 1 - 1e-6 * max(1, rate.per_second)
    assert (wait > timedelta()) == (bucket.tokens < 1)


PACES = st.lists(st.tuples(st.integers(0, 3), st.floats(0, 3)), min_size=1, max_size=150)
"""Which machine comes next, and how many seconds after the one before."""


@given(RATES, st.lists(st.floats(-0.5, 0.5), min_size=4, max_size=4), PACES)
def test_machines_whose_clocks_differ_keep_to_the_rate_together(rate: Rate, skews: list[float], paces: list[tuple[int, float]]) -> None:
    """By up to the time in which a bucket fills: they take no more than the rate, the bucket that was full, and that difference once."""
    clocks = [skew * span(rate) for skew in skews]
    bucket, passed, taken = Bucket("relay", rate.burst, NOON + seconds(min(clocks))), 0.0, 0
    for machine, pace in paces:
        passed += pace * span(rate) / BURST
        now = NOON + seconds(passed + clocks[machine])
        bucket = filled(bucket, rate, now)
        while bucket.tokens >= 1:  # as greedy as can be
            bucket, taken = take(bucket, rate, now), taken + 1
    difference = max(clocks) - min(clocks)
    assert taken <= rate.per_second * (passed + difference) + rate.burst + 1e-3
    assert taken <= rate.per_second * passed + 2 * rate.burst + 1e-3


def test_seconds_that_one_machine_has_had_another_does_not_get_again() -> None:
    """However often they take turns, one a little ahead of the other."""
    rate, taken = read_rate("10/s"), 0
    bucket = Bucket("relay", 0, NOON)
    for turn in range(100):
        now = NOON + seconds(4 if turn % 2 else 0)
        bucket = filled(bucket, rate, now)
        while bucket.tokens >= 1:
            bucket, taken = take(bucket, rate, now), taken + 1
    assert taken == 40


@given(RATES, st.floats(1.001, 1e6), st.floats(0, 1))
def test_a_clock_that_was_set_back_far_gains_nothing_and_is_not_stuck(rate: Rate, back: float, share: float) -> None:
    """What was left is left, and from now on it fills again: nobody waits until the clock is where it was."""
    left = Bucket("relay", share * rate.burst, NOON + seconds(back * span(rate)))
    now = filled(left, rate, NOON)
    assert (now.tokens, now.at) == (left.tokens, NOON)
    assert filled(now, rate, NOON + seconds(span(rate) + 1)).tokens == pytest.approx(rate.burst)


@given(RATES, st.floats(0, 0.999), st.floats(0, 1))
def test_a_clock_that_is_a_little_behind_leaves_the_bucket_as_it_is(rate: Rate, behind: float, share: float) -> None:
    """Its tokens, and its time."""
    left = Bucket("relay", share * rate.burst, NOON + seconds(behind * span(rate)))
    assert filled(left, rate, NOON) == left


def test_a_bucket_that_nobody_knows_is_full_and_no_fuller() -> None:
    """Whatever it says that it holds."""
    rate = read_rate("2/s")
    assert filled(Bucket("relay", 1e12, NOON), rate, NOON).tokens == rate.burst
