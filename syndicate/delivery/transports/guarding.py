"""A guard around a transport that is not ours: whatever happens in it, there is a receipt that says what is certain. [I/O]

1. What the transport's session raises, or gives that is no receipt, leaves its envelope `uncertain`: nobody knows how far it came.
2. From then on the transport is not used any more, in any session: what is broken for one is broken for all, and would put every reader's
   copy in doubt. The others are `deferred` as if a relay could not be reached, which leaves it alone for a while.
3. A try that takes longer than `LONGEST` is broken off, and counts as 1.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from syndicate.delivery.envelopes import Receipt
from syndicate.extensions import told

if TYPE_CHECKING:
    from syndicate.delivery.envelopes import Envelope
    from syndicate.delivery.transports import Session, Transport

LONGEST = 600.0
"""Seconds for one envelope; a relay may take as long for its last word alone (RFC 5321, section 4.5.3.2.6)."""


class GuardedTransport:
    """`transport`, which `name` added, behind a guard."""

    def __init__(self, transport: Transport, name: str, longest: float = LONGEST) -> None:
        self.transport, self.name, self.longest = transport, name, longest
        self.broken = ""

    def session(self) -> GuardedSession:
        """A session, which opens one of the transport's when there is something to send."""
        return GuardedSession(self)

    def breaks(self, reason: str) -> str:
        """Use the transport no more; the reason, as receipts give it."""
        self.broken = f"{self.name}: {reason}"
        return self.broken


class GuardedSession:
    """A session with a `GuardedTransport`."""

    def __init__(self, guard: GuardedTransport) -> None:
        self._guard = guard
        self._session: Session | None = None

    async def send(self, envelope: Envelope, *, following: Envelope | None = None) -> Receipt:
        """Have the transport send `envelope`. Whoever cancels this has the same doubt as with any other transport."""
        guard = self._guard
        if guard.broken:
            return Receipt("deferred", "connect", text=f"not tried after {guard.broken}")
        try:
            async with asyncio.timeout(guard.longest) as limit:
                self._session = self._session or guard.transport.session()
                receipt = await self._session.send(envelope, following=following)
        except Exception as error:  # noqa: BLE001  it is other people's code, and each envelope needs a receipt
            reason = f"no answer within {guard.longest:g} seconds" if limit.expired() else told(error)
            return Receipt("uncertain", "body", text=guard.breaks(reason))
        if not isinstance(receipt, Receipt):
            return Receipt("uncertain", "body", text=guard.breaks(f"gave {type(receipt).__name__} in place of a receipt"))
        return receipt

    async def close(self) -> None:
        """Close the transport's session. What goes wrong with that is nobody's loss: all that it sent has its receipt."""
        session, self._session = self._session, None
        if session is not None:
            try:
                async with asyncio.timeout(self._guard.longest):
                    await session.close()
            except Exception as error:  # noqa: BLE001  as above
                self._guard.breaks(told(error))
