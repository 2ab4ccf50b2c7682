"""A mail server for soaks, in a process of its own: takes messages down before it says so, and goes wrong now and then."""

from __future__ import annotations

import asyncio
import os
import random
import re
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MESSAGE_ID = re.compile(rb"^Message-ID: <([^>]+)>", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Temper:
    """How often, of a thousand times, each thing goes wrong, and how many seconds a message takes."""

    refuse: int = 10
    defer: int = 20
    hang_up_before: int = 5
    hang_up_after: int = 5
    seconds: float = 0.003


class Sink:
    """A server that runs until it is stopped. `book` gets a line for each message it took over, and when, and each it went silent on."""

    def __init__(self, book: Path, temper: Temper, seed: int) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = listener.getsockname()[1]
        self.process = os.fork()
        if not self.process:
            try:
                asyncio.run(_serve(listener, book, temper, random.Random(seed)))
            finally:
                os._exit(0)
        listener.close()

    def stop(self) -> None:
        """End it."""
        os.kill(self.process, 9)
        os.waitpid(self.process, 0)


async def _serve(listener: socket.socket, book: Path, temper: Temper, dice: random.Random) -> None:
    with book.open("ab", buffering=0) as notes:

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await _converse(reader, writer, notes.write, temper, dice)
            except (OSError, asyncio.IncompleteReadError):
                pass  # the sender was killed
            finally:
                writer.close()

        server = await asyncio.start_server(talk, sock=listener, limit=1 << 22)
        await server.serve_forever()


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], object], temper: Temper, dice: random.Random
) -> None:
    """Talk with one client until it, or we, hang up."""
    recipient = b""
    writer.write(b"220 sink\r\n")
    while line := await reader.readuntil(b"\r\n"):
        match line[:4].upper():
            case b"EHLO":
                answer = b"250-sink\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES"
            case b"RCPT":
                answer = _welcome(temper, dice)
                recipient = line[9:-3] if answer.startswith(b"250") else b""
            case b"DATA" if not recipient:
                answer = b"503 5.5.1 no recipient"
            case b"DATA":
                writer.write(b"354 go on\r\n")
                answer = await _taken(await reader.readuntil(b"\r\n.\r\n"), recipient, note, temper, dice)
            case b"QUIT":
                return
            case _:
                answer = b"250 2.0.0 ok"
        if not answer:
            return
        writer.write(answer + b"\r\n")
        await writer.drain()


def _welcome(temper: Temper, dice: random.Random) -> bytes:
    if dice.randrange(1000) < temper.refuse:
        return b"550 5.1.1 no such user"
    return b"450 4.2.1 come back later" if dice.randrange(1000) < temper.defer else b"250 2.1.5 ok"


async def _taken(body: bytes, recipient: bytes, note: Callable[[bytes], object], temper: Temper, dice: random.Random) -> bytes:
    """Take a message down; the answer, or nothing where we hang up, before or after it was taken."""
    if dice.randrange(1000) < temper.hang_up_before:
        note(recipient + b" lost\n")
        return b""
    await asyncio.sleep(temper.seconds)
    found = MESSAGE_ID.search(body)
    assert found
    note(b"%b took %b %.6f\n" % (recipient, found[1], time.time()))
    if dice.randrange(1000) < temper.hang_up_after:
        note(recipient + b" hung up\n")
        return b""
    return b"250 2.0.0 taken"
