"""Words the tests of mail speak in: a message built, and read again as different programs read it."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import parseaddr
from typing import Any

from syndicate import editions
from syndicate.delivery.message import build_message
from syndicate.letters import PREFERENCES, UNSUBSCRIBE, Letter
from syndicate.model import Entry, Publication, Section, Site, Subscriber
from syndicate.windows import Window
from tests.vocabulary import article, moment

SITE = Site("Tide & Signal", "https://news.example.org", address="4 Lock Row")
DIGEST = Publication("digest", "weekly", "The weekly", SITE, sender="Tide & Signal <weekly@news.example.org>")
WEEK = Window(moment("2026-11-09T08:00"), moment("2026-11-16T08:00"))
EDITION = editions.compose(DIGEST, [Section("", (Entry(article("The lagoon")),))], WEEK, name="2026-11-16")
LETTER = Letter("The lagoon", "", f'<p><a href="{UNSUBSCRIBE}">Leave</a> {PREFERENCES}</p>\n', f"Leave: {UNSUBSCRIBE}\n{PREFERENCES}\n")
READER = Subscriber("reader@example.com", "A Reader", "https://news.example.org/u/abc", "https://news.example.org/p/abc")

EVIL = "=?utf-8?q?x=0ABcc:_evil?="
"""An encoded word that is a header of its own once it is read (CVE-2024-6923)."""

UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")


def build(letter: Letter = LETTER, reader: Subscriber = READER, **publication: Any) -> bytes:
    """The bytes of a message; `publication` are fields of the digest."""
    return build_message(letter, replace(EDITION, publication=replace(DIGEST, **publication)), reader)


def parse(body: bytes) -> EmailMessage:
    """The message as Python's newer parser reads it."""
    message = message_from_bytes(body, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def parse_leniently(body: bytes) -> Message:
    """The message as Python's older parser reads it, which takes headers as they stand."""
    return message_from_bytes(body, policy=policy.compat32)


def contents(body: bytes) -> list[str]:
    """The parts, text first, with the line ends of this side of the wire."""
    return [part.get_content().replace("\r\n", "\n") for part in parse(body).iter_parts()]


def raw_parts(body: bytes) -> list[bytes]:
    """The parts as they stand, text first, without their headers."""
    boundary = re.search(rb'boundary="([^"]+)"', body)
    assert boundary
    parts = re.split(rb"(?:^|\r\n)--" + re.escape(boundary[1]) + rb"(?:--)?\r\n", body.partition(b"\r\n\r\n")[2])
    return [part.partition(b"\r\n\r\n")[2] for part in parts[1:-1]]


def raw_headers(body: bytes) -> list[str]:
    """The header fields as they stand, each with its folds."""
    head = body.partition(b"\r\n\r\n")[0].decode("ascii")
    return re.split(r"\r\n(?![ \t])", head)


def names(body: bytes) -> list[str]:
    """The names of the header fields."""
    return [header.partition(":")[0] for header in raw_headers(body)]


def field(body: bytes, name: str) -> str:
    """One header field as it stands, name and folds and all."""
    (found,) = (header for header in raw_headers(body) if header.startswith(f"{name}:"))
    return found


def value(body: bytes, name: str) -> str:
    """The value of one header field as it stands, its folds undone."""
    return field(body, name).replace("\r\n", "").removeprefix(f"{name}:").removeprefix(" ")


def mailbox(body: bytes, name: str) -> tuple[str, str]:
    """A display name and an address, read by the older of Python's parsers: the newer puts a space between two encoded words of a name."""
    words, address = parseaddr(value(body, name))
    return decoded(words), address


def decoded(text: str) -> str:
    """Encoded words as text."""
    return str(make_header(decode_header(text)))


def on_one_line(text: str) -> str:
    """What any text becomes in a header."""
    return " ".join(UNFIT.sub(" ", text).split())
