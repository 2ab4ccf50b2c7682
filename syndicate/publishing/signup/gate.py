"""The gate before the sign-ups: which limits a form counts against, and who is known to be over one. Asks nobody.

Every form must be within all of its limits. One that leads to a letter, or would but for who is suppressed or had letters enough, is taken
out of all of them, so that nobody learns by counting who that is. One that no letter could answer, whatever the address, is taken out of those
of its network alone: else it would use up what belongs to others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from syndicate.delivery.tokens import suppression_key
from syndicate.publishing.signup.limits import (
    DOMAINS_OF_A_PROVIDER,
    NETWORKS_OF_A_SITE,
    PROVIDERS,
    Allowance,
    Cause,
    drawn,
    site_of,
)
from syndicate.storage.signups import PREFIX, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from syndicate.config.services import SignupTable
    from syndicate.delivery.tokens import Keys
    from syndicate.rates import Bucket

MOST_CLOSED = 10_000
"""Limits that are known to be reached, so that a flood of forms does not become one of the database."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Of what there were too many, and how long until another letter may be asked for."""

    cause: Cause
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """An allowance, and what it is for."""

    cause: Cause
    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Gate:
    """The limits of a workspace; `closed` are buckets that are empty until a moment, by their names."""

    table: SignupTable
    keys: Keys
    closed: dict[str, datetime] = field(default_factory=dict)

    def limits(self, network: str, domain: str) -> dict[str, Limit]:
        """The limits that a form counts against, by the names of their buckets, which hold neither networks nor domains in the clear."""
        ours, site = Allowance.of(self.table.per_network), site_of(network)
        limits = {self._name(network): Limit("network", ours), f"{PREFIX}all": Limit("all", Allowance.of(self.table.in_all))}
        if site:
            limits[self._name(site)] = Limit("network", ours.times(NETWORKS_OF_A_SITE))
        if domain:
            theirs = Allowance.of(self.table.per_domain)
            limits[self._name(f"@{domain}")] = Limit("domain", theirs.times(DOMAINS_OF_A_PROVIDER) if domain in PROVIDERS else theirs)
        return limits

    def refusal(self, limits: Mapping[str, Limit], now: datetime) -> Refusal | None:
        """Why a form is not taken, as far as that is known without asking."""
        waits = [Refusal(limit.cause, self.closed.get(name, now) - now) for name, limit in limits.items()]
        longest = max(waits, key=lambda refusal: refusal.wait)
        return longest if longest.wait > timedelta() else None

    def ration(
        self, limits: Mapping[str, Limit], now: datetime, *, owing: bool
    ) -> Callable[[Mapping[str, Bucket]], Sequence[Bucket] | Wait]:
        """What takes a form out of its buckets; `owing`, if a letter can be owed for it."""
        allowances = {name: limit.allowance for name, limit in limits.items()}
        paying = [name for name, limit in limits.items() if owing or limit.cause == "network"]
        return lambda buckets: drawn(allowances, buckets, now, paying=paying)

    def close(self, limits: Mapping[str, Limit], wait: Wait, now: datetime) -> Refusal:
        """Remember that a limit is reached."""
        if len(self.closed) >= MOST_CLOSED:
            self.closed.clear()
        self.closed[wait.bucket] = now + wait.span
        return Refusal(limits[wait.bucket].cause, wait.span)

    def _name(self, text: str) -> str:
        return f"{PREFIX}{suppression_key(self.keys, text).hex()[:32]}"
