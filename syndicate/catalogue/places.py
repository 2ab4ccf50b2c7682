"""What the path of a file says of its article: the folders it lies in, its name, the day and the language in its name. Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from locale import locale_alias
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syndicate.catalogue.desk import Desk

DATED = re.compile(r"(?P<day>\d{4}-\d{1,2}-\d{1,2})-(?P<rest>.+)")
TONGUE = re.compile(r"(?P<rest>.+)\.(?P<language>[a-z]{2,3}(?:-[a-z]{2,4})?)", re.IGNORECASE)
TONGUES = frozenset(re.split(r"[_.@]", name)[0] for name in locale_alias)
"""What may be a language behind a dot. Hugo asks its configuration; to it and to us, `node.js.md` and `asp.net.md` are names."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file lies. A *bundle* is a folder that is one article, with its pictures beside its `index.md`."""

    folders: tuple[str, ...] = ()
    name: str = ""
    day: date | None = None
    language: str = ""
    is_bundle: bool = False

    @property
    def is_draft(self) -> bool:
        """Whether it lies in Jekyll's folder of drafts."""
        return "_drafts" in self.folders


def place_of(path: str, desk: Desk) -> Place:
    """Where a file lies, told from the folder that addresses begin at."""
    conventions = desk.conventions
    file, base = PurePath(path), PurePath(conventions.base) if conventions.base else desk.folder
    if conventions.dialect == "jekyll" and not conventions.base:
        base = desk.root  # the folders above `_posts` are categories
    folders = list(file.parent.relative_to(base).parts) if file.is_relative_to(base) else []
    name, day, language, is_bundle = file.stem, None, "", False
    match conventions.dialect:
        case "plain":
            return Place(tuple(folders), name)
        case "hugo":
            if (tongue := TONGUE.fullmatch(name)) and tongue["language"].lower().partition("-")[0] in TONGUES:
                name, language = tongue["rest"], tongue["language"].lower()
            is_bundle = name == "index" and bool(folders)
        case "eleventy":
            is_bundle = bool(folders) and name in {"index", folders[-1]}
    if is_bundle:
        name = folders.pop()
    if found := DATED.fullmatch(name):
        with suppress(ValueError):
            day = date(*map(int, found["day"].split("-")))
        if day and conventions.dialect in {"jekyll", "eleventy"}:
            name = found["rest"]
    return Place(tuple(folders), name, day, language, is_bundle)
