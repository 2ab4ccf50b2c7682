"""Ask a database that is being restarted again, while messages wait. [I/O]"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from syndicate.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

SILENCE = 60.0
"""Seconds for which a database may be silent before it is given up: much less than a claim holds that is not renewed."""

SHORTEST, LONGEST = 0.05, 1.0
"""Seconds between one try and the next."""


async def patiently(work: Callable[[], T], *, interrupted: Callable[[], None] = lambda: None) -> T:
    """Do `work` in a thread, again until the database answers; what may be done twice, for nobody knows whether it was done.

    `interrupted` is called for each silence. Raises `UnavailableError` after `SILENCE`.
    """
    loop = asyncio.get_running_loop()
    end, pause = loop.time() + SILENCE, SHORTEST
    while True:
        try:
            return await asyncio.to_thread(work)
        except UnavailableError:
            if loop.time() > end:
                raise
            interrupted()
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST)
