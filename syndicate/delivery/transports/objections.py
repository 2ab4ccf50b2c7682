"""What no transport carries, refused before anything is sent. Pure.

A line end that is not CRLF is read as one by some servers and not by others, and what stands behind it can become a message of its own
(SMTP smuggling, CVE-2023-51764); an address with a line end or an angle bracket can become a command. A body beyond ASCII would need 8BITMIME and
an address beyond ASCII SMTPUTF8; what builds messages here needs neither.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.delivery.envelopes import Receipt

if TYPE_CHECKING:
    from syndicate.delivery.envelopes import Envelope

ADDRESS = re.compile(r"[!-;=?-~]*")
"""Printable ASCII but for the space and angle brackets."""

LONGEST_ADDRESS = 254
"""RFC 5321, section 4.5.3.1.3: 256 with the brackets."""

LONE_LF = re.compile(rb"\n(?<!\r\n)")
LONE_CR = re.compile(rb"\r(?!\n)")
"""Two patterns, each of which begins with a plain character, take a quarter of the time that one of both would take."""


def objection_to(envelope: Envelope) -> Receipt | None:
    """Why `envelope` is not sent, `None` where nothing speaks against it."""
    text = _wrong_address(envelope) or _wrong_body(envelope.body)
    return Receipt("refused", "local", text=text) if text else None


def objection_to_size(envelope: Envelope, limit: int | None) -> Receipt | None:
    """Why `envelope` is not sent to a server that takes messages of at most `limit` bytes, if it has a limit (RFC 1870)."""
    if not limit or len(envelope.body) <= limit:
        return None
    return Receipt("refused", "local", text=f"the message has {len(envelope.body)} bytes and the relay takes {limit}; shorten it")


def _wrong_address(envelope: Envelope) -> str:
    if not envelope.recipient:
        return "no recipient; an envelope needs one"
    for address in (envelope.sender, envelope.recipient):
        if not ADDRESS.fullmatch(address) or len(address) > LONGEST_ADDRESS:
            return f"{address[:LONGEST_ADDRESS]!a}: not an address that every relay takes; write one in ASCII, without spaces or brackets"
    return ""


def _wrong_body(body: bytes) -> str:
    if not body.isascii():
        return "the message is not ASCII; encode it as quoted-printable or base64"
    if LONE_LF.search(body) or LONE_CR.search(body) or (body and not body.endswith(b"\r\n")):
        return "the message has a line that does not end in CRLF; end each so, the last one too"
    return ""
