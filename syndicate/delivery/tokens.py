"""Links and addresses that prove themselves: whoever shows one was given it by us. Pure; no clock.

A token is the number of a key, the number of a subscriber, and a code that only the holder of the key can reckon from them, the purpose
and the digest (HMAC-SHA256, RFC 2104, cut to 16 bytes). It holds no address, so that none stands in logs; the digest is bound into the code
but does not stand in the token, for the address around it names it. Whatever cannot be reckoned again, bit for bit, is no token.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from syndicate.errors import ConfigurationError, TokenError, UndeliverableError

if TYPE_CHECKING:
    from collections.abc import Iterator

Purpose = Literal["unsubscribe", "preferences", "confirm", "bounce"]

SHORTEST_SECRET = 16
"""Characters. Thirty-two bytes of chance are better; fewer than these can be guessed, since anybody can try them on a link of their own."""

CODE = 16
CODE_OF_RETURN_PATH = 10
"""Bytes of a code. RFC 2104, section 5, wants half of the hash; in an address there is room for 80 bits, one try at which is a message."""

STAMP = 5
"""Bytes of a moment in seconds since 1970."""

LONGEST = 64
"""Characters of a token; also those before the @ of an address (RFC 5321, section 4.5.3.1.1)."""

WORDS = 16
"""How many words of an address on the web are tried as a token or as a digest, so that a long one costs no more than a short one."""


class Delivery(NamedTuple):
    """What a return path names: an edition by its row, and a delivery of it by its own."""

    edition: int
    delivery: int


class Subscription(NamedTuple):
    """What a link names: a digest by its slug, and a subscriber by their row."""

    digest: str
    subscriber: int


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets behind tokens, oldest first: the newest signs, all are believed.

    To change keys, add a secret at the end. One that is taken away takes with it every link that it has signed, also those by which readers
    unsubscribe, which otherwise hold for ever. The first one stays for good: suppressions rest on it, and their addresses are not known.
    """

    secrets: tuple[bytes, ...] = field(repr=False)

    def __repr__(self) -> str:
        return f"Keys(<{len(self.secrets)} masked>)"

    @classmethod
    def of(cls, text: str) -> Keys:
        """The keys in `text`: secrets, parted by white space. Raises `ConfigurationError`."""
        words = text.split()
        if not words or min(map(len, words)) < SHORTEST_SECRET:
            remedy = "make one with `openssl rand -hex 32`; to change it, write the new one after it, parted by a space"
            raise ConfigurationError([f"secret: needs at least {SHORTEST_SECRET} characters; {remedy}"])
        return cls(tuple(word.encode() for word in dict.fromkeys(words)))

    def numbered(self, number: int) -> Iterator[bytes]:
        """The secrets that bear `number`: one, or by chance several, or none."""
        return (secret for secret in self.secrets if number_of(secret) == number)


def number_of(secret: bytes) -> int:
    """The number by which a token names its key, one byte: it follows from the secret, so that it stays when others come and go."""
    return hmac.digest(secret, b"number", "sha256")[0]


def sign(keys: Keys, purpose: Purpose, digest: str, subscriber: int, *, until: datetime | None = None) -> str:
    """The token that lets `subscriber` do what it is for in `digest`, by its slug: for ever, or until a moment."""
    return _signed(keys.secrets[-1], purpose, digest, subscriber, int(until.timestamp()) if until else None)


def read(keys: Keys, purpose: Purpose, digest: str, token: str, *, now: datetime | None = None) -> int:
    """The number of the subscriber that `token` was made for.

    `now` is given where a token has an end, and only then: one made without an end is none there, and the other way round. Raises
    `TokenError`.
    """
    number, end, subscriber = _parts(token, STAMP if now else 0)
    signed = (_signed(secret, purpose, digest, subscriber, end) for secret in keys.numbered(number))
    if not any(hmac.compare_digest(each.encode(), token.encode()) for each in signed):
        raise TokenError("this link is not one of ours, or is not whole; follow it from the message once more, or copy all of it")
    if now and end is not None and end <= now.timestamp():
        raise TokenError(f"this link held until {datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M} UTC; ask for another one")
    return subscriber


def read_link(keys: Keys, purpose: Purpose, link: str) -> Subscription | None:
    """The digest and the subscriber that an address on the web speaks of, wherever in it they stand; `None` where it proves nothing."""
    words = re.findall(r"[\w-]+", unquote(link), re.ASCII)[-WORDS:]
    for token in words:
        for digest in words:
            with suppress(TokenError):
                return Subscription(digest, read(keys, purpose, digest, token))
    return None


def suppression_key(keys: Keys, address: str) -> bytes:
    """What a suppressed address is remembered by: 32 bytes that tell whether it is the same, and not which it is.

    Written without regard to case. A server may tell the local parts `Ann` and `ann` apart (RFC 5321, section 2.4), but none that matters
    does, and whoever left must not come back by a capital letter. A domain beyond ASCII is to be given as DNS has it. Always under the
    first of the keys, since what was suppressed under a key cannot be reckoned again under another.
    """
    return hmac.digest(
        keys.secrets[0], b"suppression\0" + normalize("NFC", address.strip()).casefold().encode("utf-8", "replace"), "sha256"
    )


def return_path(keys: Keys, mailbox: str, edition: int, delivery: int) -> str:
    """The address to which a relay returns this one delivery, made from `mailbox`: `bounces+<token>@news.example.org`.

    The token is of small letters and digits, for servers may change the case of an address. Raises `UndeliverableError`.
    """
    local, _, domain = mailbox.rpartition("@")
    token = _sealed(keys.secrets[-1], edition, delivery)
    if not local or len(local) + 1 + len(token) > LONGEST:
        raise UndeliverableError(
            f"{mailbox!r}: cannot take a return path; write one with a short name, such as 'bounces@{domain or 'host'}'"
        )
    return f"{local}+{token}@{domain}"


def read_return_path(keys: Keys, address: str) -> Delivery | None:
    """What a return path of ours names, whatever stands between mailbox and token; `None` where it is none of ours."""
    token = re.split(r"[^a-z2-7]", address.strip("<> \t").lower().rpartition("@")[0])[-1]
    body = b""
    with suppress(ValueError):
        body = b32decode(token.upper() + "=" * (-len(token) % 8)) if len(token) <= LONGEST else b""
    if len(body) < CODE_OF_RETURN_PATH + 2:
        return None
    middle = 2 + (body[1] >> 4)
    named = Delivery(int.from_bytes(body[2:middle]), int.from_bytes(body[middle:-CODE_OF_RETURN_PATH]))
    proved = (hmac.compare_digest(_sealed(secret, *named), token) for secret in keys.numbered(body[0]))
    return named if any(proved) else None


def _signed(secret: bytes, purpose: str, digest: str, subscriber: int, end: int | None) -> str:
    """A token; its `end`, in seconds since 1970, stands before the subscriber, where it has one."""
    stamp = b"" if end is None else end.to_bytes(STAMP)
    code = _code(secret, purpose, subscriber, end, digest)[:CODE]
    return urlsafe_b64encode(bytes([number_of(secret)]) + stamp + _shortest(subscriber) + code).rstrip(b"=").decode()


def _sealed(secret: bytes, edition: int, delivery: int) -> str:
    """The token of a return path; its second byte says how long the two numbers are."""
    first, second = _shortest(edition), _shortest(delivery)
    code = _code(secret, "bounce", edition, delivery)[:CODE_OF_RETURN_PATH]
    body = bytes([number_of(secret), len(first) << 4 | len(second)]) + first + second + code
    return b32encode(body).rstrip(b"=").decode().lower()


def _code(secret: bytes, *parts: object) -> bytes:
    """What only the holder of `secret` reckons from `parts`, of which the last alone may hold a NUL: so no two lists are read as one."""
    return hmac.digest(secret, "\0".join(map(str, parts)).encode("utf-8", "replace"), "sha256")


def _shortest(number: int) -> bytes:
    """A number from 0 on in as few bytes as it needs, one at least."""
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8))


def _parts(token: str, stamp: int) -> tuple[int, int | None, int]:
    """What a token says, not yet believed: the number of its key, its end if it has `stamp` bytes of one, its subscriber."""
    body = b""
    with suppress(ValueError):
        body = urlsafe_b64decode(token + "=" * (-len(token) % 4)) if len(token) <= LONGEST else b""
    if len(body) <= 1 + stamp + CODE:
        raise TokenError("this link is not whole; copy all of it from the message")
    end = int.from_bytes(body[1 : 1 + stamp]) if stamp else None
    return body[0], end, int.from_bytes(body[1 + stamp : -CODE])
