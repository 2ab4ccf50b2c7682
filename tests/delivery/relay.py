"""A mail server that does as it is told, mistakes included: each of its answers can be replaced by something else."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from syndicate.delivery.envelopes import Envelope
from syndicate.delivery.transports.relays import Patience, Relay

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

COMMANDS = frozenset({"EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "QUIT"})
OFFERS = ("PIPELINING", "SIZE 1000000", "ENHANCEDSTATUSCODES")
QUICK = Patience(connect=5, reply=5, final=5)
HASTY = Patience(connect=5, reply=0.1, final=0.1)
"""For servers that keep silent."""


@dataclass(frozen=True, slots=True)
class Act:
    """What to do in place of an answer, in this order: wait, say something, perhaps byte by byte, then listen no more or hang up."""

    say: bytes = b""
    late: float = 0
    drip: bool = False
    deaf: bool = False
    close: bool = False

    @property
    def code(self) -> int:
        """The code, 0 where there is none or more than one."""
        codes = {line[:3] for line in self.say.splitlines()}
        code = codes.pop() if len(codes) == 1 else b""
        return int(code) if code.isdigit() else 0


def says(text: str) -> Act:
    """An answer, in one line or in several: `250 one|two`. 421 is the last."""
    code, first, *more = text[:3], *text[4:].split("|")
    lines = [first, *more]
    marks = ["-"] * len(more) + [" "]
    return Act("".join(f"{code}{mark}{line}\r\n" for mark, line in zip(marks, lines, strict=True)).encode(), close=code == "421")


SILENCE = Act(deaf=True)
CLOSE = Act(close=True)
GARBAGE = Act(b"what?\r\n")


def then_close(text: str) -> Act:
    """An answer, and no more."""
    return replace(says(text), close=True)


class HungUpError(Exception):
    """This connection is done."""


class FaultyRelay:
    """A server on a port of its own, which behaves but for its script.

    The script maps the name of a command in small letters, or `greeting`, `text` (before the message is read) or `dot`, to what to do the first
    time, the second time and so on; after that it behaves again. `taken` are the messages it took over: all those whose final dot
    it saw and did not answer with a no; `cut_short` is what came of messages that ended without one.
    """

    def __init__(
        self, *, offers: Iterable[str] = OFFERS, tls: ssl.SSLContext | None = None, at_once: bool = False, **script: Iterable[Act | str]
    ) -> None:
        self._offers, self._tls, self._at_once = list(offers), tls, at_once
        self._script = defaultdict(
            list, {stage: [says(act) if isinstance(act, str) else act for act in acts] for stage, acts in script.items()}
        )
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.leaving = asyncio.Event()
        self.taken: list[Envelope] = []
        self.cut_short: list[bytes] = []
        self.heard: list[str] = []
        self.connections = 0

    def relay(self, **settings: object) -> Relay:
        """How to reach it."""
        known = {"security": "none", "patience": QUICK, "local_hostname": "client.example"}
        return Relay("127.0.0.1", self.port, **{**known, **settings})  # type: ignore[arg-type] # checked by whoever reads the test

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls if self._at_once else None)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        self.leaving.set()
        await asyncio.wait_for(asyncio.gather(*self._tasks), 10)
        await self._server.wait_closed()

    def speak_up(self, words: bytes) -> None:
        """Say something that nobody asked for."""
        for writer in self._open:
            writer.write(words)

    def hang_up(self) -> None:
        """End all connections, as a server does that has waited long enough."""
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self._open.add(writer)
        self.connections += 1
        try:
            await Visit(self, reader, writer).run()
        except (HungUpError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            if self.leaving.is_set():
                writer.transport.abort()
            writer.close()


class Visit:
    """One connection to a `FaultyRelay`."""

    def __init__(self, relay: FaultyRelay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._relay, self._reader, self._writer = relay, reader, writer
        self._sender: str | None = None
        self._recipient: str | None = None
        self._came = bytearray()

    async def run(self) -> None:
        """Talk until one of the two has enough."""
        await self._answer("greeting", "220 relay.example")
        while True:
            verb, _, rest = (await self._line()).partition(" ")
            await (getattr(self, f"_{verb.lower()}") if verb in COMMANDS else self._other)(rest)

    async def _ehlo(self, _: str) -> None:
        await self._answer("ehlo", "|".join(["250 relay.example", *self._relay._offers]))

    async def _helo(self, _: str) -> None:
        await self._answer("helo", "250 relay.example")

    async def _starttls(self, _: str) -> None:
        act = await self._answer("starttls", "220 go ahead")
        if act.say.startswith(b"220") and self._relay._tls:
            await self._writer.start_tls(self._relay._tls)

    async def _auth(self, rest: str) -> None:
        if rest == "LOGIN":
            for prompt in ("334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"):
                if (await self._answer("auth", prompt)).code != 334:
                    return
                await self._line()
        await self._answer("auth", "235 2.7.0 welcome")

    async def _mail(self, rest: str) -> None:
        if (await self._answer("mail", "503 5.5.1 again?" if self._sender is not None else "250 2.1.0 OK")).code == 250:
            self._sender = rest.partition("<")[2].partition(">")[0]

    async def _rcpt(self, rest: str) -> None:
        if (await self._answer("rcpt", "503 5.5.1 from whom?" if self._sender is None else "250 2.1.5 OK")).code == 250:
            self._recipient = rest.partition("<")[2].partition(">")[0]

    async def _data(self, _: str) -> None:
        if (await self._answer("data", "554 5.5.1 to whom?" if self._recipient is None else "354 go ahead")).code != 354:
            return
        if self._relay._script["text"]:
            await self._answer("text", "")
        self._came[:0] = b"\r\n"  # the end of the DATA line is also the one before a dot in front
        try:
            text = (await self._until(b"\r\n.\r\n"))[:-3].replace(b"\r\n..", b"\r\n.")[2:]
        except (HungUpError, ConnectionError):
            self._relay.cut_short.append(bytes(self._came[2:]))
            raise
        act = self._next("dot", "250 2.0.0 taken over")
        if act.code // 100 not in {4, 5}:
            self._relay.taken.append(Envelope(self._sender or "", self._recipient or "", text))
        self._sender = self._recipient = None
        await self._do(act)

    async def _rset(self, _: str) -> None:
        self._sender = self._recipient = None
        await self._answer("rset", "250 2.0.0 OK")

    async def _quit(self, _: str) -> None:
        await self._answer("quit", "221 2.0.0 goodbye")
        raise HungUpError

    async def _other(self, rest: str) -> None:  # noqa: ARG002 - as the others
        await self._answer("other", "500 5.5.2 what?")

    async def _line(self) -> str:
        self._relay.heard.append((await self._until(b"\n")).decode("latin-1").rstrip())
        return self._relay.heard[-1]

    async def _until(self, mark: bytes) -> bytes:
        start = 0
        while (found := self._came.find(mark, start)) < 0:
            start = max(0, len(self._came) - len(mark))
            more = await self._reader.read(2**18)
            if not more:
                raise HungUpError
            self._came += more
        end = found + len(mark)
        text, self._came = bytes(self._came[:end]), self._came[end:]
        return text

    def _next(self, stage: str, usual: str) -> Act:
        acts = self._relay._script[stage]
        return acts.pop(0) if acts else says(usual)

    async def _answer(self, stage: str, usual: str) -> Act:
        act = self._next(stage, usual)
        await self._do(act)
        return act

    async def _do(self, act: Act) -> None:
        await asyncio.sleep(act.late)
        for part in [act.say[at : at + 1] for at in range(len(act.say))] if act.drip else [act.say]:
            self._writer.write(part)
            await asyncio.sleep(0)
        if act.deaf:
            await self._relay.leaving.wait()
        if act.close or act.deaf:
            raise HungUpError
