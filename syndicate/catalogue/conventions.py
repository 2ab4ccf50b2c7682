"""How the articles of a workspace are written, and where their pages stand: the conventions of the generator they are from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Dialect = Literal["plain", "jekyll", "hugo", "pelican", "eleventy"]
"""Whose conventions a file follows; `plain` are our own."""

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)


@dataclass(frozen=True, slots=True)
class Conventions:
    """What reading a file depends on beside the file itself. Two that are equal read every file alike.

    `fields`: our names, each with those that stand for it in the files. `address`: templates by section, `*` for all others. `url`: the site
    on which the articles stand. `base`: the folder from which the paths in addresses are told; else that of the articles. `language`: that
    of the site, for files that name theirs.
    """

    dialect: Dialect = "plain"
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    address: tuple[tuple[str, str], ...] = ()
    url: str = ""
    base: str = ""
    language: str = ""

    @property
    def is_foreign(self) -> bool:
        """Whether files are written for another generator, which knows pages, drafts and tags of templates."""
        return self.dialect != "plain"

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to translate: our fields by our names, each article with an address of its own."""
        return not (self.is_foreign or self.fields or self.address)

    def template(self, section: str) -> str:
        """The template of addresses in a section, or nothing."""
        known = dict(self.address)
        return known.get(section, known.get("*", ""))


PLAIN = Conventions()
