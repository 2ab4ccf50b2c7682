from __future__ import annotations

import subprocess
import sys
from threading import Thread

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.catalogue import simple
from syndicate.catalogue.bounds import DEEPEST, MOST_VALUES
from syndicate.catalogue.fields import Fields, read_fields
from syndicate.catalogue.frontmatter import handler
from syndicate.catalogue.simple import LONGEST, read_simple

pytest.importorskip("yaml_rs", reason="there is no yaml-rs here: libyaml reads everything")

FORMAT = """
category: news
title: "Safe AI for healthcare: providers pursue ‘once-in-a-generation’ benefits"
excerpt: 'It''s new # and not a comment'
publishedDateTime: 2023-12-15T19:19:00Z
originalUrl: https://example.org/ai/#top
quality: 74
heat: -1
ratio: 0.5
published: false

# who
provider:
  name: Venture Beat (US)
  domain: example.org
  images:
    - url: "https://img.example.org/a.jpg?fit=750%2C422&#038;strip=all"
      width: 50
provider_: {name: Ward's Round, images: [{url: "https://img.example.org/b.jpg", width: 50}]}
topics:
- AI
- Grid and storage
labels: [AI, "Tidal: power", 'Sun', 2026, 2026-11-16, true]
none:
related:
  - title: "A \\"quoted\\" word\\n"
    images: []
    provider: {}
"""

# fmt: off
SIMPLE = ["54", "-1", "7.5", "54.0", "0", "true", "false", "null", "''", '""', "'54'", '"a: b # c"', "2026-11-16", "2026-02-30"]
SIMPLE += ["2026-11-16T08:00:00Z", "2026-11-16 08:00:00", "2026-11-16T08:00:00+05:30", "2021-02-29T10:00:00Z", "[a, 1]", "{a: {b: [c]}}"]
SIMPLE += ["inf", "nan", "NaN", "Infinity", "yes", "No", "on", "OFF", "y", "N", "truethy", "nullable", "a:b", "a#b", "a 'b' c", "e5", "x_1", "漢字"]
SIMPLE += ["/posts/a", "(a)", "’a", "a, [b] {c} & *d !e |f >g %h @i", "[a b, it's]", "[ a , b ]", "https://example.org/?a=b#c", "999999999999999"]

TRAPS = ["007", "072", "0o17", "0x10", "0b1", "1e3", "1E5", "+7", ".5", "5.", "1.10", "-0", "1_000", "_1", "_", "1:30", "12:30:45", "190:20:30"]
TRAPS += ["~", "True", "NULL", ".inf", "-.inf", ".nan", "=", "<<", "1" * 30, "9007199254740993.5", "2026-13-01", "2026-11-16T25:00:00Z", "2026-1-1"]
TRAPS += ["1899-12-31", "2026-11-16T08:00", "2026-11-16T08:00:00.5Z", "2026-11-16t08:00:00z", "2026-11-16 08:00:00 Z", "!!str 1", "! a", "&a b", "*a"]
TRAPS += ["|", ">-", "|\n  a", "a\n  b", '"a\n  b"', "'a\n  b'", '"\\x41"', '"\\u00e9"', '"\\/"', '"a', "a'", "'a", '"a"b', "a # b", "a: b", "a:", "- a"]
TRAPS += ["? a", "@a", "`a", "%a", "[a", "{a", "[a: b]", "{a: }", "{a}", "{a, b: c}", "[a,]", "[[[[a]]]]", "[?a]", "\ta", "a\tb", "a\u2028b", "a\u0085b"]
TRAPS += ["\u00a0a", "\ufeffa", '{"a": b}', '{"a":b}', "{a: b, a: c}", '["a" ]', "a\n---\nb: c", "a\n...", "{true: a}", "[a\n, b]", "a\n- b", "\U0001f600"]
# fmt: on


def by_libyaml(text: str) -> object:
    """What the slower way makes of a text, every type with it; nothing where it refuses it."""
    try:
        return repr(handler.load(text))
    except (yaml.YAMLError, ValueError):
        return None


def assert_same(text: str) -> None:
    """What is read simply is what libyaml reads."""
    found = read_simple(text)
    if found is not None:
        assert repr(found) == by_libyaml(text)


@pytest.mark.parametrize("value", SIMPLE)
def test_a_simple_value_is_read_simply(value: str) -> None:
    """And it is what libyaml makes of it, to the type."""
    text = f"\na: {value}\n"
    assert read_simple(text) is not None
    assert_same(text)


@pytest.mark.parametrize(
    "form", ["\na: {}\n", "\n- {}\n", "\na:\n  - {}\n", "\na: [{}]\n", "\na: [{{b: {}}}, c]\n", "\n{}: a\n", "\na:\n- b: {}\n  c: d\n"]
)
@pytest.mark.parametrize("value", SIMPLE + TRAPS)
def test_a_trap_is_no_trap_wherever_it_stands(form: str, value: str) -> None:
    """On each of these some two parsers, or two schemas of YAML, are of different minds."""
    assert_same(form.format(value))


@pytest.mark.parametrize(
    "value", ["072", "1:30", "12:30:45", "1e3", "True", "_1", "|\n  a", "&a b", "a\n  b", '"\\x41"', "a\tb", "a # b", "1.10", "~"]
)
def test_what_parsers_dispute_is_left_to_libyaml(value: str) -> None:
    """It is never handed to yaml-rs, whatever that would make of it."""
    assert read_simple(f"\na: {value}\n") is None


@pytest.mark.parametrize("key", ["1", "true", "Null", "2026-11-16", "_1", '"a"', "é", "a b", "<<", "?", "a" * 65])
def test_a_key_is_a_plain_name_or_left_to_libyaml(key: str) -> None:
    """A key that a schema may take for another type stays text only there."""
    assert read_simple(f"\n{key}: a\n") is None


def test_the_format_of_publishers_is_simple() -> None:
    """The files that there are most of take the quicker way."""
    assert read_simple(FORMAT) is not None
    assert_same(FORMAT)


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "a: {b: 1, b: 2}\n",
        "a: b\n  c: d\n",
        "a:\n    b: c\n  d: e\n",
        "- a\n",
        "a\n",
        "",
        "\n",
        "# a\n",
        "a: b\n c\n",
        "- a: b\n   c: d\n",
    ],
)
def test_what_is_wrong_is_left_to_libyaml(text: str) -> None:
    """A key given twice, a step too far: its words and lines are libyaml's."""
    assert read_simple(text) is None


@pytest.mark.parametrize("rung", ["{i}a:\n", "{i}- a:\n", "{i}a:\n{i}- b:\n"])
@pytest.mark.parametrize("step", [1, 2])
def test_no_simple_text_is_too_deep(rung: str, step: int) -> None:
    """What is nested deeper than the bounds allow is left to where they are told."""
    for depth in range(1, 2 * DEEPEST):
        rungs = "".join(rung.format(i=" " * step * level) for level in range(depth))
        assert_same(f"\n{rungs}{' ' * step * depth}- c: [[[d]]]\n")


def test_no_simple_text_holds_too_much() -> None:
    """Nor is it longer than the values that the bounds allow."""
    assert LONGEST <= MOST_VALUES
    assert read_simple(f"a: '{'b' * (LONGEST - 6)}'\n") is not None
    assert read_simple(f"a: '{'b' * (LONGEST - 5)}'\n") is None


def test_without_yaml_rs_everything_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no wheel, libyaml reads what is simple, too."""
    text = f"---{FORMAT}---\nbody"
    quick = read_fields(text, "a.md")
    monkeypatch.setattr(simple, "quick", None)
    assert read_simple(FORMAT) is None
    slow = read_fields(text, "a.md")
    assert isinstance(slow, Fields)
    assert quick == slow


def test_a_thread_is_left_to_libyaml() -> None:
    """What yaml-rs allocates with is safe in the main thread alone."""
    found: list[object] = []
    thread = Thread(target=lambda: found.extend([read_simple(FORMAT), read_fields(f"---{FORMAT}---\nbody", "a.md")]))
    thread.start()
    thread.join()
    assert found == [None, read_fields(f"---{FORMAT}---\nbody", "a.md")]


def test_a_process_outlives_the_thread_that_first_reads() -> None:
    """As in the studio, whose first page is made in a thread that ends. Where that thread loaded yaml-rs, nearly every process was killed."""
    script = f"""
from threading import Thread

def read():
    from syndicate.catalogue.fields import read_fields
    read_fields({f"---{FORMAT}---"!r}, "a.md")

for _ in range(20):
    threads = [Thread(target=read) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


VALUES = st.one_of(st.sampled_from(SIMPLE), st.sampled_from(SIMPLE + TRAPS), st.text(max_size=8))
KEYS = st.one_of(
    st.sampled_from(["title", "a", "b-c", "d_1"]), st.from_regex(r"[a-zA-Z_][a-z0-9_-]{0,4}", fullmatch=True), st.sampled_from(TRAPS)
)
SHAPES = st.sampled_from(
    ["{i}{k}: {v}", "{i}{k}: {v}", "{i}{k}:", "{i}- {k}: {v}", "{i}- {v}", "{i}- {k}:", "{i}# {v}", "{i}", "{v}", "{i}{k}:{v} "]
)
LINES = st.builds(lambda shape, indent, key, value: shape.format(i=" " * indent, k=key, v=value), SHAPES, st.integers(0, 11), KEYS, VALUES)
TREES = st.recursive(
    VALUES,
    lambda inner: st.one_of(st.dictionaries(KEYS, inner, min_size=1, max_size=4), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=12,
)


def written(tree: object, indent: int, step: int) -> list[str]:
    """A tree of keys and values as it stands in YAML, with this much more space at each level."""
    if isinstance(tree, dict):
        return [line for key, value in tree.items() for line in _under(f"{' ' * indent}{key}:", value, indent, step)]
    if isinstance(tree, list):
        return [line for value in tree for line in _item(value, indent, step)]
    return [f"{' ' * indent}{tree}"]


def _under(head: str, value: object, indent: int, step: int) -> list[str]:
    return [head, *written(value, indent + step, step)] if isinstance(value, dict | list) else [f"{head} {value}"]


def _item(value: object, indent: int, step: int) -> list[str]:
    first, *rest = written(value, indent + 2, step)
    return [f"{' ' * indent}- {first[indent + 2 :]}", *rest]


@settings(max_examples=500)
@given(TREES.filter(lambda tree: isinstance(tree, dict)), st.integers(1, 4))
def test_any_fields_are_read_as_libyaml_reads_them(tree: dict[str, object], step: int) -> None:
    """Of whatever keys and values, however deep."""
    assert_same("\n" + "\n".join(written(tree, 0, step)) + "\n")


@settings(max_examples=500)
@given(st.lists(LINES, max_size=6))
def test_any_lines_are_read_as_libyaml_reads_them_or_refused(lines: list[str]) -> None:
    """In whatever order, and wherever they are indented to."""
    assert_same("\n" + "\n".join(lines) + "\n")


@settings(max_examples=500)
@given(st.data())
def test_a_slip_in_a_real_front_matter_changes_nothing_unseen(data: st.DataObject) -> None:
    """A character lost, added or put in the place of another: libyaml's reading is the one that counts."""
    text = FORMAT
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(1, len(text) - 1))
        slip = data.draw(st.sampled_from([*"\n :-#\"'[]{},&*!|>%@`~_0\\\t", "  ", "- ", ": ", "\u2028", "é", ""]))
        text = text[:place] + slip + text[place + data.draw(st.integers(0, 2)) :]
    assert_same(text)
