"""Serve an application on the loopback until somebody says stop. Nothing else in the package knows uvicorn. [I/O: listens]"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from types import FrameType

    from starlette.types import ASGIApp

    from syndicate.web.watching import Bell

LOOPBACK = "127.0.0.1"
"""Where the studio is served, and nowhere else: it shows drafts, and asks nobody for a password."""

PORT = 8025
TRIES = 10

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


def serve(app: ASGIApp, listening: socket.socket, bell: Bell) -> None:
    """Serve until SIGINT or SIGTERM."""
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=PATIENCE)
    with suppress(KeyboardInterrupt):  # which uvicorn raises again when it has stopped
        Server(config, bell).run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it would let two programs have one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening
