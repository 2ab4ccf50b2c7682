"""Read front matter that is not YAML between two lines `---`: TOML, JSON, and Pelican's lines `Title: ...`. Pure.

Hugo writes TOML between two lines `+++`, or a JSON object; Eleventy names the notation behind the first boundary (`---json`). What comes
out is as plain as what YAML gives: texts, numbers, dates, lists and mappings, no deeper and no larger.
"""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, time
from typing import TYPE_CHECKING, Any

from syndicate.catalogue.markup import UNPRINTABLE
from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.catalogue.conventions import Dialect

LARGEST = 256 * 1024
"""Characters of front matter, as of YAML."""

DEEPEST = 16
EXACT = 2**53

NAMED = re.compile(r"\s*^---[ \t]*(?P<notation>[A-Za-z]\w*)[ \t]*\n(?P<matter>.*?)^---[ \t]*$", re.MULTILINE | re.DOTALL)
PLUSES = re.compile(r"\s*^\+\+\+[ \t]*\n(?P<matter>.*?)^\+\+\+[ \t]*$", re.MULTILINE | re.DOTALL)

LINE = re.compile(r" {0,3}(?P<key>[A-Za-z0-9_-]+):[ \t]*(?P<value>.*)")
"""A line of metadata, as Python-Markdown reads it (its extension `meta`, which is Pelican's)."""

MORE = re.compile(r" {4,}(?P<value>.*)")

EMPTY = re.compile(r"\s*^(---|\+\+\+)[ \t]*\n(?:[ \t]*\n|#[^\n]*\n)*^\1[ \t]*$", re.MULTILINE)
"""Front matter without fields, as generators take it whose dates and titles stand in names of files."""

ENDINGS = (".md", ".markdown")
Matter = tuple[dict[str, object], str]
"""The values of a front matter, and the body."""


def may_be_article(data: bytes, path: str, dialect: Dialect) -> bool:
    """Whether a file may be an article to its generator: Markdown that has front matter, be it empty. Pelican wants its lines in any case."""
    if not path.lower().endswith(ENDINGS):
        return False
    return dialect == "pelican" or data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"---", b"+++", b"{"))


def read_notation(text: str, file: str) -> Matter | Problem | None:
    """Read front matter in TOML or JSON; what is wrong with it; `None` where there is none."""
    opening = text.lstrip()[:3]
    if opening == "+++":
        found = PLUSES.match(text)
        if found is None:
            return Problem(file, _first_line(text), "front matter", "does not end; close it with a line '+++'")
        return _read("toml", found, file)
    if opening[:1] == "{":
        return _read_object(text, file)
    named = NAMED.match(text) if opening == "---" else None
    return _read(named["notation"].lower(), named, file) if named else None


def read_empty(text: str) -> str | None:
    """The body behind front matter without fields; `None` where it has some."""
    found = EMPTY.match(text)
    return text[found.end() :].strip() if found else None


def read_lines(text: str) -> Matter | None:
    """Read Pelican's metadata: lines `Key: value` up to the first blank one, with or without boundaries; `None` where there are none."""
    lines = text.lstrip("\n").split("\n")
    start = 1 if re.fullmatch(r"-{3}[ \t]*", lines[0]) else 0
    values: dict[str, object] = {}
    key, place = "", start
    for place, line in enumerate(lines[start:], start):  # noqa: B007  the body begins where the loop has ended
        found, more = LINE.fullmatch(line), MORE.fullmatch(line)
        if found:
            key = found["key"].lower()
            values[key] = found["value"].strip()
        elif more and key:
            values[key] = ", ".join(filter(None, (str(values[key]), more["value"].strip())))
        else:
            break
    else:
        place += 1
    end = place + 1 if place < len(lines) and re.fullmatch(r"(?:-{3}|\.{3})[ \t]*", lines[place]) else place
    return (_tamed(values), "\n".join(lines[end:]).strip()) if values else None


def line_of(text: str, path: Sequence[str | int]) -> int:
    """The line (from 1) on which the first name of `path` is given, whatever the notation; the first one where it is not found."""
    found = re.search(rf'^[ \t]*"?{re.escape(str(path[0]))}"?[ \t]*[=:]', text, re.MULTILINE | re.IGNORECASE) if path else None
    return text.count("\n", 0, found.start()) + 1 if found else _first_line(text)


def _read(notation: str, found: re.Match[str], file: str) -> Matter | Problem:
    matter, start = found["matter"], _first_line(found.string)
    if len(matter) > LARGEST:
        return Problem(file, start, "front matter", f"is larger than {LARGEST // 1024} kB; move text into the body")
    try:
        match notation:
            case "toml":
                values: object = tomllib.loads(matter)
            case "json":
                values = json.loads(matter)
            case _:
                return Problem(file, start, "front matter", f"is {notation}, which is not read; write it as YAML between two lines '---'")
        return _checked(values), found.string[found.end() :].strip()
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"at line (\d+)", str(error))
        return Problem(file, start + int(place[1]) if place else start, "front matter", f"is not TOML: {error}")
    except (ValueError, RecursionError) as error:
        return Problem(file, start, "front matter", f"cannot be read: {error}")


def _read_object(text: str, file: str) -> Matter | Problem | None:
    """Read a JSON object with which a file begins. A body may begin with a brace, too: what is no object at all is not meant as one."""
    matter = text.lstrip()
    if not re.match(r'\{\s*"', matter):
        return None
    try:
        values, end = json.JSONDecoder().raw_decode(matter[:LARGEST])
        return _checked(values), matter[end:].strip()
    except json.JSONDecodeError as error:
        return Problem(file, _first_line(text) + error.lineno - 1, "front matter", f"is not JSON: {error.msg}")
    except (ValueError, RecursionError) as error:
        return Problem(file, _first_line(text), "front matter", f"cannot be read: {error}")


def _checked(values: object) -> dict[str, object]:
    """The values as YAML would have given them. Raises `ValueError`."""
    if not isinstance(values, dict) or not values:
        raise ValueError("it has no fields")
    return _tamed(values)


def _tamed(values: dict[str, Any], depth: int = 1) -> dict[str, object]:
    return {UNPRINTABLE.sub("", str(key)): _plain(value, depth) for key, value in values.items()}


def _plain(value: Any, depth: int) -> object:
    """One value without what could not be kept: numbers of any length, times without a day, characters that no format can carry."""
    if depth > DEEPEST:
        raise ValueError(f"it is nested more than {DEEPEST} levels deep")
    match value:
        case dict():
            return _tamed(value, depth + 1)
        case list():
            return [_plain(item, depth + 1) for item in value]
        case bool() | float() | date() | None:
            return value
        case int():
            return value if -EXACT <= value <= EXACT else str(value)
        case time():
            return value.isoformat()
        case _:
            return UNPRINTABLE.sub("", str(value))


def _first_line(text: str) -> int:
    return text[: len(text) - len(text.lstrip())].count("\n") + 1
