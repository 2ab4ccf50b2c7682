"""A real IMAP server for tests, in a thread of its own: pymap, on the loopback, with a certificate that only the tests trust."""

from __future__ import annotations

import asyncio
import ssl
import threading
from argparse import Namespace
from contextlib import contextmanager
from typing import TYPE_CHECKING

from imapclient import IMAPClient
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer
from pysasl.hashing import BuiltinHash

from syndicate.delivery.bounces.mailboxes import Imap
from tests.delivery.certificates import certified, trusted

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = {"demo_data": False, "demo_user": "bounces", "demo_password": "a password"}


@contextmanager
def running(name: str = "127.0.0.1") -> Iterator[Imap]:
    """A server with an empty INBOX, as a source to read from; its certificate is for the address `name`."""
    started: list[int] = []
    ready, stop, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()

    async def serve() -> None:
        options = Namespace(**USER, host=None, port="0", debug=False, cert=None, key=None, tls=False, passlib_cfg=None, proxy_protocol=None)
        backend, config = await DictBackend.init(options, hash_context=BuiltinHash(rounds=1))  # a login must not take long
        config.apply_context()
        answer = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
        async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=certified(name)) as server:
            started.append(server.sockets[0].getsockname()[1])
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(30)
    try:
        with trusted() as file:
            yield Imap("127.0.0.1", "bounces", "a password", port=started[0], trust=ssl.create_default_context(cafile=file))
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


@contextmanager
def opened(source: Imap) -> Iterator[IMAPClient]:
    """The same mailbox, as somebody else sees it."""
    with IMAPClient(source.host, source.port, ssl_context=source.trust) as client:
        client.login(source.username, source.password)
        yield client
