"""`syndicate preview` as a program: where it listens, what it says, how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from syndicate.web.serving import PORT, address_of, listen
from tests.web.atelier import make_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, started in a folder, and the address it has printed."""
    command = [sys.executable, "-m", "syndicate", "preview", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SYNDICATE_")}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as program:
        try:
            assert program.stdout is not None
            yield program, program.stdout.readline().strip()
        finally:
            program.kill()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small workspace."""
    return make_workspace(tmp_path)


def fetch(address: str) -> str:
    """What stands at an address of this machine."""
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310  it is ours
        return str(answer.read().decode())


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=lambda ending: ending.name)
@pytest.mark.parametrize("watched", [False, True], ids=["alone", "with a page open"])
def test_it_serves_until_it_is_stopped(folder: Path, ending: signal.Signals, *, watched: bool) -> None:
    """The address stands alone on stdout and shows what was asked for; Ctrl-C ends it at once, quietly and with success."""
    with running(folder, "daily", "--at", "2026-11-13T06:00", "--port", "0") as (program, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?digest=daily&at=2026-11-13T06%3A00", address)
        assert "The lagoon" in fetch(address)
        stream = urllib.request.urlopen(f"{address.partition('/?')[0]}/events", timeout=20) if watched else None  # noqa: S310  it is ours
        if stream:
            assert stream.readline() == b"event: change\n"
        program.send_signal(ending)
        out, err = program.communicate(timeout=10)
        if stream:
            stream.close()
        assert program.returncode == (0 if ending is signal.SIGINT else -ending)
        assert (out, err) == ("", "Ctrl-C stops it.\n")


def test_the_page_is_opened_where_that_is_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the browser of the system; the page is there by the time it asks."""
    seen = folder / "seen.html"
    browser = folder / "browser.py"
    browser.write_text(f"import sys, pathlib; pathlib.Path({str(seen)!r}).write_text(sys.argv[1])", encoding="utf-8")
    monkeypatch.setenv("BROWSER", f"{sys.executable} {browser} %s")
    with running(folder, "--port", "0", "--open") as (_, address):
        assert "The weekly" in fetch(address)
        assert seen.read_text(encoding="utf-8") == address


def test_a_port_that_is_taken_is_named(folder: Path) -> None:
    """And nothing is started."""
    with listen(0) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "syndicate", "preview", "--port", str(port)], cwd=folder, capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert f"{port}: cannot be listened on (Address already in use); choose another" in " ".join(done.stderr.replace("│", " ").split())


def test_without_a_port_the_first_free_one_is_taken() -> None:
    """So that two workspaces can be looked at side by side; each on the loopback."""
    with listen(None) as first, listen(None) as second:
        ports = [each.getsockname()[1] for each in (first, second)]
        assert PORT <= ports[0] < ports[1] < PORT + 10
        assert {each.getsockname()[0] for each in (first, second)} == {"127.0.0.1"}
        assert address_of(first) == f"http://127.0.0.1:{ports[0]}"
        assert first.family is socket.AF_INET


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("weakly",), "no publication 'weakly'; did you mean weekly?"),
        (("--at", "soon"), "--at: must be a date such as 2026-11-16T08:00"),
        (("--config", "none.toml"), "none.toml: cannot be read"),
    ],
    ids=["digest", "at", "config"],
)
def test_what_cannot_be_shown_is_said_before_anything_is_served(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    """With exit 2, as every command does it."""
    done = subprocess.run(
        [sys.executable, "-m", "syndicate", "preview", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_other_commands_load_no_server() -> None:
    """Starlette and uvicorn are imported by this command alone, and only once it runs."""
    code = "import sys, json, syndicate.cli; print(json.dumps([name for name in sys.modules if '.' not in name]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"starlette", "uvicorn", "watchfiles", "jinja2"} & set(json.loads(done.stdout))
