"""How many letters may be asked for: of one network, and in all. Pure: no clock.

A limit such as `20/h` lets twenty through at once, and then one every three minutes. Networks are those that one household or company has:
of IPv4 the first 24 bits, of IPv6 the first 64.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from syndicate.rates import Bucket, Rate, read_rate, take, wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

NETWORK = {4: 24, 6: 64}
"""Bits of an address that tell a network."""

NOWHERE = "unknown"
"""The network of whoever comes by no address, such as over a socket."""


@dataclass(frozen=True, slots=True)
class Allowance(Rate):
    """So many in a period, all of them at once if nothing else came for so long."""

    count: int = 1

    @classmethod
    def of(cls, text: str) -> Allowance:
        """The allowance that `20/h` is."""
        count = int(text.partition("/")[0])
        return cls(read_rate(text).per_second, count)

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


def drawn(allowances: Mapping[str, Allowance], known: Mapping[str, Bucket], now: datetime) -> Sequence[Bucket] | timedelta:
    """The buckets after one was taken out of each; where one of them is empty, how long until it is not, and nothing is taken."""
    buckets = {name: known.get(name) or Bucket(name, allowance.burst, now) for name, allowance in allowances.items()}
    waits = [wait_for(buckets[name], allowance, now) for name, allowance in allowances.items()]
    if any(waits):
        return max(waits)
    return [take(buckets[name], allowance, now) for name, allowance in allowances.items()]
