"""The tables of the configuration file that say what a publication works with: mail, its relay, bounces, sign-up, the database, the web server.

What is published stands in `syndicate.config.tables`, and what holds for all tables.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from syndicate.config.fields import (
    Duration,
    Link,
    Mailbox,
    Names,
    Network,
    Origin,
    RateText,
    Slug,
    Title,
    at_least_a_day,
    list_of_one,
    networks_of,
)
from syndicate.config.tables import Table


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
