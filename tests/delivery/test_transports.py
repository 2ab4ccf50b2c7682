"""What holds for every transport, whatever carries the mail."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.delivery.envelopes import Envelope, Receipt
from syndicate.delivery.transports.folder import FolderTransport
from syndicate.delivery.transports.memory import MemoryTransport
from syndicate.delivery.transports.relays import Relay
from syndicate.delivery.transports.smtp import SmtpTransport
from tests.delivery.certificates import certified, trusted
from tests.delivery.relay import FaultyRelay

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from aiosmtpd.smtp import Envelope as Received
    from aiosmtpd.smtp import Session as Visit

    from syndicate.delivery.transports import Transport
    from syndicate.delivery.transports.relays import Security

    Arrived = Callable[[], list[bytes]]
    Way = Callable[[], AbstractAsyncContextManager[tuple[Transport, Arrived]]]

GONE, BUSY = "gone@example.org", "busy@example.org"
LETTER = Envelope("weekly@news.example.org", "reader@example.org", b"Subject: The lagoon\r\n\r\nIt closes.\r\n")

BODIES = {
    "plain": LETTER.body,
    "nothing": b"",
    "an empty line": b"\r\n",
    "dots": b".\r\n..\r\n...\r\n.a\r\n\r\n.\r\n",
    "a dot and an end": b"a\r\n.\r\n",
    "a command": b"\r\n.\r\nMAIL FROM:<evil@example.org>\r\n",
    "long lines": b"x" * 998 + b"\r\n" + b"." * 997 + b"\r\n",
    "controls": b"a\x00b\x01\x0b\x0c\x1a\x7f\r\n",
    "much": (b"x" * 76 + b"\r\n") * 20_000,
}

WRONG = {
    "a lone line feed": replace(LETTER, body=b"a\nb\r\n"),
    "a lone carriage return": replace(LETTER, body=b"a\rb\r\n"),
    "smuggled by line feeds": replace(LETTER, body=b"a\n.\nMAIL FROM:<evil@example.org>\r\n"),
    "smuggled by a line feed and a dot": replace(LETTER, body=b"a\r\n.\nMAIL FROM:<evil@example.org>\r\n"),
    "smuggled by a carriage return": replace(LETTER, body=b"a\r\n.\rMAIL FROM:<evil@example.org>\r\n"),
    "a line feed first": replace(LETTER, body=b"\na\r\n"),
    "no end": replace(LETTER, body=b"a"),
    "half an end": replace(LETTER, body=b"a\r"),
    "not ASCII": replace(LETTER, body="é\r\n".encode()),
    "no recipient": replace(LETTER, recipient=""),
    "a recipient with a command": replace(LETTER, recipient="a@example.org>\r\nRCPT TO:<b@example.org"),
    "a recipient with a line feed": replace(LETTER, recipient="a@example.org\n"),
    "a recipient in brackets": replace(LETTER, recipient="<a@example.org>"),
    "a recipient with a space": replace(LETTER, recipient="a@example.org SIZE=1"),
    "a recipient with a null": replace(LETTER, recipient="a@example.org\0"),
    "a recipient beyond ASCII": replace(LETTER, recipient="jürgen@example.org"),
    "a recipient in wide characters": replace(LETTER, recipient="ａ@example.org"),
    "a recipient too long": replace(LETTER, recipient="a" * 243 + "@example.org"),
    "a sender with a command": replace(LETTER, sender="a@example.org>\r\nRCPT TO:<b@example.org"),
    "a sender with a parameter": replace(LETTER, sender="a@example.org> BODY=8BITMIME"),
}


class Keeper:
    """What a server by aiosmtpd does with its mail: it keeps it, in `bodies`, but for two recipients."""

    def __init__(self, *offers: str) -> None:
        self.offers = [f"250-{offer}" for offer in offers]
        self.bodies: list[bytes] = []

    async def handle_EHLO(self, _: SMTP, visit: Visit, __: Received, name: str, replies: list[str]) -> list[str]:  # noqa: N802
        """Called by aiosmtpd."""
        visit.host_name = name
        return replies[:-1] + self.offers + replies[-1:]

    async def handle_RCPT(self, _: SMTP, __: Visit, envelope: Received, address: str, ___: list[str]) -> str:  # noqa: N802
        """Called by aiosmtpd."""
        if address in {GONE, BUSY}:
            return "550 5.1.1 no such user" if address == GONE else "450 4.2.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _: SMTP, __: Visit, envelope: Received) -> str:  # noqa: N802
        """Called by aiosmtpd."""
        assert isinstance(envelope.content, bytes)
        self.bodies.append(envelope.content)
        return "250 2.0.0 kept"


@asynccontextmanager
async def by_smtp(*offers: str, security: Security = "none") -> AsyncGenerator[tuple[Transport, Arrived]]:
    """A server that is not ours, and a transport to it."""
    keeper, loop = Keeper(*offers), asyncio.get_running_loop()
    limits: dict[str, Any] = {"data_size_limit": 2**24, "enable_SMTPUTF8": False, "hostname": "relay.example"}
    starttls: dict[str, Any] = {"tls_context": certified(), "require_starttls": True} if security == "starttls" else {}
    server = await loop.create_server(
        lambda: SMTP(keeper, loop=loop, **limits, **starttls), "127.0.0.1", 0, ssl=certified() if security == "tls" else None
    )
    with trusted() as ca_file:
        relay = Relay("127.0.0.1", server.sockets[0].getsockname()[1], security, ca_file=ca_file)
        yield SmtpTransport(relay), lambda: keeper.bodies
    server.close()


@asynccontextmanager
async def by_faulty_relay(*offers: str) -> AsyncGenerator[tuple[Transport, Arrived]]:
    """The server of the tests of SMTP, on its best behaviour, to see that it has one."""
    async with FaultyRelay(offers=offers) as server:
        yield SmtpTransport(server.relay()), lambda: [envelope.body for envelope in server.taken]


@asynccontextmanager
async def by_memory() -> AsyncGenerator[tuple[Transport, Arrived]]:
    """In memory."""
    transport = MemoryTransport(refuse={GONE}, defer={BUSY})
    yield transport, lambda: [envelope.body for envelope in transport.envelopes]


@asynccontextmanager
async def by_folder() -> AsyncGenerator[tuple[Transport, Arrived]]:
    """In a folder, which keeps no order."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "outbox" / "mail"
        yield FolderTransport(folder), lambda: [file.read_bytes() for file in folder.glob("*.eml")]


CHOOSY: dict[str, Way] = {
    "smtp": by_smtp,
    "smtp, pipelined": partial(by_smtp, "PIPELINING"),
    "smtp under STARTTLS": partial(by_smtp, "PIPELINING", security="starttls"),
    "smtp under TLS": partial(by_smtp, security="tls"),
    "memory": by_memory,
}
ORDERLY: dict[str, Way] = {
    **CHOOSY,
    "our own server": by_faulty_relay,
    "our own server, pipelined": partial(by_faulty_relay, "PIPELINING", "SIZE"),
}
WAYS: dict[str, Way] = {**ORDERLY, "folder": by_folder}

EVERY_WAY = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
"""All transports."""

EVERY_ORDERLY_WAY = pytest.mark.parametrize("way", ORDERLY.values(), ids=ORDERLY.keys())
"""Those where what comes first stays first."""

EVERY_CHOOSY_WAY = pytest.mark.parametrize("way", CHOOSY.values(), ids=CHOOSY.keys())
"""Those where a recipient can be refused."""


def through(way: Way, claim: Callable[[Transport], Awaitable[None]]) -> list[bytes]:
    """Make `claim` of a transport; gives the bodies that arrived."""

    async def made() -> list[bytes]:
        async with way() as (transport, arrived):
            await claim(transport)
            return list(arrived())

    return asyncio.run(made())


def sent(way: Way, envelopes: Sequence[Envelope], *, announcing: bool = True) -> tuple[list[Receipt], list[bytes]]:
    """The receipts of these envelopes, sent one after the other, and the bodies that arrived."""
    receipts = []

    async def claim(transport: Transport) -> None:
        session = transport.session()
        for envelope, following in zip(envelopes, [*envelopes[1:], None], strict=True):
            receipts.append(await session.send(envelope, following=following if announcing else None))
        await session.close()

    return receipts, through(way, claim)


def numbered(count: int) -> list[Envelope]:
    """So many letters to as many readers."""
    return [Envelope(LETTER.sender, f"reader{number}@example.org", b"%d\r\n" % number) for number in range(count)]


@EVERY_WAY
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_message_arrives_byte_for_byte(way: Way, body: bytes) -> None:
    """Its dots too, whatever they mean on the way."""
    receipts, arrived = sent(way, [replace(LETTER, body=body)])
    assert [receipt.outcome for receipt in receipts] == ["sent"]
    assert arrived == [body]


@EVERY_WAY
@settings(max_examples=15)
@given(lines=st.lists(st.lists(st.text(st.sampled_from("a.\t "), max_size=3), max_size=5), min_size=1, max_size=5, unique_by=tuple))
def test_any_message_arrives_byte_for_byte(way: Way, lines: list[list[str]]) -> None:
    """The law behind the table above, for several in a row."""
    bodies = ["".join(f"{line}\r\n" for line in body).encode() for body in lines]
    receipts, arrived = sent(way, [replace(LETTER, body=body) for body in bodies])
    assert {receipt.outcome for receipt in receipts} == {"sent"}
    assert sorted(arrived) == sorted(bodies)


@EVERY_ORDERLY_WAY
@pytest.mark.parametrize("announcing", [True, False], ids=["announced", "not announced"])
def test_messages_arrive_in_the_order_they_were_sent_in(way: Way, announcing: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Each once, whether the next was announced or not."""
    envelopes = numbered(10)
    receipts, arrived = sent(way, envelopes, announcing=announcing)
    assert [receipt.outcome for receipt in receipts] == ["sent"] * 10
    assert {receipt.stage for receipt in receipts} == {"body"}
    assert arrived == [envelope.body for envelope in envelopes]


@EVERY_WAY
def test_what_was_announced_and_not_sent_goes_nowhere(way: Way) -> None:
    """A caller may think better of it, and go home."""
    first, second = numbered(2)

    async def claim(transport: Transport) -> None:
        session = transport.session()
        assert (await session.send(first, following=second)).outcome == "sent"
        await session.close()

    assert through(way, claim) == [first.body]


@EVERY_WAY
def test_another_may_be_sent_than_was_announced(way: Way) -> None:
    """It is the envelope that was sent which arrives."""
    first, second, third = numbered(3)

    async def claim(transport: Transport) -> None:
        session = transport.session()
        assert (await session.send(first, following=second)).outcome == "sent"
        assert (await session.send(third)).outcome == "sent"
        await session.close()

    assert sorted(through(way, claim)) == [first.body, third.body]


@EVERY_WAY
def test_a_session_can_be_closed_twice_or_unused(way: Way) -> None:
    """And opens again if there is more to send."""

    async def claim(transport: Transport) -> None:
        session = transport.session()
        await session.close()
        for envelope in numbered(2):
            assert (await session.send(envelope)).outcome == "sent"
            await session.close()
            await session.close()

    assert len(through(way, claim)) == 2


@EVERY_WAY
def test_sessions_do_not_mix(way: Way) -> None:
    """Many at a time, each with its own envelopes, and each receipt is about its own."""
    envelopes = numbered(40)

    async def lane(transport: Transport, mine: Sequence[Envelope]) -> list[Receipt]:
        session = transport.session()
        receipts = [await session.send(envelope, following=following) for envelope, following in zip(mine, [*mine[1:], None], strict=True)]
        await session.close()
        return receipts

    async def claim(transport: Transport) -> None:
        lanes = await asyncio.gather(*(lane(transport, envelopes[first::8]) for first in range(8)))
        assert {receipt.outcome for receipts in lanes for receipt in receipts} == {"sent"}

    assert sorted(through(way, claim)) == sorted(envelope.body for envelope in envelopes)


@EVERY_WAY
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_sent_safely_is_refused_here(way: Way, wrong: Envelope) -> None:
    """Nothing of it gets out, and what comes before and after it does."""
    before, after = numbered(2)
    receipts, arrived = sent(way, [before, wrong, after])
    assert [(receipt.outcome, receipt.stage) for receipt in receipts] == [("sent", "body"), ("refused", "local"), ("sent", "body")]
    assert receipts[1].text
    assert sorted(arrived) == [before.body, after.body]


@EVERY_WAY
def test_a_message_may_have_no_return_path(way: Way) -> None:
    """As an answer by machine has none (RFC 5321, section 4.5.5)."""
    receipts, arrived = sent(way, [replace(LETTER, sender="")])
    assert [receipt.outcome for receipt in receipts] == ["sent"]
    assert arrived == [LETTER.body]


@EVERY_CHOOSY_WAY
@pytest.mark.parametrize("announcing", [True, False], ids=["announced", "not announced"])
def test_one_recipient_does_not_stand_in_the_way_of_the_next(way: Way, announcing: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Refused is refused, put off is put off, and the others get theirs."""
    addresses = ["a@example.org", GONE, "b@example.org", BUSY, GONE, BUSY, "c@example.org"]
    envelopes = [Envelope(LETTER.sender, address, b"%d\r\n" % number) for number, address in enumerate(addresses)]
    receipts, arrived = sent(way, envelopes, announcing=announcing)
    assert [receipt.outcome for receipt in receipts] == ["sent", "refused", "sent", "deferred", "refused", "deferred", "sent"]
    assert receipts[1] == Receipt("refused", "recipient", 550, "5.1.1", "no such user")
    assert receipts[3] == Receipt("deferred", "recipient", 450, "4.2.1", "come back later")
    assert arrived == [b"0\r\n", b"2\r\n", b"6\r\n"]


def test_memory_can_lose_an_answer() -> None:
    """The message is there, and nobody was told."""
    transport = MemoryTransport(vanish={LETTER.recipient})
    receipt = asyncio.run(transport.session().send(LETTER))
    assert receipt.outcome == "uncertain"
    assert transport.envelopes == [LETTER]


def test_memory_can_change_its_mind() -> None:
    """Who is put off once is served at the next try."""
    transport = MemoryTransport(defer={LETTER.recipient})
    assert asyncio.run(transport.session().send(LETTER)).outcome == "deferred"
    transport.defer.clear()
    assert asyncio.run(transport.session().send(LETTER)).outcome == "sent"


def test_a_second_try_overwrites_its_file(tmp_path: Path) -> None:
    """The same envelope is one file; another recipient, or another sender, is another."""
    session = FolderTransport(tmp_path).session()
    for envelope in [LETTER, LETTER, replace(LETTER, recipient="b@example.org"), replace(LETTER, sender="c@example.org")]:
        assert asyncio.run(session.send(envelope)).outcome == "sent"
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_cannot_be_written_defers(tmp_path: Path) -> None:
    """It says which file, and leaves none behind."""
    (tmp_path / "mail").write_text("not a folder")
    receipt = asyncio.run(FolderTransport(tmp_path / "mail").session().send(LETTER))
    assert (receipt.outcome, receipt.stage) == ("deferred", "local")
    assert str(tmp_path / "mail") in receipt.text
    assert [file.name for file in tmp_path.iterdir()] == ["mail"]


def test_files_are_for_their_owner(tmp_path: Path) -> None:
    """A message names a reader, and holds the key to their subscription."""
    asyncio.run(FolderTransport(tmp_path).session().send(LETTER))
    assert [file.stat().st_mode & 0o077 for file in tmp_path.iterdir()] == [0]
