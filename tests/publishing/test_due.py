"""Which windows are due, and what becomes of those whose time was missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.model import CatchUp
from syndicate.publishing.due import due_windows, punctuality
from syndicate.windows import Cadence
from tests.vocabulary import moment

if TYPE_CHECKING:
    from syndicate.publishing.due import Due

MONDAYS = Cadence("0 8 * * mon", "UTC")


def _due(last: str | None, now: str, catch_up: CatchUp = "latest") -> tuple[Due, ...]:
    return due_windows(MONDAYS, moment(last) if last else None, moment(now), catch_up=catch_up)


def _told(dues: tuple[Due, ...]) -> list[tuple[str, str]]:
    return [(due.action, f"{due.window.start:%m-%d}..{due.window.end:%m-%d}") for due in dues]


@pytest.mark.parametrize(
    ("last", "now", "catch_up", "expected"),
    [
        ("2026-11-09T08:00", "2026-11-16T07:59", "latest", []),
        ("2026-11-09T08:00", "2026-11-16T08:00", "latest", [("run", "11-09..11-16")]),
        ("2026-11-09T08:00", "2026-11-18T08:00", "latest", [("run", "11-09..11-16")]),
        ("2026-11-02T08:00", "2026-11-16T08:00", "latest", [("run", "11-02..11-16")]),
        ("2026-11-02T08:00", "2026-11-16T08:00", "each", [("run", "11-02..11-09"), ("run", "11-09..11-16")]),
        ("2026-10-05T08:00", "2026-11-16T08:00", "each", [("run", f"{a}..{b}") for a, b in pairwise(["10-05", "10-12", "10-19", "10-26", "11-02", "11-09", "11-16"])]),
        ("2026-11-02T08:00", "2026-11-16T08:30", "skip", [("expired", "11-02..11-09"), ("run", "11-09..11-16")]),
        ("2026-11-02T08:00", "2026-11-16T20:00", "skip", [("expired", "11-02..11-16")]),
        (None, "2026-11-16T08:10", "latest", [("skipped", "11-02..11-09"), ("run", "11-09..11-16")]),
        (None, "2026-11-19T10:00", "latest", [("skipped", "11-09..11-16")]),
        ("2026-11-20T00:00", "2026-11-16T08:00", "latest", []),
    ],
    ids=["not yet", "on time", "late", "two missed", "each", "each, after long", "skip", "skip, late", "first", "begins", "clock set back"],
)  # fmt: skip
def test_missed_times_are_made_up_for_as_configured(last: str | None, now: str, catch_up: CatchUp, expected: list[tuple[str, str]]) -> None:
    """`catch_up` decides between one edition, many, and none."""
    assert _told(_due(last, now, catch_up)) == expected


@pytest.mark.parametrize(
    ("lateness", "said"),
    [(timedelta(seconds=59), "on time"), (timedelta(hours=2, minutes=5), "late by 2 h 5 min"), (timedelta(days=3), "late by 3 d")],
)
def test_lateness_is_said_in_words(lateness: timedelta, said: str) -> None:
    """Under a minute is on time."""
    assert punctuality(lateness) == said


def test_the_reason_counts_what_was_missed() -> None:
    """Each window says why it is as it is."""
    assert _due("2026-11-02T08:00", "2026-11-16T08:00")[0].reason == "caught up: 2 times in one edition, on time"
    assert _due("2026-11-02T08:00", "2026-11-16T20:00", "skip")[0].reason == "missed 2 times; catch_up is skip"


schedules = st.sampled_from(["0 8 * * mon", "0 19 * * mon-fri", "*/30 * * * *", "30 2 * * *", "0 0 1 * *", "15 1,13 * * *"])
zones = st.sampled_from(["UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"])
moments = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)).map(lambda found: found.replace(tzinfo=UTC))  # noqa: DTZ001


@given(
    cadences=st.lists(st.builds(Cadence, schedules, zones), min_size=1, max_size=3),
    begin=moments,
    naps=st.lists(st.integers(0, 60 * 24 * 3), min_size=1, max_size=8),
    catch_up=st.sampled_from(get_args(CatchUp)),
)
def test_windows_tile_time_over_changes_of_schedule_and_zone(
    cadences: list[Cadence], begin: datetime, naps: list[int], catch_up: CatchUp
) -> None:
    """Whatever the schedule, the zone, the naps and the way of catching up: each window begins where the one before it ended."""
    edge = begin
    now = begin
    for number, nap in enumerate(naps):
        now += timedelta(minutes=nap)
        for due in due_windows(cadences[number % len(cadences)], edge, now, catch_up=catch_up):
            assert due.window.start == edge
            assert due.window.end <= now
            edge = due.window.end
