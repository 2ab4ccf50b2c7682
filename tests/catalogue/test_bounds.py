from __future__ import annotations

import pytest
import yaml

from syndicate.catalogue.bounds import DEEPEST, MOST_VALUES, check_bounds
from syndicate.catalogue.frontmatter import BASE


def scan(text: str) -> str:
    """What the bounds say of a YAML text; nothing where they let it pass."""
    try:
        check_bounds(yaml.parse(text, Loader=BASE))
    except yaml.MarkedYAMLError as error:
        return str(error.problem) if error.problem_mark else "is nowhere"
    return ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ""),
        ("a: [b, {c: d}]", ""),
        ("a: &x 1\nb: *x", ""),
        ("a: &x [1, 2]\nb: [*x, *x]", ""),
        ("a: !!str 1", "has a tag tag:yaml.org,2002:str; write plain values"),
        ("a: ! b", "has a tag !; write plain values"),
        ("a: !!set {b}", "has a tag tag:yaml.org,2002:set; write plain values"),
        ("&x a: *x", ""),
        ("a: *x", "has an alias *x for a value that holds it or is missing"),
        ("a: &x [*x]", "has an alias *x for a value that holds it or is missing"),
        ("a: &x {b: &y [*x]}", "has an alias *x for a value that holds it or is missing"),
        ("a: 1\n---\nb: 2", "holds a second document"),
    ],
)
def test_what_a_text_may_not_do_is_told_of_it(text: str, said: str) -> None:
    """Tags, aliases that go round, and a second document are refused; the rest passes."""
    assert scan(text) == said


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_depth_is_bounded(opening: str, closing: str) -> None:
    """As deep as the bound is allowed, one level more is not."""
    assert scan(opening * DEEPEST + "x" + closing * DEEPEST) == ""
    assert scan(opening * (DEEPEST + 1) + "x" + closing * (DEEPEST + 1)) == f"is nested more than {DEEPEST} levels deep"


def test_values_are_bounded() -> None:
    """A list counts itself and what is in it."""
    assert scan(f"[{'a,' * (MOST_VALUES - 1)}]") == ""
    assert scan(f"[{'a,' * MOST_VALUES}]") == f"holds more than {MOST_VALUES} values"


def test_an_alias_counts_as_all_that_it_stands_for() -> None:
    """Ten times ten times ten values are a thousand, however few are written."""
    bomb = "\n".join(["a0: &a0 x", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9))])
    assert scan(bomb) == f"holds more than {MOST_VALUES} values"
    assert scan("\n".join(bomb.splitlines()[:4])) == ""


def test_the_scan_stops_at_the_first_mistake() -> None:
    """What comes behind it is never looked at."""
    events = yaml.parse(f"a: !!tag b\nc: {'[' * 50_000}", Loader=BASE)
    with pytest.raises(yaml.MarkedYAMLError, match="has a tag"):
        check_bounds(events)
    assert next(iter(events), None) is not None
