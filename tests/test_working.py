"""`syndicate worker`: what it looks at before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.cli import main
from syndicate.config import load_settings
from syndicate.publishing.secrets import keys_of
from syndicate.workers import Worker
from tests.databases import on_postgresql
from tests.publishing.press import Press

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.storage import Ledger


@on_postgresql
@pytest.mark.usefixtures("storage_url")
@pytest.mark.parametrize(("secret", "code"), [("the-secret-of-all-of-them", 0), ("another-than-the-others-have", 2)])
def test_a_worker_with_another_secret_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], secret: str, code: int
) -> None:
    """It would send links that do not hold: that is said at once, and not when something is due."""
    monkeypatch.setenv("SYNDICATE_MAIL__SECRET", "the-secret-of-all-of-them")
    press = Press(tmp_path).configure()
    keys_of(load_settings(tmp_path / "syndicate.toml"), press.ledger)
    press.ledger.close()
    monkeypatch.setenv("SYNDICATE_MAIL__SECRET", secret)
    begun: list[Ledger] = []
    monkeypatch.setattr(Worker, "run", lambda self: begun.append(self.ledger))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["syndicate", "worker"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code or 0, len(begun)) == (code, 1 if code == 0 else 0)
    assert ("is not the secret" in capsys.readouterr().err) == bool(code)
