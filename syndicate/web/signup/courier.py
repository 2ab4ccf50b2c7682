"""Carry confirmations out while forms are answered, in a thread of its own: no answer waits for a mail server. [I/O]

A thread, and no task of the server's: tasks are cancelled when a server stops, and a letter that is cut off in the middle may have arrived.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from syndicate.publishing.signup.posting import post

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from syndicate.publishing.signup.posting import Letterbox


class Courier:
    """Sends what is owed whenever it is called, one round at a time; what cannot be sent then, `syndicate run` tries again.

    `tell` is told of every round that did not send all it had, without anybody's address.
    """

    def __init__(self, box: Letterbox, clock: Callable[[], datetime], tell: Callable[[str], None]) -> None:
        self.box = box
        self._clock = clock
        self._tell = tell
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._called = False
        self._thread: threading.Thread | None = None

    def call(self) -> None:
        """There may be something to send. However often this is said while a round is made, one more follows it."""
        with self._lock:
            self._called = not self._stopping.is_set()
            if self._called and not self._is_at_work:
                self._thread = threading.Thread(target=self._work, name="confirmations", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Wait until nothing is being sent."""
        while (thread := self._thread) and thread.is_alive():
            thread.join()

    def close(self) -> None:
        """Send no more; the letter in hand is finished, and waited for, because cut off it would be sent twice."""
        self._stopping.set()
        self.wait()

    @property
    def _is_at_work(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self) -> None:
        while self._is_called():
            self._round()

    def _is_called(self) -> bool:
        """Whether there is another round to make; where there is none, this thread is done."""
        with self._lock:
            called, self._called = self._called and not self._stopping.is_set(), False
            if not called:
                self._thread = None
            return called

    def _round(self) -> None:
        try:
            done = post(self.box, clock=self._clock, stopping=self._stopping.is_set)
        except Exception as error:  # noqa: BLE001  whatever it is, the letter is owed, and goes out another time
            self._tell(f"confirmations: {type(error).__name__}: {error}")
            return
        if unsent := ", ".join(f"{count:,} {state}" for state, count in sorted(done.items()) if state != "sent"):
            self._tell(f"confirmations: {unsent}")
