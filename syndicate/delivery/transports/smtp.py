"""Mail handed to a relay by SMTP (RFC 5321). [I/O]

The client is our own, over asyncio's transports: aiosmtplib handed 60 kB messages over at 1,500 a second on eight connections where plain asyncio
reached 5,400, and has no pipelining, which over a long line counts for more than all else. What it leaves out, on purpose: 8BITMIME,
SMTPUTF8, more than one recipient, delivery to MX hosts.

- `relays.py` says where; `opening.py` connects, `conversation.py` hands over, and this module joins them to sessions that mend themselves.
- `replies.py`, `offers.py`, `verdicts.py` say what a server's words mean, without any I/O.
- How fast to send, and when to try again, is the caller's business: a receipt with code 421 or status 4.7.x asks to slow down.
"""

from __future__ import annotations

import asyncio
from functools import cache, partial
from typing import TYPE_CHECKING

from syndicate.delivery.transports.conversation import CLOSING
from syndicate.delivery.transports.objections import objection_to, objection_to_size
from syndicate.delivery.transports.opening import TurnedAwayError, open_conversation, verifying

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from syndicate.delivery.envelopes import Envelope, Receipt, Stage
    from syndicate.delivery.transports.conversation import Conversation
    from syndicate.delivery.transports.relays import Relay


BEFORE_BODY: frozenset[Stage] = frozenset({"sender", "recipient", "data"})


class SmtpTransport:
    """Sends to `relay`. Each session is a connection of its own."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._context = cache(partial(verifying, relay.ca_file))

    def session(self) -> SmtpSession:
        """A session, not connected yet."""
        return SmtpSession(self._relay, self._context)


class SmtpSession:
    """A connection that is made when it is needed, kept for the next envelope, and made anew where it broke."""

    def __init__(self, relay: Relay, context: Callable[[], ssl.SSLContext]) -> None:
        self._relay = relay
        self._context = context
        self._conversation: Conversation | None = None

    async def send(self, envelope: Envelope, *, following: Envelope | None = None) -> Receipt:
        """Try to hand `envelope` over.

        A connection that had served before and turns out to be closed is no news about the envelope: then it is tried once more over a
        new one. Otherwise a try is one try.
        """
        try:
            self._leave_stale(envelope)
            reused = self._conversation is not None
            receipt = await self._try(envelope, following)
            if reused and self._conversation is None and _was_closed(receipt):
                receipt = await self._try(envelope, following)
        except BaseException:
            self._abort()
            raise
        return receipt

    async def close(self) -> None:
        """Say goodbye, and close. An envelope that was announced and not sent is not delivered."""
        if self._conversation:
            conversation, self._conversation = self._conversation, None
            await conversation.leave()
            await asyncio.sleep(0)  # asyncio closes a socket at its next turn

    async def _try(self, envelope: Envelope, following: Envelope | None) -> Receipt:
        known = self._conversation is not None and self._conversation.ahead == envelope
        if not known and (objection := objection_to(envelope)):
            return objection
        try:
            self._conversation = self._conversation or await open_conversation(self._relay, self._context)
        except TurnedAwayError as error:
            return error.receipt
        conversation = self._conversation
        if objection := objection_to_size(envelope, conversation.offers.size):
            return objection
        receipt = await conversation.deliver(envelope, following)
        if conversation.over:
            self._abort()
        return receipt

    def _leave_stale(self, envelope: Envelope) -> None:
        """Break off a conversation that the server has ended, or in which another envelope was announced."""
        conversation = self._conversation
        if conversation and not (conversation.stands and conversation.ahead in (None, envelope)):
            self._abort()

    def _abort(self) -> None:
        if self._conversation:
            self._conversation.abort()
            self._conversation = None


def _was_closed(receipt: Receipt) -> bool:
    """Whether a try ended because the server had closed the connection, and not to slow us down."""
    return receipt.stage in BEFORE_BODY and receipt.code in {0, CLOSING} and not receipt.status.startswith("4.7.")
