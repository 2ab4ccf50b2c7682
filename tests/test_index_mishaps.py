"""What befalls an index, and what a render makes of it: the same as if there were none."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import syndicate.emitters
from syndicate.cli import app
from tests.vocabulary import write_article

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """[site]
title = "T"
url = "https://t.example"
[[feeds]]
slug = "all"
title = "All"
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """One article with a text of its own, rendered."""
    (tmp_path / "syndicate.toml").write_text(SETTINGS)
    write_article(tmp_path / "articles", "a.md", body="Some *text* of its own.")
    render(tmp_path)
    return tmp_path


def render(workspace: Path, at: str = "2026-11-16T12:00") -> None:
    """Render everything, as the command line does it."""
    done = CliRunner().invoke(app, ["render", "--at", at, "--config", str(workspace / "syndicate.toml")])
    assert done.exit_code == 0


def feed(workspace: Path) -> str:
    """The feed as it stands."""
    return (workspace / "out" / "feeds" / "all.rss").read_text(encoding="utf-8")


def alter(workspace: Path, statement: str) -> None:
    """Change the index behind its back."""
    with closing(sqlite3.connect(workspace / ".syndicate" / "index.db", isolation_level=None)) as database:
        database.execute(statement)


def run(workspace: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run the whole program."""
    line = [sys.executable, "-m", "syndicate", *command, "--config", str(workspace / "syndicate.toml")]
    return subprocess.run(line, capture_output=True, text=True, check=False)


def test_nothing_stale_stands_where_the_index_cannot_be_used(workspace: Path) -> None:
    """What is remembered of the folder of output does not hide a new title."""
    for name in ("index.db", "index.db-wal", "index.db-shm"):
        (workspace / ".syndicate" / name).unlink(missing_ok=True)
    (workspace / ".syndicate" / "index.db").mkdir()
    render(workspace)
    write_article(workspace / "articles", "a.md", title="Another title")
    render(workspace)
    assert "Another title" in feed(workspace)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE bodies SET markdown = 'Something else'", "UPDATE articles SET quality = 'x'", "UPDATE bodies SET article = x'00'"],
    ids=["text", "column", "article"],
)
def test_damage_that_is_found_late_stops_no_command(workspace: Path, statement: str) -> None:
    """The index is thrown away, and the command begins again."""
    alter(workspace, statement)
    (workspace / ".syndicate" / "standing.db").unlink()
    before = feed(workspace)
    (workspace / "out" / "feeds" / "all.rss").unlink()
    done = run(workspace, "render", "--at", "2026-11-16T12:00")
    assert (done.returncode, feed(workspace)) == (0, before)


def test_a_run_comes_over_damage_too(workspace: Path) -> None:
    """Its feeds are rendered in the same run."""
    alter(workspace, "UPDATE bodies SET article = x'00'")
    (workspace / "out" / "feeds" / "all.rss").unlink()
    done = run(workspace, "run", "--once", "--at", "2026-11-16T12:00")
    assert done.returncode == 0, done.stderr
    assert "<item>" in feed(workspace)


def test_rebuild_mends_whatever_is_damaged(workspace: Path) -> None:
    """At the first try."""
    (workspace / ".syndicate" / "index.db").write_bytes(b"noise" * 10_000)
    assert run(workspace, "index", "rebuild").returncode == 0
    assert run(workspace, "index", "verify").returncode == 0


def test_a_run_puts_right_what_leads_to_the_feeds(workspace: Path) -> None:
    """A front page that was altered by hand, though no feed has changed."""
    page = workspace / "out" / "index.html"
    whole = page.read_bytes()
    page.write_bytes(b"altered")
    assert run(workspace, "run", "--once", "--at", "2026-11-16T12:00").returncode == 0
    assert page.read_bytes() == whole


def test_the_clock_alone_emits_nothing(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new draft changes what there is to choose from, and later is later: the feed comes to the same, and is left alone."""
    write_article(workspace / "articles", "draft.md", title="Not yet", published=False)
    emitted: list[str] = []
    monkeypatch.setattr(syndicate.emitters, "emit", lambda edition, form: emitted.append(f"{edition.key}.{form}"))
    render(workspace, at="2026-11-16T12:15")
    assert [name for name in emitted if name.startswith("all.")] == []
