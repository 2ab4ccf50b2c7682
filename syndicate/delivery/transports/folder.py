"""A folder of `.eml` files in place of a relay: to look at, or for another program to carry on. [I/O]"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.delivery.envelopes import Receipt
from syndicate.delivery.transports.objections import objection_to

if TYPE_CHECKING:
    from syndicate.delivery.envelopes import Envelope


class FolderTransport:
    """Writes each message to a file of its own in `folder`, which is made when the first one comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def session(self) -> FolderSession:
        """A session that writes here."""
        return FolderSession(self._folder)


class FolderSession:
    """A session with a `FolderTransport`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, envelope: Envelope, *, following: Envelope | None = None) -> Receipt:  # noqa: ARG002 - nothing to prepare
        """Write the message; a full disk or a missing permission defers it."""
        if objection := objection_to(envelope):
            return objection
        target = self._folder / name_of(envelope)
        try:
            await asyncio.to_thread(_write, target, envelope.body)
        except OSError as error:
            text = f"{target}: cannot be written ({error.strerror}); mend its permissions, or free space"
            return Receipt("deferred", "local", text=text)
        return Receipt("sent", "body", text=f"written to {target.name}")

    async def close(self) -> None:
        """Nothing is open."""


def name_of(envelope: Envelope) -> str:
    """The name of an envelope's file. It follows from the envelope, so that a second try overwrites the first."""
    parts = envelope.sender.encode("ascii"), envelope.recipient.encode("ascii"), envelope.body
    return sha256(b"\n".join(parts)).hexdigest()[:32] + ".eml"


def _write(target: Path, body: bytes) -> None:
    """Write beside the target and rename over it, so that nobody sees half a message. For its owner's eyes: it names a reader."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        Path(temporary).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
