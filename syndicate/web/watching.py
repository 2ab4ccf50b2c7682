"""Tell pages when files have changed: watchfiles looks at folders, a bell rings, each open page hears it. [I/O: looks at files]"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import DefaultFilter, awatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from watchfiles import Change

QUIET = 60
"""Milliseconds without a change after which files are taken to be settled: whoever has just saved is looking at the page already."""

LONGEST_QUIET = 400
"""Milliseconds after which a change is told even while others follow; and how often single files are asked after."""

HEARTBEAT = 15.0
"""Seconds after which a page that heard nothing is told so: writing to it shows whether it is still there."""


@dataclass
class Bell:
    """What rings when files have changed. `rung` counts how often; a `closed` bell sends everybody home."""

    rung: int = 0
    closed: bool = False
    _next: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def ring(self) -> None:
        """Wake everybody who waits."""
        self.rung += 1
        self._wake()

    def close(self) -> None:
        """Wake everybody, for the last time."""
        self.closed = True
        self._wake()

    async def wait(self, seconds: float) -> None:
        """Wait for the next ring, and no longer than this."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._next.wait(), seconds)

    def _wake(self) -> None:
        self._next.set()
        self._next = asyncio.Event()


@dataclass(frozen=True, slots=True)
class Places:
    """What is watched: `folders` with all below them but what lies in `apart`, and single `files`.

    Files are asked after by time and size: many editors save by putting a new file in the old one's place, which a watch on the
    old one would not notice.
    """

    folders: tuple[Path, ...]
    files: tuple[Path, ...] = ()
    apart: tuple[Path, ...] = ()

    def existing(self) -> dict[Path, object]:
        """The folders that are there, each with what tells it from another that takes its place."""
        return {folder: folder.stat().st_ino for folder in self.folders if folder.is_dir()}

    def marks(self) -> tuple[object, ...]:
        """What tells one state of the single files from the next."""
        return tuple(_mark(file) for file in self.files)


class Filter(DefaultFilter):
    """Everything but what editors and version control leave lying about, and what lies in `apart`."""

    def __init__(self, apart: Iterable[Path]) -> None:
        super().__init__()
        self.apart = tuple(apart)

    def __call__(self, change: Change, path: str) -> bool:
        """Whether a change of the file at `path` is told."""
        return super().__call__(change, path) and not any(Path(path).is_relative_to(folder) for folder in self.apart)


async def watch(places: Callable[[], Places], changed: Callable[[set[Path]], None], stop: asyncio.Event) -> None:
    """Call `changed` with the files that have changed in `places`, until `stop`. The places themselves may change meanwhile."""
    polling = False
    while not stop.is_set():
        try:
            await _watch_these(places(), places, changed, stop, polling=polling)
        except FileNotFoundError:
            await asyncio.sleep(QUIET / 1000)  # a folder went while it was asked after
        except OSError:
            if polling:
                raise
            polling = True  # Linux lets each user watch so many folders and no more; looking at each file in turn works always


async def _watch_these(
    known: Places, places: Callable[[], Places], changed: Callable[[set[Path]], None], stop: asyncio.Event, *, polling: bool
) -> None:
    """Watch the places that are `known`, until there are others."""
    folders, marks = known.existing(), known.marks()
    looking = awatch(
        *folders,
        watch_filter=Filter(known.apart),
        debounce=LONGEST_QUIET,
        step=QUIET,
        rust_timeout=LONGEST_QUIET,
        yield_on_timeout=True,
        stop_event=stop,
        force_polling=polling or None,
    )
    async with aclosing(looking):
        async for found in looking:
            files = {Path(path) for _, path in found}
            if marks != (marks := known.marks()):
                files |= {*known.files}
            if moved := known.existing() != folders:
                files |= {*known.folders}
            if files:
                changed(files)
            if moved or places() != known:
                return


async def events(bell: Bell) -> AsyncIterator[str]:
    """Server-sent events (HTML, section 9.2): `change`, with the count of the bell, at once and each time it has risen.

    The first one tells a page that was away whether it missed something.
    """
    heard = -1
    while not bell.closed:
        if heard == bell.rung:
            await bell.wait(HEARTBEAT)
            yield ":\n\n"
        else:
            heard = bell.rung
            yield f"event: change\ndata: {heard}\n\n"


def _mark(file: Path) -> object:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
