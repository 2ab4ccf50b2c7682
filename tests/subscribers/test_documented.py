"""The tables of docs/subscribers.md say what the program does, and all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syndicate.publishing.subscribing.columns import COLUMNS, FILES, NAMES, STRICTNESS, WORDS

PAGE = Path(__file__).parents[2] / "docs" / "subscribers.md"


@pytest.fixture
def page() -> str:
    """The page."""
    if not PAGE.is_file():
        pytest.skip("not in a checkout")
    return PAGE.read_text(encoding="utf-8")


def test_every_column_is_documented_by_all_its_names(page: str) -> None:
    """Those of one meaning in their order."""
    table = page.partition("| column |")[2].partition("\n\n")[0]
    documented = re.findall(r"`([a-z_]+)`", table.replace("`active`", ""))
    assert sorted(documented) == sorted(name for names in NAMES.values() for name in names)
    for names in NAMES.values():
        assert [name for name in documented if name in names] == list(names)


@pytest.mark.parametrize("state", STRICTNESS)
def test_every_word_is_documented_under_what_it_is_taken_for(page: str, state: str) -> None:
    """And no other."""
    (row,) = re.findall(rf"^\| `{state}` \| (`.*) \|$", page.partition("| is taken for |")[2], re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) == {word for word, taken in WORDS.items() if taken == state}


def test_every_state_and_exported_column_is_documented(page: str) -> None:
    """In their order."""
    assert re.findall(r"^\| `(\w+)` \|", page.partition("## Addresses")[0], re.MULTILINE) == list(STRICTNESS)
    assert ", ".join(COLUMNS) in " ".join(page.split())
    assert all(f"`{start}...`" in page for start in FILES)
