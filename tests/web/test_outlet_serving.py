"""`syndicate serve` and `run --serve` as programs: over real sockets, where they listen, what they say, how they end."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
import typer

import syndicate.cli.running as cli
from syndicate.cli import screen
from syndicate.web.serving import listen_at, serving
from tests.publishing.press import Press
from tests.web.atelier import make_workspace
from tests.web.outlets import WRITTEN_AS, stall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a program without asking it")


class Program:
    """A program that serves, and a client that keeps one connection to it open."""

    def __init__(self, process: subprocess.Popen[str], host: str, port: int, said: list[str]) -> None:
        self.process, self.said = process, said
        self.connection = http.client.HTTPConnection(host, port, timeout=20)

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        self.connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = self.connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def end(self, how: signal.Signals = signal.SIGTERM) -> str:
        """Say stop; what it said since."""
        self.process.send_signal(how)
        return self.process.communicate(timeout=20)[1]


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Program]:
    """The program, started in a folder and waited for."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SYNDICATE_")}
    with subprocess.Popen(
        [sys.executable, "-m", "syndicate", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            said: list[str] = []
            assert process.stderr is not None
            while not (found := re.search(r"event=serving address=http://(\S+):(\d+)", said[-1] if said else "")):
                said.append(process.stderr.readline())
                assert said[-1], said
            program = Program(process, found[1].strip("[]"), int(found[2]), said)
            try:
                yield program
            finally:
                program.connection.close()
        finally:
            process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace with a document of each kind."""
    stall(tmp_path).runner.close()
    return tmp_path


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=lambda ending: ending.name)
def test_it_serves_until_it_is_stopped(folder: Path, ending: signal.Signals) -> None:
    """Over one connection: a document, its headers alone, that it has not changed, that it is not there; and stops with success."""
    with running(folder, "serve", "--port", "0") as program:
        status, headers, body = program.ask("/feeds/energy.rss", accept_encoding="gzip")
        assert (status, headers["content-encoding"], headers["last-modified"]) == (200, "gzip", WRITTEN_AS)
        assert "server" not in headers
        assert "date" in headers
        tag = headers["etag"]
        for method in ("HEAD", "GET"):
            assert program.ask("/feeds/energy.rss", method, accept_encoding="gzip")[1] | {"date": ""} == headers | {"date": ""}
            status, headers_304, nothing = program.ask("/feeds/energy.rss", method, if_none_match=tag, accept_encoding="gzip")
            assert (status, nothing, headers_304["etag"]) == (304, b"", tag)
        assert program.ask("/feeds/energy.rss", "POST")[0] == 405
        assert program.ask("/nothing")[0] == 404
        assert program.ask("/feeds/energy.rss", accept_encoding="gzip")[2] == body
        assert program.ask("/healthz")[0] == 200
        assert program.ask("/metrics")[0] == 404
        assert program.ask("/subscribe")[0] == 200
        told = program.end(ending)
    assert program.process.returncode == 0
    assert "event=served" in told
    assert "Traceback" not in told


def test_it_answers_to_the_address_it_is_given(folder: Path) -> None:
    """IPv6 too, and by the configuration where the command line is silent."""
    address = "::1" if _has_loopback6() else "127.0.0.2"
    text = (folder / "syndicate.toml").read_text(encoding="utf-8").replace("[serve]\n", f'[serve]\nhost = "{address}"\nport = 0\n')
    (folder / "syndicate.toml").write_text(text, encoding="utf-8")
    with running(folder, "serve") as program:
        assert program.ask("/")[0] == 200
        program.end()


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    """And nothing is started."""
    with listen_at("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "syndicate", "serve", "--port", str(port)], cwd=folder, capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert f"127.0.0.1:{port}: cannot be listened on (Address already in use); choose another" in " ".join(
        done.stderr.replace("│", " ").split()
    )


def test_running_and_serving_are_one_program(tmp_path: Path) -> None:
    """What changes among the articles is rendered, and served at once; SIGTERM ends both, with success."""
    folder = make_workspace(tmp_path)
    feed = '[[feeds]]\nslug = "all"\ntitle = "All"\nwindow = "5000d"\n[serve]\nport = 0\n'
    (folder / "syndicate.toml").write_text((folder / "syndicate.toml").read_text(encoding="utf-8") + feed, encoding="utf-8")
    article = folder / "seeds" / "wires.md"
    article.write_text(article.read_text(encoding="utf-8").replace("2026-11-05", "2021-11-05"), encoding="utf-8")
    with running(folder, "run", "--serve") as program:
        _eventually(lambda: b"The wires" in program.ask("/feeds/all.rss")[2])
        tag = program.ask("/feeds/all.rss")[1]["etag"]
        renamed = article.read_text(encoding="utf-8").replace("The wires", "The cables")

        def changed() -> bool:
            article.write_text(renamed, encoding="utf-8")  # again and again: it takes a moment until files are watched
            time.sleep(0.5)
            return program.ask("/feeds/all.rss", if_none_match=tag)[0] == 200

        _eventually(changed)
        assert b"The cables" in program.ask("/feeds/all.rss", a_im="feed", if_none_match=tag)[2]
        assert b'"all"' in program.ask("/healthz")[2]
        told = program.end()
    assert program.process.returncode == 0
    assert [word for word in ("event=served", "event=stopped") if word in told] == ["event=served", "event=stopped"]


def test_where_the_server_ends_running_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With exit 1, so that whoever restarts programs hears of it; the scheduler is told to stop, as by a signal."""
    desk, log, told = Press(tmp_path).configure().desk(), screen.Log(), list[str]()
    ending = threading.Event()
    server = threading.Thread(target=ending.wait)

    @contextmanager
    def answering(*_: object) -> Iterator[threading.Thread]:
        server.start()
        threading.Timer(0.5, ending.set).start()
        yield server

    monkeypatch.setattr("syndicate.cli.serving.answering", answering)
    monkeypatch.setattr("syndicate.scheduler.Scheduler.run", lambda scheduler: told.append(f"heard: {scheduler.stopping.wait(5)}"))
    monkeypatch.setattr(log, "line", lambda event, **facts: told.append(event + facts.get("reason", "")))
    with pytest.raises(typer.Exit) as ended:
        cli._run_on(desk, log, serve=True)
    assert (ended.value.exit_code, told) == (1, ["started", "heard: True", "stoppedthe server has ended"])
    desk.ledger.close()


@pytest.fixture
def address(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """An outlet over real sockets that waits for half a second, and for three people."""
    monkeypatch.setattr("syndicate.web.serving.ARRIVAL", 0.5)
    monkeypatch.setattr("syndicate.web.serving.TOGETHER", 4)
    made = stall(folder)
    with made.runner, listen_at("127.0.0.1", 0) as listening, serving(made.app, listening):
        yield listening.getsockname()[:2]


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n",
        b"GET /",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: ",
        b"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\na",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /",
    ],
    ids=["nothing", "empty lines", "half a line", "half a head", "half a body", "half a second request"],
)
def test_nobody_is_waited_for_for_ever(address: tuple[str, int], sent: bytes) -> None:
    """Though a byte come now and then: the connection is closed."""
    with socket.create_connection(address, timeout=10) as client:
        started = time.monotonic()
        client.sendall(sent)
        with suppress(OSError):
            while time.monotonic() < started + 8:
                time.sleep(0.2)
                client.sendall(b"\r\n" if sent in (b"", b"\r\n") else b"a")
        assert time.monotonic() - started < 3


def test_who_comes_in_time_is_served(address: tuple[str, int]) -> None:
    """In pieces, and again over the same connection after a while."""
    with socket.create_connection(address, timeout=10) as client:
        for _ in range(2):
            for piece in (b"GET / HTTP/1.1\r\n", b"Host: a\r\nX: ", b"a" * 50_000, b"\r\n\r\n"):
                client.sendall(piece)
                time.sleep(0.05)
            assert client.recv(100_000).startswith(b"HTTP/1.1 200")
            time.sleep(0.6)


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: " + b"a" * 9_000 + b"\r\n"),
        (b"GET /", b"a" * 9_000),
        (b"", b"\r\n" * 4_500),
        (b"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", b"a" * 90_000),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: " + b"a" * 90_000 + b"\r\n"),
    ],
    ids=["headers", "address", "empty lines", "body", "trailers"],
)
def test_no_request_is_taken_without_end(address: tuple[str, int], begin: bytes, more: bytes) -> None:
    """Whatever of it is too long."""
    sent = 0
    with socket.create_connection(address, timeout=10) as client, suppress(OSError):
        client.sendall(begin)
        while sent < 30_000_000:
            client.sendall(more)
            sent += len(more)
    assert sent < 20_000_000


def test_only_so_many_are_served_at_a_time(address: tuple[str, int]) -> None:
    """Who comes then is told to come again, and is served when the others have left."""
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(socket.create_connection(address))
        assert _status(address) == 503
    _eventually(lambda: _status(address) == 200)


def test_running_once_serves_nothing(folder: Path) -> None:
    """It ends before anybody could ask."""
    done = subprocess.run(
        [sys.executable, "-m", "syndicate", "run", "--once", "--serve"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "give it without --once" in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(("program", "word"), [("nginx", "server {"), ("caddy", "file_server")])
def test_the_rules_for_another_server_are_a_result(folder: Path, program: str, word: str) -> None:
    """On stdout, with the folder of output; nothing listens, and no ledger is made."""
    done = subprocess.run(
        [sys.executable, "-m", "syndicate", "serve", "--print-config", program], cwd=folder, capture_output=True, text=True, check=True
    )
    assert word in done.stdout
    assert f'"{folder / "out"}"' in done.stdout
    assert not (folder / ".syndicate").exists()


def test_no_other_server_is_known(folder: Path) -> None:
    """It says which are."""
    done = subprocess.run(
        [sys.executable, "-m", "syndicate", "serve", "--print-config", "apache"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "must be one of nginx, caddy" in " ".join(done.stderr.replace("│", " ").split())


def test_what_is_no_request_is_refused(folder: Path) -> None:
    """Over a real socket: broken lines, requests cut short, headers without end; the next one is answered all the same."""
    broken = [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /" + b"a" * 100_000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x00",
        b"GET /feeds/power.rss?\x01\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    ]
    with running(folder, "serve", "--port", "0") as program:
        for bytes_ in broken:
            with socket.create_connection((program.connection.host, program.connection.port), timeout=5) as client:
                client.sendall(bytes_)
                client.shutdown(socket.SHUT_WR)
                answer = client.recv(1000)
                assert not answer or re.match(rb"HTTP/1\.1 [234]\d\d ", answer), answer
        assert program.ask("/")[0] == 200
        assert "Traceback" not in program.end()


def _eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _status(address: tuple[str, int]) -> int:
    connection = http.client.HTTPConnection(*address, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    finally:
        connection.close()


def _has_loopback6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
