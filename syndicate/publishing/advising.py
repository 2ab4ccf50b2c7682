"""How a workspace sends, looked over before anybody is mailed: settings -> practice -> concerns, and records for DNS. [I/O: reads keys]

Writes nothing and asks no ledger. DNS is asked only through the function that is handed in for it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import parseaddr
from typing import TYPE_CHECKING, Literal

from syndicate.delivery.alignment import look_over
from syndicate.delivery.policy import domain_of
from syndicate.delivery.practice import Practice
from syndicate.delivery.signing import dns_record
from syndicate.delivery.tokens import Keys
from syndicate.delivery.zone import check, records
from syndicate.publishing.office import LOOPBACK, signer_of
from syndicate.publishing.secrets import FILE

if TYPE_CHECKING:
    from collections.abc import Collection

    from syndicate.config import Settings
    from syndicate.delivery.alignment import Concern
    from syndicate.delivery.signing import Signer
    from syndicate.delivery.zone import Ask, Record


@dataclass(frozen=True, slots=True)
class Advice:
    """What those who receive mail will say to how a workspace sends, and what DNS should hold; `asked`: DNS was, and the concerns say what of it.

    `in_use`: somebody can be mailed; else no concern is a fault.
    """

    concerns: tuple[Concern, ...]
    records: tuple[Record, ...]
    in_use: bool
    asked: bool = False

    @property
    def faults(self) -> tuple[Concern, ...]:
        """The concerns that are more than advice."""
        return tuple(concern for concern in self.concerns if concern.severity == "fault")


def advise(settings: Settings, digests: Collection[str], *, ask: Ask | None = None) -> Advice:
    """Look over how these digests are sent; with `ask`, what DNS says too. Raises `ConfigurationError` for a key or a secret that is none."""
    signer = signer_of(settings)
    practice = practice_of(settings, digests, signer)
    wanted = records(practice, dns_record(signer) if signer else "")
    found = check(wanted, ask) if ask else ()
    if not practice.in_use:
        found = tuple(replace(concern, severity="note") for concern in found)
    return Advice((*look_over(practice), *found), wanted, practice.in_use, ask is not None)


def practice_of(settings: Settings, digests: Collection[str], signer: Signer | None) -> Practice:
    """How a workspace sends these digests, in plain values."""
    mail, smtp = settings.mail, settings.smtp
    return Practice(
        {table.slug: _domain(table.sender) for table in settings.digests if table.slug in digests},
        settings.publisher.host,
        settings.site.address,
        mail.links,
        _domain(mail.bounces),
        signer.domain.lower() if signer else "",
        getattr(signer.key, "key_size", 0) if signer else 0,  # a key for Ed25519 has no size to choose
        "" if smtp.host in LOOPBACK else smtp.host,
        smtp.security != "none",
        bool(smtp.username),
        bool(smtp.password and smtp.password.get_secret_value()),
        mail.folder,
        _keys_of(settings),
        # Which mail programs letters are checked for says nothing about sending them.
        configured="smtp" in settings.model_fields_set or bool(mail.model_fields_set - {"clients"}),
    )


def _domain(sender: str) -> str:
    return domain_of(parseaddr(sender)[1]).rstrip(".")


def _keys_of(settings: Settings) -> Literal["configured", "kept", "both"]:
    """Where the secret behind links lies; `both`, where another than the configured one lies in the file."""
    if not settings.mail.secret:
        return "kept"
    configured = Keys.of(settings.mail.secret.get_secret_value())
    with suppress(OSError, ValueError):
        kept = Keys.of((settings.root / FILE).read_text(encoding="ascii"))
        return "configured" if set(kept.secrets) <= set(configured.secrets) else "both"
    return "configured"
