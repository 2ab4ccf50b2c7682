"""The contract of transports, kept by each of ours; and what is true of one alone."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import SMTP
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from syndicate.delivery.envelopes import Receipt
from syndicate.delivery.transports.folder import FolderTransport
from syndicate.delivery.transports.relays import Relay
from syndicate.delivery.transports.smtp import SmtpTransport
from syndicate.testing import BUSY, GONE, LETTER, LOST, MemoryTransport, Post, TransportContract
from tests.delivery.certificates import certified, trusted
from tests.delivery.relay import FaultyRelay

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from contextlib import AbstractAsyncContextManager

    from aiosmtpd.smtp import Envelope as Received
    from aiosmtpd.smtp import Session as Visit

    from syndicate.delivery.transports.relays import Security


class Keeper:
    """What a server by aiosmtpd does with its mail: it keeps it, in `bodies`, but for the recipients that the contract names."""

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

    async def handle_DATA(self, server: SMTP, _: Visit, envelope: Received) -> str:  # noqa: N802
        """Called by aiosmtpd."""
        assert isinstance(envelope.content, bytes)
        self.bodies.append(envelope.content)
        if LOST in envelope.rcpt_tos:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return "250 2.0.0 kept"


@asynccontextmanager
async def by_smtp(*offers: str, security: Security = "none") -> AsyncGenerator[Post]:
    """A server that is not ours, and a transport to it."""
    keeper, loop = Keeper(*offers), asyncio.get_running_loop()
    limits: dict[str, Any] = {"data_size_limit": 2**24, "enable_SMTPUTF8": False, "hostname": "relay.example"}
    starttls: dict[str, Any] = {"tls_context": certified(), "require_starttls": True} if security == "starttls" else {}
    server = await loop.create_server(
        lambda: SMTP(keeper, loop=loop, **limits, **starttls), "127.0.0.1", 0, ssl=certified() if security == "tls" else None
    )
    with trusted() as ca_file:
        relay = Relay("127.0.0.1", server.sockets[0].getsockname()[1], security, ca_file=ca_file)
        yield Post(SmtpTransport(relay), lambda: keeper.bodies)
    server.close()


@asynccontextmanager
async def by_faulty_relay(*offers: str) -> AsyncGenerator[Post]:
    """The server of the tests of SMTP, on its best behaviour, to see that it has one."""
    async with FaultyRelay(offers=offers) as server:
        yield Post(SmtpTransport(server.relay()), lambda: [envelope.body for envelope in server.taken])


@asynccontextmanager
async def by_memory() -> AsyncGenerator[Post]:
    """In memory."""
    transport = MemoryTransport(refuse={GONE}, defer={BUSY}, vanish={LOST})
    yield Post(transport, lambda: [envelope.body for envelope in transport.envelopes])


@asynccontextmanager
async def by_folder() -> AsyncGenerator[Post]:
    """In a folder, which keeps no order."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:  # a file whose writing was cancelled may still come
        folder = Path(name) / "outbox" / "mail"
        yield Post(FolderTransport(folder), lambda: [file.read_bytes() for file in folder.glob("*.eml")])


class TestSmtp(TransportContract):
    """A relay that answers one command at a time."""

    def running(self) -> AbstractAsyncContextManager[Post]:
        """Called by the contract."""
        return by_smtp()

    @pytest.mark.parametrize("announcing", [True, False], ids=["announced", "not announced"])
    def test_a_receipt_has_the_words_of_the_server(self, announcing: bool) -> None:  # noqa: FBT001  a parameter of the test
        """With its codes."""
        receipts, _ = self.sent([replace(LETTER, recipient=reader) for reader in (GONE, BUSY)], announcing=announcing)
        assert receipts[0] == Receipt("refused", "recipient", 550, "5.1.1", "no such user")
        assert receipts[1] == Receipt("deferred", "recipient", 450, "4.2.1", "come back later")


class TestPipelined(TestSmtp):
    """A relay that takes several commands at once (RFC 2920)."""

    def running(self) -> AbstractAsyncContextManager[Post]:
        """Called by the contract."""
        return by_smtp("PIPELINING")


class TestStarttls(TestSmtp):
    """A relay that wants STARTTLS first."""

    def running(self) -> AbstractAsyncContextManager[Post]:
        """Called by the contract."""
        return by_smtp("PIPELINING", security="starttls")


class TestTls(TestSmtp):
    """A relay under TLS from the first byte."""

    def running(self) -> AbstractAsyncContextManager[Post]:
        """Called by the contract."""
        return by_smtp(security="tls")


class TestOurServer(TransportContract):
    """The server of the tests of SMTP, on its best behaviour."""

    choosy = False

    def running(self) -> AbstractAsyncContextManager[Post]:
        """Called by the contract."""
        return by_faulty_relay()


class TestOurServerPipelined(TestOurServer):
    """The same, with several commands at once."""

    def running(self) -> AbstractAsyncContextManager[Post]:
        """Called by the contract."""
        return by_faulty_relay("PIPELINING", "SIZE")


class TestMemory(TransportContract):
    """In memory."""

    def running(self) -> AbstractAsyncContextManager[Post]:
        """Called by the contract."""
        return by_memory()


class TestFolder(TransportContract):
    """In a folder, which refuses nobody and keeps no order."""

    choosy = orderly = False

    def running(self) -> AbstractAsyncContextManager[Post]:
        """Called by the contract."""
        return by_folder()


WAYS = (TestSmtp, TestPipelined, TestStarttls, TestTls, TestOurServer, TestOurServerPipelined, TestMemory, TestFolder)


@pytest.mark.parametrize("way", WAYS)
@effort(max_examples=15)
@given(lines=st.lists(st.lists(st.text(st.sampled_from("a.\t "), max_size=3), max_size=5), min_size=1, max_size=5, unique_by=tuple))
def test_any_message_arrives_byte_for_byte(way: type[TransportContract], lines: list[list[str]]) -> None:
    """The law behind the table of bodies, for several in a row."""
    bodies = ["".join(f"{line}\r\n" for line in body).encode() for body in lines]
    receipts, arrived = way().sent([replace(LETTER, body=body) for body in bodies])
    assert {receipt.outcome for receipt in receipts} == {"sent"}
    assert sorted(arrived) == sorted(bodies)


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
