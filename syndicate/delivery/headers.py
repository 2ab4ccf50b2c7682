"""Header fields, written as they shall stand (RFC 5322, RFC 2047). Pure.

Python's `EmailMessage` folds and encodes as it likes: it turns a long List-Unsubscribe into encoded words, which mailbox providers ignore,
and takes `=?...?=` in a title for such a word. Here a field is a list of words that stand as they are, with folds between them and nowhere
else, so that taking the folds out gives what a signature over it was reckoned from (RFC 6376, section 3.4.2).
"""

from __future__ import annotations

import re
from contextlib import suppress
from email.header import Header
from typing import TYPE_CHECKING
from unicodedata import normalize
from urllib.parse import quote

from syndicate.errors import UndeliverableError

if TYPE_CHECKING:
    from collections.abc import Iterable

WIDTH = 76
"""Characters of a header line that can be folded: so many beside encoded words (RFC 2047, section 2), else 78."""

LONGEST_WORD = WIDTH - len("Subject: ")
LONGEST_LINE = 998
"""RFC 5322, section 2.1.1."""

CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
"""What ends a line, reorders what stands beside it, or is no character at all."""

ATOMS = re.compile(r"[\w !#$%&'*+/=?^`{|}~-]*", re.ASCII)
"""Words that need no quotes (RFC 5322, section 3.2.3)."""

LOCAL = re.compile(r"(?!.*=\?)(?=.{1,64}\Z)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*", re.ASCII | re.IGNORECASE)
LONGEST_ADDRESS = 254
"""The two sides of an address: words between single dots, none of them encoded (RFC 5322, section 3.2.3), and labels (RFC 1123, section
2.1), each as long as relays must take it (RFC 5321, section 4.5.3.1). `[192.0.2.1]` is no domain here, for few relays take it for one."""

IN_URIS = "!#$%&'()*+/:;=?@[]"
"""Stays in an address on the web besides letters, digits and `_.-~` (RFC 3986, section 2); a comma parts it from the next (RFC 2369)."""


def field(name: str, words: Iterable[str]) -> bytes:
    """A header field, folded between words where a line would be too long, but not before the first. Raises `UndeliverableError`."""
    lines = [f"{name}:"]
    for number, word in enumerate(words):
        if number and len(lines[-1]) + len(word) >= WIDTH:
            lines.append("")
        lines[-1] += f" {word}"
    if max(map(len, lines)) > LONGEST_LINE:
        raise UndeliverableError(
            f"{name}: would need a line of over {LONGEST_LINE} characters, which no relay takes; shorten what is in it"
        )
    return "\r\n".join([*lines, ""]).encode()


def line_of(text: str) -> str:
    """Text on one line, without the characters that end a line or reorder what stands beside them."""
    return " ".join(CONTROLS.sub(" ", text).split())


def text_words(text: str) -> list[str]:
    """The words of a text, encoded (RFC 2047) where they are not ASCII, are too long to fold, or would be read as encoded already."""
    line = line_of(text)
    words = line.split()
    return words if line.isascii() and "=?" not in line and max(map(len, words), default=0) <= LONGEST_WORD else _encoded(line)


def phrase(text: str) -> list[str]:
    """A display name as words that need no quotes, as encoded words, or in quotes (RFC 5322, section 3.2.5)."""
    words, line = text_words(text), line_of(text)
    if words != line.split() or ATOMS.fullmatch(line):
        return words
    quoted = '"' + re.sub(r'(["\\])', r"\\\1", line) + '"'
    return [quoted] if len(quoted) <= LONGEST_WORD else _encoded(line)


def _encoded(line: str) -> list[str]:
    return Header(line, "utf-8", maxlinelen=WIDTH, header_name="Subject").encode().split()


def mailbox(name: str, address: str) -> list[str]:
    """The words of an address with a display name, where there is one."""
    words = phrase(name)
    return [*words, f"<{address}>"] if words else [address]


def address_of(text: str) -> str:
    """An address that every relay takes: ASCII alone, for SMTPUTF8 (RFC 6531) is rare. Raises `UndeliverableError`."""
    local, _, domain = text.strip().rpartition("@")
    domain = ascii_domain(domain)
    address = f"{local}@{domain}"
    if not LOCAL.fullmatch(local) or not DOMAIN.fullmatch(domain) or len(address) > LONGEST_ADDRESS:
        raise UndeliverableError(f"{text!r}: is not an address that every relay takes; write one such as 'name@example.org', in ASCII")
    return address


def ascii_domain(name: str) -> str:
    """A domain as DNS knows it. Python has IDNA 2003, which leads `straße` to `strasse`, another: then `UndeliverableError`."""
    if name.isascii():
        return name
    with suppress(UnicodeError):
        found = name.encode("idna")
        if found.decode("idna").lower() == normalize("NFC", name.lower()):
            return found.decode()
    raise UndeliverableError(f"{name!r}: is not a domain that can be put into ASCII and back; write it as DNS has it, 'xn--...'")


def label_of(text: str) -> str:
    """A name for machines: letters, digits, dots, hyphens and underscores, and a hyphen for whatever else."""
    return re.sub(r"[^\w.-]+", "-", text, flags=re.ASCII)


def uri_of(text: str) -> str:
    """An address on the web or a `mailto:` in ASCII, percent-encoded where it is not, without what could end it or an encoded word."""
    return quote(text, safe=IN_URIS, errors="replace").replace("?=", "?%3D")
