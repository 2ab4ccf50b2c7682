"""The tables of the configuration file, as pydantic reads them. Unknown keys are errors; what is silent has its default here."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from syndicate.errors import ScheduleError
from syndicate.model import EPOCH
from syndicate.windows import Cadence, read_duration

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""The shape of a language tag (RFC 5646); whether the language exists is not asked."""

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text) or text == "index":
        raise ValueError(f"must be lower-case letters, digits and single hyphens, got {text!r}")
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


def _url(text: str) -> str:
    parts = urlsplit(text)
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
        or not text.isascii()
    ):
        raise ValueError(f"must be an address such as 'https://news.example.org', got {text!r}")
    return text.rstrip("/")


def _schedule(text: str) -> str:
    try:
        Cadence(text).after(EPOCH)
    except ScheduleError as error:
        raise ValueError(f"{error}; for example '0 8 * * mon'") from None
    return text


def _sender(text: str) -> str:
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


def _list_of_one(value: object) -> object:
    return [value] if isinstance(value, str) else value


Slug = Annotated[str, AfterValidator(_slug)]
Zone = Annotated[str, AfterValidator(_zone)]
Url = Annotated[str, AfterValidator(_url)]
Schedule = Annotated[str, AfterValidator(_schedule)]
Sender = Annotated[str, AfterValidator(_sender)]
Duration = Annotated[timedelta, BeforeValidator(lambda value: read_duration(str(value)))]
Title = Annotated[str, Field(min_length=1)]
Format = Literal["rss", "atom", "json"]
Names = Annotated[list[str], BeforeValidator(_list_of_one)]
"""A list; one name alone may stand without brackets."""


class Table(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteTable(Table):
    """`[site]`: where the folder of output is published, and how it speaks. `address` is the postal one, for the foot of a mail."""

    title: Title = "Syndicate"
    url: Url = "http://localhost:8000"
    language: Annotated[str, AfterValidator(_language)] = "en"
    timezone: Zone = "UTC"
    description: str = ""
    address: str = ""
    hub: Annotated[str, AfterValidator(lambda text: text and _url(text) and text)] = ""


class ArticlesTable(Table):
    """`[articles]`: the folders to read."""

    folder: Annotated[list[str], BeforeValidator(_list_of_one), Field(min_length=1)] = ["articles"]


class TopicTable(Table):
    """`"AI in Healthcare" = { parent = "AI" }`."""

    parent: Title


class SelectionTable(Table):
    """The keys of a selection. What is not given is inherited: by a section from its digest."""

    topics: Names | None = None
    exclude_topics: Names | None = None
    categories: Names | None = None
    types: Names | None = None
    providers: Names | None = None
    exclude_providers: Names | None = None
    min_quality: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    min_heat: Annotated[float, Field(ge=-1, allow_inf_nan=False)] | None = None
    per_provider: Annotated[int, Field(ge=1)] | None = None
    limit: Annotated[int, Field(ge=1)] | None = None
    order: Literal["newest", "quality", "heat"] | None = None


class FeedTable(SelectionTable):
    """`[[feeds]]`: a rolling feed."""

    slug: Slug
    title: Title
    description: str = ""
    window: Duration = timedelta(days=90)
    formats: Annotated[list[Format], BeforeValidator(_list_of_one), Field(min_length=1)] = ["rss", "atom", "json"]
    schedule: Schedule | None = None


class SectionTable(SelectionTable):
    """`[[digests.sections]]`: a heading in a digest, and what runs under it."""

    title: Title


class DigestTable(SelectionTable):
    """`[[digests]]`: a dated edition, mailed."""

    slug: Slug
    title: Title
    description: str = ""
    subject: str = ""
    sender: Sender
    schedule: Schedule
    timezone: Zone | None = None
    when_empty: Literal["skip", "send"] = "skip"
    late: Duration = timedelta(days=14)
    catch_up: Literal["latest", "each", "skip"] = "latest"
    sections: list[SectionTable] = []


class SmtpTable(Table):
    """`[smtp]`: the relay that takes our mail."""

    host: str = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    username: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def read_password(cls, values: Any) -> Any:
        """Take the password out of `password_file`, if one is given."""
        if isinstance(values, dict) and values.get("password_file"):
            try:
                return values | {"password": Path(str(values["password_file"])).read_text(encoding="utf-8").strip()}
            except OSError as error:
                raise ValueError(f"password_file cannot be read: {error.strerror} {values['password_file']}") from None
        return values


class StorageTable(Table):
    """`[storage]`: the database of what was sent."""

    url: Annotated[str, Field(repr=False)] = "sqlite:///.syndicate/syndicate.db"  # it may hold a password
