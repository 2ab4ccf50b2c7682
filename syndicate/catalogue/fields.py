"""Read the front matter of a file as plain values, beside its body. Pure.

Simple front matter takes a quick way, on which its coverage may be left unread (`coverage`); the rest is read with care (`frontmatter`),
and so is all in which there is a mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.catalogue.coverage import set_aside
from syndicate.catalogue.markup import UNPRINTABLE
from syndicate.catalogue.simple import LONGEST, read_simple
from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.catalogue.conventions import Dialect

OPENING = re.compile(r"\s*^-{3,}[ \t]*$", re.MULTILINE)

BOUNDARY = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)

CLOSING = re.compile(r"\n-{3,}[ \t]*$", re.MULTILINE)
"""A boundary and the end of line before it."""

TOKEN = re.compile(r'\nsecured: "[ -!#-\[\]-~]*+"(?=\n)')
"""The publisher's own: nobody reads it."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The front matter of a file as plain values, its body, and where to look a line number up.

    `coverage` are the lines of `related` where nothing in them can be wrong and they are still to be read; `values` are without it then.
    """

    values: dict[str, object]
    body: str
    text: str
    coverage: str = ""
    notation: str = "yaml"

    def line(self, path: Sequence[str | int]) -> int:
        """The line (from 1) on which the value at `path` stands, or its nearest container: `("images", 0, "url")`."""
        if self.notation != "yaml":
            from syndicate.catalogue import notations

            return notations.line_of(self.text, path)
        from syndicate.catalogue.frontmatter import line_of

        opening = OPENING.match(self.text)
        return (opening.group().count("\n") + 1 if opening else 1) + line_of(self.text, path)


def read_fields(text: str, file: str, dialect: Dialect = "plain") -> Fields | Problem:
    """Read the front matter of `text`, whose lines end as Unix ends them. What is wrong with it names a line of `file`."""
    opening = OPENING.match(text)
    if opening is None:
        return _read_otherwise(text, file, dialect)
    found = _read_simply(text, opening.group()) or _read_with_care(text, file, opening.group().count("\n") + 1)
    return _read_foreign(text, dialect) or found if isinstance(found, Problem) and dialect != "plain" else found


def read_coverage(coverage: str) -> list[object]:
    """The items of coverage that waited."""
    values = read_simple(coverage)
    if values is None:
        from syndicate.catalogue.frontmatter import handler

        values = handler.load(coverage)
    items: list[object] = values["related"]  # type: ignore[assignment]  # `set_aside` has made sure of it
    return items


def _read_simply(text: str, opening: str) -> Fields | None:
    """The fields of a text in which there is nothing to repair, to refuse or to dispute."""
    matter = text.lstrip()
    first = BOUNDARY.match(matter)
    last = _closing(matter, first.end()) if first else None
    if first is None or last is None:
        return None
    source, body = matter[first.end() : last.start() + 1], matter[last.end() :]
    if not (_is_printable(body) and _is_printable(opening)):
        return None
    values, coverage = _values(source)
    return Fields(values, body.strip(), text, coverage) if values else None


def _closing(text: str, start: int) -> re.Match[str] | None:
    """The boundary behind the front matter. To look for what it begins with takes a tenth of the time that looking for it does."""
    place = text.find("\n---", start)
    while place >= 0 and (found := CLOSING.match(text, place)) is None:
        place = text.find("\n---", place + 1)
    return found if place >= 0 else None


def _is_printable(text: str) -> bool:
    """Whether nothing in it is `UNPRINTABLE`; Python, asked first, answers for most texts in a fraction of the time."""
    return text.replace("\n", "").isprintable() or UNPRINTABLE.search(text) is None


def _values(source: str) -> tuple[dict[str, object] | None, str]:
    """The values of a simple front matter, but for coverage that may wait and the publisher's token."""
    # Where the first field is not indented, neither is any other: so what is taken out of their midst is a field.
    if len(source) <= LONGEST and source[1:2].isalpha():
        rest, coverage = set_aside(source)
        token = TOKEN.match(rest, start) if (start := rest.find('\nsecured: "')) >= 0 else None
        if token:
            rest = rest[:start] + rest[token.end() :]
        values = read_simple(rest) if coverage or token else None
        if values and not ((coverage and "related" in values) or (token and "secured" in values)):
            return values, coverage
    return read_simple(source), ""


def _read_otherwise(text: str, file: str, dialect: Dialect) -> Fields | Problem:
    """The fields of a text that does not begin with a line `---`."""
    from syndicate.catalogue.notations import read_notation

    found = read_notation(text, file) or (_read_lines(text) if dialect == "pelican" else None)
    match found:
        case None:
            return Problem(file, 1, "front matter", "is missing; start the file with a line '---', the fields, and a line '---'")
        case (values, body):
            return Fields(values, body, text, notation="other")
    return found


def _read_foreign(text: str, dialect: Dialect) -> Fields | None:
    """The fields of a text that is in order for its generator, though not for us."""
    from syndicate.catalogue.notations import read_empty

    if dialect == "pelican":
        return _read_lines(text)
    body = read_empty(text)
    return None if body is None else Fields({}, body, text, notation="other")


def _read_lines(text: str) -> Fields | None:
    """The fields of a text that begins with lines of metadata, as Pelican reads them."""
    from syndicate.catalogue.notations import read_lines

    found = read_lines(UNPRINTABLE.sub("", text))
    return Fields(*found, text, notation="lines") if found else None


def _read_with_care(text: str, file: str, start: int) -> Fields | Problem:
    from syndicate.catalogue.frontmatter import read_source

    found = read_source(text, file, start)
    return found if isinstance(found, Problem) else Fields(*found)
