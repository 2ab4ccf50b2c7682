"""`[theme]`: the look of a publication as configured. What is silent has its default, and shades follow from the accent."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from syndicate.colours import LEAST_CONTRAST, legible
from syndicate.model import DARK, LIGHT, Image, Palette, Theme

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.config.tables import ThemeTable

DARK_CONTRAST = 6.5
"""Of an accent on dark paper: more than the least, since light text on dark looks thinner."""

BAR_CONTRAST = 3.0
"""Of a bar on dark paper (WCAG 2.2, success criterion 1.4.11)."""

MEDIA = "media/theme"


def theme_of(*tables: ThemeTable, root: Path, site_url: str) -> Theme:
    """The theme that `tables` describe together, the later one winning."""
    asked: dict[str, Any] = {}
    schemes: dict[str, dict[str, str]] = {"light": {}, "dark": {}}
    for table in tables:
        given = table.model_dump(exclude_none=True)
        for name, scheme in schemes.items():
            if "accent" in given:  # a new accent brings its own shades, whatever the table before said
                scheme.clear()
            scheme.update(given.pop(name))
        asked |= given
    accent = str(asked.get("accent") or schemes["light"].get("accent") or LIGHT.accent)
    return Theme(
        light=_palette(LIGHT, {"accent": accent} | schemes["light"], LEAST_CONTRAST),
        dark=_palette(DARK, ({"accent": accent} if accent != LIGHT.accent else {}) | schemes["dark"], DARK_CONTRAST),
        logo=_image(asked, "logo", root, site_url),
        dark_logo=_image(asked, "dark_logo", root, site_url),
        **{key: asked[key] for key in ("heading_font", "text_font", "width") if key in asked},
    )


def _palette(default: Palette, given: dict[str, str], least: float) -> Palette:
    """`default` with the colours `given`; a link in the accent's nearest shade that can be read on its paper and on its desk."""
    colours = asdict(default) | given
    if "accent" in given and default is DARK:
        colours["accent"] = legible(colours["accent"], colours["paper"], BAR_CONTRAST)
    if "link" not in given and given.get("accent", default.accent) != default.accent:
        colours["link"] = legible(legible(colours["accent"], colours["paper"], least), colours["desk"], least)
    return Palette(**colours)


def _image(asked: dict[str, Any], key: str, root: Path, site_url: str) -> Image | None:
    """A logo at its address, or in the workspace, from where it is published."""
    if key not in asked:
        return None
    width, height = asked.get("logo_width"), asked.get("logo_height")
    if urlsplit(asked[key]).scheme:
        return Image(asked[key], width, height)
    file = root / asked[key]
    name = f"{MEDIA}/{file.name}"
    return Image(f"{site_url}/{quote(name)}", width, height, file=file, name=name)
