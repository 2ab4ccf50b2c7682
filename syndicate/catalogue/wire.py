"""What a front matter may hold, field by field: how each value is read, and what is said of one that cannot be.

The names are the publishers' (camelCase, `publishedDateTime`); `articles` turns them into ours. A reader of a value raises `ValueError`
with the sentence that a person is to read.
"""

from __future__ import annotations

import reprlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import isfinite, nan
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import AliasGenerator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo
from pydantic.alias_generators import to_camel

from syndicate.catalogue.markup import clean_text, clean_url, is_plain_url
from syndicate.catalogue.moments import read_date

if TYPE_CHECKING:
    from collections.abc import Callable

EXACT = 2**53
"""Up to here every whole number is a floating-point one, too (IEEE 754)."""

MOST_PIXELS = 100_000
"""Wider than any picture."""

SYNONYMS = {
    "date": "publishedDateTime",
    "lastmod": "updatedDateTime",
    "description": "excerpt",
    "summary": "excerpt",
    "tags": "topics",
    "image": "images",
    "permalink": "originalUrl",
    "link": "originalUrl",
}
"""What Hugo, Jekyll and Eleventy call a field; read where the field itself is not given."""

WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
"""Yes and no, as YAML 1.1 and people write them."""


@dataclass(frozen=True, slots=True)
class Bearings:
    """What the values of a front matter may refer to: the site's time zone, and how a relative address becomes absolute."""

    zone: str
    address: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader of a value is handed beside it: of pydantic's `ValidationInfo`, the part that ours ask for."""

    context: Bearings


def got(value: object) -> str:
    """Show a value that cannot be used, shortened."""
    return f"got {value.isoformat() if isinstance(value, date) else reprlib.repr(value)}"


def _text(value: object) -> str:
    """Plain text, cleaned. A number or date is text as well: `title: 1984`."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        raise ValueError(f"must be text, {got(value)}; put it in double quotes")
    return clean_text(value.isoformat() if isinstance(value, date) else str(value))


def _label(value: object) -> str:
    """A short text that may be left empty: `category:`."""
    if type(value) is str:
        return clean_text(value)
    return "" if value is None else _text(value)


def _required_text(value: object) -> str:
    text = _label(value)
    if not text:
        raise ValueError("is empty; give the article a title")
    return text


def _number(value: object) -> float:
    """A finite number, whole where it can be: 54, '54', 54.5."""
    if type(value) is int and -EXACT <= value <= EXACT:
        return value
    number = nan
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            number = float(value)
    if not isfinite(number):
        raise ValueError(f"must be a number, {got(value)}")
    return int(number) if number.is_integer() else number


def _quality(value: object) -> float:
    number = _number(value)
    if number < 0:
        raise ValueError(f"must be 0 or more, {got(value)}")
    return number


def _heat(value: object) -> float:
    number = _number(value)
    if number < -1:
        raise ValueError(f"must be 0 or more, or -1 for none, {got(value)}")
    return number


def _flag(value: object) -> bool:
    """A decision, in any of the `WORDS` for it."""
    if value is True or value is False:
        return value
    word = str(value).strip().lower()
    if word not in WORDS:
        raise ValueError(f"must be true or false, {got(value)}")
    return WORDS[word]


def _pixels(value: object) -> int | None:
    if value is None:
        return None
    if type(value) is int and 1 <= value <= MOST_PIXELS:
        return value
    number = _number(str(value).removesuffix("px"))
    if not 1 <= number <= MOST_PIXELS:
        raise ValueError(f"must be a number of pixels, {got(value)}")
    return round(number)


def _bearings(info: Info) -> Bearings:
    bearings: Bearings = info.context  # type: ignore[assignment]  # pydantic does not know what it carries for us
    return bearings


def _moment(value: object, info: Info) -> datetime:
    try:
        return read_date(value, _bearings(info).zone)
    except ValueError as error:
        raise ValueError(f"{error}, {got(value)}") from None


def _moment_or_none(value: object, info: Info) -> datetime | None:
    return None if value is None else _moment(value, info)


def _address(value: object, info: Info) -> str:
    if value is None or value == "":
        return ""
    if type(value) is str and is_plain_url(value):
        return value
    try:
        if isinstance(value, str):
            return _bearings(info).address(value) if value.strip() else ""
    except ValueError as error:
        raise ValueError(f"{error}, {got(value)}") from None
    raise ValueError(f"must be an http or https address, {got(value)}")


def _topics(value: object) -> tuple[str, ...]:
    """Labels without commas, since readers split categories there; each once."""
    items = [] if value is None else value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys([label for item in items for label in _labels_in(_label(item))]))


@lru_cache(maxsize=1024)
def _labels_in(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(clean_text, text.split(","))))


def provider_of(value: object) -> object:
    """A provider may be given by name alone."""
    return {"name": value} if isinstance(value, str) else value


def _domain(value: object) -> str:
    """A host name: `medscape.com`, also out of `https://www.medscape.com/`."""
    try:
        return _host(_label(value))
    except ValueError:
        raise ValueError(f"must be a host name such as example.org, {got(value)}") from None


@lru_cache(maxsize=1024)  # a few publishers write most of the articles
def _host(text: str) -> str:
    host = urlsplit(clean_url(text if "://" in text else f"https://{text}")).hostname if text else ""
    return (host or "").removeprefix("www.")


def _items(value: object) -> list[object]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


Info = ValidationInfo | Context

Text = Annotated[str, BeforeValidator(_label)]
Number = Annotated[int | float, BeforeValidator(_quality)]
Heat = Annotated[int | float, BeforeValidator(_heat)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Address = Annotated[str, BeforeValidator(_address)]
Items = Annotated[list[Any], BeforeValidator(_items)]
Pixels = Annotated[int | None, BeforeValidator(_pixels)]


class Wire(BaseModel):
    """A mapping as publishers write it: keys in camelCase, unknown ones carried along."""

    model_config = ConfigDict(extra="allow", alias_generator=AliasGenerator(validation_alias=to_camel), frozen=True)


class ImageFields(Wire):
    """`{url, width, height, alt}`."""

    url: Text
    width: Pixels = None
    height: Pixels = None
    alt: Text = ""


class ProviderFields(Wire):
    """`{name, domain, images}`."""

    name: Text = ""
    domain: Annotated[str, BeforeValidator(_domain)] = ""
    images: Items = []


class StoryFields(Wire):
    """What an article and its related coverage have in common."""

    title: Annotated[str, BeforeValidator(_required_text)]
    excerpt: Text = ""
    web_url: Address = ""
    amp_web_url: Address = ""
    cdn_amp_web_url: Address = ""
    type: Text = "article"
    quality: Number = 0
    provider: Annotated[ProviderFields | None, BeforeValidator(provider_of)] = None
    images: Items = []


class RelatedFields(StoryFields):
    """One item of `related`."""

    original_url: Address = ""
    published_date_time: Annotated[datetime | None, BeforeValidator(_moment_or_none)] = None


class ArticleFields(StoryFields):
    """The front matter of an article. `secured` is the publisher's own: it goes no further."""

    published_date_time: Moment
    updated_date_time: Annotated[datetime | None, BeforeValidator(_moment_or_none)] = None
    original_url: Address = ""
    id: Text = ""
    category: Text = ""
    heat: Heat = -1
    published: Annotated[bool, BeforeValidator(_flag)] = True
    draft: Annotated[bool, BeforeValidator(_flag)] = False
    topics: Annotated[tuple[str, ...], BeforeValidator(_topics)] = ()
    related: Items = []
    secured: Any = Field(default=None, exclude=True, repr=False)
