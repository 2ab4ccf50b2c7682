"""A conversation with a server that has greeted us: envelopes in, receipts out, one at a time. [I/O]

Where the server offers it, what belongs together is sent together (RFC 2920): MAIL, RCPT and DATA in one go and, where the next envelope is
announced, right behind the final dot of this one, so that a message costs one round trip. A body goes out after its own 354, never before.

What may be said of an envelope follows from its final dot. Until that is written the server cannot have taken the message over, whatever
happens; from then on only a reply tells, and where none can be had the receipt says `uncertain`. A conversation in which something came that was
not due is `over`: nothing more is said in it, for the next reply might be to another question.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.delivery.envelopes import Receipt
from syndicate.delivery.transports.line import BrokenError
from syndicate.delivery.transports.objections import objection_to, objection_to_size
from syndicate.delivery.transports.verdicts import receipt_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.delivery.envelopes import Envelope, Outcome, Stage
    from syndicate.delivery.transports.line import Line
    from syndicate.delivery.transports.offers import Offers
    from syndicate.delivery.transports.relays import Patience

    Steps = Sequence[tuple[Stage, bytes]]

CLOSING = 421
"""The server ends the connection, whatever it was asked (RFC 5321, section 3.8)."""

EXPECTED: dict[Stage, int] = {"sender": 2, "recipient": 2, "data": 3}
"""The first digit of the reply that lets a try go on."""

NO = frozenset({4, 5})
"""The first digits of a reply that does not, but leaves the conversation in step."""

RESET = b"RSET\r\n"
"""It has one reply, 250 (RFC 5321, section 4.1.1.5): another one was meant for something else."""

FINAL_DOT = b".\r\n"
LEADING_DOT = re.compile(rb"\r\n\.")
"""Half the time of `in`, over 60 kB."""

FAREWELL = 5
"""Seconds that a server gets to answer QUIT."""


class Conversation:
    """What is said over one connection. `ahead` is the envelope whose MAIL, RCPT and DATA are sent already."""

    def __init__(self, line: Line, offers: Offers, patience: Patience) -> None:
        self._line = line
        self._patience = patience
        self._unfinished = False
        self.offers = offers
        self.ahead: Envelope | None = None
        self.over = False

    @property
    def stands(self) -> bool:
        """Whether the server is there and waits for us, as far as one can know."""
        return not self.over and (self.ahead is not None or self._line.quiet)

    async def deliver(self, envelope: Envelope, following: Envelope | None = None) -> Receipt:
        """Try to hand over `envelope`, which is the one that is `ahead` if any is; `following` comes next."""
        return await self._opening(envelope) or await self._body(envelope) or self._dot(following) or await self._verdict()

    def _can_announce(self, envelope: Envelope) -> bool:
        """Whether `envelope` may be announced: the server can deal with that, and nothing speaks against the envelope."""
        return self.offers.pipelining and not (objection_to(envelope) or objection_to_size(envelope, self.offers.size))

    async def leave(self) -> None:
        """Say goodbye, but not where the server would take it for the text of a message."""
        try:
            if self.stands and self.ahead is None:
                self._line.write(b"QUIT\r\n")
                await self._line.reply(FAREWELL)
        except BrokenError:
            pass
        finally:
            self.abort()

    def abort(self) -> None:
        """Break it off: what is not handed over by now is not delivered."""
        self.over = True
        self._line.abort()

    async def _opening(self, envelope: Envelope) -> Receipt | None:
        """Say MAIL, RCPT and DATA, unless that was done ahead; `None` where the server waits for the body."""
        reset: Steps = [("sender", RESET)] if self._unfinished else []
        steps = [*reset, *self._steps(envelope)]
        said, self.ahead = self.ahead is not None, None
        for group in [steps] if self.offers.pipelining else [[step] for step in steps]:
            refusal = (None if said else self._say(group)) or await self._answers(group)
            self._unfinished = refusal is not None
            if refusal:
                return refusal
        return None if self._line.quiet else self._broken("deferred", "data", "the server said more than it was asked")

    async def _answers(self, group: Steps) -> Receipt | None:
        """The first no among the replies to `group`, all of which are read: the server sends them also behind a no.

        Should DATA be accepted behind one, RFC 2920, section 3.1 has a lone dot sent. A server so confused might deliver it, so this
        ends the conversation instead.
        """
        refusal: Receipt | None = None
        for stage, command in group:
            try:
                reply = await self._line.reply(self._patience.reply)
            except BrokenError as error:
                broken = self._broken("deferred", stage, error)
                return refusal or broken
            if reply.code // 100 == EXPECTED[stage]:
                self.over = stage == "data" and refusal is not None
                continue
            refusal = refusal or receipt_of(stage, reply)
            if reply.code == CLOSING or reply.code // 100 not in NO or command == RESET:
                self.over = True
                break
        return refusal

    async def _body(self, envelope: Envelope) -> Receipt | None:
        """Hand the text to the kernel, down to the last byte; the receipt where the server breaks in on it."""
        try:
            reply = await self._line.push(stuffed(envelope.body), self._patience.final)
        except BrokenError as error:
            return self._broken("deferred", "body", error)
        if reply is None:
            return None
        self.over = True
        return receipt_of("data", reply)  # whatever it says, it is not about a dot that was not sent

    def _dot(self, following: Envelope | None) -> Receipt | None:
        """End the message and open the next."""
        ahead = following if following and self._can_announce(following) else None
        try:
            self._line.write(FINAL_DOT + b"".join(command for _, command in self._steps(ahead)) if ahead else FINAL_DOT)
        except BrokenError as error:
            return self._broken("deferred", "body", error)
        self.ahead = ahead
        return None

    async def _verdict(self) -> Receipt:
        try:
            reply = await self._line.reply(self._patience.final)
        except BrokenError as error:
            return self._broken("uncertain", "body", error)
        receipt = receipt_of("body", reply)
        self.over = reply.code == CLOSING or receipt.outcome == "uncertain"
        return receipt

    def _say(self, group: Steps) -> Receipt | None:
        try:
            self._line.write(b"".join(command for _, command in group))
        except BrokenError as error:
            return self._broken("deferred", group[0][0], error)
        return None

    def _broken(self, outcome: Outcome, stage: Stage, why: object) -> Receipt:
        self.over = True
        return Receipt(outcome, stage, text=str(why))

    def _steps(self, envelope: Envelope) -> Steps:
        size = b"" if self.offers.size is None else b" SIZE=%d" % len(envelope.body)
        return [
            ("sender", b"MAIL FROM:<%b>%b\r\n" % (envelope.sender.encode("ascii"), size)),
            ("recipient", b"RCPT TO:<%b>\r\n" % envelope.recipient.encode("ascii")),
            ("data", b"DATA\r\n"),
        ]


def stuffed(body: bytes) -> bytes:
    """A body with a dot put before each line that begins with one (RFC 5321, section 4.5.2)."""
    body = b"." + body if body.startswith(b".") else body
    return body.replace(b"\r\n.", b"\r\n..") if LEADING_DOT.search(body) else body
