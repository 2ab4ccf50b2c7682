"""Where packages of others are installed for one test.

The example is a package of its own: its tests are run as its author would run them, by one of ours.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

collect_ignore = ["syndicate-example"]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path, as packages are installed into one."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # sources that differ within a second look the same to a cache
    forget()
    yield folder
    forget()


def forget() -> None:
    """Have the next test import its own packages."""
    for name in [name for name in sys.modules if name.startswith(("syndicate_example", "syndicate_odd", "syndicate_even"))]:
        del sys.modules[name]
