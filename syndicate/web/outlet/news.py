"""What is new in a feed for somebody who has an older one: its entries but those they know (RFC 3229, as feeds use it). Pure.

What is known of older feeds is a hash of each entry, under the hash of the whole. It is kept in memory, and of the last states only: whoever
comes with another one gets the whole feed, as after a restart.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

STATES = 24
"""Older states of a feed that are remembered."""

ENTRY = {"rss": ("item", 2), "atom": ("entry", 1)}
"""What an entry is called in a format, and how deep it stands."""

BLANK = b" \t\r\n"


class History:
    """The entries of the last states of each feed, as hashes."""

    def __init__(self) -> None:
        self._states: dict[str, OrderedDict[bytes, frozenset[bytes]]] = {}

    def remember(self, name: str, digest: bytes, marks: frozenset[bytes]) -> None:
        """Keep what the feed `name` holds in the state that `digest` stands for."""
        states = self._states.setdefault(name, OrderedDict())
        states[digest] = marks
        states.move_to_end(digest)
        while len(states) > STATES:
            states.popitem(last=False)

    def known(self, name: str, tags: Iterable[bytes]) -> tuple[bytes, frozenset[bytes]] | None:
        """The first of these entity tags that is of a state which is remembered, with its entries."""
        states: Mapping[bytes, frozenset[bytes]] = self._states.get(name, {})
        for tag in tags:
            marks = states.get(tag.strip(b'"').partition(b"-")[0])
            if marks is not None:
                return tag, marks
        return None


def marks_of(body: bytes, suffix: str) -> frozenset[bytes] | None:
    """A hash for each entry of a feed; `None` where it cannot be read."""
    try:
        entries = _items(body) if suffix == "json" else [body[begin:end] for begin, end in _spans(body, suffix)]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, expat.ExpatError):
        return None
    return frozenset(map(_mark, entries))


def news(body: bytes, suffix: str, known: frozenset[bytes]) -> bytes:
    """A feed that can be read, without the entries that are `known`."""
    if suffix == "json":
        feed = json.loads(body)
        feed["items"] = [item for item in feed["items"] if _mark(_written(item)) not in known]
        return _written(feed) + b"\n"
    pieces, done = [], 0
    for begin, end in _spans(body, suffix):
        if _mark(body[begin:end]) in known:
            pieces.append(body[done:begin].rstrip(BLANK))
            done = end
    return b"".join((*pieces, body[done:]))


def _items(body: bytes) -> list[bytes]:
    return [_written(item) for item in json.loads(body)["items"]]


def _written(value: object) -> bytes:
    """As `emitters.jsonfeed` writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _spans(body: bytes, suffix: str) -> Iterator[tuple[int, int]]:
    """Where each entry begins and ends, in bytes. The parser counts them, so that no text can be taken for a tag."""
    name, place = ENTRY[suffix]
    parser, depth, begin, found = expat.ParserCreate(), 0, 0, []

    def opened(tag: str, _: object) -> None:
        nonlocal depth, begin
        if tag == name and depth == place:
            begin = parser.CurrentByteIndex
        depth += 1

    def closed(tag: str) -> None:
        nonlocal depth
        depth -= 1
        if tag == name and depth == place:
            found.append((begin, body.index(b">", parser.CurrentByteIndex) + 1))

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.Parse(body, True)  # noqa: FBT003  pyexpat takes no keywords
    return iter(found)


def _mark(entry: bytes) -> bytes:
    return hashlib.blake2b(entry, digest_size=12).digest()
