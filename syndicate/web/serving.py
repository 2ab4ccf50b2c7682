"""Serve an application until somebody says stop: the studio on the loopback, the outlet wherever it is told. [I/O: listens]

Nothing else in the package knows uvicorn.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from types import FrameType

    from starlette.types import ASGIApp

    from syndicate.web.watching import Bell

LOOPBACK = "127.0.0.1"
"""Where the studio is served, and nowhere else: it shows drafts, and asks nobody for a password."""

PORT = 8025
TRIES = 10

BACKLOG = 2048
"""Connections that wait to be accepted: uvicorn's own default. The system may allow fewer."""

HEAD, WHOLE = 64 * 1024, 1024 * 1024
"""Bytes of a request up to its body, and with it: a few hundred are what comes, a form has some thousand. Give or take what is read at once."""

ARRIVAL = 20.0
"""Seconds that a request may take to arrive, and that a new connection may wait before it brings one."""

TOGETHER = 900
"""Connections at one time; who comes after them is told to come again (503). Many systems give a program 1024 files."""

PATIENCE = 2
"""Seconds that a page which is being served when the studio stops has to finish."""


class Server(uvicorn.Server):
    """A server that sends home whoever waits for changes before it waits for them to leave."""

    def __init__(self, config: uvicorn.Config, bell: Bell) -> None:
        super().__init__(config)
        self._bell = bell

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, on SIGINT or SIGTERM."""
        self._bell.close()
        super().handle_exit(sig, frame)


def listen(port: int | None) -> socket.socket:
    """A socket that listens on `port` of the loopback, or on the first free one from 8025 on. Raises `OSError` where it is taken."""
    if port is not None:
        return _listen(port)
    for number in range(PORT, PORT + TRIES - 1):
        with suppress(OSError):
            return _listen(number)
    return _listen(PORT + TRIES - 1)


def address_of(listening: socket.socket) -> str:
    """Where a browser finds what listens: `http://127.0.0.1:8025`."""
    return f"http://{LOOPBACK}:{listening.getsockname()[1]}"


def url_of(listening: socket.socket) -> str:
    """Where a client finds what listens: `http://127.0.0.1:8000`, `http://[::1]:8000`."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(app: ASGIApp, listening: socket.socket, bell: Bell) -> None:
    """Serve until SIGINT or SIGTERM."""
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=PATIENCE)
    with suppress(KeyboardInterrupt):  # which uvicorn raises again when it has stopped
        Server(config, bell).run(sockets=[listening])


def listen_at(host: str, port: int) -> socket.socket:
    """A socket that listens on `port` of a host's address; port 0 is any that is free. Raises `OSError`."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return _listen(port, address[0] if isinstance(address[0], str) else host, family)


class Quiet(uvicorn.Server):
    """A server that leaves signals to whoever has started it."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # the same, without a generator
        """Take none."""
        return nullcontext()


class Bounded(HttpToolsProtocol):
    """A connection that takes so much of a request and waits so long for it, and no more: uvicorn itself would take and wait for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first request."""
        super().connection_made(transport)
        self._taken, self._has_head, self._has_all = 0, False, False
        self._late: asyncio.TimerHandle | None = self.loop.call_later(ARRIVAL, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Take a piece; most requests come in one, and no clock is set for them."""
        self._has_all = False
        super().data_received(data)
        self._taken += len(data)
        if self._has_all:
            self._taken = 0
            self._wait_no_longer()
        elif self.transport.is_closing():
            return
        elif self._has_head and self._taken > WHOLE:
            self._give_up()  # it is being answered already
        elif not self._has_head and self._taken > HEAD:
            self.send_400_response("This request is too long.")
        elif self._late is None:
            self._late = self.loop.call_later(ARRIVAL, self._give_up)

    def on_headers_complete(self) -> None:
        """What comes now is the body."""
        self._has_head = True
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes now is the next request."""
        self._has_head, self._has_all = False, True
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._wait_no_longer()
        super().connection_lost(exc)

    def _wait_no_longer(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self.transport.close()


@contextmanager
def serving(app: ASGIApp, listening: socket.socket) -> Iterator[threading.Thread]:
    """Serve in a thread of its own while the block runs; then what is being answered is finished, for a few seconds at most.

    HTTP is parsed by httptools and waited for by uvloop, where it is installed: uvicorn's own parts take three times as long.
    """
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        http=Bounded,
        ws="none",
        limit_concurrency=TOGETHER,
        lifespan="on",
        timeout_graceful_shutdown=PATIENCE,
    )
    server = Quiet(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="serve", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        server.should_exit = True
        thread.join(PATIENCE * 2)


def behind_proxies(app: ASGIApp, trusted: Sequence[str]) -> ASGIApp:
    """The application, told by proxies in these networks, and by nobody else, for whom they ask and by which scheme."""
    return ProxyHeadersMiddleware(app, trusted_hosts=list(trusted)) if trusted else app  # type: ignore[arg-type, return-value]  # uvicorn and Starlette describe ASGI each in their way


def _listen(port: int, host: str = LOOPBACK, family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two programs have one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening
