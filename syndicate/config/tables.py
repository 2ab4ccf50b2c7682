"""The tables of the configuration file, as pydantic reads them. Unknown keys are errors; what is silent has its default here.

The sentence under a key is its meaning, for editors and for the reference (`syndicate.config.meanings`): there is no other place for it.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from syndicate.catalogue.conventions import Dialect
from syndicate.config.conventions import FieldName, Templates
from syndicate.config.fields import (
    Colour,
    DigestFormat,
    Duration,
    Font,
    Format,
    Language,
    Link,
    Logo,
    Mailbox,
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
)


class Table(BaseModel):
    """A table of the file. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteTable(Table):
    """`[site]`: where the folder of output is published, and how it speaks."""

    title: Title = "Syndicate"
    """What the site is called, on every page and in every feed."""
    url: Url = "http://localhost:8000"
    """Where the folder of output is published; every address in feeds and letters begins with it."""
    language: Language = "en"
    """The language of the site, as a tag such as `en-GB`: the words of pages and letters, and how dates are written."""
    timezone: Zone = "UTC"
    """The time zone of schedules, of dates without an offset, and of the dates that people read."""
    description: str = ""
    """A sentence about the site, for the front page, the feeds and the foot of pages."""
    address: str = ""
    """A postal address, for the foot of every letter, where the law asks for one."""
    hub: Link = ""
    """The address of a WebSub hub, which `syndicate run` tells at once which feeds have changed."""


class ArticlesTable(Table):
    """`[articles]`: the folders to read."""

    folder: Annotated[Names, Field(min_length=1)] = ["articles"]
    """The folder that holds the articles, or a list of folders, relative to this file."""
    dialect: Dialect = "plain"
    """Whose conventions the files follow: `plain` are our own; `jekyll`, `hugo`, `pelican` and `eleventy` sites are read as they are."""
    url: Link = ""
    """The site on which the articles stand, where that is not the one of `[site]`; addresses that begin with a slash are below it."""
    address: Templates = {}
    """How an article's address is made where its file names none, as `/{year}/{month}/{slug}/`; also a table, by section, `*` for the rest."""
    base: str = ""
    """The folder from which `{path}` and `{section}` of an address are told, where that is not the folder of articles."""
    fields: dict[FieldName, Names] = {}
    """Other names of fields: ours = theirs or a list of theirs, as `quality = "rating"`, `images = "cover.image"`."""


class TopicTable(Table):
    """`[topics]`: which topic belongs under which, as `"AI in Healthcare" = { parent = "AI" }`."""

    parent: Title
    """The topic that this one belongs under: who asks for the parent gets this one too."""


class PaletteTable(Table):
    """`[theme.light]`, `[theme.dark]`: single colours, where the derived ones do not do."""

    accent: Colour | None = None
    """Bars and rules."""
    link: Colour | None = None
    """The accent as text: links and labels. In silence the nearest shade of the accent that can be read."""
    ink: Colour | None = None
    """Headlines."""
    text: Colour | None = None
    """Prose."""
    quiet: Colour | None = None
    """What stands back: providers, dates, the foot."""
    line: Colour | None = None
    """Thin rules."""
    hint: Colour | None = None
    """Underlines of headlines."""
    hole: Colour | None = None
    """The place where a picture will be."""
    paper: Colour | None = None
    """The ground of the text."""
    desk: Colour | None = None
    """What the paper lies on."""


class ThemeTable(Table):
    """`[theme]`, and `[digests.theme]` for one digest: an accent is enough; its shades for text and for the dark follow from it."""

    accent: Colour | None = None
    """The one colour of the look, as CSS writes colours; the shades that can be read, in light and in dark, follow from it."""
    heading_font: Font | None = None
    """Fonts of headlines, as CSS lists them."""
    text_font: Font | None = None
    """Fonts of everything else, as CSS lists them."""
    width: Annotated[int, Field(ge=400, le=800)] | None = None
    """How wide a letter is, in pixels. In silence 600."""
    logo: Logo | None = None
    """A picture beside or below this file, or at an https address, in place of the title; it needs `logo_width`."""
    dark_logo: Logo | None = None
    """The picture that takes the logo's place in the dark; without it the logo stands on a light plate."""
    logo_width: Pixels | None = None
    """The width at which the logo is shown, in pixels."""
    logo_height: Pixels | None = None
    """The height at which the logo is shown, in pixels."""
    light: PaletteTable = PaletteTable()
    """Single colours by day, where the derived ones do not do."""
    dark: PaletteTable = PaletteTable()
    """Single colours in the dark, where the derived ones do not do."""


class SelectionTable(Table):
    """The keys of a selection. What is not given is inherited: by a section from its digest."""

    topics: Names | None = None
    """Take only articles on one of these topics, or on one under them. In silence all."""
    exclude_topics: Names | None = None
    """Leave out articles on one of these topics, or on one under them."""
    categories: Names | None = None
    """Take only articles of these categories. In silence all."""
    types: Names | None = None
    """Take only articles of these types, such as `article` or `video`. In silence all."""
    providers: Names | None = None
    """Take only articles from these providers, by name or domain. In silence all."""
    exclude_providers: Names | None = None
    """Leave out articles from these providers, by name or domain."""
    min_quality: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """The least quality of an article. In silence 0."""
    min_heat: Annotated[float, Field(ge=-1, allow_inf_nan=False)] | None = None
    """The least heat of an article; -1 takes those without any. In silence there is no floor."""
    per_provider: Annotated[int, Field(ge=1)] | None = None
    """Take at most so many articles from one provider. In silence there is no limit."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """Take at most so many articles. In silence 50 for a feed, 20 for a digest, and no limit of its own for a section."""
    order: Literal["newest", "quality", "heat"] | None = None
    """Which articles come first. In silence the newest in a feed; in a digest the hottest, then the best, then the newest."""


class FeedTable(SelectionTable):
    """`[[feeds]]`: a rolling feed, and its archives, one for each month. It may also hold the keys of a selection."""

    slug: Slug
    """What the feed is called in addresses and on the command line."""
    title: Title
    """What people read the feed is called."""
    description: str = ""
    """A sentence about the feed."""
    window: Duration = timedelta(days=90)
    """How far back the live feed goes."""
    formats: Annotated[list[Format], BeforeValidator(list_of_one, json_schema_input_type=Format | list[Format]), Field(min_length=1)] = [
        "rss",
        "atom",
        "json",
    ]
    """The formats in which the feed is written; its page for people is written beside them."""
    archives: bool = True
    """Whether what is older stays to be read, in an archive for each month (RFC 5005)."""
    schedule: Schedule | None = None
    """When `syndicate run` renders the feed, as a line of crontab in the site's time zone. In silence when files change."""


class SectionTable(SelectionTable):
    """`[[digests.sections]]`: a heading in a digest, and what runs under it: it may hold the keys of a selection."""

    title: Title
    """The heading of the section."""


class DigestTable(SelectionTable):
    """`[[digests]]`: a dated edition, mailed. It may also hold the keys of a selection."""

    slug: Slug
    """What the digest is called in addresses and on the command line."""
    title: Title
    """What people read the digest is called."""
    description: str = ""
    """A sentence about the digest."""
    subject: str = ""
    """The subject of a letter: a line of Jinja2 over `edition` and `lead`, its first story. In silence `{{ lead.title }}`."""
    sender: Sender
    """Whom the letters are from: an address, with a name or without."""
    schedule: Schedule
    """When an edition is due, as a line of crontab; each covers the time since the one before."""
    timezone: Zone | None = None
    """The time zone of the digest's schedule. In silence the site's."""
    when_empty: Literal["skip", "send"] = "skip"
    """What becomes of an edition without a story: it is skipped, or sent all the same."""
    late: Duration = timedelta(days=14)
    """How long after its date an article that turned up late may still run in the next edition."""
    catch_up: Literal["latest", "each", "skip"] = "latest"
    """What becomes of times that were missed while nothing ran: one edition for all of them, one for each, or none."""
    formats: Annotated[list[DigestFormat], BeforeValidator(list_of_one, json_schema_input_type=DigestFormat | list[DigestFormat])] = []
    """Formats of packages that are installed, in which editions are written beside `html`, `text` and `eml`."""
    theme: ThemeTable = ThemeTable()
    """The look of this digest, where it differs from the site's."""
    sections: list[SectionTable] = []
    """The headings of the digest, in order; an article runs in the first section that takes it."""


class DkimTable(Table):
    """`[mail.dkim]`: sign messages here, where the relay does not. The key lies in a PEM file."""

    domain: Title
    """The domain that signs: that of the sender, or one above or below it."""
    selector: Title
    """The name under which DNS holds the public key, before `._domainkey`."""
    key_file: Path
    """The PEM file of the private key, an RSA one of 2048 bits or more."""


class BouncesTable(Table):
    """`[bounces]`: the mailbox that `syndicate bounces process` reads: a Maildir, an mbox file, or a folder of an IMAP server."""

    maildir: Path | None = None
    """A Maildir to read, relative to this file."""
    mbox: Path | None = None
    """An mbox file to read, relative to this file."""
    host: str = ""
    """The IMAP server to read from, by TLS."""
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    """The port of the IMAP server."""
    username: str = ""
    """The name to log in with at the IMAP server."""
    password: SecretStr | None = None
    """The password of the IMAP server; better in the environment, or in a file."""
    password_file: Path | None = None
    """A file that holds the password and nothing else."""
    folder: str = "INBOX"
    """The folder of the IMAP server to read."""
    done: str = ""
    """The folder of the IMAP server that takes messages once they are read; in silence they stay where they are."""

    @model_validator(mode="before")
    @classmethod
    def read_password(cls, values: Any) -> Any:
        """Take the password out of `password_file`, if one is given. Raises `ValueError`."""
        return _with_secret(values, "password")


class MailTable(Table):
    """`[mail]`: how digests are delivered, and for which mail programs they are checked."""

    clients: Names = []
    """The mail programs for which `syndicate check --mail` looks letters over, as `gmail` or `outlook.windows`; in silence those with most readers."""
    links: Annotated[Link, AfterValidator(lambda text: text.rstrip("/"))] = ""
    """Where `syndicate serve` answers, over https: for unsubscribing by one click (RFC 8058), and for the page on which people subscribe."""
    bounces: Mailbox = ""
    """The mailbox that takes what comes back; in silence the sender's."""
    uncertain: Literal["hold", "resend"] = "hold"
    """What becomes of a message that a server may have taken without saying so: it is held until somebody decides, or sent again."""
    expires: Duration = timedelta(days=3)
    """How long an edition is worth sending."""
    canary: Annotated[float, Field(gt=0, le=1)] = 0.05
    """The share of refusals at which the rest of an edition is stopped."""
    canary_after: Annotated[int, Field(ge=1)] = 50
    """How many must have been tried before refusals stop an edition."""
    transport: str = ""
    """What carries the mail: `smtp`, `folder`, or a transport of a package that is installed; in silence `folder` where one is given, and else `smtp`."""
    folder: str = ""
    """Write messages into this folder, relative to this file, and send nothing."""
    secret: SecretStr | None = None
    """What personal links are signed with; in silence one is made in `.syndicate/secret`. Several, with spaces between: the first signs, all are believed."""
    secret_file: Path | None = None
    """A file that holds the secret and nothing else."""
    dkim: DkimTable | None = None
    """Sign messages here, where the relay does not."""

    @model_validator(mode="before")
    @classmethod
    def read_secret(cls, values: Any) -> Any:
        """Take the secret out of `secret_file`, if one is given. Raises `ValueError`."""
        return _with_secret(values, "secret")


class TransportTable(Table):
    """`[transports.<name>]`: what a transport of another package is told. What may stand here is for the package to say.

    A key that ends in `_file` names a file whose content the transport gets under the name without that, for secrets.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    def __repr__(self) -> str:
        """Without what is in it: nobody but the package knows what is secret there."""
        return f"TransportTable({', '.join(self.model_extra or {})})"

    __str__ = __repr__


class SignupTable(Table):
    """`[signup]`: the page on which people subscribe, and what keeps it from being abused. Its rates count the letters it has sent."""

    open: bool = True
    """Whether there is a page on which people subscribe; links in letters work without it."""
    topics: Names = []
    """The topics to choose from; in silence those that the digests ask for, with those under them."""
    embed: Annotated[list[Origin], BeforeValidator(list_of_one, json_schema_input_type=Origin | list[Origin])] = []
    """The sites that may show the form in a frame."""
    privacy: Link = ""
    """The address of a page that says what becomes of an address, linked at the button."""
    expires: Annotated[Duration, AfterValidator(at_least_a_day)] = timedelta(days=7)
    """How long the link in a confirmation holds; a day at least, for pages and letters name it in days."""
    per_address: RateText = "3/d"
    """How many letters one address gets at most."""
    per_domain: RateText = "100/h"
    """How many letters all addresses of one domain get at most."""
    per_network: RateText = "20/h"
    """How many letters are sent for forms from one network at most."""
    in_all: RateText = "500/h"
    """How many letters are sent for forms at most."""


class SmtpTable(Table):
    """`[smtp]`: the relay that takes our mail."""

    host: str = "localhost"
    """The relay that takes the mail."""
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    """The port of the relay."""
    security: Literal["starttls", "tls", "none"] | None = None
    """`starttls`, `tls` from the first byte, or `none`. In silence `none` for this machine and `starttls` for any other."""
    username: str = ""
    """The name to log in with; in silence nobody logs in."""
    password: SecretStr | None = None
    """The password of the relay; better in the environment, or in a file."""
    password_file: Path | None = None
    """A file that holds the password and nothing else."""
    connections: Annotated[int, Field(ge=1, le=256)] = 4
    """How many connections carry messages at once."""
    timeout: Annotated[float, Field(gt=0, le=600)] = 60
    """How many seconds the relay has to answer."""
    rate: RateText | None = None
    """How many messages go out at most, over all. In silence as many as the relay takes."""
    domain_rate: RateText | None = None
    """How many messages go to each domain of recipients at most."""
    domains: dict[str, RateText] = {}
    """The rates of single domains, in place of `domain_rate`."""

    @model_validator(mode="before")
    @classmethod
    def read_password(cls, values: Any) -> Any:
        """Take the password out of `password_file`, if one is given. Raises `ValueError`."""
        return _with_secret(values, "password")


class StorageTable(Table):
    """`[storage]`: the database of what was sent, to whom it is owed, and who gets it: a file, or a PostgreSQL for many machines."""

    url: Annotated[str, Field(repr=False)] = "sqlite:///.syndicate/syndicate.db"  # it may hold a password
    """The database, as SQLAlchemy writes addresses: SQLite in a file relative to this one, or `postgresql+psycopg://...`."""
    url_file: Path | None = None
    """A file that holds the address, password and all."""

    @model_validator(mode="before")
    @classmethod
    def read_url(cls, values: Any) -> Any:
        """Take the address out of `url_file`, if one is given. Raises `ValueError`."""
        return _with_secret(values, "url")


class ServeTable(Table):
    """`[serve]`: the folder of output over HTTP, with `syndicate serve` and `run --serve`."""

    host: str = "127.0.0.1"
    """The address to listen on; `0.0.0.0` or `::` for everybody who can reach this machine."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """The port to listen on; 0 takes a free one."""
    gone: Annotated[list[Slug], BeforeValidator(list_of_one, json_schema_input_type=Slug | list[Slug])] = []
    """Slugs of feeds and digests that were removed for good: they answer 410."""
    renamed: dict[Slug, Slug] = {}
    """Old slugs and what they are called now: they answer 301."""
    metrics: Annotated[list[Network], BeforeValidator(networks_of, json_schema_input_type=bool | Network | list[Network])] = []
    """The networks that may read `/metrics`, or `true` for everybody; in silence nobody."""
    trusted_proxies: Annotated[list[Network], BeforeValidator(list_of_one, json_schema_input_type=Network | list[Network])] = []
    """The networks of proxies that are believed when they say for whom they ask."""
    memory: Annotated[int, Field(ge=1)] = 64
    """How much memory documents may take, in MiB."""


def _with_secret(values: Any, key: str) -> Any:
    """The values of a table with what lies in the file that `<key>_file` names, as `key`. Raises `ValueError`."""
    if isinstance(values, dict) and values.get(f"{key}_file"):
        try:
            return values | {key: Path(str(values[f"{key}_file"])).read_text(encoding="utf-8").strip()}
        except OSError as error:
            raise ValueError(f"{key}_file cannot be read: {error.strerror} {values[f'{key}_file']}") from None
    return values
