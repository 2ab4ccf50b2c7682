"""A transport that keeps what it is given, for tests: of this project and of whoever builds on it.

    MemoryTransport(refuse={"gone@example.org"}, defer={"busy@example.org"}, vanish={"lost@example.org"})

Its sets may be changed meanwhile, so that who is put off once can be served at the next try.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from syndicate.delivery.envelopes import Receipt
from syndicate.delivery.transports.objections import objection_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syndicate.delivery.envelopes import Envelope

SENT = Receipt("sent", "body", 250, "2.0.0", "kept")
REFUSED = Receipt("refused", "recipient", 550, "5.1.1", "no such user")
DEFERRED = Receipt("deferred", "recipient", 450, "4.2.1", "come back later")
UNCERTAIN = Receipt("uncertain", "body", text="the connection was lost before an answer came")


class MemoryTransport:
    """Keeps `envelopes` in the order they came, from all its sessions; what it does with a recipient follows from these sets.

    `refuse`: refused for good; `defer`: put off; `vanish`: taken over, but the answer is lost.
    """

    def __init__(self, *, refuse: Iterable[str] = (), defer: Iterable[str] = (), vanish: Iterable[str] = ()) -> None:
        self.refuse, self.defer, self.vanish = set(refuse), set(defer), set(vanish)
        self.envelopes: list[Envelope] = []

    def session(self) -> MemorySession:
        """A session that keeps envelopes here."""
        return MemorySession(self)

    def take(self, envelope: Envelope) -> Receipt:
        """Keep `envelope`, or not, and say so."""
        if objection := objection_to(envelope):
            return objection
        if envelope.recipient in self.refuse:
            return REFUSED
        if envelope.recipient in self.defer:
            return DEFERRED
        self.envelopes.append(envelope)
        return UNCERTAIN if envelope.recipient in self.vanish else SENT


class MemorySession:
    """A session with a `MemoryTransport`."""

    def __init__(self, transport: MemoryTransport) -> None:
        self._transport = transport

    async def send(self, envelope: Envelope, *, following: Envelope | None = None) -> Receipt:  # noqa: ARG002 - nothing to prepare
        """Keep `envelope`. Others get their turn first, as they would on a network."""
        await asyncio.sleep(0)
        return self._transport.take(envelope)

    async def close(self) -> None:
        """Nothing is open."""
