"""How much the command line says: `--quiet`, `--verbose`, before the command or after it, and without colours where nobody wants them."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from syndicate.cli.manual import laid_out
from tests.commands import commands
from tests.terminal import run
from tests.vocabulary import write_article

if TYPE_CHECKING:
    from pathlib import Path

AT = ("--at", "2026-11-16T09:00")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of one article and one that cannot be used, which is also the working folder."""
    (tmp_path / "syndicate.toml").write_text('[[feeds]]\nslug = "all"\ntitle = "All"\n')
    write_article(tmp_path / "articles", "a.md")
    write_article(tmp_path / "articles", "b.md", quality="high")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("words", [("--quiet", "render", *AT), ("render", *AT, "-q")], ids=" ".join)
@pytest.mark.usefixtures("workspace")
def test_quiet_leaves_the_results(words: tuple[str, ...]) -> None:
    """On stdout they are the same; on stderr there is nothing, before the command or after it."""
    normal = run("render", *AT)
    normal = run("render", *AT)
    assert normal.err
    assert run(*words) == (0, normal.out, "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("render", "--strict", *AT), "articles/b.md:5: quality: must be a number"),
        (("explain", "all", "xyzzy", *AT), "syndicate: no article matches 'xyzzy'"),
        (("explain", "al", *AT), "syndicate: no publication 'al'; did you mean all?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.usefixtures("workspace")
def test_quiet_says_what_failed(words: tuple[str, ...], told: str) -> None:
    """And exits as ever."""
    ended = run("--quiet", *words)
    assert ended.code == run(*words).code != 0
    assert told in ended.err


@pytest.mark.parametrize("words", [("-v", "render", *AT), ("render", *AT, "--verbose")], ids=" ".join)
def test_verbose_says_what_was_done(workspace: Path, words: tuple[str, ...]) -> None:
    """The settings, how many files were read, each document that was written or left alone, and how long it took."""
    first = run(*words)
    assert f"settings from {workspace / 'syndicate.toml'}" in first.err
    assert "2 articles read in " in first.err
    assert f"wrote {workspace / 'out' / 'feeds' / 'all.rss'}\n" in first.err
    assert first.err.splitlines()[-1].startswith("took ")
    (workspace / "out" / "feeds" / "all.atom").unlink()
    again = run(*words)
    assert f"left alone {workspace / 'out' / 'feeds' / 'all.rss'}\n" in again.err
    assert f"wrote {workspace / 'out' / 'feeds' / 'all.atom'}\n" in again.err
    assert "wrote" not in run("render", *AT).err


def test_quiet_and_verbose_are_not_given_together() -> None:
    """Before or after, or one on each side."""
    for words in (("-q", "-v", "list"), ("-q", "list", "-v"), ("list", "-q", "-v")):
        ended = run(*words)
        assert ended.code == 2
        assert "--quiet and --verbose ask for opposite things" in ended.err


@pytest.mark.usefixtures("workspace")
def test_one_command_line_does_not_silence_the_next() -> None:
    """Within one process, as tests and programs run them."""
    assert run("-q", "list", *AT).err == ""
    assert run("list", *AT).err


def test_a_quiet_run_logs_what_failed_alone(workspace: Path) -> None:
    """The log of `run` has levels; quiet keeps the errors."""
    assert "event=rendered" in run("run", "--once").err
    write_article(workspace / "articles", "c.md")
    assert run("run", "--once", "-q") == (0, "", "")


def test_every_command_heeds_both() -> None:
    """None has been forgotten."""
    for _, words, command in commands():
        assert {"quiet", "verbose"} <= {parameter.name for parameter in command.params}, words


@pytest.mark.parametrize("words", [("explain", "all"), ("list",), ("render",), ("status",)], ids=" ".join)
def test_no_color_takes_the_colours_away(workspace: Path, words: tuple[str, ...]) -> None:
    """Also where something else asks for them (no-color.org): bold and dim are no colours."""
    environment = {**os.environ, "NO_COLOR": "1", "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    done = subprocess.run(
        [sys.executable, "-m", "syndicate", *words, *AT], cwd=workspace, env=environment, capture_output=True, text=True, check=True
    )
    assert "\x1b[3" not in done.stdout
    assert "32m" not in done.stdout


def test_examples_keep_their_lines() -> None:
    """In help, where prose is wrapped."""
    assert (
        laid_out("Do it.\n\n    Now.\n\n        syndicate do it\n        syndicate do\n    ")
        == "Do it.\n\nNow.\n\n\b\n    syndicate do it\n    syndicate do"
    )
