"""What holds for every transport, whatever carries the mail.

    class TestMailApi(TransportContract):
        @asynccontextmanager
        async def running(self) -> AsyncGenerator[Post]:
            async with server() as (url, arrived):
                yield Post(transport({"url": url}), arrived)

The server behind it must be one that can be asked what arrived. It refuses `GONE` for good, puts `BUSY` off, and takes what is for `LOST` to
break off without an answer; or `choosy` is false. It tells in which order letters came; or `orderly` is false.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import pytest

from syndicate.delivery.envelopes import Envelope, Receipt
from syndicate.testing.letters import BODIES, BUSY, GONE, LETTER, LOST, WRONG, numbered

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from syndicate.delivery.transports import Transport

EITHER = pytest.mark.parametrize("announcing", [True, False], ids=["announced", "not announced"])


@dataclass(frozen=True, slots=True)
class Post:
    """A transport, and what has arrived on its other side: the bodies of messages, in the order they came if it keeps one."""

    transport: Transport
    arrived: Callable[[], Sequence[bytes]]


class TransportContract:
    """The tests that every transport passes. `running` opens one with a server behind it that has received nothing yet."""

    orderly: ClassVar[bool] = True
    choosy: ClassVar[bool] = True

    def running(self) -> AbstractAsyncContextManager[Post]:
        """The transport under test, for one test."""
        raise NotImplementedError(f"{type(self).__name__}.running: must open a transport; write it as an async context manager")

    def through(self, claim: Callable[[Transport], Awaitable[None]]) -> list[bytes]:
        """Make `claim` of a transport; gives the bodies that arrived."""

        async def made() -> list[bytes]:
            async with self.running() as post:
                await claim(post.transport)
                return list(post.arrived())

        return asyncio.run(made())

    def sent(self, envelopes: Sequence[Envelope], *, announcing: bool = True) -> tuple[list[Receipt], list[bytes]]:
        """The receipts of these envelopes, sent one after the other, and the bodies that arrived."""
        receipts = []

        async def claim(transport: Transport) -> None:
            session = transport.session()
            for envelope, following in zip(envelopes, [*envelopes[1:], None], strict=True):
                receipts.append(await session.send(envelope, following=following if announcing else None))
            await session.close()

        return receipts, self.through(claim)

    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
    def test_a_message_arrives_byte_for_byte(self, body: bytes) -> None:
        """Its dots too, whatever they mean on the way: a signature covers all of it."""
        receipts, arrived = self.sent([replace(LETTER, body=body)])
        assert [receipt.outcome for receipt in receipts] == ["sent"]
        assert arrived == [body]

    @EITHER
    def test_each_message_arrives_once_and_has_a_receipt(self, announcing: bool) -> None:  # noqa: FBT001  a parameter of the test
        """In the order they were sent in, where there is one; whether the next was announced or not."""
        envelopes = numbered(10)
        receipts, arrived = self.sent(envelopes, announcing=announcing)
        assert [(receipt.outcome, receipt.stage) for receipt in receipts] == [("sent", "body")] * 10
        assert (arrived if self.orderly else sorted(arrived)) == [envelope.body for envelope in envelopes]

    def test_what_was_announced_and_not_sent_goes_nowhere(self) -> None:
        """A caller may think better of it, and go home."""
        first, second = numbered(2)

        async def claim(transport: Transport) -> None:
            session = transport.session()
            assert (await session.send(first, following=second)).outcome == "sent"
            await session.close()

        assert self.through(claim) == [first.body]

    def test_another_may_be_sent_than_was_announced(self) -> None:
        """It is the envelope that was sent which arrives."""
        first, second, third = numbered(3)

        async def claim(transport: Transport) -> None:
            session = transport.session()
            assert (await session.send(first, following=second)).outcome == "sent"
            assert (await session.send(third)).outcome == "sent"
            await session.close()

        assert sorted(self.through(claim)) == [first.body, third.body]

    def test_a_session_can_be_closed_twice_or_unused(self) -> None:
        """And opens again if there is more to send."""

        async def claim(transport: Transport) -> None:
            session = transport.session()
            await session.close()
            for envelope in numbered(2):
                assert (await session.send(envelope)).outcome == "sent"
                await session.close()
                await session.close()

        assert len(self.through(claim)) == 2  # noqa: PLR2004  two letters

    def test_sessions_do_not_mix(self) -> None:
        """Many at a time, each with its own envelopes, and each receipt is about its own."""
        envelopes = numbered(40)

        async def lane(transport: Transport, mine: Sequence[Envelope]) -> list[Receipt]:
            session = transport.session()
            receipts = [
                await session.send(envelope, following=following) for envelope, following in zip(mine, [*mine[1:], None], strict=True)
            ]
            await session.close()
            return receipts

        async def claim(transport: Transport) -> None:
            lanes = await asyncio.gather(*(lane(transport, envelopes[first::8]) for first in range(8)))
            assert {receipt.outcome for receipts in lanes for receipt in receipts} == {"sent"}

        assert sorted(self.through(claim)) == sorted(envelope.body for envelope in envelopes)

    @pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
    def test_what_cannot_be_sent_safely_is_refused_here(self, wrong: Envelope) -> None:
        """Nothing of it gets out, and what comes before and after it does: `syndicate.objection_to` says what it is."""
        before, after = numbered(2)
        receipts, arrived = self.sent([before, wrong, after])
        assert [(receipt.outcome, receipt.stage) for receipt in receipts] == [("sent", "body"), ("refused", "local"), ("sent", "body")]
        assert receipts[1].text
        assert sorted(arrived) == [before.body, after.body]

    def test_a_message_may_have_no_return_path(self) -> None:
        """As an answer by machine has none (RFC 5321, section 4.5.5)."""
        receipts, arrived = self.sent([replace(LETTER, sender="")])
        assert [receipt.outcome for receipt in receipts] == ["sent"]
        assert arrived == [LETTER.body]

    @EITHER
    def test_one_recipient_does_not_stand_in_the_way_of_the_next(self, announcing: bool) -> None:  # noqa: FBT001  a parameter of the test
        """Refused is refused, put off is put off, each with a reason to be read, and the others get theirs."""
        if not self.choosy:
            return
        addresses = ["a@example.org", GONE, "b@example.org", BUSY, GONE, BUSY, "c@example.org"]
        envelopes = [Envelope(LETTER.sender, address, b"%d\r\n" % number) for number, address in enumerate(addresses)]
        receipts, arrived = self.sent(envelopes, announcing=announcing)
        assert [receipt.outcome for receipt in receipts] == ["sent", "refused", "sent", "deferred", "refused", "deferred", "sent"]
        assert all(receipt.text for receipt in receipts if receipt.outcome != "sent")
        assert arrived == [b"0\r\n", b"2\r\n", b"6\r\n"]

    def test_an_answer_that_is_lost_leaves_doubt(self) -> None:
        """The message is there, and nobody was told: it must not be sent again unasked. What comes next is sent."""
        if not self.choosy:
            return
        _, after = numbered(2)
        receipts, arrived = self.sent([replace(LETTER, recipient=LOST), after], announcing=False)
        assert [receipt.outcome for receipt in receipts] == ["uncertain", "sent"]
        assert receipts[0].text
        assert arrived == [LETTER.body, after.body]

    def test_a_sender_that_is_cancelled_is_cancelled(self) -> None:
        """The error goes through to the caller, who then has the doubt; the session makes no receipt of it, and sends what comes next."""
        first, second = numbered(2)

        async def made() -> list[bytes]:
            async with self.running() as post:
                session = post.transport.session()
                sending = asyncio.ensure_future(session.send(first))
                await asyncio.sleep(0)
                in_time = sending.cancel()
                with suppress(asyncio.CancelledError):
                    await sending
                assert sending.cancelled() == in_time
                assert (await session.send(second)).outcome == "sent"
                await session.close()
                return list(post.arrived())

        arrived = asyncio.run(made())
        assert arrived.count(first.body) <= 1
        assert arrived.count(second.body) == 1
