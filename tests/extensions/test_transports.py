"""Transports of other packages: chosen by name, told their own table, and guarded."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NoReturn

import pytest

from syndicate.config import load_settings
from syndicate.delivery.transports.guarding import GuardedTransport
from syndicate.errors import ConfigurationError
from syndicate.publishing.office import transport_of
from syndicate.testing import LETTER, MemoryTransport, Post, TransportContract, numbered
from tests.extensions.packages import EXAMPLE, install, make, syndicate
from tests.publishing.press import Press

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from syndicate.delivery.envelopes import Envelope, Receipt

MAIL = '[mail]\ntransport = "{name}"\nsecret = "a-secret-that-is-long-enough"\n'
KEEPING = """
class Session:
    def __init__(self, options):
        self.options = options
    async def send(self, envelope, *, following=None):
        from syndicate import Receipt
        if self.options.get("fails"):
            raise RuntimeError("out of order")
        KEPT.append((envelope, self.options))
        return Receipt("sent", "body", text="kept")
    async def close(self):
        pass

class Odd:
    def __init__(self, options):
        if "token" not in options:
            raise ValueError("token is missing; add it")
        self.options = options
    def session(self):
        return Session(self.options)

KEPT = []
"""


@pytest.fixture
def press(site: Path, tmp_path: Path) -> Press:
    """A workspace that mails by a transport `odd`, and has two stories and two readers."""
    make(site, "syndicate-odd", KEEPING, {"syndicate.transports": {"odd": "syndicate_odd:Odd"}})
    found = Press(tmp_path / "press").configure(MAIL.format(name="odd") + '[transports.odd]\ntoken = "t"\n')
    found.add("Tides", "2026-11-05")
    for name in ("ann", "bob"):
        assert syndicate("subscribers", "add", f"{name}@example.org", "--config", found.root / "syndicate.toml") == 0
    return found


def send(press: Press) -> int:
    """Send an edition to everybody; how the command ended."""
    return syndicate("send", "weekly", "--at", "2026-11-07T12:00Z", "--yes", "--config", press.root / "syndicate.toml")


def kept() -> list[tuple[Envelope, dict[str, object]]]:
    """What the transport got, and what it was told."""
    return list(sys.modules["syndicate_odd"].KEPT)


def test_a_digest_is_sent_by_the_transport_that_is_chosen(press: Press) -> None:
    """To everybody, with all that its table says."""
    assert send(press) == 0
    assert sorted(envelope.recipient for envelope, _ in kept()) == ["ann@example.org", "bob@example.org"]
    assert {str(options) for _, options in kept()} == {"{'token': 't'}"}


def test_a_transport_that_fails_puts_few_letters_in_doubt(press: Press, capsys: pytest.CaptureFixture[str]) -> None:
    """One for each connection at most; the others are put off until somebody has mended it, and it is named."""
    press.configure("[smtp]\nconnections = 1\n" + MAIL.format(name="odd") + '[transports.odd]\ntoken = "t"\nfails = true\n')
    send(press)
    capsys.readouterr()
    syndicate("outbox", "list", "--config", press.root / "syndicate.toml")
    said = " ".join(capsys.readouterr().out.split())
    assert said.count("uncertain") == 1
    assert "syndicate-odd 0.1, entry point odd: RuntimeError: out of order" in said


def test_options_come_from_the_table_from_files_and_from_the_environment(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins; what it says is text, whatever it looks like; a file is read, and lies beside the configuration."""
    (press.root / "token.txt").write_text("from a file\n")
    press.configure(MAIL.format(name="odd") + '[transports.odd]\ntoken_file = "token.txt"\nregion = "eu"\nretries = 3\n')
    configuration = press.root / "syndicate.toml"
    assert load_settings(configuration).options("odd") == {"region": "eu", "retries": 3, "token": "from a file"}
    monkeypatch.setenv("SYNDICATE_TRANSPORTS__ODD__TOKEN", "12e3")
    monkeypatch.setenv("SYNDICATE_TRANSPORTS__ODD__REGION", "us")
    assert load_settings(configuration).options("odd") == {"region": "us", "retries": 3, "token": "12e3"}
    (press.root / "token.txt").rename(press.root / "moved.txt")  # nobody asks for it now
    assert load_settings(configuration).options("odd")["token"] == "12e3"  # noqa: S105  a password of nobody
    (press.root / "moved.txt").rename(press.root / "token.txt")
    monkeypatch.delenv("SYNDICATE_TRANSPORTS__ODD__TOKEN")
    monkeypatch.setenv("SYNDICATE_TRANSPORTS__ODD__TOKEN_FILE", str(press.root / "token.txt"))
    assert load_settings(configuration).options("odd")["token"] == "from a file"  # noqa: S105  a password of nobody


def test_options_are_not_printed_with_the_settings(press: Press) -> None:
    """Nobody but the package knows which of them are secret."""
    press.configure(MAIL.format(name="odd") + '[transports.odd]\ntoken = "open sesame"\n')
    settings = load_settings(press.root / "syndicate.toml")
    assert "open sesame" not in repr(settings) + str(settings)
    assert "token" in repr(settings.transports)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('transport = "pigeon"\n', "mail.transport: no transport 'pigeon'; there are smtp, folder, odd; install the package that has it"),
        ('transport = "folder"\n', "mail.transport: is 'folder'; say which one, as mail.folder"),
        ('transport = "odd"\nfolder = "x"\n', "mail.folder: is there, and mail.transport is 'odd'; take one of the two away"),
    ],
    ids=["unknown", "no folder", "two at once"],
)
def test_a_transport_that_cannot_be_is_a_mistake_in_the_configuration(press: Press, text: str, reason: str) -> None:
    """Said before anything is sent."""
    press.configure("[mail]\n" + text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(press.root / "syndicate.toml")
    assert caught.value.reasons == (f"syndicate.toml: {reason}",)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("", "transports.odd: token is missing; add it"),
        ('token_file = "nowhere"\n', "transports.odd.token_file: nowhere cannot be read (No such file or directory); name a file"),
    ],
    ids=["an option is missing", "a file is missing"],
)
def test_what_a_transport_wants_is_said_by_check(press: Press, capsys: pytest.CaptureFixture[str], table: str, reason: str) -> None:
    """And by `send`, which then sends nothing."""
    press.configure(MAIL.format(name="odd") + f"[transports.odd]\n{table}")
    assert syndicate("check", "--config", press.root / "syndicate.toml") == 1
    assert f"syndicate.toml: {reason}" in capsys.readouterr().out
    assert send(press) == 2
    assert reason in capsys.readouterr().err


def test_the_transport_of_the_example_is_opened_without_a_connection(site: Path, tmp_path: Path) -> None:
    """It is named with a hyphen, and its variables with underscores."""
    install(EXAMPLE, site)
    press = Press(tmp_path / "press").configure(MAIL.format(name="mail-api") + '[transports.mail-api]\nurl = "http://127.0.0.1:1"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNDICATE_TRANSPORTS__MAIL_API__TOKEN", "secret")
        transport = transport_of(load_settings(press.root / "syndicate.toml"))
    receipt = asyncio.run(_sent_by(transport))
    assert (receipt.outcome, receipt.stage) == ("deferred", "connect")


async def _sent_by(transport: object) -> Receipt:
    assert isinstance(transport, GuardedTransport)
    session = transport.session()
    try:
        return await session.send(LETTER)
    finally:
        await session.close()


class TestGuarded(TransportContract):
    """A guard changes nothing where all is well."""

    choosy = False

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Post]:
        """Called by the contract."""
        transport = MemoryTransport()
        yield Post(GuardedTransport(transport, "a guard"), lambda: [envelope.body for envelope in transport.envelopes])


class Faulty:
    """A transport whose sessions do as they are told."""

    def __init__(self, fault: str) -> None:
        self.fault, self.tried = fault, 0

    def session(self) -> Faulty:
        """Itself, or nothing."""
        if self.fault == "no session":
            raise RuntimeError("there is none")
        return self

    async def send(self, envelope: Envelope, *, following: Envelope | None = None) -> Receipt:  # noqa: ARG002
        """Misbehave."""
        self.tried += 1
        match self.fault:
            case "nothing":
                return None  # type: ignore[return-value]  # that is the fault
            case "hangs":
                await asyncio.sleep(60)
            case "times out by itself":
                raise TimeoutError("in its own time")
        raise KeyError("title")

    async def close(self) -> NoReturn:
        """Nothing is well here."""
        raise OSError("cannot be closed")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("raises", "odd: KeyError: 'title'"),
        ("no session", "odd: RuntimeError: there is none"),
        ("nothing", "odd: gave NoneType in place of a receipt"),
        ("hangs", "odd: no answer within 0.01 seconds"),
        ("times out by itself", "odd: TimeoutError: in its own time"),
    ],
)
def test_a_transport_that_misbehaves_has_a_receipt_all_the_same(fault: str, said: str) -> None:
    """The letter that it was given is in doubt; no other is tried, in no session; and closing it raises nothing."""
    faulty = Faulty(fault)
    guard = GuardedTransport(faulty, "odd", longest=0.01)

    async def sent() -> list[Receipt]:
        first, second = guard.session(), guard.session()
        receipts = [await session.send(envelope) for session, envelope in zip((first, first, second), numbered(3), strict=True)]
        await first.close()
        await second.close()
        return receipts

    doubtful, *others = asyncio.run(sent())
    assert (doubtful.outcome, doubtful.text) == ("uncertain", said)
    assert {(receipt.outcome, receipt.stage, receipt.text) for receipt in others} == {("deferred", "connect", f"not tried after {said}")}
    assert faulty.tried <= 1
