"""How to send, as configured: connections, doubt, the canary, and rates. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from syndicate.delivery.policy import domain_of
from syndicate.rates import filled, take, wait_for
from syndicate.storage import Share

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from syndicate.delivery.policy import Doubt
    from syndicate.rates import Bucket, Rate
    from syndicate.storage import Owed

RELAY = "*relay"
"""The bucket of all that goes out by one relay begins so, which no domain does: it is the first that is taken (see `syndicate.storage.buckets`)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How to send. `relay` is the bucket of the one that we send by: each has its own rate."""

    connections: int = 4
    doubt: Doubt = "hold"
    canary: float = 0.05
    canary_after: int = 50
    rate: Rate | None = None
    domain_rate: Rate | None = None
    domains: Mapping[str, Rate] = field(default_factory=dict)
    relay: str = RELAY

    def limits(self, domain: str) -> dict[str, Rate]:
        """The rates that a message to `domain` counts against, by the names of their buckets."""
        own = self.domains.get(domain, self.domain_rate)
        return {name: rate for name, rate in ((self.relay, self.rate), (domain, own)) if rate}

    def closed_for(self, buckets: Mapping[str, Bucket], domain: str, now: datetime) -> timedelta:
        """How long the relay, or this domain, is still to be left alone."""
        ends = [bucket.closed_until for name in (self.relay, domain) if (bucket := buckets.get(name)) and bucket.closed_until]
        return max([*(end - now for end in ends), timedelta()])

    def wait(self, buckets: Mapping[str, Bucket], now: datetime) -> timedelta:
        """How long until the relay takes another message."""
        bucket = buckets.get(self.relay)
        rated = wait_for(bucket, self.rate, now) if bucket and self.rate else timedelta()
        return max(rated, self.closed_for(buckets, "", now))


@dataclass(frozen=True, slots=True)
class Turns:
    """What may go out at `now`, and whose turn comes when: a `syndicate.storage.rations.Ration`.

    Where the relay is busy, nothing is taken, and whatever is due stays so for another. Where a domain is, its deliveries are put off, one
    behind the other. `lines` is where they stand, by edition and domain: who is put off later comes behind who was before.
    """

    rules: Rules
    now: datetime
    lines: dict[tuple[int, str], datetime] = field(default_factory=dict)

    def whole(self) -> Collection[str]:
        """The relay's bucket, if it has a rate."""
        return (self.rules.relay,) if self.rules.rate else ()

    def most(self, known: Mapping[str, Bucket], limit: int) -> int:
        """As many as the relay takes now."""
        if self.rules.wait(known, self.now):
            return 0
        rate = self.rules.rate
        return min(limit, int(filled(known[self.rules.relay], rate, self.now).tokens)) if rate else limit

    def parts(self, owed: Sequence[Owed]) -> Collection[str]:
        """The buckets of their domains, where these have a rate."""
        return {name for each in owed for name in self.rules.limits(domain_of(each.address))} - {self.rules.relay}

    def share(self, known: Mapping[str, Bucket], owed: Sequence[Owed]) -> Share:
        """Which of these may go out now, and when the turn of each of the others comes."""
        going: list[Owed] = []
        waiting: dict[int, datetime] = {}
        buckets = dict(known)
        taken: dict[str, Bucket] = {}
        for each in owed:
            domain = domain_of(each.address)
            limits = self.rules.limits(domain)
            if wait := self._wait(domain, buckets):
                waiting[each.id] = self._turn(each, domain, wait)
                continue
            for name, rate in limits.items():
                buckets[name] = taken[name] = take(buckets[name], rate, self.now)
            going.append(each)
        return Share(going, waiting, taken.values())

    def _wait(self, domain: str, buckets: Mapping[str, Bucket]) -> timedelta:
        """How long until a message to `domain` may go out."""
        rated = (wait_for(buckets[name], rate, self.now) for name, rate in self.rules.limits(domain).items())
        return max(self.rules.closed_for(buckets, domain, self.now), *rated, timedelta())

    def _turn(self, owed: Owed, domain: str, wait: timedelta) -> datetime:
        """When a delivery goes out that must `wait`: behind those of its edition that wait for the same."""
        line = (owed.edition_id, domain)
        turn = max(self.now + wait, self.lines.get(line, self.now))
        between = (timedelta(seconds=1 / rate.per_second) for rate in self.rules.limits(domain).values())
        self.lines[line] = turn + max(between, default=timedelta())
        return turn
