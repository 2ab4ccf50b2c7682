"""What tests over HTTP share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.outlets import Stall, stall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
