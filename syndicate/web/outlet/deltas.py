"""Answers to who asked for a feed's news alone: cut once for all who have the same state, and of the last states only."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from syndicate.web.outlet.news import History, news
from syndicate.web.outlet.packing import packed
from syndicate.web.outlet.wishes import IDENTITY, tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.web.outlet.copies import Content, Header

Bodies = dict[bytes, bytes]
Key = tuple[str, bytes, bytes]

KEPT = 64
"""How many answers are kept: most readers have one of the last few states."""


class Deltas:
    """What is known of older states of feeds, and the answers that were made of it, up to `memory` bytes."""

    def __init__(self, memory: int) -> None:
        self.history = History()
        self.memory = memory
        self._made: OrderedDict[Key, asyncio.Task[Bodies]] = OrderedDict()

    def remember(self, content: Content) -> None:
        """Keep what a live feed holds now, for those who will come back with it."""
        if content.marks is not None:
            self.history.remember(content.name, content.digest, content.marks)

    async def since(self, content: Content, known: bytes) -> tuple[bytes, Bodies] | None:
        """The entity tag that a reader came with, and the feed without what they have; `None` where their state is not remembered."""
        found = self.history.known(content.name, tags(known))
        if found is None:
            return None
        base, marks = found
        key = (content.name, content.digest, base)
        if key not in self._made:
            body = content.bodies[IDENTITY]
            self._made[key] = asyncio.create_task(asyncio.to_thread(_cut, body, content.kind.suffix, marks))
        self._made.move_to_end(key)
        bodies = await asyncio.shield(self._made[key])
        self._make_room()
        return base, bodies

    def _make_room(self) -> None:
        sizes = {key: sum(map(len, task.result().values())) for key, task in self._made.items() if task.done()}
        taken = sum(sizes.values())
        for key in list(sizes):
            if len(self._made) <= KEPT and taken <= self.memory:
                return
            taken -= sizes[key]
            del self._made[key]


def as_news(headers: list[Header], base: bytes, size: int, age: int, *, plain: bool) -> list[Header]:
    """The headers of a whole feed as those of its news: not to be kept by caches that know nothing of such answers (RFC 3229, 10.8.1)."""
    changed: Mapping[bytes, bytes] = {
        b"content-length": b"%d" % size,
        b"cache-control": b"no-store, im, max-age=%d" % age,
        b"vary": b"accept-encoding, a-im, if-none-match",
    }
    kept = [(name, changed.get(name, value)) for name, value in headers if not (plain and name == b"content-encoding")]
    return [*kept, (b"im", b"feed"), (b"delta-base", base)]


def _cut(body: bytes, suffix: str, marks: frozenset[bytes]) -> Bodies:
    cut = news(body, suffix, marks)
    return packed(cut) | {IDENTITY: cut}
