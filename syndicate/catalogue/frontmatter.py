"""Read front matter with care: whatever is not simple, and whatever is wrong with it. Pure.

YAML is read through a handler of python-frontmatter's that is safe on anybody's files:

1. size, depth, aliases and explicit tags are bounded while the text is scanned, before a single value is built;
2. the schema is YAML 1.2's: `yes`, `on`, `1:30` and `<<` are text, and a key given twice is an error;
3. a number or date becomes one only if it would be written back the same way, so that no title loses a leading zero.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import yaml
from frontmatter.default_handlers import YAMLHandler

from syndicate.catalogue.bounds import check_bounds
from syndicate.catalogue.fields import BOUNDARY
from syndicate.catalogue.markup import UNPRINTABLE, mend
from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 256 * 1024
"""Characters of front matter; real files have two to six thousand."""

BASE: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_source(text: str, file: str, start: int) -> tuple[dict[str, object], str, str] | Problem:
    """Read the front matter of `text`, which begins on line `start`: its values, the body, and the text as it was mended."""
    # YAML refuses control characters, and wrong decoding leaves some in the middle of what ftfy could still repair.
    text = UNPRINTABLE.sub("", mend(text) if UNPRINTABLE.search(text) else text)
    try:
        source, body = handler.split(text.strip())
    except ValueError:
        return Problem(file, start, "front matter", "does not end; close it with a line '---'")
    try:
        values = handler.load(source)
    except yaml.YAMLError as error:
        return _problem(error, file, start)
    except (ValueError, RecursionError) as error:
        return Problem(file, start, "front matter", f"cannot be read: {error}")
    if not values:
        return Problem(file, start, "front matter", "has no fields; write them as 'title: ...', one a line")
    return values, body.strip(), text


def line_of(text: str, path: Sequence[str | int]) -> int:
    """How many lines below the opening of its front matter the value at `path` stands, or its nearest container."""
    line, node = 0, _composed(text)
    for step in path:
        match node:
            case yaml.MappingNode():
                found = [(key, value) for key, value in node.value if key.value == str(step)]
            case yaml.SequenceNode() if isinstance(step, int) and step < len(node.value):
                found = [(node.value[step], node.value[step])]
            case _:
                found = []
        if not found:
            break
        key, node = found[0]
        line = key.start_mark.line
    return line


def read_yaml(text: str) -> Any:
    """Read a text that is YAML as a whole, such as a configuration. Raises `ValueError`."""
    try:
        return handler.load(text)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


class Handler(YAMLHandler):
    """python-frontmatter's YAML handler, bounded."""

    FM_BOUNDARY = BOUNDARY
    """Its own takes blank lines behind a boundary along, and lines could not be counted."""

    def load(self, fm: str, **_: object) -> Any:
        """Load YAML as plain values. Raises `yaml.YAMLError`."""
        if len(fm) > LARGEST:
            raise yaml.YAMLError(f"is larger than {LARGEST // 1024} kB; move text into the body below the second '---'")
        check_bounds(yaml.parse(fm, Loader=BASE))
        values = yaml.load(fm, Loader=Loader)  # noqa: S506  Loader derives from SafeLoader
        if values is not None and not isinstance(values, dict):
            raise yaml.YAMLError("must be fields such as 'title: ...', one a line")
        return values


handler = Handler()


class Loader(BASE):  # type: ignore[valid-type,misc]  # the base is chosen by what PyYAML was built with
    """A SafeLoader for YAML 1.2's core schema and dates, by libyaml where PyYAML was built with it."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001  as PyYAML declares it
        """Build a mapping whose keys are text as written; one given twice is an error, since one of the values would be lost."""
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(keys) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "has a key that is no text", node.start_mark)
        seen: set[str] = set()
        for key, (node_of_key, _) in zip(keys, node.value, strict=True):
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"has the key {key!r} twice", node_of_key.start_mark)
            seen.add(key)
        return {key: self.construct_object(value, deep=deep) for key, (_, value) in zip(keys, node.value, strict=True)}

    def construct_number(self, node: yaml.ScalarNode) -> int | float | str:
        """A number, if it prints as it was written: `54`, `7.5`; `007` and `1.10` stay text."""
        text = node.value
        number = int(text) if re.fullmatch(r"[-+]?\d{1,18}", text) else float(text)
        return number if str(number) == text else text

    def construct_moment(self, node: yaml.ScalarNode) -> date | str:
        """A date, or a date with a time, if there is such a day; text otherwise."""
        try:
            return date.fromisoformat(node.value) if len(node.value) == len("2026-11-16") else datetime.fromisoformat(node.value)
        except ValueError:
            return str(node.value)


for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?\d+|[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?|[-+]?\d+\.", list("-+.0123456789")),
    ("timestamp", r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d:\d\d)?)?", list("0123456789")),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"(?:{pattern})$"), first)
Loader.add_constructor("tag:yaml.org,2002:int", Loader.construct_number)
Loader.add_constructor("tag:yaml.org,2002:timestamp", Loader.construct_moment)


def _problem(error: yaml.YAMLError, file: str, start: int) -> Problem:
    """Say what YAML did not like, at the line of the file, with the remedy that most often helps."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return Problem(file, start, "front matter", str(error))
    line = start + error.problem_mark.line if error.problem_mark else start
    what = error.problem or error.context or "cannot be read"
    if what.startswith(("has ", "is ", "holds ")):
        return Problem(file, line, "front matter", what)
    if error.context and "quoted scalar" in error.context and error.context_mark and "found unexpected" in what:
        return Problem(
            file, start + error.context_mark.line, "front matter", "has a text in quotes that does not end where it should; close it"
        )
    return Problem(file, line, "front matter", f"is not YAML: {what}; put a text with ':', '#' or quotes in it between double quotes")


@lru_cache(maxsize=1)
def _composed(text: str) -> yaml.Node | None:
    """Compose the front matter once more, this time for its line numbers."""
    source, _ = handler.split(text.strip())
    return yaml.compose(source, Loader=Loader)
