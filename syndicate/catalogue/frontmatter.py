"""Split a file into front matter and body, and load the front matter as plain values. Pure.

YAML is read through a handler of python-frontmatter's that is safe on anybody's files:

1. size, depth, aliases and explicit tags are bounded while the text is scanned, before a single value is built;
2. the schema is YAML 1.2's: `yes`, `on`, `1:30` and `<<` are text, and a key given twice is an error;
3. a number or date becomes one only if it would be written back the same way, so that no title loses a leading zero.

Simple front matter takes a quicker way to the same values (`simple`); every mistake is found on the slower one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import yaml
from frontmatter.default_handlers import YAMLHandler

from syndicate.catalogue.bounds import check_bounds
from syndicate.catalogue.markup import UNPRINTABLE, mend
from syndicate.catalogue.simple import read_simple
from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 256 * 1024
"""Characters of front matter; real files have two to six thousand."""

OPENING = re.compile(r"\s*^-{3,}[ \t]*$", re.MULTILINE)
BASE: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Fields:
    """The front matter of a file as plain values, its body, and where to look a line number up."""

    values: dict[str, object]
    body: str
    text: str

    def line(self, path: Sequence[str | int]) -> int:
        """The line (from 1) on which the value at `path` stands, or its nearest container: `("images", 0, "url")`."""
        start, node = _composed(self.text)
        line = start
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
            line = start + key.start_mark.line
        return line


def read_fields(text: str, file: str) -> Fields | Problem:
    """Read the front matter of `text`, whose lines end as Unix ends them. What is wrong with it names a line of `file`."""
    opening = OPENING.match(text)
    if opening is None:
        toml = text.lstrip().startswith("+++")
        wrong = "is TOML; write it as YAML, 'title: ...'," if toml else "is missing; start the file with a line '---', the fields,"
        return Problem(file, 1, "front matter", f"{wrong} and a line '---'" if not toml else f"{wrong} between two lines '---'")
    return _read_simply(text, opening.group()) or _read_with_care(text, file, opening.group().count("\n") + 1)


def _read_simply(text: str, opening: str) -> Fields | None:
    """The fields of a text in which there is nothing to repair, to refuse or to dispute."""
    try:
        source, body = handler.split(text.lstrip())
    except ValueError:
        return None
    values = None if UNPRINTABLE.search(opening) or UNPRINTABLE.search(body) else read_simple(source)
    return Fields(values, body.strip(), text) if values else None


def _read_with_care(text: str, file: str, start: int) -> Fields | Problem:
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
    return Fields(values, body.strip(), text)


class Handler(YAMLHandler):
    """python-frontmatter's YAML handler, bounded."""

    FM_BOUNDARY = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)
    """Its own takes blank lines behind a boundary along, and lines could not be counted."""

    CLOSING = re.compile(r"\n---+[ \t]*$", re.MULTILINE)
    """The same behind an end of line, which a search finds five times as quickly."""

    def split(self, text: str) -> tuple[str, str]:
        """Split at the first two boundaries. Raises `ValueError` where there are none."""
        opening = self.FM_BOUNDARY.match(text)
        closing = opening and self.CLOSING.search(text, opening.end())
        if opening is None or closing is None:
            return super().split(text)
        return text[opening.end() : closing.start() + 1], text[closing.end() :]

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
def _composed(text: str) -> tuple[int, yaml.Node | None]:
    """Compose the front matter once more, this time for its line numbers, and say on which line it starts."""
    opening = OPENING.match(text)
    source, _ = handler.split(text.strip())
    return opening.group().count("\n") + 1 if opening else 1, yaml.compose(source, Loader=Loader)
