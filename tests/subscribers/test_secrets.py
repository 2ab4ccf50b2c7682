"""The secret behind links and suppressions: made once, for its owner alone, the same for every program."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from syndicate.config import load_settings
from syndicate.delivery.tokens import Keys
from syndicate.errors import StorageError
from syndicate.publishing.secrets import keys_of
from tests.subscribers.club import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105  of nothing


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace without a secret."""
    (tmp_path / "syndicate.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def test_a_secret_is_made_once(workspace: Path) -> None:
    """Of 32 bytes of chance, in hex, with nothing left beside it."""
    settings = load_settings(workspace / "syndicate.toml")
    keys = keys_of(settings)
    assert keys_of(settings) == keys
    (file,) = (workspace / ".syndicate").iterdir()
    assert file.name == "secret"
    assert keys == Keys.of(file.read_text(encoding="ascii"))
    assert len(bytes.fromhex(file.read_text(encoding="ascii"))) == 32


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes; the folder's list of rights holds there")
def test_nobody_else_reads_it(workspace: Path) -> None:
    """Whatever the umask."""
    keys_of(load_settings(workspace / "syndicate.toml"))
    assert (workspace / ".syndicate" / "secret").stat().st_mode & 0o777 == 0o600


def test_programs_that_start_at_once_agree(workspace: Path) -> None:
    """The first to make it gives it to all."""
    code = "from syndicate.config import load_settings; from syndicate.publishing.secrets import keys_of; print(keys_of(load_settings()).secrets)"
    rivals = [subprocess.Popen([sys.executable, "-c", code], cwd=workspace, stdout=subprocess.PIPE) for _ in range(4)]
    assert len({rival.communicate()[0] for rival in rivals}) == 1
    assert [rival.returncode for rival in rivals] == [0] * 4


def test_a_configured_secret_is_taken(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And none is made."""
    monkeypatch.setenv("SYNDICATE_MAIL__SECRET", SECRET)
    assert keys_of(load_settings(workspace / "syndicate.toml")) == Keys.of(SECRET)
    assert not (workspace / ".syndicate").exists()


def test_a_secret_that_cannot_be_read_says_what_to_do(workspace: Path) -> None:
    """With the file, and with the way round it."""
    (workspace / ".syndicate" / "secret").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"\.syndicate/secret: cannot be used .* SYNDICATE_MAIL__SECRET"):
        keys_of(load_settings(workspace / "syndicate.toml"))
