"""What a server can do to us, and what we say of an envelope then."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.delivery.envelopes import Envelope
from syndicate.delivery.transports.line import BrokenError, Line
from syndicate.delivery.transports.relays import Relay
from syndicate.delivery.transports.smtp import SmtpTransport
from syndicate.errors import ConfigurationError
from tests.delivery.certificates import certified, trusted
from tests.delivery.relay import CLOSE, GARBAGE, HASTY, SILENCE, Act, FaultyRelay, says, then_close

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from syndicate.delivery.envelopes import Receipt
    from syndicate.delivery.transports.smtp import SmtpSession

    Claim = Callable[[SmtpSession, FaultyRelay], Awaitable[None]]

ONE_BY_ONE = ("SIZE 1000000",)
PIPELINED = ("SIZE 1000000", "PIPELINING")
EITHER_WAY = pytest.mark.parametrize("offers", [ONE_BY_ONE, PIPELINED], ids=["one by one", "pipelined"])

HUGE = (b"x" * 76 + b"\r\n") * 400_000
"""More than the sockets of both sides hold."""


def letters(count: int) -> list[Envelope]:
    """So many letters to as many readers."""
    return [Envelope("weekly@news.example.org", f"reader{number}@example.org", b"Letter %d\r\n" % number) for number in range(count)]


FIRST, SECOND, THIRD = letters(3)


def against(claim: Claim, relay: Any = None, **server: Any) -> FaultyRelay:
    """Make `claim` of a session with a server as described; gives the server as it was left."""

    async def made() -> FaultyRelay:
        async with FaultyRelay(**server) as faulty:
            session = SmtpTransport(faulty.relay(**(relay or {}))).session()
            try:
                await claim(session, faulty)
            finally:
                await session.close()
        return faulty

    return asyncio.run(made())


def tried(envelopes: Sequence[Envelope] = (FIRST,), announcing: Any = True, **server: Any) -> tuple[list[Receipt], FaultyRelay]:
    """The receipts of these envelopes, sent one after the other over one session, and the server as it was left."""
    receipts = []

    async def claim(session: SmtpSession, _: FaultyRelay) -> None:
        for envelope, following in zip(envelopes, [*envelopes[1:], None], strict=True):
            receipts.append(await session.send(envelope, following=following if announcing else None))

    return receipts, against(claim, **server)


def shortly(receipt: Receipt) -> str:
    """A receipt in three words: `deferred recipient 450`."""
    return f"{receipt.outcome} {receipt.stage} {receipt.code}"


def heard(server: FaultyRelay) -> list[str]:
    """The commands that a server was given, without what comes behind them."""
    return [line.partition(" ")[0] for line in server.heard]


# One fault


FAULTS: list[tuple[str, Act | str, str]] = [
    ("greeting", "554 5.7.1 go away", "deferred connect 554"),
    ("greeting", "421 4.7.0 not now", "deferred connect 421"),
    ("greeting", CLOSE, "deferred connect 0"),
    ("greeting", GARBAGE, "deferred connect 0"),
    ("greeting", SILENCE, "deferred connect 0"),
    ("greeting", Act(b"220-one\r\n", close=True), "deferred connect 0"),
    ("ehlo", "421 4.3.2 bye", "deferred connect 421"),
    ("ehlo", "550 5.7.1 bad name", "deferred connect 550"),
    ("ehlo", CLOSE, "deferred connect 0"),
    ("ehlo", SILENCE, "deferred connect 0"),
    ("mail", "450 4.1.8 later", "deferred sender 450"),
    ("mail", "550 5.7.1 not from you", "deferred sender 550"),
    ("mail", "530 5.7.0 log in first", "deferred login 530"),
    ("mail", "552 5.3.4 too large", "refused sender 552"),
    ("mail", "421 4.3.2 bye", "deferred sender 421"),
    ("mail", "354 what?", "deferred sender 354"),
    ("mail", CLOSE, "deferred sender 0"),
    ("mail", GARBAGE, "deferred sender 0"),
    ("mail", SILENCE, "deferred sender 0"),
    ("rcpt", "450 4.2.0 greylisted", "deferred recipient 450"),
    ("rcpt", "550 5.1.1 no|such|user", "refused recipient 550"),
    ("rcpt", "554 5.7.1 relaying denied", "deferred recipient 554"),
    ("rcpt", "421 4.3.2 bye", "deferred recipient 421"),
    ("rcpt", CLOSE, "deferred recipient 0"),
    ("rcpt", GARBAGE, "deferred recipient 0"),
    ("rcpt", SILENCE, "deferred recipient 0"),
    ("data", "451 4.3.0 later", "deferred data 451"),
    ("data", "554 5.6.0 no", "refused data 554"),
    ("data", "421 4.3.2 bye", "deferred data 421"),
    ("data", "250 2.0.0 what?", "deferred data 250"),
    ("data", Act(b"354 go ahead\r\n250 sent\r\n"), "deferred data 0"),
    ("data", CLOSE, "deferred data 0"),
    ("data", GARBAGE, "deferred data 0"),
    ("data", SILENCE, "deferred data 0"),
    ("dot", "451 4.3.0 later", "deferred body 451"),
    ("dot", "550 5.7.1 spam", "refused body 550"),
    ("dot", "421 4.3.2 bye", "deferred body 421"),
    ("dot", "251 perhaps", "uncertain body 251"),
    ("dot", "354 more?", "uncertain body 354"),
    ("dot", CLOSE, "uncertain body 0"),
    ("dot", GARBAGE, "uncertain body 0"),
    ("dot", SILENCE, "uncertain body 0"),
    ("dot", Act(b"250-almost\r\n", close=True), "uncertain body 0"),
    ("dot", Act(b"250-one\r\n550 two\r\n"), "uncertain body 0"),
    ("dot", Act(b"2", close=True), "uncertain body 0"),
    ("dot", Act(b"250 " + b"x" * 2000, close=True), "uncertain body 0"),
]


@EITHER_WAY
@pytest.mark.parametrize(("stage", "act", "short"), FAULTS, ids=[f"{stage}-{act}" for stage, act, _ in FAULTS])
def test_a_fault_has_its_receipt(offers: Sequence[str], stage: str, act: Act | str, short: str) -> None:
    """The receipt agrees with what the server took over, says why, and the next envelope goes through."""
    receipts, server = tried([FIRST, SECOND], offers=offers, relay={"patience": HASTY}, **{stage: [act]})
    assert [shortly(receipt) for receipt in receipts] == [short, "sent body 250"]
    assert receipts[0].text
    uncertain = receipts[0].outcome == "uncertain"
    assert server.taken == ([FIRST, SECOND] if uncertain else [SECOND])
    assert server.connections == 2 or not uncertain


@EITHER_WAY
def test_a_reply_may_come_in_pieces(offers: Sequence[str]) -> None:
    """Byte by byte, on many lines, and late."""
    codes = {"mail": 250, "rcpt": 250, "data": 354, "dot": 250}
    script: dict[str, Any] = {stage: [replace(says(f"{code} 2.0.0 one|2.0.0 two"), drip=True, late=0.02)] for stage, code in codes.items()}
    receipts, server = tried(letters(2), offers=offers, **script)
    assert [shortly(receipt) for receipt in receipts] == ["sent body 250"] * 2
    assert (receipts[0].status, receipts[0].text) == ("2.0.0", "one two")
    assert server.connections == 1


def test_a_server_may_close_after_its_last_word() -> None:
    """What it said before counts, and the next envelope gets a connection of its own."""
    receipts, server = tried(letters(3), dot=[then_close("250 2.0.0 ok"), then_close("550 5.7.1 spam")])
    assert [shortly(receipt) for receipt in receipts] == ["sent body 250", "refused body 550", "sent body 250"]
    assert server.connections == 3


def test_a_refusal_counts_though_the_server_goes_away_behind_it() -> None:
    """Its answer to the DATA that was sent along is not needed."""
    receipts, server = tried([FIRST, SECOND], offers=PIPELINED, rcpt=["550 5.1.1 no such user"], data=[CLOSE])
    assert [shortly(receipt) for receipt in receipts] == ["refused recipient 550", "sent body 250"]
    assert server.connections == 2


def test_an_answer_that_comes_too_late_is_nobodys() -> None:
    """Behind a refusal too: the connection is given up, and the next envelope hears its own answers."""
    late = [Act(b"554 5.5.1 to whom?\r\n", late=0.2)]
    receipts, server = tried([FIRST, SECOND], offers=PIPELINED, rcpt=["550 5.1.1 no such user"], data=late, relay={"patience": HASTY})
    assert [shortly(receipt) for receipt in receipts] == ["refused recipient 550", "sent body 250"]
    assert heard(server).count("RSET") == 0


def test_a_server_that_takes_data_for_nobody_gets_none() -> None:
    """Not even the lone dot of RFC 2920, which it might deliver."""
    receipts, server = tried([FIRST, SECOND], offers=PIPELINED, rcpt=["550 5.1.1 no such user"], data=["354 go ahead"])
    assert [shortly(receipt) for receipt in receipts] == ["refused recipient 550", "sent body 250"]
    assert (server.taken, server.cut_short) == ([SECOND], [b""])


@pytest.mark.parametrize("act", ["451 4.3.0 later", "554 5.6.0 no"])
def test_a_body_waits_for_its_own_354(act: str) -> None:
    """Where DATA is refused nothing of the body is said, and nothing of it is read as a command."""
    _, server = tried([FIRST, SECOND], offers=PIPELINED, data=["354 go ahead", act])
    assert heard(server) == ["EHLO", "MAIL", "RCPT", "DATA", "MAIL", "RCPT", "DATA", "QUIT"]
    assert server.taken == [FIRST]


# One connection


@EITHER_WAY
def test_a_connection_serves_many(offers: Sequence[str]) -> None:
    """One greeting, one farewell."""
    receipts, server = tried(letters(20), offers=offers)
    assert {shortly(receipt) for receipt in receipts} == {"sent body 250"}
    assert heard(server) == ["EHLO", *["MAIL", "RCPT", "DATA"] * 20, "QUIT"]
    assert server.connections == 1


@EITHER_WAY
def test_a_refusal_is_cleared_away(offers: Sequence[str]) -> None:
    """By RSET, for MAIL in the middle of a transaction is an error."""
    receipts, server = tried(letters(3), offers=offers, rcpt=["250 ok", "550 5.1.1 no such user"])
    assert [receipt.outcome for receipt in receipts] == ["sent", "refused", "sent"]
    assert heard(server).count("RSET") == 1
    assert server.connections == 1


@EITHER_WAY
def test_a_server_that_cannot_clear_away_is_left(offers: Sequence[str]) -> None:
    """RSET has one answer; another one was meant for something else."""
    receipts, server = tried(letters(3), offers=offers, rcpt=["550 5.1.1 no such user"], rset=["550 5.1.1 no such user"])
    assert [receipt.outcome for receipt in receipts] == ["refused", "deferred", "sent"]
    assert (server.taken, server.connections) == ([THIRD], 2)


@EITHER_WAY
@pytest.mark.parametrize("last_words", [b"", b"421 4.4.2 idle for too long\r\n"], ids=ascii)
def test_a_server_that_hung_up_between_two_envelopes_is_called_again(offers: Sequence[str], last_words: bytes) -> None:
    """It is no news about the second one."""

    async def claim(session: SmtpSession, server: FaultyRelay) -> None:
        assert (await session.send(FIRST)).outcome == "sent"
        server.speak_up(last_words)
        server.hang_up()
        await asyncio.sleep(0.05)
        assert (await session.send(SECOND)).outcome == "sent"

    server = against(claim, offers=offers)
    assert (server.taken, server.connections) == ([FIRST, SECOND], 2)


@EITHER_WAY
@pytest.mark.parametrize("words", [b"250 2.0.0 by the way\r\n", b"550 5.1.1 no such user\r\n", b"250-by", b"\x15\x03\n"], ids=ascii)
def test_what_a_server_says_unasked_is_no_answer(offers: Sequence[str], words: bytes) -> None:
    """After it nobody knows which answer is to which question: the connection is given up."""

    async def claim(session: SmtpSession, server: FaultyRelay) -> None:
        assert (await session.send(FIRST)).outcome == "sent"
        server.speak_up(words)
        await asyncio.sleep(0.05)
        assert (await session.send(SECOND)).outcome == "sent"

    server = against(claim, offers=offers)
    assert (server.taken, server.connections) == ([FIRST, SECOND], 2)


BREAKS = [(stage, act) for stage in ("mail", "rcpt", "data") for act in (CLOSE, says("421 4.4.2 bye"))]


@pytest.mark.parametrize(("stage", "act"), [*BREAKS, ("mail", then_close("250 ok")), ("rcpt", then_close("250 ok"))])
@EITHER_WAY
def test_a_used_connection_that_breaks_before_the_body_is_made_anew(offers: Sequence[str], stage: str, act: Act) -> None:
    """A server may have closed it at that very moment. Nothing was handed over, so that nothing comes twice."""
    usual = "354 go ahead" if stage == "data" else "250 ok"
    receipts, server = tried([FIRST, SECOND], offers=offers, **{stage: [usual, act]})
    assert [receipt.outcome for receipt in receipts] == ["sent", "sent"]
    assert (server.taken, server.connections) == ([FIRST, SECOND], 2)


@pytest.mark.parametrize("act", ["421 4.7.0 too much", "450 4.2.0 later"])
def test_who_asks_us_to_slow_down_is_not_called_again_at_once(act: str) -> None:
    """That is for the caller to time."""
    receipts, server = tried([FIRST, SECOND], mail=["250 ok", act])
    assert [receipt.outcome for receipt in receipts] == ["sent", "deferred"]
    assert receipts[1].status == act[4:9]
    assert server.connections == 1


def test_a_new_connection_that_breaks_is_enough() -> None:
    """One more try, and then the receipt says what happened."""
    receipts, server = tried([FIRST, SECOND], mail=["250 ok", CLOSE, CLOSE])
    assert [shortly(receipt) for receipt in receipts] == ["sent body 250", "deferred sender 0"]
    assert server.connections == 2


def test_an_answer_to_the_final_dot_ends_a_try() -> None:
    """421 too, on a used connection: the caller decides when to try again."""
    receipts, server = tried([FIRST, SECOND], dot=["250 ok", "421 4.3.2 bye"])
    assert [shortly(receipt) for receipt in receipts] == ["sent body 250", "deferred body 421"]
    assert server.connections == 1


def test_doubt_is_not_resent() -> None:
    """Where the final dot may have arrived there is one try, on a used connection too."""
    receipts, server = tried([FIRST, SECOND], dot=["250 ok", CLOSE])
    assert [receipt.outcome for receipt in receipts] == ["sent", "uncertain"]
    assert (server.taken, server.connections) == ([FIRST, SECOND], 1)


# The next envelope


def test_what_is_announced_is_opened_behind_the_final_dot() -> None:
    """The server has its MAIL, RCPT and DATA before anybody asks for more: a round trip each, instead of four."""

    async def claim(session: SmtpSession, server: FaultyRelay) -> None:
        assert (await session.send(FIRST, following=SECOND)).outcome == "sent"
        await asyncio.sleep(0.1)
        assert server.heard[-2:] == ["RCPT TO:<reader1@example.org>", "DATA"]
        assert (await session.send(SECOND)).outcome == "sent"

    assert against(claim, offers=PIPELINED).taken == [FIRST, SECOND]


def test_nothing_is_announced_to_a_server_that_takes_one_command_at_a_time() -> None:
    """It might lose what it did not expect."""

    async def claim(session: SmtpSession, server: FaultyRelay) -> None:
        assert (await session.send(FIRST, following=SECOND)).outcome == "sent"
        await asyncio.sleep(0.1)
        assert server.heard[-1] == "DATA"
        assert heard(server).count("MAIL") == 1

    against(claim, offers=ONE_BY_ONE)


def test_an_announced_envelope_that_is_dropped_is_not_delivered() -> None:
    """The connection ends without a final dot, and without a QUIT that would be read as text."""

    async def claim(session: SmtpSession, _: FaultyRelay) -> None:
        await session.send(FIRST, following=SECOND)
        await asyncio.sleep(0.1)

    server = against(claim, offers=PIPELINED)
    assert (server.taken, server.cut_short) == ([FIRST], [b""])


def test_another_envelope_than_the_announced_gets_a_connection_of_its_own() -> None:
    """With its own recipient."""

    async def claim(session: SmtpSession, _: FaultyRelay) -> None:
        await session.send(FIRST, following=SECOND)
        assert (await session.send(THIRD)).outcome == "sent"

    server = against(claim, offers=PIPELINED)
    assert (server.taken, server.connections) == ([FIRST, THIRD], 2)


def test_an_equal_envelope_is_the_announced_one() -> None:
    """A caller need not keep the object."""

    async def claim(session: SmtpSession, _: FaultyRelay) -> None:
        await session.send(FIRST, following=SECOND)
        assert (await session.send(replace(SECOND, body=bytes(bytearray(SECOND.body))))).outcome == "sent"

    assert against(claim, offers=PIPELINED).connections == 1


@pytest.mark.parametrize(
    "wrong", [replace(SECOND, recipient="a@b>\r\nDATA"), replace(SECOND, body=b"x" * 1_000_001 + b"\r\n")], ids=["unsafe", "too large"]
)
def test_what_we_refuse_ourselves_is_not_announced(wrong: Envelope) -> None:
    """And does not cost the connection."""
    receipts, server = tried([FIRST, wrong, THIRD], offers=PIPELINED)
    assert [shortly(receipt) for receipt in receipts] == ["sent body 250", "refused local 0", "sent body 250"]
    assert (server.taken, server.connections) == ([FIRST, THIRD], 1)


def test_an_announced_recipient_can_be_refused() -> None:
    """The receipt about the one before says nothing of it."""
    receipts, server = tried(letters(4), offers=PIPELINED, rcpt=["250 ok", "550 5.1.1 no such user", "450 4.2.0 later"])
    assert [receipt.outcome for receipt in receipts] == ["sent", "refused", "deferred", "sent"]
    assert [envelope.recipient for envelope in server.taken] == ["reader0@example.org", "reader3@example.org"]


# Size, and bodies that do not fit into a socket


def test_a_message_that_is_too_large_is_refused_here() -> None:
    """With the figure the server gave (RFC 1870); the next one goes through."""
    receipts, server = tried([replace(FIRST, body=b"x" * 99 + b"\r\n"), SECOND], offers=("SIZE 100",))
    assert [shortly(receipt) for receipt in receipts] == ["refused local 0", "sent body 250"]
    assert "101 bytes" in receipts[0].text
    assert "100" in receipts[0].text
    assert server.taken == [SECOND]


@pytest.mark.parametrize(("offers", "size"), [(("SIZE",), " SIZE=10"), (("SIZE 0",), " SIZE=10"), ((), "")])
def test_a_server_that_counts_is_told_the_size(offers: Sequence[str], size: str) -> None:
    """And no other, which would not know what is meant; 0 is no limit."""
    _, server = tried(offers=offers)
    assert server.heard[1] == f"MAIL FROM:<weekly@news.example.org>{size}"


HALFWAY: list[tuple[Act | str, str]] = [
    (CLOSE, "deferred body 0"),
    (SILENCE, "deferred body 0"),
    (Act(b"552 5.3.4 too large\r\n", deaf=True), "refused data 552"),
    (Act(b"421 4.3.1 no space\r\n", deaf=True), "deferred data 421"),
    (Act(b"250 2.0.0 fine\r\n", deaf=True), "deferred data 250"),
    (Act(b"what?\r\n", deaf=True), "deferred body 0"),
]


@pytest.mark.parametrize("security", ["none", "starttls"])
@pytest.mark.parametrize(("act", "short"), HALFWAY)
def test_without_a_final_dot_nothing_is_uncertain(act: Act | str, short: str, security: str) -> None:
    """A server that stops reading in the middle cannot have taken the message over, whatever it says."""
    with trusted() as ca_file:
        relay = {"patience": HASTY, "security": security, "ca_file": ca_file}
        server: dict[str, Any] = {"offers": ("STARTTLS",), "tls": certified(), "text": [act]}
        receipts, faulty = tried([replace(FIRST, body=HUGE), SECOND], relay=relay, **server)
    assert [shortly(receipt) for receipt in receipts] == [short, "sent body 250"]
    assert faulty.taken == [SECOND]


def test_a_message_that_is_broken_off_stays_so() -> None:
    """What is said next is said elsewhere: here it would be read as text."""
    receipts, server = tried([replace(FIRST, body=HUGE), SECOND], offers=("PIPELINING",), text=["552 5.3.4 too large"])
    assert [shortly(receipt) for receipt in receipts] == ["refused data 552", "sent body 250"]
    assert (server.taken, server.connections) == ([SECOND], 2)
    assert HUGE.startswith(server.cut_short[0])


@pytest.mark.parametrize("security", ["none", "starttls"])
def test_a_message_larger_than_a_socket_arrives(security: str) -> None:
    """Bit by bit, as the server reads."""
    with trusted() as ca_file:
        relay = {"security": security, "ca_file": ca_file}
        receipts, server = tried([replace(FIRST, body=HUGE), SECOND], relay=relay, offers=("STARTTLS", "PIPELINING"), tls=certified())
    assert [receipt.outcome for receipt in receipts] == ["sent", "sent"]
    assert server.taken[0].body == HUGE


# TLS


def refused_tls(context: ssl.SSLContext | None, *, at_once: bool = False, **server: Any) -> tuple[Receipt, FaultyRelay]:
    """The receipt and the server after a try with a server that should not be trusted."""
    with trusted() as ca_file:
        relay = {"security": "tls" if at_once else "starttls", "ca_file": ca_file, "username": "weekly", "password": "sesame"}
        (receipt,), faulty = tried(relay=relay, tls=context, at_once=at_once, **{"offers": ("STARTTLS", "AUTH PLAIN"), **server})
    return receipt, faulty


STRANGERS: dict[str, Callable[[], ssl.SSLContext]] = {
    "another host": lambda: certified("mail.example.org"),
    "expired": lambda: certified(until=datetime(2020, 1, 1, tzinfo=UTC)),
    "signed by itself": lambda: certified(by=trustme.CA()),
}


@pytest.mark.parametrize("at_once", [False, True], ids=["STARTTLS", "TLS"])
@pytest.mark.parametrize("context", STRANGERS.values(), ids=STRANGERS.keys())
def test_a_certificate_is_verified(context: Callable[[], ssl.SSLContext], at_once: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Who cannot show a good one hears neither password nor message."""
    receipt, server = refused_tls(context(), at_once=at_once)
    assert shortly(receipt) == "deferred tls 0"
    assert "certificate" in receipt.text
    assert server.taken == []
    assert {"MAIL", "AUTH"}.isdisjoint(heard(server))


def test_without_starttls_we_do_not_go_on() -> None:
    """Somebody in between may have taken the offer out."""
    receipt, server = refused_tls(certified(), offers=("AUTH PLAIN",))
    assert shortly(receipt) == "deferred tls 0"
    assert "STARTTLS" in receipt.text
    assert heard(server) == ["EHLO"]


@pytest.mark.parametrize("act", ["454 4.7.0 not now", "500 what?", CLOSE, SILENCE, GARBAGE])
def test_where_starttls_fails_we_do_not_go_on(act: Act | str) -> None:
    """In the clear, that is."""
    with trusted() as ca_file:
        relay = {"patience": HASTY, "security": "starttls", "ca_file": ca_file}
        (receipt,), server = tried(relay=relay, offers=("STARTTLS",), starttls=[act])
    assert (receipt.outcome, receipt.stage) == ("deferred", "tls")
    assert heard(server) == ["EHLO", "STARTTLS"]


def test_what_is_slipped_in_before_tls_is_not_believed() -> None:
    """An answer in the clear would be read as if it had come under TLS (CVE-2011-0411)."""
    receipt, server = refused_tls(certified(), starttls=[Act(b"220 go ahead\r\n250-evil\r\n250 AUTH PLAIN\r\n")])
    assert shortly(receipt) == "deferred tls 0"
    assert "AUTH" not in heard(server)


def test_what_is_offered_in_the_clear_is_forgotten() -> None:
    """Under TLS the server is asked again (RFC 3207, section 4.2)."""
    with trusted() as ca_file:
        relay = {"security": "starttls", "ca_file": ca_file, "username": "weekly"}
        ehlo = ["250 relay.example|STARTTLS", "250 relay.example|AUTH PLAIN"]
        (receipt,), server = tried(relay=relay, tls=certified(), ehlo=ehlo)
    assert shortly(receipt) == "sent body 250"
    assert heard(server) == ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]


def test_a_server_without_tls_is_no_server_for_tls() -> None:
    """What it says in the clear is not believed."""
    receipt, server = refused_tls(None, at_once=True)
    assert shortly(receipt) == "deferred tls 0"
    assert "TLS" in receipt.text
    assert server.taken == []


def test_a_missing_ca_file_is_named() -> None:
    """As it would be for every envelope: it is about us."""
    (receipt,), _ = tried(relay={"security": "starttls", "ca_file": "/nowhere/ca.pem"}, offers=("STARTTLS",))
    assert shortly(receipt) == "deferred tls 0"
    assert "/nowhere/ca.pem" in receipt.text


# Login and greeting


ACCOUNT: dict[str, Any] = {"username": "weekly", "password": "sésame"}
PASSWORD = b64encode("sésame".encode()).decode()


def test_login_by_plain() -> None:
    """In one line (RFC 4616)."""
    receipts, server = tried(relay=ACCOUNT, offers=("AUTH LOGIN PLAIN",))
    assert shortly(receipts[0]) == "sent body 250"
    assert server.heard[1] == "AUTH PLAIN " + b64encode("\0weekly\0sésame".encode()).decode()


def test_login_by_login() -> None:
    """Where PLAIN is not offered."""
    receipts, server = tried(relay=ACCOUNT, offers=("AUTH=LOGIN",))
    assert shortly(receipts[0]) == "sent body 250"
    assert server.heard[1:4] == ["AUTH LOGIN", b64encode(b"weekly").decode(), PASSWORD]


@pytest.mark.parametrize("offers", [("AUTH PLAIN",), ("AUTH LOGIN",)])
@pytest.mark.parametrize("act", ["535 5.7.8 wrong password", "454 4.7.0 later", "421 4.7.0 too often", CLOSE])
def test_a_login_that_fails_defers(offers: Sequence[str], act: Act | str) -> None:
    """It is about us; nothing is sent without it, and no password stands in a receipt."""
    receipts, server = tried(relay=ACCOUNT, offers=offers, auth=[act])
    assert (receipts[0].outcome, receipts[0].stage) == ("deferred", "login")
    assert "sésame" not in str(receipts[0])
    assert "MAIL" not in heard(server)


@pytest.mark.parametrize("offers", [("AUTH CRAM-MD5",), ("PIPELINING",)])
def test_a_login_that_is_not_offered_defers(offers: Sequence[str]) -> None:
    """It says what is offered."""
    receipts, server = tried(relay=ACCOUNT, offers=offers)
    assert shortly(receipts[0]) == "deferred login 0"
    assert "CRAM-MD5" in receipts[0].text or "none" in receipts[0].text
    assert heard(server) == ["EHLO"]


def test_no_password_goes_over_a_network_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only to a server on the same machine."""
    monkeypatch.setattr(Line, "local", False)
    receipts, server = tried(relay=ACCOUNT, offers=("AUTH PLAIN",))
    assert shortly(receipts[0]) == "deferred login 0"
    assert "TLS" in receipts[0].text
    assert heard(server) == ["EHLO"]


def test_a_password_is_not_shown() -> None:
    """Not where a relay is printed either."""
    assert "sésame" not in repr(Relay("mail.example.org", **ACCOUNT))


@pytest.mark.parametrize("wrong", [{"local_hostname": "a b"}, {"local_hostname": "a\r\nMAIL"}, {"username": "a\0b"}, {"password": "a\0b"}])
def test_settings_that_would_break_a_command_are_refused(wrong: dict[str, Any]) -> None:
    """They name the setting."""
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        Relay("mail.example.org", **wrong)


@pytest.mark.parametrize("act", ["500 what?", "502 5.5.1 not implemented"])
def test_an_old_server_is_greeted_the_old_way(act: str) -> None:
    """By HELO, which offers nothing."""
    receipts, server = tried(ehlo=[act])
    assert shortly(receipts[0]) == "sent body 250"
    assert server.heard[:3] == ["EHLO client.example", "HELO client.example", "MAIL FROM:<weekly@news.example.org>"]


@pytest.mark.parametrize(
    ("name", "greeting"), [("box", "[127.0.0.1]"), ("box.example.org", "box.example.org"), ("b_x.example", "[127.0.0.1]")]
)
def test_we_greet_by_name_or_address(monkeypatch: pytest.MonkeyPatch, name: str, greeting: str) -> None:
    """A name without a dot is none for a mail server (RFC 5321, section 4.1.4)."""
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    _, server = tried(relay={"local_hostname": ""})
    assert server.heard[0] == f"EHLO {greeting}"


# Whoever waits for us, and whoever is not there


@pytest.mark.parametrize("host", ["127.0.0.1", ".."])
def test_a_server_that_is_not_there_defers(host: str) -> None:
    """The text says which."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        relay = Relay(host, unused.getsockname()[1], "none")
        receipt = asyncio.run(SmtpTransport(relay).session().send(FIRST))
    assert shortly(receipt) == "deferred connect 0"
    assert str(relay) in receipt.text


@EITHER_WAY
@pytest.mark.parametrize("stage", ["greeting", "mail", "dot"])
def test_a_cancelled_try_does_not_spoil_the_next(offers: Sequence[str], stage: str) -> None:
    """What the server says to it later is not taken for an answer to the next."""

    async def claim(session: SmtpSession, _: FaultyRelay) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.send(FIRST, following=SECOND), 0.1)
        assert (await session.send(SECOND)).outcome == "sent"

    server = against(claim, offers=offers, **{stage: [Act(b"550 5.1.1 no\r\n", late=0.3)]})
    assert server.taken == [SECOND]


def test_nothing_is_read_behind_what_is_no_reply() -> None:
    """It may look like one, and come later."""
    line = Line()
    for data in (b"250 one\r\nwhat?\r\n", b"250 two\r\n"):
        line.data_received(data)
    assert asyncio.run(line.reply(1)).text == "one"
    assert not line.quiet
    with pytest.raises(BrokenError, match="what"):
        asyncio.run(line.reply(1))


def test_nothing_is_written_to_a_connection_that_is_closed() -> None:
    """So that what is not sent is never taken for uncertain."""

    async def claim(_: SmtpSession, server: FaultyRelay) -> None:
        line = await Line.to(server.relay())
        await asyncio.sleep(0.05)
        with pytest.raises(BrokenError):
            line.write(b"EHLO client.example\r\n")
        line.abort()

    against(claim, greeting=[CLOSE])


def test_two_tasks_cannot_drive_one_session() -> None:
    """Each needs a session of its own, or receipts would be mixed up."""

    async def claim(session: SmtpSession, _: FaultyRelay) -> None:
        await session.send(FIRST)
        done = await asyncio.gather(session.send(SECOND), session.send(THIRD), return_exceptions=True)
        assert [type(found) for found in done].count(RuntimeError) == 1

    against(claim, mail=["250 ok", Act(b"250 ok\r\n", late=0.1)])


# The law


def answers(*codes: str) -> st.SearchStrategy[Act | str]:
    """Answers with these codes, or none, or no answer at all."""
    whole = st.sampled_from([f"{code} x|y" if code[0] == "2" else f"{code} {code[0]}.1.1 x" for code in codes])
    broken = st.sampled_from([CLOSE, GARBAGE, Act(b"250-half\r\n", close=True), Act(b"2", close=True)])
    return st.one_of(whole, whole, whole.map(then_close), whole.map(lambda text: replace(says(text), drip=True)), broken)


SCRIPTS = st.fixed_dictionaries(
    {
        "greeting": st.lists(answers("220", "220", "421", "554"), max_size=2),
        "ehlo": st.lists(answers("250", "421", "500"), max_size=1),
        "mail": st.lists(answers("250", "250", "250", "421", "451", "530", "550", "552"), max_size=5),
        "rcpt": st.lists(answers("250", "250", "250", "421", "451", "550", "552"), max_size=5),
        "data": st.lists(answers("354", "354", "354", "250", "421", "451", "554"), max_size=5),
        "text": st.lists(
            answers("421", "451", "552").map(lambda act: replace(says(act) if isinstance(act, str) else act, close=True)), max_size=1
        ),
        "dot": st.lists(answers("250", "250", "251", "354", "421", "451", "550", "554"), max_size=5),
        "rset": st.lists(answers("250", "421", "550"), max_size=1),
    }
)


@settings(max_examples=300)
@given(script=SCRIPTS, offers=st.sampled_from([ONE_BY_ONE, PIPELINED]), announcing=st.booleans())
def test_receipts_agree_with_what_the_server_took_over(script: dict[str, list[Act | str]], offers: Sequence[str], announcing: bool) -> None:  # noqa: FBT001
    """However it fails: what it took over is `sent` or `uncertain`, and whole; what is `sent` it took over; nothing comes twice."""
    envelopes = letters(5)
    receipts, server = tried(envelopes, offers=offers, announcing=announcing, **script)
    outcomes = {envelope.recipient: receipt.outcome for envelope, receipt in zip(envelopes, receipts, strict=True)}
    taken = [envelope.recipient for envelope in server.taken]
    assert {recipient for recipient, outcome in outcomes.items() if outcome == "sent"} <= set(taken)
    assert {outcomes[recipient] for recipient in taken} <= {"sent", "uncertain"}
    assert len(set(taken)) == len(taken)
    assert server.taken == [envelope for envelope in envelopes if envelope.recipient in taken]


# Postfix's smtp-sink, which was not written for us


SINK = shutil.which("smtp-sink", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/postfix/sbin"]))
NEEDS_SINK = pytest.mark.skipif(SINK is None, reason="smtp-sink is not installed; it comes with Postfix")


@contextmanager
def sink(*options: str) -> Iterator[Relay]:
    """An smtp-sink with these options, while it is needed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([str(SINK), *user, *options, f"127.0.0.1:{port}", "100"], stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield Relay("127.0.0.1", port, "none")
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError


SINKS: list[tuple[list[str], str]] = [
    ([], "sent body 250"),
    (["-p"], "sent body 250"),
    (["-e"], "sent body 250"),
    (["-8", "-E"], "sent body 250"),
    (["-T", "1000"], "sent body 250"),
    (["-q", "CONNECT"], "deferred connect 0"),
    (["-q", "EHLO"], "deferred connect 0"),
    (["-q", "MAIL"], "deferred sender 0"),
    (["-q", "RCPT"], "deferred recipient 0"),
    (["-q", "DATA"], "deferred data 0"),
    (["-q", "."], "uncertain body 0"),
    (["-Q", "CONNECT"], "deferred connect 421"),
    (["-Q", "MAIL"], "deferred sender 421"),
    (["-Q", "RCPT"], "deferred recipient 421"),
    (["-Q", "DATA"], "deferred data 421"),
    (["-Q", "."], "deferred body 421"),
    (["-r", "MAIL"], "deferred sender 450"),
    (["-r", "RCPT"], "deferred recipient 450"),
    (["-r", "DATA"], "deferred data 450"),
    (["-r", "."], "deferred body 450"),
    (["-f", "CONNECT", "-B", "554 5.7.1 no"], "deferred connect 554"),
    (["-f", "MAIL", "-B", "550 5.7.1 no"], "deferred sender 550"),
    (["-f", "RCPT", "-B", "550 5.1.1 no"], "refused recipient 550"),
    (["-f", "DATA", "-B", "554 5.6.0 no"], "refused data 554"),
    (["-f", ".", "-B", "550 5.7.1 no"], "refused body 550"),
]


@NEEDS_SINK
@pytest.mark.parametrize(("options", "short"), SINKS, ids=[" ".join(options) for options, _ in SINKS])
def test_smtp_sink_agrees(options: list[str], short: str) -> None:
    """Three envelopes over one session, and the same receipt for each."""

    async def claim(relay: Relay) -> None:
        session = SmtpTransport(relay).session()
        envelopes = [replace(envelope, body=b"x" * 998 + b"\r\n" + b".\r\n" * 20_000) for envelope in letters(3)]
        for envelope, following in zip(envelopes, [*envelopes[1:], None], strict=True):
            assert shortly(await session.send(envelope, following=following)) == short
        await session.close()

    with sink(*options) as relay:
        asyncio.run(claim(relay))
