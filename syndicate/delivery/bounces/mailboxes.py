"""Read the mailbox to which reports come: a Maildir, an mbox file, or a folder of an IMAP server. [I/O]

Each message is handed out as far as it is looked at, and marked as seen when the next one is asked for: whoever is killed over a message
gets it again. Nothing is deleted; what is marked is not read again.
"""

from __future__ import annotations

import mailbox
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from syndicate.delivery.bounces import LOOKED_AT
from syndicate.errors import MailboxError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from imapclient import IMAPClient

TIMEOUT = 60
"""Seconds that a server may be silent for."""

STATUS = re.compile(rb"^Status:.*\n?", re.IGNORECASE | re.MULTILINE)
READ = re.compile(rb"^Status:[ \t]*\w*R", re.IGNORECASE | re.MULTILINE)
"""How a message in an mbox file says that it was read."""


@dataclass(frozen=True, slots=True)
class Maildir:
    """A folder with `new` and `cur` in it. Seen messages stand in `cur`, with an S in their name."""

    path: Path


@dataclass(frozen=True, slots=True)
class Mbox:
    """A file of messages. Seen ones have `Status: RO`; the file is locked while it is read, and written once, at the end."""

    path: Path


@dataclass(frozen=True, slots=True)
class Imap:
    """A folder of an IMAP server, by TLS from the first byte (RFC 8314). Seen messages are moved to the folder `done`, if there is one.

    `trust` is who may vouch for the server, where it is not those whom the system trusts.
    """

    host: str
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    done: str = ""
    port: int = 993
    trust: ssl.SSLContext | None = field(default=None, repr=False)


Source = Maildir | Mbox | Imap


def read_mailbox(source: Source) -> Iterator[tuple[str, bytes]]:
    """The messages that were not seen yet, each with its name in the mailbox. Raises `MailboxError`."""
    match source:
        case Maildir():
            return _maildir(source)
        case Mbox():
            return _mbox(source)
        case Imap():
            return _imap(source)
        case _:
            assert_never(source)


def _maildir(source: Maildir) -> Iterator[tuple[str, bytes]]:
    """Oldest first, as far as the names tell: they begin with the second in which a message came."""
    with _explained(str(source.path), "is it a Maildir, with `new` and `cur` in it, that may be written?"):
        files = [file for folder in ("new", "cur") for file in (source.path / folder).iterdir() if _unseen(file.name)]
        for file in sorted(files, key=lambda each: each.name):
            with suppress(FileNotFoundError):  # somebody else took it
                with file.open("rb") as opened:
                    body = opened.read(LOOKED_AT)
                yield file.name, body
                name, _, flags = file.name.partition(":2,")
                file.rename(source.path / "cur" / f"{name}:2,{''.join(sorted({*flags, 'S'}))}")


def _unseen(name: str) -> bool:
    return not name.startswith(".") and "S" not in name.partition(":2,")[2]


def _mbox(source: Mbox) -> Iterator[tuple[str, bytes]]:
    """In the order of the file, which is written at the end, in one step."""
    with _explained(str(source.path), "is it there, may it be written, and does nobody else hold it?"):
        box, seen = mailbox.mbox(source.path, create=False), []
        try:
            box.lock()
            for key in box.keys():  # noqa: SIM118 - a mailbox iterates over its messages
                message = box.get_bytes(key)
                if not READ.search(message.partition(b"\n\n")[0]):
                    yield f"{key}", message[:LOOKED_AT]
                    seen.append(key)
        finally:
            for key in seen:
                box[key] = _marked(box.get_bytes(key, from_=True))
            box.close()


def _marked(message: bytes) -> bytes:
    """A message of an mbox file as one that was read; all else in it stays as it is, which it would not if it were parsed and written."""
    first, _, rest = message.partition(b"\n")
    head, gap, body = rest.partition(b"\n\n")
    return first + b"\nStatus: RO\n" + STATUS.sub(b"", head) + gap + body


def _imap(source: Imap) -> Iterator[tuple[str, bytes]]:
    """In the order of the folder, one by one; a name is made of the numbers that the folder and the message have on the server."""
    with _explained(f"{source.host}, {source.folder}", "are host, port, username, password and folder right?"), _server(source) as server:
        folder = server.select_folder(source.folder)
        for number in server.search(["UNSEEN", "UNDELETED"]):
            found = server.fetch([number], [f"BODY.PEEK[]<0.{LOOKED_AT}>"]).get(number, {})
            body = next((part for name, part in found.items() if name.startswith(b"BODY[]")), None)
            if body is not None:  # else somebody else took it
                yield f"{folder[b'UIDVALIDITY']}.{number}", body
                server.add_flags([number], [b"\\Seen"])
                _put_away(server, number, source.done)


@contextmanager
def _server(source: Imap) -> Iterator[IMAPClient]:
    from imapclient import IMAPClient

    with IMAPClient(source.host, source.port, ssl_context=source.trust, timeout=TIMEOUT) as server:
        server.login(source.username, source.password)
        if source.done and not server.folder_exists(source.done):
            server.create_folder(source.done)
        yield server


def _put_away(server: IMAPClient, number: int, folder: str) -> None:
    """Move a message; a server that cannot (RFC 6851) copies it and marks the first copy as deleted, for whoever cleans up there."""
    if folder and server.has_capability("MOVE"):
        server.move([number], folder)
    elif folder:
        server.copy([number], folder)
        server.delete_messages([number])


@contextmanager
def _explained(name: str, remedy: str) -> Iterator[None]:
    """Raise `MailboxError` for what goes wrong in here."""
    from imaplib import IMAP4

    try:
        yield
    except (OSError, mailbox.Error, IMAP4.error) as error:
        said = getattr(error, "strerror", None) or next(iter(error.args), error)  # imaplib hands on what servers say as bytes
        raise MailboxError(
            f"{name}: cannot be read ({said.decode(errors='replace') if isinstance(said, bytes) else said}); {remedy}"
        ) from error
