"""Read one value of a front matter, whatever it is: a text, a number, a date, an address. Pure.

A reader raises `ValueError` with the sentence that a person is to read.
"""

from __future__ import annotations

import reprlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import isfinite, nan
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.catalogue.markup import clean_text, clean_url, is_plain_url
from syndicate.catalogue.moments import read_date

if TYPE_CHECKING:
    from collections.abc import Callable

EXACT = 2**53
"""Up to here every whole number is a floating-point one, too (IEEE 754)."""

MOST_PIXELS = 100_000
"""Wider than any picture."""

WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
"""Yes and no, as YAML 1.1 and people write them."""


@dataclass(frozen=True, slots=True)
class Bearings:
    """What the values of a front matter may refer to: the site's time zone, and how a relative address becomes absolute."""

    zone: str
    address: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader of a value is handed beside it, by pydantic or by `plainly`."""

    context: Bearings


def got(value: object) -> str:
    """Show a value that cannot be used, shortened."""
    return f"got {value.isoformat() if isinstance(value, date) else reprlib.repr(value)}"


def read_text(value: object) -> str:
    """Plain text, cleaned. A number or date is text as well: `title: 1984`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        raise ValueError(f"must be text, {got(value)}; put it in double quotes")
    return clean_text(value.isoformat() if isinstance(value, date) else str(value))


def read_label(value: object) -> str:
    """A short text that may be left empty: `category:`."""
    if type(value) is str:
        return clean_text(value)
    return "" if value is None else read_text(value)


def read_required_text(value: object) -> str:
    """A text that must say something."""
    text = read_label(value)
    if not text:
        raise ValueError("is empty; give the article a title")
    return text


def read_number(value: object) -> float:
    """A finite number, whole where it can be (54, '54') and exact: one of 300 digits could not be packed."""
    if type(value) is int and -EXACT <= value <= EXACT:
        return value
    number = nan
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            number = float(value)
    if not isfinite(number):
        raise ValueError(f"must be a number, {got(value)}")
    return int(number) if number.is_integer() and abs(number) <= EXACT else number


def read_quality(value: object) -> float:
    """0 or more."""
    number = read_number(value)
    if number < 0:
        raise ValueError(f"must be 0 or more, {got(value)}")
    return number


def read_heat(value: object) -> float:
    """0 or more, or -1 for none."""
    number = read_number(value)
    if number < -1:
        raise ValueError(f"must be 0 or more, or -1 for none, {got(value)}")
    return number


def read_flag(value: object) -> bool:
    """A decision, in any of the `WORDS` for it."""
    if value is True or value is False:
        return value
    word = str(value).strip().lower()
    if word not in WORDS:
        raise ValueError(f"must be true or false, {got(value)}")
    return WORDS[word]


def read_pixels(value: object) -> int | None:
    """The side of a picture: 50, '50px'."""
    if value is None:
        return None
    if type(value) is int and 1 <= value <= MOST_PIXELS:
        return value
    number = read_number(str(value).removesuffix("px"))
    if not 1 <= number <= MOST_PIXELS:
        raise ValueError(f"must be a number of pixels, {got(value)}")
    return round(number)


def read_moment(value: object, info: Context) -> datetime:
    """A moment in UTC."""
    try:
        return read_date(value, info.context.zone)
    except ValueError as error:
        raise ValueError(f"{error}, {got(value)}") from None


def read_moment_or_none(value: object, info: Context) -> datetime | None:
    """The same, where it is said."""
    return None if value is None else read_moment(value, info)


def read_address(value: object, info: Context) -> str:
    """An absolute http(s) URL in ASCII, or nothing."""
    if value is None or value == "":
        return ""
    if type(value) is str and is_plain_url(value):
        return value
    try:
        if isinstance(value, str):
            return info.context.address(value) if value.strip() else ""
    except ValueError as error:
        raise ValueError(f"{error}, {got(value)}") from None
    raise ValueError(f"must be an http or https address, {got(value)}")


def read_topics(value: object) -> tuple[str, ...]:
    """Labels without commas, since readers split categories there; each once."""
    items = [] if value is None else value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys([label for item in items for label in _labels_in(read_label(item))]))


@lru_cache(maxsize=1024)
def _labels_in(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(clean_text, text.split(","))))


def provider_of(value: object) -> object:
    """A provider may be given by name alone."""
    return {"name": value} if isinstance(value, str) else value


def read_domain(value: object) -> str:
    """A host name: `medscape.com`, also out of `https://www.medscape.com/`."""
    try:
        return _host(read_label(value))
    except ValueError:
        raise ValueError(f"must be a host name such as example.org, {got(value)}") from None


@lru_cache(maxsize=1024)  # a few publishers write most of the articles
def _host(text: str) -> str:
    host = urlsplit(clean_url(text if "://" in text else f"https://{text}")).hostname if text else ""
    return (host or "").removeprefix("www.")


def read_items(value: object) -> list[object]:
    """A list, which one item alone makes, too."""
    return [] if value is None else list(value) if isinstance(value, list) else [value]
