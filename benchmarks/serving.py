"""What a feed costs over HTTP: requests a second for 200 and 304, beside nginx with one worker and Starlette's StaticFiles on uvicorn.

python -m benchmarks.serving [--seconds 5] [--rounds 3] [--connections 32] [--short]

Needs wrk and nginx (Debian: wrk, nginx-light). All three serve one folder with one feed of about 36 kB, uncompressed, and are asked in
turn by one thread of wrk over connections that are kept.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.mail import edition_of
from syndicate.emitters import emit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CARDS = 24
"""Stories of the feed: about 36 kB of RSS."""

NAME = "feeds/energy.rss"
TARGETS = {"StaticFiles": 5.0, "nginx": 0.25}
"""How many times as many requests a second as this peer ours is meant to answer."""

OURS = '[site]\nurl = "https://news.example.org"\n[[feeds]]\nslug = "energy"\ntitle = "Energy"\nschedule = "*/15 * * * *"\n'
STATIC = """\
import sys
import uvicorn
from starlette.staticfiles import StaticFiles
uvicorn.run(StaticFiles(directory=sys.argv[1]), port=int(sys.argv[2]), log_level="warning", access_log=False)
"""
NGINX = """\
{user} daemon off; worker_processes 1; pid {place}/pid; error_log stderr crit; events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 10000000; open_file_cache max=1000; default_type application/rss+xml;
    client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c; uwsgi_temp_path {place}/d; scgi_temp_path {place}/e;
    server {{ listen 127.0.0.1:{port}; root {out}; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, and the tag it gives to the feed."""

    name: str
    url: str
    tag: str


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def workspace(root: Path) -> Path:
    """A folder of output with one feed, and the configuration beside it."""
    (root / "syndicate.toml").write_text(OURS, encoding="utf-8")
    file = root / "out" / NAME
    file.parent.mkdir(parents=True)
    file.write_bytes(emit(edition_of(CARDS), "rss").body)
    os.utime(file, (time.time() - 3600, time.time() - 3600))
    return root / "out"


def commands(root: Path, out: Path) -> dict[str, tuple[list[str], int]]:
    """How each server is started, and its port."""
    ports = {name: free_port() for name in ("ours", "StaticFiles", "nginx")}
    place = root / "nginx"
    place.mkdir()
    user = "user root;" if os.getuid() == 0 else ""
    (place / "nginx.conf").write_text(NGINX.format(user=user, place=place, out=out, port=ports["nginx"]), encoding="utf-8")
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    started = {
        "ours": [sys.executable, "-m", "syndicate", "serve", "--config", str(root / "syndicate.toml"), "--port", str(ports["ours"])],
        "StaticFiles": [sys.executable, "-c", STATIC, str(out), str(ports["StaticFiles"])],
        "nginx": [program, "-p", str(place), "-c", str(place / "nginx.conf")],
    }
    return {name: (command, ports[name]) for name, command in started.items()}


@contextmanager
def running(name: str, command: list[str], port: int) -> Iterator[Server]:
    """A server, started and waited for."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as program:
        try:
            url = f"http://127.0.0.1:{port}/{NAME}"
            for _ in range(200):
                try:
                    with urllib.request.urlopen(url, timeout=5) as answer:
                        tag = answer.headers["etag"]
                        break
                except OSError:
                    time.sleep(0.1)
            else:
                raise RuntimeError(f"{name} does not answer")
            yield Server(name, url, tag)
        finally:
            program.terminate()


def asked(server: Server, status: int, connections: int, seconds: int) -> float:
    """Requests a second, as wrk counts them. Raises where an answer has another status."""
    condition = ["-H", f"If-None-Match: {server.tag}"] if status == 304 else []
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", *condition, server.url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found, size = re.search(r"Requests/sec: +([\d.]+)", said), re.search(r"([\d.]+)([KMG]?B) read", said)
    if not found or not size or "Non-2xx" in said:
        raise RuntimeError(said)
    return float(found[1])


def compare(servers: Sequence[Server], status: int, connections: int, seconds: int, rounds: int) -> None:
    """Ask each in turn, and print a line for each."""
    figures: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            figures[server.name].append(asked(server, status, connections, seconds))
    middle = {name: statistics.median(found) for name, found in figures.items()}
    print(f"{status}, requests a second (median, lowest to highest):")
    for name, found in figures.items():
        target = f", ours {middle['ours'] / middle[name]:5.2f} of it; meant to be at least {TARGETS[name]}" if name in TARGETS else ""
        print(f"  {name:<12}{middle[name]:>10,.0f}   ({min(found):,.0f} to {max(found):,.0f}){target}")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--short", action="store_true", help="small, for a machine that checks every change")
    options = parser.parse_args()
    if options.short:
        options.seconds, options.rounds = 1, 1
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        out = workspace(root)
        servers = [stack.enter_context(running(name, *started)) for name, started in commands(root, out).items()]
        size = (out / NAME).stat().st_size
        print(f"a feed of {size / 1000:.0f} kB, {options.connections} connections, {os.cpu_count()} cores:")
        for status in (200, 304):
            compare(servers, status, options.connections, options.seconds, options.rounds)


if __name__ == "__main__":
    main()
