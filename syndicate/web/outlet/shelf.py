"""The documents of the folder of output, held in memory, no more of them than there is room for. [I/O: reads files]

A file is looked after (one `stat`) no more often than four times a second. Files in the folder of output are replaced whole and only
where bytes change, so time, size and inode tell. Reading, hashing and compressing happen in a thread, once for all who wait for it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections import OrderedDict
from typing import TYPE_CHECKING

from syndicate.web.outlet.copies import Content
from syndicate.web.outlet.kinds import kind_of
from syndicate.web.outlet.news import marks_of
from syndicate.web.outlet.packing import packed
from syndicate.web.outlet.wishes import IDENTITY

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from syndicate.web.outlet.copies import Sign

CHUNK = 256 * 1024
HELD = 8
"""What would take more than this part of the memory is not held, but read for each request."""


class Shelf:
    """The contents of `out`, by name; those asked for last, up to `memory` bytes. `dropped` is told what is held no longer."""

    def __init__(self, out: Path, memory: int, dropped: Callable[[str], None] = lambda name: None) -> None:  # noqa: ARG005
        self.out = out
        self.memory = memory
        self.dropped = dropped
        self.taken = 0
        self._held: OrderedDict[str, Content] = OrderedDict()
        self._reading: dict[str, asyncio.Task[Content | None]] = {}

    def sign(self, name: str) -> Sign | None:
        """What tells the present state of a file from others; `None` where there is no such file."""
        try:
            found = os.stat(self.out / name)  # noqa: PTH116  a third of the time that Path takes, thousands of times a second
        except (OSError, ValueError):
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino) if stat.S_ISREG(found.st_mode) else None

    def has_folder(self, name: str) -> bool:
        """Whether there is a folder `name` with an index in it."""
        return self.sign(f"{name}/index.html") is not None

    async def content(self, name: str) -> Content | None:
        """What the file `name` holds now; `None` where it is not there, not ours to show, or goes while it is read."""
        sign, held = self.sign(name), self._held.get(name)
        if held and held.sign == sign:
            self._held.move_to_end(name)
            return held
        self.drop(name)
        if sign is None:
            return None
        if name not in self._reading:
            task = self._reading[name] = asyncio.create_task(self._read(name))
            task.add_done_callback(lambda _: self._reading.pop(name, None))
        return await asyncio.shield(self._reading[name])

    def drop(self, name: str) -> None:
        """Hold a content no longer."""
        if held := self._held.pop(name, None):
            self.taken -= held.weight
            self.dropped(name)

    def holds(self, name: str) -> bool:
        """Whether the content of a file is in memory."""
        return name in self._held

    async def _read(self, name: str) -> Content | None:
        content = await asyncio.to_thread(read_content, self.out, name, self.memory // HELD)
        if content:
            self.drop(name)
            self._held[name] = content
            self.taken += content.weight
            while self.taken > self.memory and len(self._held) > 1:
                self.drop(next(iter(self._held)))
        return content


def read_content(out: Path, name: str, most: int) -> Content | None:
    """Read a file below `out`, links followed as long as they stay there; `None` where it cannot be read. More than `most` bytes stay on disk."""
    place = os.path.realpath(out / name)
    if not place.startswith(os.path.realpath(out) + os.sep):
        return None
    kind, slug = kind_of(name)
    try:
        with open(place, "rb") as file:  # noqa: PTH123  a text, of which no Path is needed
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                return None
            sign = (found.st_mtime_ns, found.st_size, found.st_ino)
            if found.st_size > most:
                whole = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16))
                return Content(name, kind, slug, sign, whole.hexdigest().encode(), int(found.st_mtime), {}, found.st_size, out / name)
            body = file.read()
    except (OSError, ValueError):
        return None
    digest = hashlib.blake2b(body, digest_size=16).hexdigest().encode()
    bodies = (packed(body) if kind.packed else {}) | {IDENTITY: body}
    marks = marks_of(body, kind.suffix) if kind.noun == "feed" else None
    return Content(name, kind, slug, sign, digest, int(found.st_mtime), bodies, len(body), None, marks)


async def chunks(content: Content) -> AsyncGenerator[bytes]:
    """The bytes of a file that is not held, piece by piece. Raises `OSError` where it is not the same file any more."""
    assert content.file is not None  # noqa: S101  as the caller has seen
    file = await asyncio.to_thread(open, content.file, "rb")
    try:
        found = os.fstat(file.fileno())
        if (found.st_mtime_ns, found.st_size, found.st_ino) != content.sign:
            raise FileNotFoundError(content.name)
        while piece := await asyncio.to_thread(file.read, CHUNK):
            yield piece
    finally:
        file.close()
