"""Words the tests speak in: an article as a value, an article as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from slugify import slugify

from syndicate.testing import article, moment

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["article", "moment", "write_article"]


def write_article(folder: Path, name: str, *, body: str = "", **front_matter: Any) -> Path:
    """Write an article's file below `folder`. A title, a date and an address are made up where none are given; `None` leaves one out."""
    fields = {
        "title": "A title",
        "publishedDateTime": "2026-11-12T09:30:00Z",
        "originalUrl": f"https://example.org/{slugify(name)}",
        **front_matter,
    }
    given = {key: value for key, value in fields.items() if value is not None}
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{yaml.safe_dump(given, sort_keys=False, allow_unicode=True)}---\n{body}", encoding="utf-8")
    return path
