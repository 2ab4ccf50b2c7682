"""What a mail server answers, read from the bytes of a connection (RFC 5321, section 4.2). Pure.

A reply is taken as it is meant or not at all: where a line has no code, codes differ within a reply, or it goes on without an end, no further
byte of that connection can be trusted, and reading it raises `GarbledError`.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

LONGEST_LINE = 1000
"""Bytes in a line, its end included; RFC 5321, section 4.5.3.1.5 promises at most 512."""

MOST_LINES = 100
LONGEST_TEXT = 500
"""Characters of a reply that are worth keeping."""

MOST_WAITING = 10
"""Replies that may wait to be read: no group of commands has as many."""

LINE = re.compile(rb"([2-5][0-5][0-9])(?:([ -])(.*))?", re.DOTALL)
STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?:\s+|$)", re.ASCII)
CONTROLS = re.compile("[\x00-\x1f\x7f]+")


class GarbledError(ValueError):
    """The server said something that is no reply, or one that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A code and what stands behind it on each line, decoded and without control characters."""

    code: int
    lines: tuple[str, ...]

    @property
    def status(self) -> str:
        """The enhanced status code, such as `5.1.1`, where there is one that agrees with the code (RFC 2034, section 4)."""
        found = STATUS.match(self.lines[0])
        return found[0].strip() if found and int(found[1]) == self.code // 100 else ""

    @property
    def text(self) -> str:
        """What people read, on one line, without the codes."""
        lines = (STATUS.sub("", line, count=1) for line in self.lines) if self.status else self.lines
        return " ".join(filter(None, map(str.strip, lines)))[:LONGEST_TEXT]


class Replies:
    """Replies in the order they came, as far as they are complete."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._begun: list[str] = []
        self._code = 0
        self._ready: deque[Reply] = deque()

    def feed(self, data: bytes) -> None:
        """Take what came over the connection, in pieces of any size. Raises `GarbledError`."""
        self._rest += data
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            self._line(bytes(line.removesuffix(b"\r")))
        if len(self._rest) >= LONGEST_LINE or len(self._ready) > MOST_WAITING:
            raise GarbledError("the server says more than a reply can hold")

    def take(self) -> Reply | None:
        """The next reply, or `None` where none is complete."""
        return self._ready.popleft() if self._ready else None

    @property
    def empty(self) -> bool:
        """Whether nothing waits to be read, not even the beginning of a reply."""
        return not (self._rest or self._begun or self._ready)

    def _line(self, line: bytes) -> None:
        found = LINE.fullmatch(line)
        if not found or len(line) > LONGEST_LINE - 2 or len(self._begun) >= MOST_LINES or (self._begun and int(found[1]) != self._code):
            raise GarbledError(f"the server says what is no reply: {_readable(line)[:80]!r}")
        self._code = int(found[1])
        self._begun.append(_readable(found[3] or b""))
        if found[2] != b"-":
            self._ready.append(Reply(self._code, tuple(self._begun)))
            self._begun.clear()


def _readable(text: bytes) -> str:
    return CONTROLS.sub(" ", text.decode("utf-8", "replace"))
