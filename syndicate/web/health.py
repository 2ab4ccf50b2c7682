"""Say whether all is well: `/healthz`, for whatever restarts a program or calls somebody. No name, no address, no reason stands in it. [I/O]"""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from syndicate.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.storage.census import Gauge

KEPT = 1.0
"""Seconds for which an answer holds: whoever asks without end costs no more than whoever asks each second."""

HEADERS = {"Cache-Control": "no-store", "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}


class Pulse:
    """Whether the ledger answers and the folder of output can be read, as of the last second."""

    def __init__(self, gauge: Gauge, out: Path, tick: Callable[[], float] = time.monotonic) -> None:
        self.gauge = gauge
        self.out = out
        self.tick = tick
        self._lock = threading.Lock()
        self._until = float("-inf")
        self._said: dict[str, object] = {}

    def said(self) -> dict[str, object]:
        """`status` is `ok`, or `failing` with what fails; then when each publication last left something to tell, and what is owed."""
        with self._lock:
            if self.tick() >= self._until:
                self._said = self._look()
                self._until = self.tick() + KEPT
            return self._said

    def _look(self) -> dict[str, object]:
        failing = [] if _is_readable(self.out) else ["out"]
        try:
            health = self.gauge.health()
        except StorageError:
            return {"status": "failing", "failing": [*failing, "ledger"]}
        last = {slug: at.isoformat(timespec="seconds") for slug, at in sorted(health.last.items())}
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
