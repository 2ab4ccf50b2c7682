from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from syndicate.catalogue.fields import Fields, read_fields
from syndicate.errors import Problem


def values(front_matter: str) -> dict[str, object]:
    """What the front matter holds, where nothing is wrong with it."""
    found = read_fields(f"---\n{front_matter}\n---\n", "a.md")
    assert isinstance(found, Fields), found
    return found.values


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("54", 54),
        ("-1", -1),
        ("7.5", 7.5),
        ("007", "007"),
        ("+7", "+7"),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        ("1_000", "1_000"),
        ("0x10", "0x10"),
        ("0o17", "0o17"),
        (".5", ".5"),
        ("5.", "5."),
        ("1" * 30, "1" * 30),
        (".inf", ".inf"),
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("NO", "NO"),
        ("~", None),
        ("null", None),
        ("", None),
        ("'54'", "54"),
        ("1:30", "1:30"),
        ("=", "="),
        ("<<", "<<"),
        ("2026-11-16", date(2026, 11, 16)),
        ("2026-11-16T08:00:00Z", datetime(2026, 11, 16, 8, tzinfo=UTC)),
        ("2026-11-16 08:00", datetime(2026, 11, 16, 8)),  # noqa: DTZ001  as it is written
        ("2026-02-30", "2026-02-30"),
        ("2026-11-16T25:00", "2026-11-16T25:00"),
        ("2026-11", "2026-11"),
        ("[a, 1]", ["a", 1]),
        ("{a: {b: 1}}", {"a": {"b": 1}}),
    ],
)
def test_a_value_is_what_it_would_be_written_back_as(written: str, read: object) -> None:
    """The schema is YAML 1.2's, and nothing that was written is lost: what would print otherwise stays text."""
    found = values(f"key: {written}")["key"]
    assert found == read
    assert type(found) is type(read)


def test_keys_become_text() -> None:
    """A key may look like a number or a date; it is a name all the same."""
    assert list(values("1: a\n2026-11-16: b\ntrue: c\n~: d")) == ["1", "2026-11-16", "true", "~"]


def test_an_alias_is_read() -> None:
    """An alias within bounds is what it stands for."""
    assert values("a: &a [x, y]\nb: *a\nc: &c z\nd: *c") == {"a": ["x", "y"], "b": ["x", "y"], "c": "z", "d": "z"}


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: a\n---\nbody",
        "---  \ntitle: a\n---\t\nbody",
        "-----\ntitle: a\n-----\nbody",
        "\n\n  \n---\ntitle: a\n---\nbody\n\n",
        "---\n\n\ntitle: a\n\n---\n\n\nbody",
        "---\n# a comment\ntitle: a # and another\n---\nbody",
        "\x00\x01---\ntitle: a\n---\nbody".removeprefix("\x00\x01"),
        "---\nti\x07tle: a\x00\n---\nbody\x1b",
    ],
)
def test_front_matter_is_found_however_it_is_spaced(text: str) -> None:
    """Blanks around the boundaries, longer boundaries, comments and control characters change nothing."""
    found = read_fields(text, "a.md")
    assert isinstance(found, Fields)
    assert (found.values, found.body) == ({"title": "a"}, "body")


def test_a_rule_in_the_body_is_the_bodys() -> None:
    """Only the first two boundaries are ones."""
    found = read_fields("---\ntitle: a\n---\none\n\n---\n\ntwo\n---\n", "a.md")
    assert isinstance(found, Fields)
    assert found.body == "one\n\n---\n\ntwo\n---"


def test_wrong_decoding_with_controls_in_it_is_mended() -> None:
    """Control characters left by wrong decoding are what ftfy repairs the text by, before YAML could refuse them."""
    assert values("title: systemsâ\x80\x99 limits") == {"title": "systems’ limits"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: a", 1),
        ("\n\n---\ntitle: a", 3),
        ("---\n---\n", 1),
        ("\n---\n- a\n---\n", 2),
        ("---\na: 1\nb: [\n---\n", 4),
        ("---\na: 1\n\n\nb: c: d\n---\n", 5),
        ("---\n\n\n\na: b: c\n---\n", 5),
        ("\n\n---\na: 1\na: 2\n---\n", 5),
    ],
)
def test_a_mistake_names_its_line(text: str, line: int) -> None:
    """The line is counted from the top of the file, blank lines and all."""
    found = read_fields(text, "seeds/a.md")
    assert isinstance(found, Problem)
    assert (found.file, found.field, found.line) == ("seeds/a.md", "front matter", line)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 3),
        (("title",), 6),
        (("provider",), 8),
        (("provider", "name"), 9),
        (("provider", "domain"), 8),
        (("images", 0), 12),
        (("images", 0, "url"), 12),
        (("images", 1, "width"), 14),
        (("images", 7), 11),
        (("missing",), 3),
        (("title", "deeper", 3), 6),
    ],
)
def test_a_value_knows_its_line(path: tuple[str | int, ...], line: int) -> None:
    """The line of a value, or of the nearest thing around it that stands in the file."""
    text = """

---


title: a

provider:
  name: b

images:
  - url: c
  - url: d
    width: 5
---
"""
    found = read_fields(text, "a.md")
    assert isinstance(found, Fields)
    assert found.line(path) == line
