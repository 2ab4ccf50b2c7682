"""Feeds and digests that were removed or renamed, as configured: in all their formats, with their archives and editions. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.config import Settings

PLACE = re.compile(r"(feeds|digests)/([a-z0-9-]+)([./].*)?", re.DOTALL)
"""`feeds/energy.rss`, `feeds/energy/2026-10.rss`, `digests/weekly/index.html`, `digests/weekly`."""


@dataclass(frozen=True, slots=True)
class Moves:
    """What is `gone` for good, by its slug; what has another name now, with the folder (`feeds` or `digests`) that it stands in."""

    gone: frozenset[str] = frozenset()
    renamed: Mapping[str, tuple[str, str]] | None = None

    @classmethod
    def of(cls, settings: Settings) -> Moves:
        """What the settings say; a name that was changed twice leads to the last one."""
        table = settings.serve
        folders = {item.publication.slug: f"{item.publication.kind}s" for item in settings.publications()}
        last = {old: _last(new, table.renamed) for old, new in table.renamed.items()}
        return cls(frozenset(table.gone), {old: (folders[new], new) for old, new in last.items() if new in folders})

    def is_gone(self, name: str) -> bool:
        """Whether `name` belonged to what was removed."""
        found = PLACE.fullmatch(name)
        return found is not None and found[2] in self.gone

    def now_at(self, name: str) -> str:
        """Where a document with an old name is now; nothing where it has not moved."""
        found = PLACE.fullmatch(name)
        folder, new = (self.renamed or {}).get(found[2], ("", "")) if found else ("", "")
        return f"{folder}/{new}{found[3] or ''}" if found and folder == found[1] else ""


def _last(slug: str, renamed: Mapping[str, str]) -> str:
    """Where a chain of new names ends; the configuration has been looked over for circles."""
    while slug in renamed:
        slug = renamed[slug]
    return slug
