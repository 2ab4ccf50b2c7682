"""Say whether all is well: `/healthz`, for whatever restarts a program or calls somebody. No name, no address, no reason stands in it. [I/O]"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from starlette.responses import JSONResponse
from starlette.routing import Route

from syndicate.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.storage.census import Gauge

T = TypeVar("T")

KEPT = 1.0
"""Seconds for which an answer holds: whoever asks without end costs no more than whoever asks each second."""

HEADERS = {"Cache-Control": "no-store", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}


class Kept(Generic[T]):
    """What a look brings, which holds for some seconds; whoever comes while somebody looks waits for what that brings."""

    def __init__(self, look: Callable[[], T], seconds: float, tick: Callable[[], float]) -> None:
        self.look, self.seconds, self.tick = look, seconds, tick
        self._lock = threading.Lock()
        self._found: tuple[float, T] | None = None

    def __call__(self) -> T:
        """What was found when somebody last looked, or looks now."""
        with self._lock:
            if self._found is None or self.tick() >= self._found[0]:
                found = self.look()
                self._found = self.tick() + self.seconds, found
            return self._found[1]


class Pulse:
    """Whether the ledger answers and the folder of output can be read, as of the last second.

    Of publications, those of `slugs` are told of, which are configured: nobody need know what there once was.
    """

    def __init__(self, gauge: Gauge, out: Path, slugs: Collection[str], tick: Callable[[], float] = time.monotonic) -> None:
        self.gauge = gauge
        self.out = out
        self.slugs = slugs
        self._kept = Kept(self._look, KEPT, tick)

    def said(self) -> dict[str, object]:
        """`status` is `ok`, or `failing` with what fails; then when each publication last left something to tell, and what is owed."""
        return self._kept()

    def _look(self) -> dict[str, object]:
        failing = [] if _is_readable(self.out) else ["out"]
        try:
            health = self.gauge.health()
        except StorageError:
            return {"status": "failing", "failing": [*failing, "ledger"]}
        last = {slug: at.isoformat(timespec="seconds") for slug, at in sorted(health.last.items()) if slug in self.slugs}
        facts = {"last_run": max(last.values(), default=None), "publications": last, "owed": health.owed}
        return {"status": "failing", "failing": failing, **facts} if failing else {"status": "ok", **facts}


def health_route(pulse: Pulse) -> Route:
    """`/healthz`: 200 where all is well, 503 where it is not."""

    def healthz(_: Request) -> Response:  # in a thread: the database may take its time
        said = pulse.said()
        return JSONResponse(said, 200 if said["status"] == "ok" else 503, HEADERS)

    return Route("/healthz", healthz)


def _is_readable(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError:
        return False
    return True
