"""What shells offer when somebody presses Tab, asked for as shells ask: through the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, get_args

import pytest

from syndicate.cli import completing
from syndicate.config import TABLES
from syndicate.delivery.policy import State
from syndicate.storage.people import Standing
from tests.terminal import run
from tests.vocabulary import write_article

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATION = """
[topics]
"Tidal Power" = { parent = "Energy" }
[[feeds]]
slug = "energy"
title = "All about energy"
topics = ["Energy"]
[[digests]]
slug = "weekly"
title = "The weekly"
sender = "News <news@example.org>"
schedule = "0 8 * * mon"
[[digests]]
slug = "daily"
title = "The daily"
sender = "News <news@example.org>"
schedule = "0 8 * * *"
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an edition that is recorded."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "syndicate.toml").write_text(CONFIGURATION)
    write_article(folder / "articles", "a.md", topics=["Energy"])
    for day in ("09", "16"):
        assert run("run", "--once", "--at", f"2026-11-{day}T08:00Z", "--config", folder / "syndicate.toml").code == 0
    return folder


def offered(folder: Path, typed: str, shell: str = "bash") -> list[str]:
    """What is offered behind what was `typed`, the last word of which is still being written."""
    words = typed.split(" ")
    asking = {
        "bash": {"COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": typed},
        "fish": {"_TYPER_COMPLETE_ARGS": typed, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    environment = {**os.environ, "_SYNDICATE_COMPLETE": f"complete_{shell}", **asking}
    program = "import sys; sys.argv[0] = 'syndicate'; from syndicate.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("syndicate sub", ["subscribers"]),
        ("syndicate render --for", ["--format"]),
        ("syndicate render ", ["energy", "weekly", "daily"]),
        ("syndicate render energy w", ["weekly"]),
        ("syndicate explain e", ["energy"]),
        ("syndicate send ", ["weekly", "daily"]),
        ("syndicate subscribers add ann@example.org --digest d", ["daily"]),
        ("syndicate editions show weekly/", ["weekly/2026-11-16", "weekly/2026-11-09", "weekly/2026-11-02"]),
        ("syndicate render --format rss,a", ["rss,atom"]),
        ("syndicate list --order ", ["newest", "quality", "heat"]),
        ("syndicate outbox list --state unc", ["uncertain"]),
        ("syndicate config show st", ["storage"]),
        ("syndicate list --topic E", ["Energy"]),
        ("syndicate render xyz", []),
    ],
)
def test_a_value_is_completed(workspace: Path, typed: str, values: list[str]) -> None:
    """Commands, options, and what the workspace knows."""
    assert offered(workspace, typed) == values


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_show_a_title_beside_a_slug(workspace: Path, shell: str) -> None:
    """Zsh and fish have room for a word about each value."""
    found = "\n".join(offered(workspace, "syndicate send w", shell))
    assert "weekly" in found
    assert "The weekly" in found
    assert "daily" not in found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    """What `--show-completion` prints is for the shell that asks, and calls this program."""
    environment = {**os.environ, "_SYNDICATE_COMPLETE": f"source_{shell}"}
    program = "import sys; sys.argv[0] = 'syndicate'; from syndicate.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert f"complete_{shell}" in done.stdout
    assert "_SYNDICATE_COMPLETE" in done.stdout


def test_completing_makes_no_file_and_no_noise(tmp_path: Path) -> None:
    """Where there is no database none is made; where there is no configuration, or a wrong one, nothing is offered."""
    (tmp_path / "syndicate.toml").write_text(CONFIGURATION)
    assert offered(tmp_path, "syndicate editions show ") == []
    (tmp_path / "syndicate.toml").write_text(f'{CONFIGURATION}[storage]\nurl = "postgresql+psycopg://db:1:2/x"\n')
    assert offered(tmp_path, "syndicate editions show ") == []
    (tmp_path / "syndicate.toml").write_text("[sight]")
    assert offered(tmp_path, "syndicate render ") == []
    assert [path.name for path in tmp_path.iterdir()] == ["syndicate.toml"]


def test_a_look_into_the_database_leaves_no_trace(workspace: Path) -> None:
    """Not even SQLite's own files beside it."""
    before = sorted(path.name for path in (workspace / ".syndicate").iterdir())
    assert offered(workspace, "syndicate outbox cancel w")
    assert sorted(path.name for path in (workspace / ".syndicate").iterdir()) == before


def test_the_words_that_are_offered_are_those_that_there_are() -> None:
    """States of people and of deliveries, tables."""
    from syndicate.cli.subscribers import STATES

    assert set(STATES) == set(get_args(Standing))
    assert completing.deliveries("") == list(get_args(State))
    assert completing.tables("") == list(TABLES)
