"""A connection to a mail server: bytes out, replies in, TLS put over it. [I/O]

asyncio's streams do not tell what of the bytes written has left the process, nor what came in before TLS began; both decide here what may be
said of a message, so this is a protocol of its own.
"""

from __future__ import annotations

import asyncio
import ssl
from ipaddress import ip_address
from typing import TYPE_CHECKING, cast

from syndicate.delivery.transports.replies import GarbledError, Replies

if TYPE_CHECKING:
    from syndicate.delivery.transports.relays import Relay
    from syndicate.delivery.transports.replies import Reply

LOOK_AGAIN = 0.02
"""Seconds between looks at what is left to write: under TLS nobody tells when the socket has taken it all."""


class BrokenError(Exception):
    """The connection is of no more use; says why."""


class Line(asyncio.Protocol):
    """One connection, driven by one task."""

    _raw: asyncio.Transport
    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._replies = Replies()
        self._waiter: asyncio.Future[None] | None = None
        self._ended = ""

    @classmethod
    async def to(cls, relay: Relay) -> Line:
        """A connection to `relay`, as yet without TLS. Raises `BrokenError`."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(relay.patience.connect):
                return (await loop.create_connection(cls, relay.host, relay.port, happy_eyeballs_delay=0.25))[1]
        except TimeoutError as error:
            raise BrokenError(f"{relay}: cannot be reached within {relay.patience.connect:g} s") from error
        except (OSError, UnicodeError) as error:
            raise BrokenError(f"{relay}: cannot be reached ({getattr(error, 'strerror', None) or error})") from error

    @property
    def quiet(self) -> bool:
        """Whether the connection stands, and nothing came over it that was not asked for."""
        return self._replies.empty and not self._ended

    @property
    def local(self) -> bool:
        """Whether the other end is this machine."""
        return ip_address(self._raw.get_extra_info("peername")[0].partition("%")[0]).is_loopback

    @property
    def own_address(self) -> str:
        """The IP address of this end."""
        return str(self._raw.get_extra_info("sockname")[0]).partition("%")[0]

    @property
    def encrypted(self) -> bool:
        """Whether TLS is on."""
        return self._transport is not self._raw

    def write(self, data: bytes) -> None:
        """Send `data`, now or, where the server reads too slowly, by and by. Raises `BrokenError` where none of it can be sent."""
        if not self._ended:
            self._transport.write(data)
        if self._ended or self._transport.is_closing():
            raise BrokenError(self._ended or "the connection was lost")

    async def push(self, data: bytes, within: float) -> Reply | None:
        """Send `data` and wait until the last byte has left, or until the server answers before that. Raises `BrokenError`."""
        self.write(data)
        if not self._unsent:
            return None
        try:
            async with asyncio.timeout(within):
                return await self._pushed()
        except TimeoutError:
            raise BrokenError(f"the server did not read on within {within:g} s") from None

    async def reply(self, within: float) -> Reply:
        """The next reply. Raises `BrokenError` where none comes within so many seconds."""
        if reply := self._replies.take():
            return reply
        try:
            async with asyncio.timeout(within):
                return await self._awaited()
        except TimeoutError:
            raise BrokenError(f"no answer within {within:g} s") from None

    async def start_tls(self, context: ssl.SSLContext, relay: Relay) -> None:
        """Put TLS over the connection. Raises `BrokenError` where the certificate is not that of `relay`.

        What was said in the clear after it was agreed on would be taken for an answer under TLS (CVE-2011-0411): then it ends here.
        """
        if not self.quiet:
            raise BrokenError(self._ended or "the server went on in the clear after it had agreed to TLS")
        within = relay.patience.connect
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(
                self._raw, self, context, server_hostname=relay.host, ssl_handshake_timeout=within, ssl_shutdown_timeout=within
            )
        except ssl.CertificateError as error:
            raise BrokenError(f"{relay}: its certificate is not to be trusted ({error.verify_message})") from error
        except OSError as error:
            raise BrokenError(f"{relay}: no TLS ({error.strerror or error})") from error
        if transport is None:  # asyncio's answer to a connection lost at the wrong moment
            raise BrokenError(f"{relay}: no TLS (the connection was lost)")
        self._transport = transport

    def abort(self) -> None:
        """Close the connection at once; what has not left yet never will."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._raw = self._transport = cast("asyncio.Transport", transport)
        self._raw.set_write_buffer_limits(0)  # so that `resume_writing` means that all is gone

    def data_received(self, data: bytes) -> None:
        """Called by asyncio. Behind what is no reply nothing is read any more."""
        if self._ended:
            return
        try:
            self._replies.feed(data)
        except GarbledError as error:
            self._end(str(error))
        self._wake()

    def eof_received(self) -> None:
        """Called by asyncio."""
        self._end("the server closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._end(f"the connection was lost ({exc})" if exc else "the connection was lost")

    def resume_writing(self) -> None:
        """Called by asyncio."""
        self._wake()

    @property
    def _unsent(self) -> int:
        return self._raw.get_write_buffer_size() + (self._transport.get_write_buffer_size() if self.encrypted else 0)

    async def _pushed(self) -> Reply | None:
        loop = asyncio.get_running_loop()
        while True:
            if reply := self._replies.take():
                return reply
            if self._ended:
                raise BrokenError(self._ended)
            if not self._unsent:
                return None
            again = loop.call_later(LOOK_AGAIN, self._wake)
            try:
                await self._news()
            finally:
                again.cancel()

    async def _awaited(self) -> Reply:
        while True:
            if reply := self._replies.take():
                return reply
            if self._ended:
                raise BrokenError(self._ended)
            await self._news()

    async def _news(self) -> None:
        if self._waiter:
            raise RuntimeError("two tasks drive one session; open a session for each")
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _end(self, why: str) -> None:
        self._ended = self._ended or why
        self._wake()
