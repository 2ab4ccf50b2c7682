"""Run a program, and write what it took to a file: `launcher.py REPORT LIMIT PROGRAM [ARGUMENT ...]`.

This is a small process of its own, run without site-packages: the kernel counts the memory of whoever starts a program to the program's own,
until it is loaded. Seconds are from before the start to the end; those of the processor include whatever the program started and waited for.
Memory is the larger of two figures: the most that any one process had (`ru_maxrss`, exact), and the most that all of them had at once, looked
up every 20 ms. Pages which several processes share count for each of them, so that the second figure errs upwards.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

EVERY = 0.02
"""Seconds between two looks."""


def family(pid: int) -> list[int]:
    """A process and all that come from it and are still there."""
    found = [pid]
    for each in found:
        for file in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += map(int, file.read_text().split())
            except OSError:  # it has ended
                continue
    return found


def resident(pid: int) -> int:
    """Bytes that a process has in memory, none if it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


class Watch:
    """Looks at a process and those that come from it, until it is told that they have ended; ends them after `limit` seconds."""

    def __init__(self, pid: int, limit: float) -> None:
        self.pid, self.limit = pid, limit
        self.together = self.most = 0
        self.over = False
        self.ended = threading.Event()

    def look(self) -> None:
        """Until the end."""
        started = time.monotonic()
        while not self.ended.wait(EVERY):
            if not self.over and time.monotonic() - started > self.limit:
                self.over = True
                os.killpg(self.pid, signal.SIGKILL)
            together = family(self.pid)
            if len(together) > 1:
                self.together = max(self.together, sum(map(resident, together)))
            self.most = max(self.most, len(together))


def main() -> None:
    """Run, wait, report."""
    report, limit, *command = sys.argv[1:]
    started = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, setpgroup=0)
    watch = Watch(pid, float(limit))
    thread = threading.Thread(target=watch.look)
    thread.start()
    try:
        _, status, used = os.wait4(pid, 0)
        seconds = time.perf_counter() - started
    except KeyboardInterrupt:  # it is a group of its own, and has heard nothing
        os.killpg(pid, signal.SIGKILL)
        raise
    finally:
        watch.ended.set()
        thread.join()
    taken = {
        "seconds": seconds,
        "cpu": used.ru_utime + used.ru_stime,
        "memory": max(used.ru_maxrss * 1024, watch.together),
        "processes": max(watch.most, 1),
        "code": os.waitstatus_to_exitcode(status),
        "over": watch.over,
    }
    Path(report).write_text(json.dumps(taken), encoding="utf-8")


if __name__ == "__main__":
    main()
