"""Windows hold their invariants, cadences keep to the wall clock, and the windows of a cadence tile time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.errors import MomentError, ScheduleError
from syndicate.windows import Cadence, Window, read_duration, read_moment
from tests.vocabulary import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

MONDAYS = "0 8 * * mon"


def fires(cadence: Cadence, since: datetime) -> Iterator[datetime]:
    """The fire times of `cadence` after `since`, for ever."""
    while True:
        yield (since := cadence.after(since))


def shown(fire: datetime, zone: str) -> str:
    """A fire time as a clock in `zone` shows it, with the offset from UTC."""
    return fire.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes")


# Windows


def test_a_window_holds_its_start_and_not_its_end() -> None:
    """Start <= moment < end, to the microsecond."""
    window = Window(moment("2026-11-09T08:00"), moment("2026-11-16T08:00"))
    instant = timedelta(microseconds=1)
    inside = [window.start - instant in window, window.start in window, window.end - instant in window, window.end in window]
    assert inside == [False, True, True, False]


@pytest.mark.parametrize(
    ("start", "end"), [("2026-11-16T08:00", "2026-11-16T08:00"), ("2026-11-16T08:00", "2026-11-09T08:00")], ids=["empty", "reversed"]
)
def test_a_window_is_never_empty(start: str, end: str) -> None:
    """A window that would hold no moment cannot be made."""
    with pytest.raises(MomentError, match="must end after it starts"):
        Window(moment(start), moment(end))


@pytest.mark.parametrize("naive", ["start", "end"])
def test_a_window_has_aware_edges(naive: str) -> None:
    """An edge without an offset would mean another instant on another machine."""
    edges = {"start": moment("2026-11-09"), "end": moment("2026-11-16")}
    edges[naive] = edges[naive].replace(tzinfo=None)
    with pytest.raises(MomentError, match="offset from UTC"):
        Window(edges["start"], edges["end"])


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (Window(moment("2023-11-06T08:00"), moment("2023-11-13T08:00")), "2023-11-06..2023-11-13"),
        (Window(moment("2026-11-16T08:00"), moment("2026-11-16T20:00")), "2026-11-16 08:00..2026-11-16 20:00"),
        (Window(moment("2026-11-16T08:00"), moment("2026-11-16T20:00"), "Asia/Tokyo"), "2026-11-16..2026-11-17"),
    ],
    ids=["days", "within a day", "shown in its zone"],
)
def test_a_window_is_shown_by_its_dates(window: Window, text: str) -> None:
    """Dates alone, unless both edges fall on one date."""
    assert str(window) == text


# Cadences and the clocks

CLOCKS = [
    ("Europe/London", "30 1 * * *", "2026-03-28T12:00", ["2026-03-29T02:30+01:00", "2026-03-30T01:30+01:00"], "skipped"),
    ("Europe/London", "30 1 * * *", "2026-10-24T12:00", ["2026-10-25T01:30+01:00", "2026-10-26T01:30+00:00"], "repeated"),
    ("Europe/London", MONDAYS, "2026-03-24T12:00", ["2026-03-30T08:00+01:00", "2026-04-06T08:00+01:00"], "weekly in spring"),
    ("Europe/London", MONDAYS, "2026-10-20T12:00", ["2026-10-26T08:00+00:00", "2026-11-02T08:00+00:00"], "weekly in autumn"),
    ("America/New_York", "30 2 * * *", "2026-03-07T12:00", ["2026-03-08T03:30-04:00", "2026-03-09T02:30-04:00"], "skipped"),
    ("America/New_York", "30 1 * * *", "2026-10-31T12:00", ["2026-11-01T01:30-04:00", "2026-11-02T01:30-05:00"], "repeated"),
    ("America/New_York", "0 * * * *", "2026-03-08T06:30", ["2026-03-08T03:00-04:00", "2026-03-08T04:00-04:00"], "hourly in spring"),
    ("America/New_York", "0 * * * *", "2026-11-01T04:30", ["2026-11-01T01:00-04:00", "2026-11-01T02:00-05:00"], "hourly in autumn"),
    ("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00", ["2026-10-04T02:45+11:00", "2026-10-05T02:15+11:00"], "half an hour skipped"),
    (
        "Australia/Lord_Howe",
        "*/15 * * * *",
        "2026-10-03T15:15",
        ["2026-10-04T02:30+11:00", "2026-10-04T02:45+11:00", "2026-10-04T03:00+11:00"],
        "two readings on one instant",
    ),
    (
        "Australia/Lord_Howe",
        "45 1 * * *",
        "2026-04-04T12:00",
        ["2026-04-05T01:45+11:00", "2026-04-06T01:45+10:30"],
        "half an hour repeated",
    ),
    (
        "Australia/Lord_Howe",
        "20,40 2 * * *",
        "2026-10-03T12:00",
        ["2026-10-04T02:40+11:00", "2026-10-04T02:50+11:00", "2026-10-05T02:20+11:00"],
        "the later reading first",
    ),
    (
        "Asia/Kathmandu",
        "10,20 0 * * *",
        "1985-12-31T00:00",
        ["1986-01-01T00:20+05:45", "1986-01-01T00:25+05:45", "1986-01-02T00:10+05:45"],
        "the later reading first",
    ),
    ("Asia/Kathmandu", MONDAYS, "2026-11-13T00:00", ["2026-11-16T08:00+05:45", "2026-11-23T08:00+05:45"], "three quarters"),
    ("Asia/Kathmandu", "0 0 * * *", "1985-12-31T00:00", ["1986-01-01T00:15+05:45", "1986-01-02T00:00+05:45"], "midnight skipped"),
    ("Pacific/Apia", "0 8 * * *", "2011-12-29T18:00", ["2011-12-31T08:00+14:00", "2012-01-01T08:00+14:00"], "a day skipped"),
    ("Pacific/Apia", "0 8 * * fri", "2011-12-29T18:00", ["2011-12-31T08:00+14:00", "2012-01-06T08:00+14:00"], "the skipped day alone"),
    ("Africa/Casablanca", "30 2 * * *", "2026-02-14T12:00", ["2026-02-15T02:30+01:00", "2026-02-16T02:30+00:00"], "Ramadan begins"),
    ("Africa/Casablanca", "30 2 * * *", "2026-03-21T12:00", ["2026-03-22T03:30+01:00", "2026-03-23T02:30+01:00"], "Ramadan ends"),
    ("America/Havana", "0 0 * * *", "2026-03-07T12:00", ["2026-03-08T01:00-04:00", "2026-03-09T00:00-04:00"], "midnight skipped"),
    ("America/Havana", "0 0 * * *", "2026-10-31T12:00", ["2026-11-01T00:00-04:00", "2026-11-02T00:00-05:00"], "midnight repeated"),
]


@pytest.mark.parametrize(("zone", "schedule", "since", "expected", "why"), CLOCKS, ids=[f"{row[0]}: {row[4]}" for row in CLOCKS])
def test_a_reading_that_the_clocks_skip_or_repeat_fires_once(zone: str, schedule: str, since: str, expected: list[str], why: str) -> None:
    """A skipped reading fires the same span later, a repeated one the first time, two on one instant once."""
    found = islice(fires(Cadence(schedule, zone), moment(since)), len(expected))
    assert [shown(fire, zone) for fire in found] == expected, why


@pytest.mark.parametrize(("zone", "schedule", "since", "expected", "why"), CLOCKS, ids=[f"{row[0]}: {row[4]}" for row in CLOCKS])
def test_looking_back_finds_what_looking_forward_found(zone: str, schedule: str, since: str, expected: list[str], why: str) -> None:
    """`before` gives the same fire times as `after`, from the other side."""
    last = datetime.fromisoformat(expected[-1]).astimezone(UTC)
    found = [last]
    while len(found) < len(expected):
        found.append(Cadence(schedule, zone).before(found[-1] - timedelta(microseconds=1)))
    assert [shown(fire, zone) for fire in reversed(found)] == expected, (why, since)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("0 8 1-7 * mon", ["2026-12-07", "2027-01-04", "2027-02-01"]),
        ("0 8 last * *", ["2026-11-30", "2026-12-31", "2027-01-31"]),
        ("0 8 29 2 *", ["2028-02-29", "2032-02-29", "2036-02-29"]),
        ("0 8 * * MON,thu", ["2026-11-16", "2026-11-19", "2026-11-23"]),
        ("0 8 * jan-mar,dec sat-sun", ["2026-12-05", "2026-12-06", "2026-12-12"]),
    ],
    ids=["first Monday", "last day", "29 February", "two weekdays", "ranges of names"],
)
def test_a_crontab_line_says_when(schedule: str, expected: list[str]) -> None:
    """Names, ranges and lists; a day of the month and a weekday must both hold."""
    found = islice(fires(Cadence(schedule), moment("2026-11-14")), len(expected))
    assert [str(fire.date()) for fire in found] == expected


def test_a_leap_day_is_found_looking_back() -> None:
    """The rarest schedule there is fired last eight years ago, over the turn of a century without a leap day."""
    assert Cadence("0 0 29 2 *").before(moment("2104-02-28")) == moment("2096-02-29")


@pytest.mark.parametrize(
    ("schedule", "reason"),
    [
        ("0 8 * * 1", "schedule '0 8 * * 1': weekdays go by name (mon, tue, ...), since programs differ on which day is 1, got '1'"),
        ("0 8 * * 0-4", "weekdays go by name (mon, tue, ...), since programs differ on which day is 1, got '0-4'"),
        ("0 8 * * */2", "weekdays go by name (mon, tue, ...), since programs differ on which day is 1, got '*/2'"),
        ("0 8 * * mon#2", "weekdays go by name (mon, tue, ...), since programs differ on which day is 1, got 'mon#2'"),
        ("0 8 * * mon;fri", "names go alone or as a range (mon, mon-fri), with commas between, got 'mon;fri'"),
        ("0 8 1 jan/3 *", "names go alone or as a range (mon, mon-fri), with commas between, got 'jan/3'"),
        ("0 0 31 2 *", "schedule '0 0 31 2 *' never fires after 2026-11-16"),
        ("0 8 * * foo", "Invalid weekday name"),
        ("0 8 * * fri-mon", "range"),
        ("61 * * * *", "the last value (61) is higher than the maximum value (59)"),
        ("0 8 * *", "Wrong number of fields; got 4, expected 5; write it as in crontab: minute hour day month weekday"),
        ("@weekly", "write it as in crontab: minute hour day month weekday"),
        ("", "write it as in crontab: minute hour day month weekday"),
    ],
    ids=lambda value: value if " * *" in value or value.startswith("@") else "",
)
def test_a_schedule_that_cannot_be_kept_is_refused_with_the_reason(schedule: str, reason: str) -> None:
    """What would fire on other days than it says, or never, is an error that quotes the line."""
    with pytest.raises(ScheduleError) as refused:
        Cadence(schedule).after(moment("2026-11-16"))
    assert repr(schedule) in str(refused.value)
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("schedule", "zone", "now", "text"),
    [
        (MONDAYS, "Europe/London", "2026-11-16T08:00", "2026-11-09..2026-11-16"),
        (MONDAYS, "Europe/London", "2026-11-16T07:59", "2026-11-02..2026-11-09"),
        (MONDAYS, "Europe/London", "2026-11-20T12:00", "2026-11-09..2026-11-16"),
        ("0 8,20 * * *", "Europe/London", "2026-11-16T21:00", "2026-11-16 08:00..2026-11-16 20:00"),
    ],
    ids=["at the fire time", "a minute before", "days later", "twice a day"],
)
def test_the_window_at_a_moment_is_the_latest_that_has_closed(schedule: str, zone: str, now: str, text: str) -> None:
    """From one fire time to the next, the later not after now."""
    assert str(Cadence(schedule, zone).window(moment(now))) == text


@pytest.mark.parametrize(
    ("schedule", "zone", "fire", "name"),
    [
        (MONDAYS, "Europe/London", "2026-11-16T08:00", "2026-11-16"),
        ("0 8,20 * * *", "Europe/London", "2026-11-16T08:00", "2026-11-16T0800"),
        ("0 8,20 * * *", "Europe/London", "2026-11-16T20:00", "2026-11-16T2000"),
        ("0 0 * * *", "Asia/Kathmandu", "2026-11-15T18:15", "2026-11-16"),
        ("0 0 * * *", "America/Havana", "2026-03-08T05:00", "2026-03-08"),
        ("0 8 * * *", "Pacific/Apia", "2011-12-30T18:00", "2011-12-31"),
        ("30 1 * * *", "Europe/London", "2026-10-25T00:30", "2026-10-25"),
    ],
    ids=["alone", "morning", "evening", "local date", "midnight skipped", "day skipped", "reading repeated"],
)
def test_an_edition_is_called_by_its_local_date(schedule: str, zone: str, fire: str, name: str) -> None:
    """With the time of day where the day has other editions."""
    assert Cadence(schedule, zone).name(moment(fire)) == name


# Laws, over all zones there are and half a century

ZONES = st.sampled_from(sorted(available_timezones()))
SCHEDULES = st.sampled_from(
    [
        MONDAYS,
        "30 2 * * *",
        "0 0 * * *",
        "*/30 * * * *",
        "15 1-3 * * *",
        "0 0 1 * *",
        "0 8 1-7 * mon",
        "45 23 * * fri-sun",
        "20,40 2 * * *",
        "0 6,18 * * *",
    ]
)
CADENCES = st.builds(Cadence, SCHEDULES, ZONES)
MOMENTS = st.datetimes(datetime(1976, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone
TURNS = {
    "Europe/London": ["2026-03-29T01:00", "2026-10-25T01:00"],
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00"],
    "Australia/Lord_Howe": ["2026-10-03T15:30", "2026-04-04T15:00"],
    "Pacific/Apia": ["2011-12-30T10:00"],
    "Africa/Casablanca": ["2026-02-15T02:00", "2026-03-22T02:00"],
    "America/Havana": ["2026-03-08T05:00", "2026-11-01T05:00"],
}
"""When clocks change, in UTC."""

NEAR_TURNS = st.sampled_from([(zone, turn) for zone, turns in TURNS.items() for turn in turns])
HOURS = st.integers(-30 * 60, 30 * 60).map(lambda minutes: timedelta(minutes=minutes))


@settings(deadline=None)
@given(CADENCES, MOMENTS)
def test_after_is_later_and_before_is_not(cadence: Cadence, now: datetime) -> None:
    """The fire times on both sides of a moment enclose it, and there is none between them."""
    last, following = cadence.before(now), cadence.after(now)
    assert last <= now < following
    assert cadence.before(following) == following
    assert cadence.before(following - timedelta(microseconds=1)) == last
    assert cadence.after(last) == following


@settings(deadline=None)
@given(CADENCES, MOMENTS)
def test_windows_tile_time_with_no_gap_and_no_overlap(cadence: Cadence, now: datetime) -> None:
    """Each window starts where the one before it ended, and each is named differently."""
    ends = [cadence.before(now), *islice(fires(cadence, now), 4)]
    windows = [cadence.window(end) for end in ends]
    assert [window.end for window in windows] == ends
    assert all(one.end == other.start for one, other in pairwise(windows))
    assert len({cadence.name(end) for end in ends}) == len(ends)


@settings(deadline=None)
@given(SCHEDULES, NEAR_TURNS, HOURS)
def test_windows_tile_time_when_the_clocks_change(schedule: str, turn: tuple[str, str], shift: timedelta) -> None:
    """The same, right where it is hard: within thirty hours of a change."""
    zone, change = turn
    cadence, now = Cadence(schedule, zone), moment(change) + shift
    ends = [cadence.before(now), *islice(fires(cadence, now), 4)]
    assert all(one < other for one, other in pairwise(ends))
    assert all(cadence.before(end) == end for end in ends)
    assert all(cadence.window(other) == Window(one, other, zone) for one, other in pairwise(ends))


@settings(deadline=None, max_examples=25)
@given(ZONES, st.integers(1976, 2025))
def test_a_daily_cadence_fires_at_noon_of_each_day_that_a_zone_has(zone: str, year: int) -> None:
    """No day is left out and none comes twice, whatever the clocks do; a day that a zone skips has no noon."""
    noons = [fire.astimezone(ZoneInfo(zone)) for fire in islice(fires(Cadence("0 12 * * *", zone), datetime(year, 1, 1, tzinfo=UTC)), 366)]
    days = [noon.date() for noon in noons]
    wanted = (days[0] + timedelta(days=place) for place in range((days[-1] - days[0]).days + 1))
    imagined = (datetime.combine(day, datetime.min.time()).replace(hour=12, tzinfo=ZoneInfo(zone)) for day in wanted)
    real = [noon.date() for noon in imagined if noon.astimezone(UTC).astimezone(ZoneInfo(zone)).date() == noon.date()]
    assert days == real


# Words for time


@pytest.mark.parametrize(
    ("text", "hours"),
    [("90d", 90 * 24), ("2w", 14 * 24), ("36h", 36), ("15m", 0.25), (" 7 d ", 168), ("365000d", 365000 * 24)],
    ids=["days", "weeks", "hours", "minutes", "spaces", "a thousand years"],
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, hours: float) -> None:
    """Minutes, hours, days and weeks."""
    assert read_duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "d", "90", "1y", "0d", "-1d", "1.5d", "90 days", "200000w", "999999999w", "9" * 5000 + "d"])
def test_a_length_of_time_that_says_nothing_usable_is_refused(text: str) -> None:
    """No unit, nothing at all, or more than any date could hold: the error shows what is expected."""
    with pytest.raises(MomentError, match="must be a length of time such as '90d'"):
        read_duration(text)


NOW = moment("2026-11-16T00:30")


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("now", "Europe/London", "2026-11-16T00:30"),
        ("Today", "Europe/London", "2026-11-16T00:00"),
        ("yesterday", "Europe/London", "2026-11-15T00:00"),
        ("tomorrow", "Europe/London", "2026-11-17T00:00"),
        ("today", "America/New_York", "2026-11-15T05:00"),
        ("yesterday", "Asia/Kathmandu", "2026-11-14T18:15"),
        ("7d", "Europe/London", "2026-11-09T00:30"),
        ("2026-11-10", "America/New_York", "2026-11-10T05:00"),
        ("2026-07-10T08:00", "Europe/London", "2026-07-10T07:00"),
        ("2026-07-10T08:00:00Z", "America/New_York", "2026-07-10T08:00"),
        (" 2026-07-10T08:00+05:45 ", "Europe/London", "2026-07-10T02:15"),
        ("2026-03-29T01:30", "Europe/London", "2026-03-29T01:30"),
        ("2026-10-25T01:30", "Europe/London", "2026-10-25T00:30"),
    ],
    ids=lambda value: value.strip() if isinstance(value, str) else None,
)
def test_a_moment_is_read_in_the_zone_of_the_site(text: str, zone: str, expected: str) -> None:
    """Words, lengths of time ago and ISO 8601; a date alone is midnight, skipped and repeated readings are as in a schedule."""
    found = read_moment(text, zone=zone, now=NOW)
    assert found == moment(expected)
    assert found.utcoffset() == timedelta()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "16.11.2026",
        "2026-13-01",
        "2026-02-30",
        "0d",
        "-7d",
        "400000d",
        "0001-01-01T00:00+14:00",
        "0001-01-01",
        "1899-12-31",
        "3000-01-02",
        "300000d",
    ],
)
def test_a_moment_that_cannot_be_read_is_refused(text: str) -> None:
    """The error quotes the text and shows what is expected."""
    with pytest.raises(MomentError, match=r"must be a (date|length)") as refused:
        read_moment(text, zone="Europe/London", now=NOW)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [
        ("* * * * *", 1),
        ("*/15 * * * *", 15),
        ("0 * * * *", 60),
        ("0,10 8-18 * * mon-fri", 10),
        ("0 8 * * *", 24 * 60),
        ("0 1,23 * * *", 2 * 60),
        ("0 8 * * mon", 7 * 24 * 60),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_the_pause_of_a_schedule_is_its_shortest(schedule: str, minutes: int, zone: str) -> None:
    """Whenever it is asked: also over midnight, where that is nearer. A change of the clocks may take an hour from the slow ones."""
    assert timedelta(minutes=minutes) - Cadence(schedule, zone).pause in {
        timedelta(),
        *([timedelta(hours=1)] if minutes >= 24 * 60 else []),
    }


def test_a_schedule_that_hardly_ever_fires_has_a_pause() -> None:
    """Years."""
    assert Cadence("0 0 29 2 *").pause > timedelta(days=365 * 3)
