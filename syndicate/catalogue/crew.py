"""Read many files at once, in as many processes as the machine has cores for, once the work is worth their start. [I/O: reads files]"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from syndicate.catalogue.files import unreadable
from syndicate.catalogue.reading import look_into, read_bytes
from syndicate.catalogue.records import Record, Stamp, columns_of, pack

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from syndicate.catalogue.desk import Desk

WORTH = 1_000
"""Files from which on the start of another process pays."""

BATCH = 100
"""Files that are handed to a process at a time."""


class Order(NamedTuple):
    """A file to be read. Where its bytes still have the hash `digest`, that is all there is to know. `number`: its own in the index, or 0."""

    desk: Desk
    directory: str
    name: str
    shown: str
    number: int = 0
    digest: bytes = b""


def read_all(orders: Iterable[Order], count: int) -> Iterator[Record]:
    """A record of each of the `count` files that are to be read, in any order."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if count < WORTH or cores == 1:
        return map(read_one, orders)
    return _read_together(iter(orders), cores)


def read_one(order: Order) -> Record:
    """Read one file."""
    desk, directory, name, shown, number, known = order
    path = f"{directory}{os.sep}{name}"
    try:
        status, data = read_bytes(path)
    except OSError as error:
        return Record(number, directory, name, None, b"", problems=(unreadable(shown, error),))
    stamp = Stamp.of(status)  # from before it was read: had it changed meanwhile, its stamp would not be this one any more
    digest = blake2b(data, digest_size=16).digest()
    if digest == known:
        return Record(number, directory, name, stamp, digest, same=True)
    found = look_into(data, path, shown, desk)
    article = found.article
    return Record(
        number,
        directory,
        name,
        stamp,
        digest,
        columns=columns_of(article) if article else (),
        body=pack(article) if article else b"",
        markdown=found.markdown,
        coverage=found.coverage,
        folder=str(desk.folder),
        problems=found.problems,
        pictures=tuple((place, picture_stamp(place)) for place in _places(found.pictures)),
    )


def picture_stamp(path: str) -> Stamp | None:
    """The stamp of a file that may not be there."""
    try:
        return Stamp.of(os.stat(path))  # noqa: PTH116  a path costs more than what is asked of it
    except (OSError, ValueError):
        return None


def _places(pictures: Iterable[Path]) -> Iterable[str]:
    """Where pictures were looked for, and where links lead from there: a folder on the way may be renamed, and its link set anew."""
    return dict.fromkeys(place for each in pictures for place in (str(each), os.path.realpath(each)))


def _read_together(orders: Iterator[Order], cores: int) -> Iterator[Record]:
    """Hand the files out in batches, a few more than there are processes, so that none waits and little is held."""
    from concurrent.futures import ProcessPoolExecutor

    _prepare()
    waiting: deque[tuple[list[Order], Future[list[Record]] | None]] = deque()
    with ProcessPoolExecutor(cores, mp_context=_context(), initializer=_stay_with_parent) as pool:
        while batch := list(islice(orders, BATCH)):
            waiting.append((batch, _submit(pool, batch)))
            if len(waiting) > 3 * cores:
                yield from _result(*waiting.popleft())
        while waiting:
            yield from _result(*waiting.popleft())


def _submit(pool: ProcessPoolExecutor, batch: list[Order]) -> Future[list[Record]] | None:
    """Hand a batch out; `None` where the processes have died, of whatever."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        return pool.submit(_read_batch, batch)
    except BrokenProcessPool:
        return None


def _result(batch: list[Order], future: Future[list[Record]] | None) -> list[Record]:
    """What a batch came to; read here if its process has died, be it for want of memory."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        return future.result() if future else _read_batch(batch)
    except BrokenProcessPool:
        return _read_batch(batch)


def _prepare() -> None:
    """Import what every process will need, so that those that are forked from this one have it."""
    from syndicate.catalogue import articles, fields  # noqa: F401
    from syndicate.catalogue.records import encoder

    encoder()


def _read_batch(batch: list[Order]) -> list[Record]:
    return [read_one(order) for order in batch]


def _context() -> BaseContext:
    """How processes start: by fork, which costs least, where that is safe: on Linux, and as long as there is a single thread."""
    import multiprocessing

    alone = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork" if alone else "spawn")


def _stay_with_parent() -> None:
    """In a process of ours: leave Ctrl-C to the parent, and go when it goes, even if it is killed."""
    import multiprocessing

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_outlive, args=[parent], daemon=True).start()


def _outlive(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
