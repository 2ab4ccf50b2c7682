"""The tables of the configuration file, as pydantic reads them. Unknown keys are errors; what is silent has its default here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from syndicate.config.fields import (
    Colour,
    Duration,
    Font,
    Format,
    Language,
    Logo,
    Names,
    Network,
    Origin,
    Pixels,
    RateText,
    Schedule,
    Sender,
    Slug,
    Title,
    Url,
    Zone,
    at_least_a_day,
    list_of_one,
    networks_of,
    read_sender,
    read_url,
)


class Table(BaseModel):
    """A table of the file. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteTable(Table):
    """`[site]`: where the folder of output is published, and how it speaks. `address` is the postal one, for the foot of a mail."""

    title: Title = "Syndicate"
    url: Url = "http://localhost:8000"
    language: Language = "en"
    timezone: Zone = "UTC"
    description: str = ""
    address: str = ""
    hub: Annotated[str, AfterValidator(lambda text: text and read_url(text) and text)] = ""


class ArticlesTable(Table):
    """`[articles]`: the folders to read."""

    folder: Annotated[list[str], BeforeValidator(list_of_one), Field(min_length=1)] = ["articles"]


class TopicTable(Table):
    """`"AI in Healthcare" = { parent = "AI" }`."""

    parent: Title


class PaletteTable(Table):
    """`[theme.light]`, `[theme.dark]`: single colours, where the derived ones do not do."""

    accent: Colour | None = None
    link: Colour | None = None
    ink: Colour | None = None
    text: Colour | None = None
    quiet: Colour | None = None
    line: Colour | None = None
    hint: Colour | None = None
    hole: Colour | None = None
    paper: Colour | None = None
    desk: Colour | None = None


class ThemeTable(Table):
    """`[theme]`, and `[digests.theme]` for one digest: an accent is enough; its shades for text and for the dark follow from it."""

    accent: Colour | None = None
    heading_font: Font | None = None
    text_font: Font | None = None
    width: Annotated[int, Field(ge=400, le=800)] | None = None
    logo: Logo | None = None
    dark_logo: Logo | None = None
    logo_width: Pixels | None = None
    logo_height: Pixels | None = None
    light: PaletteTable = PaletteTable()
    dark: PaletteTable = PaletteTable()


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
    """`[[feeds]]`: a rolling feed, and its `archives`, one for each month."""

    slug: Slug
    title: Title
    description: str = ""
    window: Duration = timedelta(days=90)
    formats: Annotated[list[Format], BeforeValidator(list_of_one), Field(min_length=1)] = ["rss", "atom", "json"]
    archives: bool = True
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
    theme: ThemeTable = ThemeTable()
    sections: list[SectionTable] = []


class DkimTable(Table):
    """`[mail.dkim]`: sign messages here, where the relay does not. The key lies in a PEM file."""

    domain: Title
    selector: Title
    key_file: Path


class BouncesTable(Table):
    """`[bounces]`: the mailbox that `syndicate bounces process` reads: a Maildir, an mbox file, or a folder of an IMAP server."""

    maildir: Path | None = None
    mbox: Path | None = None
    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    username: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    folder: str = "INBOX"
    done: str = ""

    @model_validator(mode="before")
    @classmethod
    def read_password(cls, values: Any) -> Any:
        """Take the password out of `password_file`, if one is given. Raises `ValueError`."""
        return _with_secret(values, "password")


class MailTable(Table):
    """`[mail]`: how digests are delivered, and for which mail programs they are checked.

    `clients`: as `gmail` or `outlook.windows`; none: those with most readers. `links`: where `syndicate serve` answers, for one-click
    unsubscribing. `bounces`: the mailbox that takes what comes back. `uncertain`: what to do where a server took a message and did not
    say so. `canary`: the share of refusals at which the rest of an edition is stopped, once `canary_after` were tried. `folder`: write
    messages there instead of sending them. `secret`: what links are signed with; else one is made in `.syndicate/secret`.
    """

    clients: Names = []
    links: Annotated[str, AfterValidator(lambda text: text and read_url(text))] = ""
    bounces: Annotated[str, AfterValidator(lambda text: text and read_sender(text))] = ""
    uncertain: Literal["hold", "resend"] = "hold"
    expires: Duration = timedelta(days=3)
    canary: Annotated[float, Field(gt=0, le=1)] = 0.05
    canary_after: Annotated[int, Field(ge=1)] = 50
    folder: str = ""
    secret: SecretStr | None = None
    secret_file: Path | None = None
    dkim: DkimTable | None = None

    @model_validator(mode="before")
    @classmethod
    def read_secret(cls, values: Any) -> Any:
        """Take the secret out of `secret_file`, if one is given. Raises `ValueError`."""
        return _with_secret(values, "secret")


class SignupTable(Table):
    """`[signup]`: the page on which people subscribe, and what keeps it from being abused.

    `open`: whether there is one; links in letters work without it. `topics`: those to choose from; else those that the digests ask for, with
    those under them. `embed`: the sites that may show the form in a frame. `privacy`: a page that says what becomes of an address.
    `expires`: how long a link in a confirmation holds; pages and letters name it in days. Letters that are sent at most: to one address, to
    all addresses of one domain, for one network, in all.
    """

    open: bool = True
    topics: Names = []
    embed: Annotated[list[Origin], BeforeValidator(list_of_one)] = []
    privacy: Annotated[str, AfterValidator(lambda text: text and read_url(text) and text)] = ""
    expires: Annotated[Duration, AfterValidator(at_least_a_day)] = timedelta(days=7)
    per_address: RateText = "3/d"
    per_domain: RateText = "100/h"
    per_network: RateText = "20/h"
    in_all: RateText = "500/h"


class SmtpTable(Table):
    """`[smtp]`: the relay that takes our mail.

    `security`: `starttls`, `tls` from the first byte, or `none`; in silence, `none` for this machine itself and `starttls` for any other.
    `rate` holds for all of it, `domain_rate` for each recipient domain, and `domains` for single ones: `{ "gmail.com" = "20/s" }`.
    """

    host: str = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    security: Literal["starttls", "tls", "none"] | None = None
    username: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    connections: Annotated[int, Field(ge=1, le=256)] = 4
    timeout: Annotated[float, Field(gt=0, le=600)] = 60
    rate: RateText | None = None
    domain_rate: RateText | None = None
    domains: dict[str, RateText] = {}

    @model_validator(mode="before")
    @classmethod
    def read_password(cls, values: Any) -> Any:
        """Take the password out of `password_file`, if one is given. Raises `ValueError`."""
        return _with_secret(values, "password")


class StorageTable(Table):
    """`[storage]`: the database of what was sent: a file, or a PostgreSQL for many machines. `url_file` holds its URL, password and all."""

    url: Annotated[str, Field(repr=False)] = "sqlite:///.syndicate/syndicate.db"  # it may hold a password
    url_file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def read_url(cls, values: Any) -> Any:
        """Take the URL out of `url_file`, if one is given. Raises `ValueError`."""
        return _with_secret(values, "url")


class ServeTable(Table):
    """`[serve]`: the folder of output over HTTP, with `syndicate serve` and `run --serve`.

    `gone`: slugs of feeds and digests that were removed for good; `renamed`: old slugs and what they are called now. `metrics`: the networks
    that may read `/metrics`, or `true` for everybody. `trusted_proxies`: the networks of proxies that are believed when they say for whom they
    ask. `memory`: MiB for documents.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    gone: Annotated[list[Slug], BeforeValidator(list_of_one)] = []
    renamed: dict[Slug, Slug] = {}
    metrics: Annotated[list[Network], BeforeValidator(networks_of)] = []
    trusted_proxies: Annotated[list[Network], BeforeValidator(list_of_one)] = []
    memory: Annotated[int, Field(ge=1)] = 64


def _with_secret(values: Any, key: str) -> Any:
    """The values of a table with what lies in the file that `<key>_file` names, as `key`. Raises `ValueError`."""
    if isinstance(values, dict) and values.get(f"{key}_file"):
        try:
            return values | {key: Path(str(values[f"{key}_file"])).read_text(encoding="utf-8").strip()}
        except OSError as error:
            raise ValueError(f"{key}_file cannot be read: {error.strerror} {values[f'{key}_file']}") from None
    return values
