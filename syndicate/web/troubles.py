"""What keeps a letter from being shown, said so that whoever has just saved a file finds the line. [I/O: reads the line's template]"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.errors import ConfigurationError, MomentError, SyndicateError, TemplateError, UnknownPublicationError

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACE = re.compile(r"(?P<file>[^\n]+?\.(?:html|txt)):(?P<line>\d+): (?P<what>.*)", re.DOTALL)
AROUND = 4
"""Lines before and after the one that is to blame."""

TITLES: tuple[tuple[type[Exception], str], ...] = (
    (ConfigurationError, "The settings cannot be used"),
    (TemplateError, "A template cannot be rendered"),
    (MomentError, "That is no moment"),
    (UnknownPublicationError, "There is no such digest"),
    (SyndicateError, "The letter cannot be shown"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a template; `blamed` is the one where rendering stopped."""

    number: int
    text: str
    blamed: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong: a heading, each reason, and the lines around it where it is a template's.

    `asked`: what was asked for is to blame, and no file.
    """

    title: str
    reasons: tuple[str, ...]
    asked: bool = False
    place: str = ""
    lines: tuple[Line, ...] = ()


def trouble_of(error: Exception, root: Path | None, folders: Iterable[Path] = ()) -> Trouble:
    """What to show of an error. Paths are shortened below `root`; lines are read from files in `folders` and from no others."""
    title = next((title for kind, title in TITLES if isinstance(error, kind)), "Something unforeseen happened")
    if not isinstance(error, SyndicateError):
        return Trouble(title, (f"{type(error).__name__}: {error}",))
    found = PLACE.fullmatch(str(error)) if isinstance(error, TemplateError) else None
    if not found:
        asked = isinstance(error, (MomentError, UnknownPublicationError))
        return Trouble(title, tuple(str(error).splitlines()) or (type(error).__name__,), asked)
    file = Path(found["file"])
    place = f"{_shortened(file, root)}:{found['line']}"
    known = any(file.is_relative_to(folder) for folder in folders)
    return Trouble(title, (found["what"],), place=place, lines=excerpt(file, int(found["line"])) if known else ())


def excerpt(file: Path, number: int) -> tuple[Line, ...]:
    """The line `number` of a file and its neighbours; none where it cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return ()
    first = max(number - AROUND, 1)
    return tuple(Line(place, text, place == number) for place, text in enumerate(lines[first - 1 : number + AROUND], first))


def _shortened(file: Path, root: Path | None) -> str:
    return str(file.relative_to(root)) if root and file.is_relative_to(root) else str(file)
