"""What the tests of the list share."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from syndicate.cli import main
from tests.subscribers.club import SECRET, SETTINGS, Club

if TYPE_CHECKING:
    from pathlib import Path


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Run(Protocol):
    """Run `syndicate subscribers` with these words."""

    def __call__(self, *words: str | Path) -> Ended:
        """Give how it ended."""


@pytest.fixture
def club(tmp_path: Path, storage_url: str) -> Club:
    """A club with nobody in it, which is also a workspace; in each database."""
    (tmp_path / "syndicate.toml").write_text(SETTINGS, encoding="utf-8")
    return Club(tmp_path, storage_url)


@pytest.fixture
def run(club: Club, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in this process, in the club's folder."""
    for name in [name for name in os.environ if name.upper().startswith("SYNDICATE_") and name != "SYNDICATE_STORAGE__URL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SYNDICATE_MAIL__SECRET", SECRET)
    monkeypatch.chdir(club.root)

    def command(*words: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["syndicate", "subscribers", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, captured.out, captured.err)

    return command
