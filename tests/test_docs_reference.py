"""The generated pages of the reference say what the code says."""

from __future__ import annotations

import pytest

from tests.reference import FOLDER, MEANINGS, ROUTES, first_sentence, readable, reference, table

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="not in a checkout")


@pytest.mark.parametrize(("name", "text"), reference().items(), ids=reference())
def test_a_page_is_as_the_code_would_have_it(name: str, text: str) -> None:
    """`python -m tests.reference` writes it anew."""
    assert (FOLDER / name).read_text(encoding="utf-8") == text


def test_no_meaning_is_left_over() -> None:
    """A field that is gone takes its words with it."""
    for kind, meanings in MEANINGS.items():
        assert meanings.keys() <= {name for name in dir(kind) if not name.startswith("_")}, kind
    routes = reference()["routes.md"]
    assert all(f"`{path}`" in routes for path in ROUTES)


def test_a_pattern_is_shown_as_a_name() -> None:
    """As people write it."""
    assert readable(r"digests/([a-z0-9-]+)/search/[0-9]+\.js") == "digests/<slug>/search/<number>.js"


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    """Filters are written with one."""
    assert table(("a",), [("x|y",)]).endswith("| x\\|y |\n")


def test_a_docstring_becomes_a_cell() -> None:
    """Without its capital, its full stop, and what follows."""

    def said() -> None:
        """Say so.

        And more.
        """

    assert first_sentence(said) == "say so"
