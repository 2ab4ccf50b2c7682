"""Read what a request wishes from its headers: codings by weight, conditions, a feed's news alone. Pure.

The rules are those of RFC 9110 (12.5.3 Accept-Encoding, 13.1.2 If-None-Match, 13.1.3 If-Modified-Since) and RFC 3229 (10.5.3 A-IM). What
cannot be read is taken as not said.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

IDENTITY = b"identity"
CODINGS = (b"br", b"gzip", IDENTITY)
"""What we have, the best first: it decides where a reader has no preference."""

ALIASES = {b"x-gzip": b"gzip"}
"""RFC 9110, section 8.4.1.3."""

LONGEST = 2000
"""Bytes of a header's value that are read; more than that, no reader has to say."""

WEIGHT = re.compile(rb"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
TAGS = re.compile(rb'[ \t,]*(?:(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"[ \t]*(?:,[ \t,]*|$))+')
DATE = re.compile(rb"(?:\w{3,9}, \d\d[ -]\w{3}[ -]\d{2,4} \d\d:\d\d:\d\d GMT|\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})")
"""The three forms of a date (RFC 9110, section 5.6.7)."""


def gathered(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The headers by name; what is said in several lines is one list (RFC 9110, section 5.3)."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        found[name] = found[name] + b", " + value if name in found else value
    return found


@lru_cache(maxsize=512)
def codings(accepted: bytes | None) -> tuple[bytes, ...]:
    """The codings that a reader takes, the best first; without `Accept-Encoding`, the plain one alone.

    Any coding may be sent to who says nothing (RFC 9110, section 12.5.3), but who says nothing can often read none. Where a reader refuses
    even the plain one, there may be none left: then there is nothing to be had for them (`406`).
    """
    if accepted is None or len(accepted) > LONGEST:
        return (IDENTITY,)
    weights = weighted(accepted)
    others = weights.get(b"*")
    # The plain one is good unless it is refused, by name or with all the others.
    default = {IDENTITY: 0.001 if others is None else others}
    said = {coding: weights.get(coding, default.get(coding, others or 0.0)) for coding in CODINGS}
    return tuple(sorted((coding for coding in CODINGS if said[coding] > 0), key=lambda coding: (-said[coding], CODINGS.index(coding))))


def weighted(value: bytes) -> dict[bytes, float]:
    """A list of names with their weights: `gzip;q=0.5, br`. A weight that cannot be read makes its name be passed over."""
    weights: dict[bytes, float] = {}
    for item in value.split(b","):
        name, *parameters = (part.strip(b" \t") for part in item.lower().split(b";"))
        found = WEIGHT.fullmatch(parameters[0].replace(b" ", b"")) if parameters else None
        if name and (found or not parameters):
            weights[ALIASES.get(name, name)] = float(found[1]) if found else 1.0
    return weights


def tags(value: bytes) -> tuple[bytes, ...]:
    """The entity tags in `If-None-Match`, without the mark of a weak one: here both count alike (RFC 9110, section 13.1.2)."""
    if len(value) > LONGEST or not TAGS.fullmatch(value):
        return ()
    return tuple(TAG.findall(value))


def is_known(tag: bytes, value: bytes) -> bool:
    """Whether a reader that sends this `If-None-Match` knows what is called `tag`."""
    return value in (tag, b"*") or value.strip(b" \t") == b"*" or tag in tags(value)


@lru_cache(maxsize=512)
def moment(value: bytes) -> datetime | None:
    """The date in `If-Modified-Since`; `None` where it is none."""
    if not DATE.fullmatch(value):
        return None
    try:
        found = parsedate_to_datetime(value.decode("ascii"))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


# feedparser asks for news in the name of every program that fetches by it, and not each of them takes the answer: rss2email (3.13, 3.14) holds
# 226 for a failure, keeps the tag it has, and fails for ever. What does not even give a name of its own gets the whole feed.
UNASKED = (b"feedparser/", b"rss2email/")
"""How programs begin to say who they are that ask for a feed's news without meaning it."""


def wants_news(headers: Mapping[bytes, bytes]) -> bool:
    """Whether `A-IM` asks for the entries of a feed that are new (`feed`, as RFC 3229 is used with feeds)."""
    value = headers.get(b"a-im")
    asked = value is not None and len(value) <= LONGEST and weighted(value).get(b"feed", 0) > 0
    return asked and not headers.get(b"user-agent", b"").startswith(UNASKED)
