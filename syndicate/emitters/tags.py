"""What a page says of itself to whoever shares or indexes it: its one address, and Open Graph (https://ogp.me), which X reads too. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from syndicate.emitters.theme import locale_of

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.model import Edition, Image, Site

LARGE = 600
"""Pixels from which on a picture is worth showing as wide as a card (Facebook's and X's own figure)."""


@dataclass(frozen=True, slots=True)
class Tags:
    """Title, address, kind, and what else there is. Addresses are absolute: programs read them that know no page they are relative to."""

    title: str
    url: str
    kind: Literal["website", "article"] = "website"
    description: str = ""
    image: Image | None = None
    published: datetime | None = None
    modified: datetime | None = None
    locale: str = ""

    @property
    def card(self) -> str:
        """How X shows it."""
        wide = self.image and (self.image.width is None or self.image.width >= LARGE)
        return "summary_large_image" if wide else "summary"


def territory_of(site: Site) -> str:
    """The language as Open Graph writes it, `en_GB`; nothing where it names no territory, which Open Graph asks for."""
    found = locale_of(site.language)
    return f"{found.language}_{found.territory}" if found.territory else ""


def picture_of(edition: Edition) -> Image | None:
    """The picture that stands for an edition: that of the first story which has one, else the site's logo, unless a disk alone has it."""
    pictures = (entry.article.image for entry in edition.entries)
    found = next((picture for picture in pictures if picture and picture.url.startswith(("https://", "http://"))), None)
    return found or edition.publication.site.theme.logo
