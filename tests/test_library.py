"""The package as a library: what the architecture promises, by name and in action."""

from __future__ import annotations

import ast
from importlib.metadata import version
from pathlib import Path

import pytest

import syndicate
from tests.vocabulary import moment, write_article

CONFIGURATION = """
[site]
title = "Tide & Signal"
url = "https://news.example.org"
timezone = "Europe/London"
[articles]
folder = "seeds"
[[digests]]
slug = "weekly"
title = "Weekly"
subject = "{{ lead.title }}"
sender = "News <news@example.org>"
schedule = "0 8 * * mon"
"""


def test_an_edition_is_composed_and_emitted_in_six_lines(tmp_path: Path) -> None:
    """The example of the package's own docstring, line by line, run on a workspace of two articles."""
    (tmp_path / "syndicate.toml").write_text(CONFIGURATION)
    write_article(tmp_path / "seeds", "a.md", title="Inside", publishedDateTime="2026-11-12T09:30:00Z")
    write_article(tmp_path / "seeds", "b.md", title="Outside", publishedDateTime="2026-11-02T09:30:00Z")
    lines = [line.strip() for line in (syndicate.__doc__ or "").splitlines() if line.startswith("    ")]
    assert len(lines) == 6
    names: dict[str, object] = {"syndicate": syndicate, "now": moment("2026-11-18T12:00")}
    code = "\n".join(lines).replace('"syndicate.toml"', repr(str(tmp_path / "syndicate.toml")))
    exec(code, names)  # noqa: S102  our own docstring
    edition, document = names["edition"], names["document"]
    assert isinstance(edition, syndicate.Edition)
    assert isinstance(document, syndicate.Document)
    assert (edition.key, [entry.title for entry in edition.entries]) == ("weekly/2026-11-16", ["Inside"])
    assert (document.name, document.media_type) == ("digests/weekly/2026-11-16.atom", "application/atom+xml; charset=utf-8")
    assert b"Inside" in document.body


def test_all_that_is_public_is_sorted() -> None:
    """Names are found where they are looked for."""
    assert syndicate.__all__ == sorted(syndicate.__all__)


@pytest.mark.parametrize("name", syndicate.__all__)
def test_what_is_public_can_be_imported_and_says_what_it_is_for(name: str) -> None:
    """Each name is there when it is asked for, is listed by `dir`, and has a docstring."""
    assert getattr(syndicate, name).__doc__
    assert name in dir(syndicate)


def test_what_type_checkers_see_is_what_is_public() -> None:
    """The imports under `if TYPE_CHECKING` name exactly `__all__`, and so does the table by which they are loaded."""
    tree = ast.parse(Path(syndicate.__file__).read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If)]
    seen = [alias.name for block in blocks for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(seen) == syndicate.__all__
    assert sorted(name for names in syndicate.HOMES.values() for name in names) == syndicate.__all__


def test_a_name_that_is_not_public_is_not_there() -> None:
    """With the error that Python itself would raise."""
    with pytest.raises(AttributeError, match="module 'syndicate' has no attribute 'Nonsense'"):
        _ = syndicate.Nonsense


def test_the_version_is_that_of_the_package() -> None:
    """It stands in one place, `syndicate/__init__.py`, from which the package is built."""
    assert version("syndicate") == syndicate.__version__
