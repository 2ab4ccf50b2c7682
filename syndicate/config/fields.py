"""The values that the configuration file may hold, each with its rule: pydantic's types with validators of ours."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from syndicate.colours import read_colour
from syndicate.config.editors import Formats, told
from syndicate.emitters import DIGEST_FORMATS, FEED_FORMATS
from syndicate.errors import ScheduleError
from syndicate.model import EPOCH
from syndicate.rates import RATE, read_rate
from syndicate.windows import DURATION, Cadence, read_duration

if TYPE_CHECKING:
    from collections.abc import Sequence


LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""The shape of a language tag (RFC 5646); whether the language exists is not asked."""

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 100
"""Letters of a slug: it is a part of names that databases and file systems bound."""


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text) or text == "index":
        raise ValueError(f"must be lower-case letters, digits and single hyphens, got {text!r}")
    if len(text) > LONGEST_SLUG:
        raise ValueError(f"must have at most {LONGEST_SLUG} letters, got {len(text)}")
    return text


def _zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ValueError, OSError, LookupError):
        raise ValueError(f"must be a time zone such as 'Europe/London', got {text!r}") from None


def _language(text: str) -> str:
    if not LANGUAGE.fullmatch(text):
        raise ValueError(f"must be a language tag such as 'en' or 'pt-BR', got {text!r}")
    return text


def read_url(text: str) -> str:
    """An address of a site, without a slash at its end. Raises `ValueError`."""
    parts = urlsplit(text)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
        or re.search(r"\s", text)
        or not text.isascii()
    ):
        raise ValueError(f"must be an address such as 'https://news.example.org', got {text!r}")
    return text.rstrip("/")


def _origin(text: str) -> str:
    if urlsplit(read_url(text)).path:
        raise ValueError(f"must be a site without a path, such as 'https://www.example.org', got {text!r}")
    return text.rstrip("/").lower()


def _schedule(text: str) -> str:
    try:
        Cadence(text).after(EPOCH)
    except ScheduleError as error:
        raise ValueError(f"{error}; for example '0 8 * * mon'") from None
    return text


def read_sender(text: str) -> str:
    """An address that a relay takes, with a name or without. Raises `ValueError`."""
    from email.utils import parseaddr

    address = parseaddr(text)[1]
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address) or any(ord(character) < ord(" ") for character in text):
        raise ValueError(f"must be an address such as 'News <news@example.org>', got {text!r}")
    if not address.isascii():
        raise ValueError(f"must have its address in ASCII, which every relay takes; write {_ascii_hint(address)}, got {text!r}")
    return text


def _ascii_hint(address: str) -> str:
    """How an address may be written in ASCII: its domain as DNS knows it (RFC 3490)."""
    local, _, domain = address.partition("@")
    try:
        return f"the domain as {domain.encode('idna').decode()}" if local.isascii() else "the part before the @ without accents"
    except UnicodeError:
        return "the domain as xn--..."


def list_of_one(value: object) -> object:
    """A list of one name, where one name stands alone."""
    return [value] if isinstance(value, str) else value


def networks_of(value: object) -> object:
    """A list of networks, where one stands alone, or where `true` stands for all of them and `false` for none."""
    return {True: ["0.0.0.0/0", "::/0"], False: []}[value] if isinstance(value, bool) else list_of_one(value)


def at_least_a_day(length: timedelta) -> timedelta:
    """A length of time that can be told in days. Raises `ValueError`."""
    if length < timedelta(days=1):
        raise ValueError(
            f"must be a day or longer, for not everybody reads mail every hour; write '1d', got '{length / timedelta(hours=1):g}h'"
        )
    return length


def _rate(text: str) -> str:
    read_rate(text)
    return text


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise ValueError(f"must be an address or a network such as '10.0.0.0/8' ({error}), got {text!r}") from None


def _font(text: str) -> str:
    if not re.fullmatch(r"[\w ,'-]+", text):
        raise ValueError(f"must be names of fonts such as 'Georgia, serif', got {text!r}")
    return text.replace("'", "")  # CSS needs no quotes, and a style attribute has them already


def _logo(text: str) -> str:
    parts = urlsplit(text)
    placed = (parts.scheme, bool(parts.netloc)) in {("https", True), ("", False)} and "\0" not in text
    if not placed or PurePosixPath(parts.path).suffix.lower() not in {".png", ".jpg", ".jpeg", ".gif"}:
        raise ValueError(f"must be a PNG, JPEG or GIF, below this folder or at an https address: mail programs show no other, got {text!r}")
    return text


def _format(text: str) -> str:
    return _format_among(FEED_FORMATS, text)


def _digest_format(text: str) -> str:
    return _format_among(DIGEST_FORMATS, text)


def _format_among(own: Sequence[str], text: str) -> str:
    """A format of ours, or one of a package that is installed; those are looked for where it is none of ours."""
    if text not in own:
        from syndicate.emitters.added import names

        if text not in names():
            known = [repr(name) for name in (*own, *names())]
            raise ValueError(f"must be {', '.join(known[:-1])} or {known[-1]}, got {text!r}")
    return text


Language = Annotated[str, AfterValidator(_language), told("language tag", "en", "pt-BR", pattern=f"^{LANGUAGE.pattern}$")]
Slug = Annotated[str, AfterValidator(_slug), told("slug", "weekly", pattern=f"^{SLUG.pattern}$")]
Zone = Annotated[str, AfterValidator(_zone), told("time zone", "Europe/London")]
Url = Annotated[str, AfterValidator(read_url), told("web address", "https://news.example.org", pattern="^https?://")]
Link = Annotated[str, AfterValidator(lambda text: text and read_url(text) and text), told("web address", pattern="^(https?://.+)?$")]
"""A web address, or nothing."""
Origin = Annotated[str, AfterValidator(_origin), told("site", "https://www.example.org", pattern="^https?://")]
Schedule = Annotated[str, AfterValidator(_schedule), told("crontab line", "0 8 * * mon", "*/15 * * * *", pattern=r"^\s*\S+(\s+\S+){4}\s*$")]
Sender = Annotated[str, AfterValidator(read_sender), told("mail address", "News <news@example.org>", pattern="@")]
Mailbox = Annotated[str, AfterValidator(lambda text: text and read_sender(text)), told("mail address", pattern="^$|@")]
"""A mail address, or nothing."""
Duration = Annotated[
    timedelta,
    BeforeValidator(lambda value: read_duration(str(value))),
    told("length of time", "90d", "2w", "12h", "15m", pattern=rf"^\s*{DURATION.pattern}\s*$"),
]
Title = Annotated[str, Field(min_length=1)]
Format = Annotated[str, AfterValidator(_format), Formats(FEED_FORMATS)]
DigestFormat = Annotated[str, AfterValidator(_digest_format), Formats(DIGEST_FORMATS)]
Names = Annotated[list[str], BeforeValidator(list_of_one, json_schema_input_type=str | list[str])]
"""A list; one name alone may stand without brackets."""
RateText = Annotated[str, AfterValidator(_rate), told("rate", "20/s", "100/h", pattern=rf"^\s*{RATE.pattern}\s*$")]
Network = Annotated[str, AfterValidator(_network), told("network", "10.0.0.0/8", "127.0.0.1")]
Colour = Annotated[str, AfterValidator(read_colour), told("colour", "#0f6a73", "teal")]
Font = Annotated[str, AfterValidator(_font), told("fonts", "Georgia, serif", pattern=r"^[\w ,'-]+$")]
Logo = Annotated[str, AfterValidator(_logo), told("picture", "logo.png", "https://news.example.org/logo.png")]
Pixels = Annotated[int, Field(ge=16, le=600)]
