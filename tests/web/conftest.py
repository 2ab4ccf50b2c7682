"""What tests over HTTP share."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.web.outlets import Stall, stall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Stall]:
    """An outlet over a document of each kind."""
    made = stall(tmp_path)
    with made.runner:
        yield made


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stall]:
    """The same, for tests that change nothing."""
    made = stall(tmp_path_factory.mktemp("outlet"))
    with made.runner:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a screen."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install 'syndicate[test]'")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium: neither chromium nor google-chrome is on the path")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield found
        found.close()
