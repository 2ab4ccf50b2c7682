"""The package keeps the contracts of what it adds."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, ClassVar

import pytest
from syndicate.testing import BUSY, GONE, LETTER, LOST, EmitterContract, Item, Post, TransportContract
from syndicate_example.gemini import EMITTER
from syndicate_example.mail_api import transport

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator


class TestGemini(EmitterContract):
    """Pages of Gemini, as a browser of that kind reads them."""

    emitter = EMITTER

    def read(self, body: bytes) -> list[Item]:
        """A line is a link if it begins with an arrow; the rest of it is an address and a label."""
        links = [line[2:].split(maxsplit=1) for line in body.decode().splitlines() if line.startswith("=>")]
        return [Item(label, url) for url, label in links]


class Service(ThreadingHTTPServer):
    """A service on this machine, which keeps what it takes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.taken: list[bytes] = []

    @contextmanager
    def running(self) -> Generator[str]:
        """Its address."""
        with self:
            Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}).start()
            yield f"http://127.0.0.1:{self.server_port}"
            self.shutdown()


class Visit(BaseHTTPRequestHandler):
    """One connection to it."""

    server: Service
    protocol_version = "HTTP/1.1"
    answers: ClassVar = {GONE: (422, "no such user"), BUSY: (429, "too many for this one")}

    def do_POST(self) -> None:  # as http.server calls it
        """One letter."""
        letter = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, said = self.answers.get(letter["to"], (202, "taken"))
        if self.headers["Authorization"] != "Bearer secret":
            status, said = 401, "who are you?"
        if status == 202:
            self.server.taken.append(base64.b64decode(letter["raw"]))
        if letter["to"] == LOST:
            self.close_connection = True
        else:
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said.encode())

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


class TestMailApi(TransportContract):
    """The API, with the service behind it."""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Post]:
        """Called by the contract."""
        service = Service()
        with service.running() as url:
            yield Post(transport({"url": url, "token": "secret"}), lambda: service.taken)


def test_a_wrong_token_puts_letters_off() -> None:
    """It is ours to mend; no reader is taken off the list for it."""

    async def send() -> tuple[str, str]:
        with Service().running() as url:
            session = transport({"url": url, "token": "wrong"}).session()
            receipt = await session.send(LETTER)
            await session.close()
            return receipt.outcome, receipt.stage

    assert asyncio.run(send()) == ("deferred", "login")


def test_a_service_that_is_not_there_puts_letters_off() -> None:
    """Nothing was sent, so nothing is in doubt."""

    async def send() -> tuple[str, str]:
        session = transport({"url": "http://127.0.0.1:1", "token": "secret"}).session()
        receipt = await session.send(LETTER)
        await session.close()
        return receipt.outcome, receipt.stage

    assert asyncio.run(send()) == ("deferred", "connect")


def test_an_option_that_is_missing_is_named() -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError, match="token is missing"):
        transport({"url": "http://127.0.0.1:1"})
