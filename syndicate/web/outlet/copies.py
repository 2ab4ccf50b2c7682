"""A document in memory, with every answer about it put together beforehand: in each coding, whole and unchanged. Pure.

Putting headers together takes longer than sending them: it is done when a document changes, or the time until its next render does,
and not for each request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from syndicate.web.outlet.wishes import IDENTITY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from syndicate.web.outlet.kinds import Kind

Message = dict[str, Any]
"""What ASGI sends: the start of a response, or its body."""

Header = tuple[bytes, bytes]
Sign = tuple[int, int, int]
"""What tells one state of a file from the next: time in nanoseconds, size, inode. Files of ours are replaced whole."""

MARKS = {b"gzip": b"-gz", b"br": b"-br", IDENTITY: b""}
"""What a coding adds to the entity tag: each has its own, for each is other bytes (RFC 9110, section 8.8.3.3)."""

VARY = (b"vary", b"accept-encoding")
EVERYBODY = (b"access-control-allow-origin", b"*")
STILL = (b"x-content-type-options", b"nosniff")
COMMON: tuple[Header, ...] = ((b"accept-ranges", b"none"), EVERYBODY, STILL)
"""What is said of every document: it comes whole, pages elsewhere may read it, and its type is what it says."""

EXPOSED = (b"access-control-expose-headers", b"ETag, IM, Link")
DRAWING = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox")
"""An SVG opened by itself is a page, and might bring a script."""

DRAWN = "image/svg+xml"
OVERHEAD = 4000
"""Bytes that a copy takes beside those of its bodies, about."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a file held: its bytes in each coding, or where they lie, if they are too many; `digest` is a hash of the plain ones.

    `modified` is in seconds since 1970; `marks` are the hashes of a live feed's entries.
    """

    name: str
    kind: Kind
    slug: str
    sign: Sign
    digest: bytes
    modified: int
    bodies: Mapping[bytes, bytes] = field(repr=False)
    size: int
    file: Path | None = None
    marks: frozenset[bytes] | None = field(default=None, repr=False)

    @property
    def weight(self) -> int:
        """Bytes of memory that holding it takes."""
        return OVERHEAD + 2 * sum(map(len, (self.name, *(self.marks or ())))) + sum(map(len, self.bodies.values()))

    def tag(self, coding: bytes) -> bytes:
        """The entity tag of one coding."""
        return b'"%b%b"' % (self.digest, MARKS[coding])


@dataclass(frozen=True, slots=True)
class Variant:
    """A document in one coding: its entity tag, the starts of the answers that it is there and that it has not changed, its body."""

    tag: bytes
    whole: Message
    same: Message
    body: Message


@dataclass(slots=True)
class Copy:
    """A content as it is offered until `due`, on the clock that never goes back; `modified` is said where it is sure by now."""

    content: Content
    age: int
    dated: bool
    variants: Mapping[bytes, Variant]
    due: float
    hit: tuple[str, str, str]


def variants_of(content: Content, *, age: int, dated: bool, link: bytes) -> dict[bytes, Variant]:
    """The answers about a content that may be kept for `age` seconds; with `dated`, they say when it was modified."""
    kind = content.kind
    fixed: list[Header] = [*COMMON]
    if dated:
        fixed.append((b"last-modified", formatdate(content.modified, usegmt=True).encode()))
    if link:
        fixed += [(b"link", link), EXPOSED]
    if kind.media_type == DRAWN:
        fixed.append(DRAWING)
    made = {}
    for coding in content.bodies or {IDENTITY: b""}:
        body = content.bodies.get(coding)
        size = content.size if body is None else len(body)
        said: list[Header] = [(b"etag", content.tag(coding)), (b"cache-control", b"public, max-age=%d" % age), VARY]
        about: list[Header] = [(b"content-type", kind.media_type.encode()), (b"content-length", b"%d" % size)]
        if coding != IDENTITY:
            about.append((b"content-encoding", coding))
        made[coding] = Variant(
            tag=content.tag(coding),
            whole=start(200, [*about, *said, *fixed]),
            same=start(304, [*said, EVERYBODY]),
            body={"type": "http.response.body", "body": body or b""},
        )
    return made


def start(status: int, headers: list[Header]) -> Message:
    """The start of a response."""
    return {"type": "http.response.start", "status": status, "headers": headers}
