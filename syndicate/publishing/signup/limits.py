"""How many letters may be asked for: by one network, to one domain, and in all. Pure: no clock.

A limit such as `20/h` lets twenty through at once, and then one every three minutes. Networks are those that one household or company has:
of IPv4 the first 24 bits, of IPv6 the first 64. A provider gives each customer 256 such networks of IPv6 and more (RFC 6177, section 2), so
all that share 48 bits have a limit together, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Literal

from syndicate.rates import Bucket, Rate, read_rate, take, wait_for
from syndicate.storage.signups import Wait

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

Cause = Literal["network", "domain", "all"]
"""Of what there were too many: what whoever has to wait is told."""

NETWORK = {4: 24, 6: 64}
"""Bits of an address that tell a network."""

NOWHERE = "unknown"
"""The network of whoever comes by no address, such as over a socket."""

SITE = 48
"""Bits of an IPv6 address that tell the customer of a provider, at the most."""

NETWORKS_OF_A_SITE = 3
"""How many networks' worth of letters all networks of one such customer have together."""

PROVIDERS = frozenset(
    [
        "aol.com",
        "bluewin.ch",
        "fastmail.com",
        "free.fr",
        "gmail.com",
        "gmx.at",
        "gmx.de",
        "gmx.net",
        "googlemail.com",
        "hotmail.co.uk",
        "hotmail.com",
        "hotmail.fr",
        "icloud.com",
        "laposte.net",
        "libero.it",
        "live.com",
        "mail.com",
        "mail.ru",
        "me.com",
        "msn.com",
        "naver.com",
        "orange.fr",
        "outlook.com",
        "posteo.de",
        "proton.me",
        "protonmail.com",
        "qq.com",
        "t-online.de",
        "web.de",
        "wp.pl",
        "yahoo.co.jp",
        "yahoo.co.uk",
        "yahoo.com",
        "yahoo.de",
        "yahoo.fr",
        "yandex.ru",
        "zoho.com",
        "163.com",
    ]
)
"""Domains at which everybody may have an address."""

DOMAINS_OF_A_PROVIDER = 5
"""How many other domains' worth of letters the addresses of one of these have."""


@dataclass(frozen=True, slots=True)
class Allowance(Rate):
    """So many in a period, all of them at once if nothing else came for so long."""

    count: int = 1

    @classmethod
    def of(cls, text: str) -> Allowance:
        """The allowance that `20/h` is."""
        count = int(text.partition("/")[0])
        return cls(read_rate(text).per_second, count)

    def times(self, number: int) -> Allowance:
        """So many times as much."""
        return Allowance(self.per_second * number, self.count * number)

    @property
    def burst(self) -> float:
        """All of them."""
        return float(self.count)

    @property
    def period(self) -> timedelta:
        """The time that they are for."""
        return timedelta(seconds=round(self.count / self.per_second, 3))


def network_of(host: str) -> str:
    """The network that an address belongs to: `203.0.113.0/24`. An IPv4 address that comes in IPv6's clothes is one of IPv4."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return NOWHERE
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network(f"{address}/{NETWORK[address.version]}", strict=False))


def site_of(network: str) -> str:
    """The wider network that one of IPv6 is a part of: `2001:db8:1::/48`; nothing for any other."""
    found = ip_network(network) if network != NOWHERE else None
    return str(found.supernet(new_prefix=SITE)) if isinstance(found, IPv6Network) else ""


def drawn(
    allowances: Mapping[str, Allowance], known: Mapping[str, Bucket], now: datetime, *, paying: Collection[str]
) -> Sequence[Bucket] | Wait:
    """The buckets `paying` after one was taken out of each; where any is empty, the one to wait for longest, and nothing is taken."""
    buckets = {name: known.get(name) or Bucket(name, allowance.burst, now) for name, allowance in allowances.items()}
    longest = max(
        (Wait(name, wait_for(buckets[name], allowance, now)) for name, allowance in allowances.items()), key=lambda wait: wait.span
    )
    if longest.span:
        return longest
    return [take(buckets[name], allowance, now) for name, allowance in allowances.items() if name in paying]
