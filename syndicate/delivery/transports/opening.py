"""From a relay to a conversation with it: connection, greeting, TLS, EHLO, login. [I/O]

What goes wrong up to here says nothing about any envelope: each receipt from this module is `deferred`.
"""

from __future__ import annotations

import re
import socket
import ssl
from base64 import b64encode
from ipaddress import ip_address
from typing import TYPE_CHECKING, NoReturn

from syndicate.delivery.envelopes import Receipt
from syndicate.delivery.transports.conversation import Conversation
from syndicate.delivery.transports.line import BrokenError, Line
from syndicate.delivery.transports.offers import Offers, offers_in
from syndicate.delivery.transports.verdicts import receipt_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.delivery.envelopes import Stage
    from syndicate.delivery.transports.relays import Relay
    from syndicate.delivery.transports.replies import Reply

POSITIVE, INTERMEDIATE = 2, 3
NO_SUCH_COMMAND = frozenset({500, 502})
QUALIFIED = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)


class TurnedAwayError(Exception):
    """There is no conversation; `receipt` says why."""

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt
        super().__init__(receipt.reason)


async def open_conversation(relay: Relay, context: Callable[[], ssl.SSLContext]) -> Conversation:
    """A conversation that is ready for envelopes. Raises `TurnedAwayError`."""
    try:
        line = await Line.to(relay)
    except BrokenError as error:
        raise TurnedAwayError(Receipt("deferred", "connect", text=str(error))) from error
    try:
        return Conversation(line, await _introduced(line, relay, context), relay.patience)
    except BaseException:
        line.abort()
        raise


def verifying(ca_file: str = "") -> ssl.SSLContext:
    """What TLS asks of a server: a certificate for its host by somebody in `ca_file`, or whom this machine trusts. Raises `OSError`."""
    return ssl.create_default_context(cafile=ca_file or None)


async def _introduced(line: Line, relay: Relay, context: Callable[[], ssl.SSLContext]) -> Offers:
    if relay.security == "tls":
        await _encrypt(line, relay, context)
    await _ask(line, relay, "connect", b"")
    offers = await _greet(line, relay)
    if relay.security == "starttls":
        if not offers.starttls:
            _turn_away("tls", f'{relay}: offers no STARTTLS, or somebody took the offer out; security = "tls" is for port 465')
        await _ask(line, relay, "tls", b"STARTTLS\r\n")
        await _encrypt(line, relay, context)
        offers = await _greet(line, relay)  # what was offered in the clear does not count (RFC 3207, section 4.2)
    if relay.username:
        await _log_in(line, relay, offers)
    return offers


async def _encrypt(line: Line, relay: Relay, context: Callable[[], ssl.SSLContext]) -> None:
    try:
        await line.start_tls(context(), relay)
    except (BrokenError, OSError) as error:
        text = str(error) if isinstance(error, BrokenError) else f"ca_file {relay.ca_file}: cannot be read ({error.strerror})"
        raise TurnedAwayError(Receipt("deferred", "tls", text=text)) from error


async def _greet(line: Line, relay: Relay) -> Offers:
    """Say EHLO, or HELO to a server that has not heard of it (RFC 5321, section 3.2)."""
    name = (relay.local_hostname or _own_name(line)).encode("ascii")
    try:
        return offers_in(await _ask(line, relay, "connect", b"EHLO %b\r\n" % name))
    except TurnedAwayError as error:
        if error.receipt.code not in NO_SUCH_COMMAND:
            raise
    await _ask(line, relay, "connect", b"HELO %b\r\n" % name)
    return Offers()


async def _log_in(line: Line, relay: Relay, offers: Offers) -> None:
    """Log in by PLAIN or LOGIN (RFC 4616, RFC 4954), which give the password away to whoever listens."""
    if not (line.encrypted or line.local):
        _turn_away("login", f'{relay}: no password goes there without TLS; set security to "starttls" or "tls"')
    username, password = relay.username.encode(), relay.password.encode()
    if "PLAIN" in offers.logins:
        await _ask(line, relay, "login", b"AUTH PLAIN %b\r\n" % b64encode(b"\0%b\0%b" % (username, password)))
    elif "LOGIN" in offers.logins:
        await _ask(line, relay, "login", b"AUTH LOGIN\r\n", INTERMEDIATE)
        await _ask(line, relay, "login", b64encode(username) + b"\r\n", INTERMEDIATE)
        await _ask(line, relay, "login", b64encode(password) + b"\r\n")
    else:
        _turn_away("login", f"{relay}: offers no login by PLAIN or LOGIN, but {', '.join(sorted(offers.logins)) or 'none'}; drop username")


async def _ask(line: Line, relay: Relay, stage: Stage, command: bytes, wanted: int = POSITIVE) -> Reply:
    """Send `command`, if there is one, and give its reply, which must begin with the digit `wanted`. Raises `TurnedAwayError`."""
    try:
        line.write(command)
        reply = await line.reply(relay.patience.reply)
    except BrokenError as error:
        raise TurnedAwayError(Receipt("deferred", stage, text=f"{relay}: {error}")) from error
    if reply.code // 100 != wanted:
        raise TurnedAwayError(receipt_of(stage, reply))
    return reply


def _turn_away(stage: Stage, text: str) -> NoReturn:
    raise TurnedAwayError(Receipt("deferred", stage, text=text))


def _own_name(line: Line) -> str:
    """The name of this machine if it can be one in DNS, else its address in brackets (RFC 5321, section 4.1.4)."""
    name, address = socket.gethostname(), line.own_address
    if QUALIFIED.fullmatch(name):
        return name
    return f"[IPv6:{address}]" if ip_address(address).version == 6 else f"[{address}]"  # noqa: PLR2004 - the version is the number
