"""`syndicate index`: what is remembered, made anew, and held against the articles."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from syndicate.cli import app
from tests.vocabulary import write_article

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Three articles, one of them with a mistake in it."""
    (tmp_path / "syndicate.toml").write_text('[site]\ntitle = "T"\nurl = "https://t.example"\n[[feeds]]\nslug = "all"\ntitle = "All"\n')
    for name in ("a.md", "b.md"):
        write_article(tmp_path / "articles", name, title=f"Story {name}")
    write_article(tmp_path / "articles", "c.md", quality="high")
    return tmp_path


def invoke(workspace: Path, *command: str) -> Any:
    """Run a command in the workspace."""
    return CliRunner().invoke(app, [*command, "--config", str(workspace / "syndicate.toml")])


def status(workspace: Path) -> dict[str, Any]:
    """What `index status` says to programs."""
    found: dict[str, Any] = json.loads(invoke(workspace, "index", "status", "--json").stdout)
    return found


def test_status_tells_what_is_there_and_what_is_new(workspace: Path) -> None:
    """Before the first reading, after it, and after a file was added, changed and removed."""
    assert not status(workspace)["ours"]
    invoke(workspace, "list")
    assert {"ours": True, "articles": 2, "problems": 1, "changed": 0, "gone": 0}.items() <= settled(workspace).items()
    write_article(workspace / "articles", "d.md")
    write_article(workspace / "articles", "a.md", title="Another title")
    (workspace / "articles" / "b.md").unlink()
    assert {"changed": 2, "gone": 1}.items() <= status(workspace).items()


def settled(workspace: Path) -> dict[str, Any]:
    """The status once the files have grown old: until then they are read again, since an edit might not show."""
    with sqlite3.connect(workspace / ".syndicate" / "index.db") as database:
        database.execute("UPDATE files SET young = 0")
    database.close()
    return status(workspace)


def test_verify_finds_what_differs_and_rebuild_mends_it(workspace: Path) -> None:
    """An index that was tampered with is told from the articles, file by file."""
    invoke(workspace, "list")
    assert invoke(workspace, "index", "verify").exit_code == 0
    settled(workspace)
    with sqlite3.connect(workspace / ".syndicate" / "index.db") as database:
        database.execute("DELETE FROM articles WHERE source LIKE '%a.md'")
    database.close()
    found = invoke(workspace, "index", "verify")
    assert (found.exit_code, found.stdout) == (1, "articles/a.md: is not in the index as it is on disk\n")
    assert invoke(workspace, "index", "rebuild").exit_code == 0
    assert invoke(workspace, "index", "verify").exit_code == 0


def test_a_damaged_index_is_made_anew_without_a_word_lost(workspace: Path) -> None:
    """Whatever lies where the index should, the articles are listed."""
    whole = invoke(workspace, "list", "--json").stdout
    (workspace / ".syndicate" / "index.db").write_bytes(b"no database at all" * 1000)
    found = invoke(workspace, "list", "--json")
    assert (found.exit_code, found.stdout) == (0, whole)
