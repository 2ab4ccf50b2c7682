"""How many messages a second go to a relay, beside Postfix's own test client over as many connections.

    python -m benchmarks.smtp [--messages 20000] [--connections 1 8 32] [--rounds 3] [--latency 0.05]

Two relays: Postfix's smtp-sink on this machine, which answers at once and throws everything away, and one of our own that answers each command
`latency` seconds after it came, as over a long line. Needs smtp-sink and smtp-source, which come with Postfix.

Each of our messages is put together when its turn comes and has bytes of its own; smtp-source sends the same bytes again and again.
smtp-source does not pipeline; we do where it is offered, so there is a relay of each kind that does not offer it. Messages to the slow relay
are few, for they take their time, and the opening of a connection is a good part of that.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import multiprocessing
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, cast

from benchmarks.measure import in_turn
from syndicate.delivery.envelopes import Envelope
from syndicate.delivery.transports.relays import Relay
from syndicate.delivery.transports.smtp import SmtpTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measure import Timing
    from syndicate.delivery.transports import Session

SIZE = 60_000
LINE = b"Nine kilometres of sea wall and one seal stand between the moon and the g=\r\n"
FRAGMENTS = [LINE * 130] * (SIZE // len(LINE) // 130)
PER_CONNECTION = 20
"""Messages on each connection to the slow relay."""

HEADINGS = ("connections", "smtp-source", "one by one", "pipelined", "ratio")


def tool(name: str) -> str:
    """Where one of Postfix's tools is."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/postfix/sbin"]))
    return found or sys.exit(f"{name}: is not installed; it comes with Postfix (Debian: apt install postfix)")


def envelope(number: int) -> Envelope:
    """A digest for one reader, joined from what is the same for all and what is theirs."""
    mine = b"https://news.example.org/u/%016d" % number
    head = b"To: reader%d@example.org\r\nSubject: The lagoon\r\nList-Unsubscribe: <%b>\r\n\r\n" % (number, mine)
    return Envelope("weekly@news.example.org", f"reader{number}@example.org", b"".join([head, *FRAGMENTS, mine, b"\r\n"]))


async def lane(session: Session, numbers: range) -> None:
    """One connection and what goes over it."""
    current = envelope(numbers[0])
    for number in [*numbers[1:], None]:
        following = None if number is None else envelope(number)
        receipt = await session.send(current, following=following)
        current = following or current
        if receipt.outcome != "sent":
            sys.exit(f"not sent: {receipt}")
    await session.close()


def ours(relay: Relay, messages: int, connections: int) -> None:
    """So many messages over so many connections, from one process."""

    async def lanes() -> None:
        transport = SmtpTransport(relay)
        shares = [range(first, messages, connections) for first in range(connections)]
        await asyncio.gather(*(lane(transport.session(), share) for share in shares))

    asyncio.run(lanes())


def theirs(relay: Relay, messages: int, connections: int) -> None:
    """The same by smtp-source, which keeps its connections too (-d)."""
    options = ["-d", "-l", str(SIZE), "-m", str(messages), "-s", str(connections)]
    subprocess.run([tool("smtp-source"), *options, str(relay)], check=True)


@contextmanager
def sink(*options: str) -> Iterator[Relay]:
    """An smtp-sink, while it is needed."""
    relay = free_relay()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([tool("smtp-sink"), *user, *options, str(relay), "1000"]) as process:
        try:
            yield up(relay)
        finally:
            process.terminate()


@contextmanager
def slow_relay(latency: float, *offers: str) -> Iterator[Relay]:
    """A relay far away, in a process of its own, while it is needed."""
    relay = free_relay()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(relay.port, latency, offers), daemon=True)
    process.start()
    try:
        yield up(relay)
    finally:
        process.terminate()
        process.join()


def free_relay() -> Relay:
    """A port that nobody listens on yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return Relay("127.0.0.1", free.getsockname()[1], "none")


def up(relay: Relay) -> Relay:
    """The same relay, once it answers."""
    for _ in itertools.repeat(None, 500):
        try:
            socket.create_connection((relay.host, relay.port)).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return relay
    sys.exit(f"{relay}: does not answer")


class LongLine(asyncio.Protocol):
    """A server that says what is due, `latency` seconds later."""

    def __init__(self, latency: float, offers: tuple[str, ...]) -> None:
        self._latency = latency
        self._greeting = "".join(f"250-{line}\r\n" for line in ("slow.example", *offers)).encode() + b"250 HELP\r\n"
        self._came = bytearray()
        self._in_text = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast("asyncio.Transport", transport)
        self._say(b"220 slow.example\r\n")

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._came += data
        while (end := self._came.find(mark := b"\r\n.\r\n" if self._in_text else b"\r\n")) >= 0:
            command = bytes(self._came[: min(end, 4)])
            del self._came[: end + len(mark)]
            self._in_text = not self._in_text and command == b"DATA"
            self._say(b"354 go\r\n" if self._in_text else self._greeting if command == b"EHLO" else b"250 ok\r\n")

    def _say(self, words: bytes) -> None:
        asyncio.get_running_loop().call_later(self._latency, self._transport.write, words)


def serve(port: int, latency: float, offers: tuple[str, ...]) -> None:
    """Be the slow relay until somebody ends it."""

    async def listen() -> None:
        server = await asyncio.get_running_loop().create_server(partial(LongLine, latency, offers), "127.0.0.1", port, backlog=1000)
        await server.serve_forever()

    asyncio.run(listen())


def rate(timing: Timing) -> str:
    """Messages a second: the median, and in brackets the slowest and the quickest run."""
    rates = sorted(1 / seconds for seconds in timing.seconds)
    return f"{statistics.median(rates):,.0f} ({rates[0]:,.0f}-{rates[-1]:,.0f})"


def row(relay: Relay, plain: Relay, messages: int, connections: int, rounds: int) -> str:
    """A line of the table; `plain` is a relay of the same kind that offers no pipelining. The ratio is that of our quickest to smtp-source."""
    done = in_turn(
        {
            "smtp-source": (lambda: theirs(relay, messages, connections), messages),
            "one by one": (lambda: ours(plain, messages, connections), messages),
            "pipelined": (lambda: ours(relay, messages, connections), messages),
        },
        rounds=rounds,
    )
    quicker = done["smtp-source"].median / done["pipelined"].median
    return line(str(connections), *map(rate, done.values()), f"{quicker:.2f}")


def line(*cells: str) -> str:
    """Cells of a table side by side."""
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, (12, 24, 24, 24, 8), strict=True))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency", type=float, default=0.05)
    asked = parser.parse_args()
    print(f"{asked.messages} messages of {len(envelope(0).body) // 1000} kB to smtp-sink, a second: median (min-max) of {asked.rounds}")
    print(line(*HEADINGS))
    with sink() as relay, sink("-p") as plain:
        for connections in asked.connections:
            print(row(relay, plain, asked.messages, connections, asked.rounds), flush=True)
    print(f"{PER_CONNECTION} messages a connection to a relay that answers after {asked.latency * 1000:g} ms")
    print(line(*HEADINGS))
    with slow_relay(asked.latency, "PIPELINING") as relay, slow_relay(asked.latency) as plain:
        for connections in asked.connections:
            print(row(relay, plain, PER_CONNECTION * connections, connections, asked.rounds), flush=True)


if __name__ == "__main__":
    main()
