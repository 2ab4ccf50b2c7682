"""Read the dates that publishers write: YAML's own, ISO 8601, RFC 2822 and plain English, but never a guess. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

EXAMPLE = "2026-11-16T08:00:00Z"
FIRST_YEAR, LAST_YEAR = 1900, 2999
ZONES = {"UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
"""The names of zones that RFC 2822, section 4.3, gives a meaning; any other could be several."""


def read_date(value: object, zone: str) -> datetime:
    """Give `value` as a moment in UTC. What has no offset is read in `zone`; a date alone is its midnight there.

    Raises `ValueError` where a date is missing a part or could be read in two ways.
    """
    match value:
        case datetime():
            moment = value
        case date():
            moment = datetime.combine(value, time())
        case str() if value.strip():
            moment = _parse(value.strip())
        case _:
            raise ValueError(f"must be a date such as {EXAMPLE}")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"must be a date between {FIRST_YEAR} and {LAST_YEAR}")
    return (moment.replace(tzinfo=ZoneInfo(zone)) if moment.tzinfo is None else moment).astimezone(UTC)


def _parse(text: str) -> datetime:
    """Read a date as text. dateutil fills in what is missing: two different fillings tell whether anything was."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    from dateutil import parser

    info = parser.parserinfo()
    info.convertyear = lambda year, century_specified=False: year  # type: ignore[method-assign]  # noqa: ARG005  its own asks a clock for the century
    try:
        readings = {
            parser.parse(text, info, default=default, dayfirst=day_first, tzinfos=_zone)
            for default in (datetime(1904, 1, 1), datetime(1908, 2, 2))  # noqa: DTZ001  an offset would be taken for one in the text
            for day_first in ({False} if text[:4].isdigit() else {False, True})
        }
    except (ValueError, ArithmeticError, TypeError, AttributeError) as error:
        raise ValueError(f"must be a date such as {EXAMPLE}") from error
    if len(readings) > 1:
        raise ValueError(f"is not clear: write the date as {EXAMPLE[:10]}, year first")
    return readings.pop()


def _zone(name: str | None, offset: int | None) -> timezone | None:
    """The zone of an offset in seconds, or of a name that can mean only one. Raises `ValueError` for any other name."""
    if name is None and offset is None:
        return None
    if offset is not None:
        return timezone(timedelta(seconds=offset))
    if name in ZONES:
        return timezone(timedelta(hours=ZONES[str(name)]))
    raise ValueError(f"unknown zone {name}")
