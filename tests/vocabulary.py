"""Words the tests speak in: an article as a value, an article as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import yaml
from slugify import slugify

from syndicate.catalogue.articles import identity
from syndicate.catalogue.markup import canonical_url
from syndicate.model import Article, Provider

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def moment(text: str) -> datetime:
    """An aware moment; one without offset is in UTC."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def article(
    title: str = "A title",
    *,
    url: str | None = None,
    at: str | datetime = "2026-11-12T09:30",
    quality: float = 50,
    heat: float = -1,
    topics: Iterable[str] = (),
    provider: str | Provider | None = None,
    **more: Any,
) -> Article:
    """An article as the catalogue would hand it on. A provider given as text is a domain; `more` are fields of `Article`."""
    url = url or f"https://example.org/{slugify(title)}"
    canonical = canonical_url(url)
    published = moment(at) if isinstance(at, str) else at
    return Article(
        **{
            "id": identity("", canonical),
            "title": title,
            "url": url,
            "canonical_url": canonical,
            "published_at": published,
            "updated_at": published,
            "source": f"seeds/{slugify(title)}.md",
            "quality": quality,
            "heat": heat,
            "topics": tuple(topics),
            "provider": Provider(provider, provider) if isinstance(provider, str) else provider,
            **more,
        }
    )


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
