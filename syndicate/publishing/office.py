"""Open the post office of a workspace: its outbox, its transport, its rules, all as configured. [I/O]"""

from __future__ import annotations

import os
import uuid
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.errors import ConfigurationError
from syndicate.publishing.machine import HOST
from syndicate.publishing.posting import Office
from syndicate.publishing.rules import RELAY, Rules
from syndicate.publishing.secrets import keys_of
from syndicate.rates import Rate, read_rate
from syndicate.storage import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syndicate.config import Settings
    from syndicate.delivery.signing import Signer
    from syndicate.delivery.transports import Transport
    from syndicate.storage import Ledger


def _boot() -> str:
    """A name for the time since this machine was started, from Linux' kernel; nothing elsewhere."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:13]
    except OSError:
        return ""


LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
NONCE = uuid.uuid4().hex[:8]
"""Of this process: another one may have its number, later or in another container."""

SHIFTS = count(1)
"""A number for each office that this process opens: what one has left behind runs out, and is not kept by the next."""

BOOT = _boot()
"""Since when this machine has been running: another one after each failure of its power. Empty where that is not known."""


def open_office(
    settings: Settings, ledger: Ledger, *, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False
) -> Office:
    """The post office of a workspace, with what an earlier sender left behind taken back. Raises `ConfigurationError`, `StorageError`."""
    outbox = Outbox(ledger.engine)
    now = clock()
    leases = outbox.leases()
    powerless = [lease for lease in leases if _is_powerless(lease)] if ledger.engine.dialect.name == "sqlite" else []
    dead = [lease for lease in leases if _is_dead(lease)]
    outbox.recover(now=now, dead=dead, powerless=powerless, resend=settings.mail.uncertain == "resend")
    outbox.expire(now=now)
    return Office(
        outbox,
        transport_of(settings),
        keys_of(settings, ledger),
        rules_of(settings),
        f"{os.getpid()}@{HOST}/{BOOT}/{NONCE}.{next(SHIFTS)}",
        clock,
        stopping,
        settings.mail.bounces,
        settings.mail.links,
        signer_of(settings),
    )


def transport_of(settings: Settings) -> Transport:
    """What carries messages: what another package adds, where that is chosen; a folder, where one is configured; or the relay."""
    if settings.mail.transport not in {"", "smtp", "folder"}:
        from syndicate.delivery.transports.added import open_transport

        return open_transport(settings.mail.transport, settings.options(settings.mail.transport))
    if settings.mail.folder:
        from syndicate.delivery.transports.folder import FolderTransport

        return FolderTransport(settings.root / settings.mail.folder)
    from syndicate.delivery.transports.relays import Patience, Relay
    from syndicate.delivery.transports.smtp import SmtpTransport

    smtp = settings.smtp
    security = smtp.security or ("none" if smtp.host in LOOPBACK else "starttls")
    password = smtp.password.get_secret_value() if smtp.password else ""
    return SmtpTransport(Relay(smtp.host, smtp.port, security, smtp.username, password, patience=Patience(reply=smtp.timeout)))


def rules_of(settings: Settings) -> Rules:
    """How to send, as configured."""

    def rate(text: str | None) -> Rate | None:
        return read_rate(text) if text else None

    smtp, mail = settings.smtp, settings.mail
    domains = {name.lower(): read_rate(text) for name, text in smtp.domains.items()}
    return Rules(
        smtp.connections,
        mail.uncertain,
        mail.canary,
        mail.canary_after,
        rate(smtp.rate),
        rate(smtp.domain_rate),
        domains,
        f"{RELAY} {smtp.host.lower()}:{smtp.port}",
    )


def signer_of(settings: Settings) -> Signer | None:
    """What signs messages, where they are signed here. Raises `ConfigurationError`."""
    dkim = settings.mail.dkim
    if dkim is None:
        return None
    from syndicate.delivery.signing import Signer

    try:
        return Signer.of(dkim.domain, dkim.selector, (settings.root / dkim.key_file).read_bytes())
    except OSError as error:
        raise ConfigurationError(
            [f"mail.dkim.key_file: {dkim.key_file} cannot be read ({error.strerror}); name a private key in PEM"]
        ) from error


def _is_powerless(lease: str) -> bool:
    """Whether the sender that held `lease` went down together with this machine, on which every sender to a SQLite database runs.

    The names of machines say nothing here: a container has another one after each start.
    """
    return lease.split("/")[1] != BOOT


def _is_dead(lease: str) -> bool:
    """Whether the sender that held `lease` is known to have ended: it ran on this machine, and its process is gone, or is ours by now.

    Machines that were cloned from one image may have one name; no two were started with the same number.
    """
    name, _, rest = lease.partition("/")
    process, _, host = name.partition("@")
    if host != HOST or rest.partition("/")[0] != BOOT or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return int(process) == os.getpid() and rest.rpartition("/")[2].partition(".")[0] != NONCE
