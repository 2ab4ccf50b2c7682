"""Write down what several sessions do, together: one transaction after the other, while they go on. [I/O]

A mark or a settlement may be written twice: what is written already stays as it is. So where the database is silent, it is asked again.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from syndicate.publishing.patience import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from syndicate.storage import Outbox, Settled


class Scribe:
    """Marks before messages go out, settlements after: who waits for a mark waits for the disk, all at once."""

    def __init__(self, outbox: Outbox, lease: str, clock: Callable[[], datetime]) -> None:
        self.outbox = outbox
        self.lease = lease
        self.clock = clock
        self._settled: list[Settled] = []
        self._marks: list[tuple[frozenset[int], asyncio.Future[frozenset[int]]]] = []
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self._failed: BaseException | None = None

    @property
    def busy(self) -> bool:
        """Whether something is still to be written."""
        return bool(self._settled or self._marks) or self._writing.locked()

    async def begin(self, deliveries: Iterable[int]) -> frozenset[int]:
        """Mark deliveries as going out; once that is on disk, those that are still ours. Raises `StorageError`."""
        if self._failed:
            raise self._failed
        mark: asyncio.Future[frozenset[int]] = asyncio.get_running_loop().create_future()
        self._marks.append((frozenset(deliveries), mark))
        self._news.set()
        return await mark

    def settle(self, settled: Settled) -> None:
        """Have a settlement written with the next transaction."""
        self._settled.append(settled)
        self._news.set()

    async def flush(self) -> None:
        """Write what is left, after what is being written: once this is done, `run` may be cancelled."""
        await self._write()

    async def run(self) -> None:
        """Write for as long as there is something to write. Raises `StorageError`, to whoever waits for a mark as well."""
        while True:
            await self._news.wait()
            self._news.clear()
            await self._write()

    async def _write(self) -> None:
        async with self._writing:
            await self._write_all()

    async def _write_all(self) -> None:
        settled, marks = self._settled, self._marks
        if not (settled or marks):
            return
        self._settled, self._marks = [], []
        sending = frozenset().union(*(asked for asked, _ in marks))
        try:
            mine = await patiently(partial(self._advance, sending, settled))
        except Exception as error:
            self._failed = error
            self._settled = settled + self._settled  # what the relay has said is not forgotten: `flush` tries again
            for _, mark in marks:
                if not mark.done():
                    mark.set_exception(error)
            raise
        for asked, mark in marks:
            if not mark.done():
                mark.set_result(asked & mine)

    def _advance(self, sending: frozenset[int], settled: list[Settled]) -> frozenset[int]:
        """Write it as of the moment of this try: a lease may run out while the database is silent."""
        return self.outbox.advance(lease=self.lease, now=self.clock(), sending=sending, settled=settled)
