"""How to send, as configured: connections, doubt, the canary, and rates. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from syndicate.delivery.policy import domain_of
from syndicate.rates import Bucket, Rate, take, wait_for
from syndicate.storage import Share

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from syndicate.delivery.policy import Doubt
    from syndicate.storage import Owed

RELAY = "relay"
"""The bucket of all that goes out; others are called by the domain."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How to send."""

    connections: int = 4
    doubt: Doubt = "hold"
    canary: float = 0.05
    canary_after: int = 50
    rate: Rate | None = None
    domain_rate: Rate | None = None
    domains: Mapping[str, Rate] = field(default_factory=dict)

    def limits(self, domain: str) -> dict[str, Rate]:
        """The rates that a message to `domain` counts against, by the names of their buckets."""
        own = self.domains.get(domain, self.domain_rate)
        return {name: rate for name, rate in ((RELAY, self.rate), (domain, own)) if rate}


def ration(rules: Rules, known: Mapping[str, Bucket], owed: Sequence[Owed], now: datetime) -> Share:
    """What may go out at `now` with these buckets, and when the turn of each of the others comes, one behind the other."""
    going: list[Owed] = []
    waiting: dict[int, datetime] = {}
    buckets = dict(known)
    taken: dict[str, Bucket] = {}
    lined_up: defaultdict[str, int] = defaultdict(int)
    for each in owed:
        domain = domain_of(each.address)
        limits = rules.limits(domain)
        for name, rate in limits.items():
            buckets.setdefault(name, Bucket(name, rate.burst, now))
        waits = [closed_for(known, domain, now), *(wait_for(buckets[name], rate, now) for name, rate in limits.items())]
        if any(waits):
            behind = [timedelta(seconds=lined_up[name] / rate.per_second) for name, rate in limits.items()]
            waiting[each.id] = now + max(waits) + max(behind, default=timedelta())
            for name in limits:
                lined_up[name] += 1
            continue
        for name, rate in limits.items():
            buckets[name] = taken[name] = take(buckets[name], rate, now)
        going.append(each)
    return Share(going, waiting, taken.values())


def closed_for(buckets: Mapping[str, Bucket], domain: str, now: datetime) -> timedelta:
    """How long the relay, or this domain, is still to be left alone."""
    ends = [bucket.closed_until for name in (RELAY, domain) if (bucket := buckets.get(name)) and bucket.closed_until]
    return max([*(end - now for end in ends), timedelta()])
