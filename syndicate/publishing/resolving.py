"""Ask DNS. [I/O: the network]"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.resolver import Resolver

    from syndicate.delivery.providers import Kind
    from syndicate.delivery.zone import Ask

PATIENCE = 5.0
"""Seconds for an answer, over all the servers that are asked."""


def asking(resolver: Resolver | None = None) -> Ask:
    """What asks `resolver`, or the one that this machine uses."""
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN, NoAnswer, NoResolverConfiguration
    from dns.resolver import Resolver as Configured

    try:
        found = resolver or Configured()
    except NoResolverConfiguration:
        return lambda name, kind: None  # noqa: ARG005  nobody can be asked

    def ask(name: str, kind: Kind) -> tuple[str, ...] | None:
        try:
            return tuple(_text(each) for each in found.resolve(f"{name}.", kind, lifetime=PATIENCE))
        except (NXDOMAIN, NoAnswer):
            return ()
        except DNSException:
            return None

    return ask


def _text(data: object) -> str:
    """A record's data as text; the character strings of a TXT record joined without anything in between (RFC 7208, section 3.3)."""
    strings = getattr(data, "strings", None)
    return b"".join(strings).decode(errors="replace") if strings else str(data)
