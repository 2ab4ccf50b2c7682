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

if TYPE_CHECKING:
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


@contextmanager
def serving(app: ASGIApp, listening: socket.socket) -> Iterator[threading.Thread]:
    """Serve in a thread of its own while the block runs; then what is being answered is finished, for a few seconds at most.

    HTTP is parsed by httptools and waited for by uvloop, where they are installed: uvicorn's own parts take three times as long.
    """
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
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
