"""The secret behind links and suppressions: made once, for its owner alone, the same for every program."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from syndicate.config import load_settings
from syndicate.delivery.tokens import Keys
from syndicate.errors import ConfigurationError, StorageError
from syndicate.publishing.secrets import keys_of
from syndicate.storage import Ledger
from tests.subscribers.club import SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105  of nothing


OTHER = "fedcba9876543210fedcba9876543210"


RIVAL = """
from pathlib import Path
from syndicate.config import load_settings
from syndicate.publishing.secrets import keys_of
from syndicate.storage import Ledger
settings = load_settings()
print(keys_of(settings, Ledger.open(settings.storage.url, Path.cwd())).secrets)
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace without a secret."""
    (tmp_path / "syndicate.toml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def opened(workspace: Path) -> Keys:
    """The keys of the workspace, with its ledger opened afresh."""
    settings = load_settings(workspace / "syndicate.toml")
    return keys_of(settings, Ledger.open(settings.storage.url, workspace))


def test_a_secret_is_made_once(workspace: Path) -> None:
    """Of 32 bytes of chance, in hex, with nothing left beside it."""
    keys = opened(workspace)
    assert opened(workspace) == keys
    file = workspace / ".syndicate" / "secret"
    assert {path.name.partition(".")[0] for path in file.parent.iterdir()} == {"secret", "syndicate"}
    assert keys == Keys.of(file.read_text(encoding="ascii"))
    assert len(bytes.fromhex(file.read_text(encoding="ascii"))) == 32


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes; the folder's list of rights holds there")
def test_nobody_else_reads_it(workspace: Path) -> None:
    """Whatever the umask."""
    opened(workspace)
    assert (workspace / ".syndicate" / "secret").stat().st_mode & 0o777 == 0o600


def test_programs_that_start_at_once_agree(workspace: Path) -> None:
    """The first to make it gives it to all."""
    rivals = [subprocess.Popen([sys.executable, "-c", RIVAL], cwd=workspace, stdout=subprocess.PIPE) for _ in range(4)]
    assert len({rival.communicate()[0] for rival in rivals}) == 1
    assert [rival.returncode for rival in rivals] == [0] * 4


def test_a_configured_secret_is_taken(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And none is made."""
    monkeypatch.setenv("SYNDICATE_MAIL__SECRET", SECRET)
    assert opened(workspace) == Keys.of(SECRET)
    assert not (workspace / ".syndicate" / "secret").exists()


def test_a_secret_that_cannot_be_read_says_what_to_do(workspace: Path) -> None:
    """With the file, and with the way round it."""
    (workspace / ".syndicate" / "secret").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"\.syndicate/secret: cannot be used .* SYNDICATE_MAIL__SECRET"):
        opened(workspace)


def test_a_secret_that_went_missing_is_not_replaced(workspace: Path) -> None:
    """Under a new one, suppressed people would come back and no link would hold; a new one after the old one is fine."""
    opened(workspace)
    file = workspace / ".syndicate" / "secret"
    old = file.read_text(encoding="ascii")
    file.unlink()
    with pytest.raises(ConfigurationError, match=r"secret: is missing, and the database was written under it; restore it"):
        opened(workspace)
    file.write_text(SECRET, encoding="ascii")
    with pytest.raises(ConfigurationError, match=r"\.syndicate/secret: is not the secret under which the database was written"):
        opened(workspace)
    file.write_text(f"{old.strip()} {SECRET}", encoding="ascii")
    assert len(opened(workspace).secrets) == 2


def test_nothing_is_made_in_place_of_a_configured_secret(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the variable is missing one day, the file that is made otherwise would be wrong."""
    monkeypatch.setenv("SYNDICATE_MAIL__SECRET", SECRET)
    opened(workspace)
    monkeypatch.delenv("SYNDICATE_MAIL__SECRET")
    with pytest.raises(ConfigurationError, match=r"secret: is missing, .* or set mail\.secret"):
        opened(workspace)
    assert not (workspace / ".syndicate" / "secret").exists()


def test_a_configured_secret_that_is_another_says_where_the_right_one_lies(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the file, where it was until one was configured; both places and the way to have both are named."""
    opened(workspace)
    monkeypatch.setenv("SYNDICATE_MAIL__SECRET", SECRET)
    with pytest.raises(ConfigurationError, match=r"mail\.secret: is not .* parted by a space: it lies in .*\.syndicate/secret"):
        opened(workspace)
    (workspace / ".syndicate" / "secret").write_text(OTHER, encoding="ascii")
    with pytest.raises(ConfigurationError, match=r"mail\.secret: is not .* parted by a space$"):
        opened(workspace)


def test_of_two_programs_with_two_secrets_one_is_refused(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where both have found a database that knew of none."""
    settings = load_settings(workspace / "syndicate.toml")
    ledger = Ledger.open(settings.storage.url, workspace)
    known = ledger.fact
    monkeypatch.setattr(ledger, "keep_fact", lambda name, _: Ledger.keep_fact(ledger, name, "of the quicker one"))
    with pytest.raises(ConfigurationError, match="is not the secret under which"):
        keys_of(settings, ledger)
    assert known("secret") == "of the quicker one"
