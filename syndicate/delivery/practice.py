"""How a workspace sends, as a value that rules can be held against; and which domains belong together. Pure.

Two domains are taken for one organisation's where they are the same, or one is below the other; where they only share what they are below,
that is said, and left to the reader. Which domains are registered one by one, a list would have to tell that is out of date from the day it
is installed; and RFC 9989, section 4.10, goes by DMARC records in DNS instead (see `syndicate.delivery.zone`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from syndicate.delivery.providers import provider_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.delivery.providers import Provider

Kinship = Literal["aligned", "unsure", "apart"]


@dataclass(frozen=True, slots=True)
class Practice:
    """How a workspace sends. `senders`: the domain of From, by digest; `site`: the host of its address on the web.

    `bounces` and `dkim` are domains, empty where none is configured; `bits` is the length of an RSA key, 0 for Ed25519. `host` is the
    relay's name, empty for this machine itself. `keys`, the secret behind links: configured, kept in a file, or configured while another
    lies in the file. `configured`: the settings speak of sending at all.
    """

    senders: Mapping[str, str]
    site: str
    address: str = ""
    links: str = ""
    bounces: str = ""
    dkim: str = ""
    bits: int = 2048
    host: str = ""
    encrypted: bool = True
    username: bool = False
    password: bool = False
    folder: str = ""
    keys: Literal["configured", "kept", "both"] = "configured"
    configured: bool = True

    @property
    def in_use(self) -> bool:
        """Whether somebody can be mailed from here."""
        return self.configured and not self.folder

    @property
    def provider(self) -> Provider | None:
        """Whose relay it is, where it is rented from somebody known."""
        return provider_of(self.host)

    @property
    def domains(self) -> dict[str, tuple[str, ...]]:
        """The domains of From, each with its digests."""
        found = dict.fromkeys(self.senders.values())
        return {domain: tuple(slug for slug, own in self.senders.items() if own == domain) for domain in found}


def kinship(one: str, other: str) -> Kinship:
    """Whether two domains belong to one organisation, as far as their names tell; `unsure` where they are below the same domain."""
    if one == other or one.endswith(f".{other}") or other.endswith(f".{one}"):
        return "aligned"
    return "unsure" if "." in shared(one, other) else "apart"


def shared(one: str, other: str) -> str:
    """The domain that both are below: `example.org` for `news.example.org` and `bounces.example.org`."""
    labels: list[str] = []
    for left, right in zip(reversed(one.split(".")), reversed(other.split(".")), strict=False):
        if left != right:
            break
        labels.insert(0, left)
    return ".".join(labels)
