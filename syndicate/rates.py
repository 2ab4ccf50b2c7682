"""How much may be sent, and when: token buckets, as values. Pure: no clock.

A bucket holds as much as its rate allows in ten seconds, so that a burst is never larger, and fills up steadily.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

BURST = 10.0
"""Seconds' worth of a rate that a full bucket holds."""

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
RATE = re.compile(r"(\d{1,9})\s*/\s*([smhd])")


@dataclass(frozen=True, slots=True)
class Rate:
    """So many messages a second."""

    per_second: float

    @property
    def burst(self) -> float:
        """The most that may go out at once; one at least."""
        return max(1.0, self.per_second * BURST)


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left of a rate at a moment. `closed_until`: the server asked to be left alone until then."""

    name: str
    tokens: float
    at: datetime
    closed_until: datetime | None = None


def read_rate(text: str) -> Rate:
    """Read a rate such as `100/s`, `20/m` or `5000/h`. Raises `ValueError`."""
    found = RATE.fullmatch(text.strip())
    if not found or not int(found[1]):
        raise ValueError(f"must be a rate such as '100/s', '20/m' or '5000/h', got {text!r}")
    return Rate(int(found[1]) / UNITS[found[2]])


def filled(bucket: Bucket, rate: Rate, now: datetime) -> Bucket:
    """The bucket as it is at `now`.

    One who comes with a clock that is a little behind gains nothing, and leaves the bucket's own time as it is: else who comes next, with
    a clock that is ahead, would gain the same seconds twice. A bucket from farther ahead than it takes to fill was written by a clock that
    has been set back since: from `now` on it fills again.
    """
    since = (now - bucket.at).total_seconds()
    at = bucket.at if -rate.burst / rate.per_second <= since < 0 else now
    return replace(bucket, tokens=min(rate.burst, bucket.tokens + max(0.0, since) * rate.per_second), at=at)


def wait_for(bucket: Bucket, rate: Rate, now: datetime) -> timedelta:
    """How long until a message's worth can be taken out of the bucket; nothing where it can now."""
    lacking = 1 - filled(bucket, rate, now).tokens
    return timedelta(seconds=lacking / rate.per_second) if lacking > 0 else timedelta()


def take(bucket: Bucket, rate: Rate, now: datetime) -> Bucket:
    """The bucket with a message's worth less."""
    bucket = filled(bucket, rate, now)
    return replace(bucket, tokens=bucket.tokens - 1)
