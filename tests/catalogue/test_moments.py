from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.catalogue.moments import FIRST_YEAR, LAST_YEAR, read_date

ZONE = "Europe/London"
EIGHT = datetime(2026, 11, 16, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (EIGHT, EIGHT),
        (datetime(2026, 11, 16, 9, tzinfo=timezone(timedelta(hours=1))), EIGHT),
        (datetime(2026, 11, 16, 8), EIGHT),  # noqa: DTZ001  as YAML reads it
        (datetime(2026, 7, 16, 8), datetime(2026, 7, 16, 7, tzinfo=UTC)),  # noqa: DTZ001
        (date(2026, 11, 16), datetime(2026, 11, 16, tzinfo=UTC)),
        (date(2026, 7, 16), datetime(2026, 7, 15, 23, tzinfo=UTC)),
        ("2026-11-16", datetime(2026, 11, 16, tzinfo=UTC)),
        ("2026-11-16T08:00:00Z", EIGHT),
        ("2026-11-16T08:00:00.000Z", EIGHT),
        ("  2026-11-16 08:00  ", EIGHT),
        ("2026-11-16T03:00-05:00", EIGHT),
        ("20261116T080000Z", EIGHT),
        ("Mon, 16 Nov 2026 08:00:00 GMT", EIGHT),
        ("Mon, 16 Nov 2026 08:00:00 +0000", EIGHT),
        ("Mon, 16 Nov 2026 03:00:00 EST", EIGHT),
        ("16 Nov 2026 01:00 PDT", EIGHT),
        ("November 16, 2026 8:00 AM", EIGHT),
        ("16 November 2026", datetime(2026, 11, 16, tzinfo=UTC)),
        ("2026/11/16 08:00", EIGHT),
        ("16/11/2026 08:00", EIGHT),
        ("11/11/2026", datetime(2026, 11, 11, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_as_it_is_meant(written: object, read: datetime) -> None:
    """ISO 8601, RFC 2822 and plain English; what has no offset is the site's wall time."""
    assert read_date(written, ZONE) == read


@pytest.mark.parametrize(
    "written", ["08/11/2023", "11.08.2023", "2023", "November 2023", "8 November", "Monday", "08:00", "16", "3 May 08"]
)
def test_a_date_is_never_guessed(written: str) -> None:
    """What is missing a part, or could be read in two ways, is refused."""
    with pytest.raises(ValueError, match=r"is not clear|must be a date"):
        read_date(written, ZONE)


@pytest.mark.parametrize(
    "written",
    [
        None,
        True,
        1699467840,
        3.5,
        [],
        {},
        "",
        "  ",
        "yesterday",
        "2023-02-30",
        "2023-13-01",
        "2023-11-08T25:00",
        "2026-11-16 08:00 IST",
        "2026-11-16T08:00+99:99",
        "16 Nov 2026 08:00 +9999",
        "9" * 400,
        "1:" + "9" * 40,
        "10 h " + "1" * 40 + " m",
        "２０２３-１３-０８",
        "\x00",
    ],
)
def test_what_is_no_date_is_refused_in_our_words(written: object) -> None:
    """Whatever a parser stumbles over becomes the one sentence that shows how a date is written."""
    with pytest.raises(ValueError, match=r"^must be a date such as 2026-11-16T08:00:00Z$"):
        read_date(written, ZONE)


@pytest.mark.parametrize("year", [1, 1899, 3000, 9999])
def test_years_that_no_article_has_are_refused(year: int) -> None:
    """The edges of time, where offsets overflow, are outside."""
    for moment in (datetime(year, 1, 1, tzinfo=timezone(timedelta(hours=14))), date(year, 12, 31), f"{year:04}-06-01T00:00:00-12:00"):
        with pytest.raises(ValueError, match=f"must be a date between {FIRST_YEAR} and {LAST_YEAR}"):
            read_date(moment, ZONE)


@given(st.datetimes(datetime(1901, 1, 1), datetime(2998, 1, 1), timezones=st.timezones()))  # noqa: DTZ001  bounds of wall times
def test_an_offset_says_which_moment_is_meant(moment: datetime) -> None:
    """A moment with an offset is the same moment in UTC, as a value and as text, whatever the site's zone."""
    whole = moment.replace(microsecond=0, fold=0)
    for written in (whole, whole.astimezone(UTC).isoformat(), f"{whole.astimezone(UTC):%a, %d %b %Y %H:%M:%S} GMT"):
        assert read_date(written, ZONE) == whole.astimezone(UTC)


@given(st.text())
def test_any_text_is_a_date_or_refused(text: str) -> None:
    """No text raises anything but `ValueError`, and what is read is aware, in UTC and in bounds."""
    try:
        found = read_date(text, ZONE)
    except ValueError:
        return
    assert found.tzinfo is UTC
