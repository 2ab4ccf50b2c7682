"""The one comparison of spellings."""

from __future__ import annotations

import pytest

from syndicate.hints import MANY, hint, nearest


@pytest.mark.parametrize(
    ("name", "names", "said"),
    [
        ("weeky", ["weekly", "energy"], "did you mean weekly?"),
        ("ENERGI", ["weekly", "Energy"], "did you mean Energy?"),
        ("xyzzy", ["weekly", "energy"], "there are energy, weekly"),
        ("xyzzy", [], "there are none"),
        ("xyzzy", map(str, range(MANY + 3)), "and 3 more"),
    ],
)
def test_a_hint_names_the_nearest_or_all_there_are(name: str, names: list[str], said: str) -> None:
    """Without regard to case; where nothing is near, as many as can be read."""
    assert hint(name, names).endswith(said)


def test_a_hint_may_say_something_else() -> None:
    """Where a list of all would be of no use."""
    assert hint("xyzzy", ["weekly"], otherwise="`syndicate list` shows them") == "`syndicate list` shows them"
    assert nearest("xyzzy", ["weekly"]) == ""
