"""What is found of a site that another generator builds, and how to look around in it. [I/O: reads files, runs none]"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syndicate.catalogue.markup import UNPRINTABLE
from syndicate.catalogue.notations import ENDINGS
from syndicate.catalogue.places import DATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from syndicate.catalogue.conventions import Dialect

BYTES = 4096
"""Of a file, to see whether it has a date."""

DATE = re.compile(r"""^[ \t]*["']?(?:date|publishdate|pubdate|publishedDateTime)["']?[ \t]*[:=]""", re.IGNORECASE | re.MULTILINE)
ELSEWHERE = {"node_modules", "vendor", "bower_components", "themes", "public", "_site", "dist", "output", "out", "templates"}
"""Folders in which nobody keeps articles of their own."""

MOST = 50_000
"""Files that are looked at."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A site of another generator, as far as its files tell. What is empty, they do not.

    `folders` and `base` are told from the site's folder; `address`: templates by section; `read`: the files that told; `ignore`: where the
    generator is told what not to publish; `notes`: what a person should know.
    """

    generator: Dialect
    title: str = ""
    url: str = ""
    language: str = ""
    timezone: str = ""
    description: str = ""
    author: str = ""
    email: str = ""
    folders: tuple[str, ...] = ()
    base: str = ""
    address: tuple[tuple[str, str], ...] = ()
    output: str = ""
    read: tuple[str, ...] = ()
    ignore: str = ""
    notes: tuple[str, ...] = field(default=())


def text_of(file: Path) -> str:
    """The text of a file, or nothing where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


def said(values: Any, *paths: str) -> str:
    """The first text that stands at one of `paths`, such as `author.name`."""
    for path in paths:
        value = values
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return " ".join(UNPRINTABLE.sub("", str(value)).split())
    return ""


def mapping(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The mapping at `key`, or an empty one."""
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def folders_below(root: Path, *, hidden: Iterable[str] = ()) -> Iterator[Path]:
    """The folders below `root`, itself first, but for those that are hidden, linked, or hold what others wrote; `hidden`: by path."""
    apart = set(hidden)
    for folder, names, _ in os.walk(root):
        path = root.__class__(folder)
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".")
            and name.lower() not in ELSEWHERE
            and not (path / name).is_symlink()
            and (path / name).relative_to(root).as_posix() not in apart
        )
        yield path


def articles_in(folder: Path, *, deep: bool = True) -> tuple[int, int]:
    """How many Markdown files lie in a folder and below it, and how many of them have a date."""
    count = dated = 0
    for each in folders_below(folder) if deep else [folder]:
        for file in sorted(each.iterdir()):
            if file.suffix.lower() in ENDINGS and file.is_file() and not file.name.lower().startswith(("readme", "_index")):
                count += 1
                dated += bool(DATED.match(file.stem)) or bool(DATE.search(_head(file)))
            if count >= MOST:
                return count, dated
    return count, dated


def _head(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
