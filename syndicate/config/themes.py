"""`[theme]`: the look of a publication as configured. What is silent has its default, and shades follow from the accent."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from syndicate.colours import LEAST_CONTRAST, contrast, legible
from syndicate.model import DARK, LIGHT, Image, Palette, Theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.config.tables import ThemeTable

DARK_CONTRAST = 6.5
"""Of an accent on dark paper: more than the least, since light text on dark looks thinner."""

BAR_CONTRAST = 3.0
"""Of a bar on dark paper (WCAG 2.2, success criterion 1.4.11)."""

MEDIA = "media/theme"

LOGOS = ("logo", "dark_logo", "logo_width", "logo_height")
SCHEMES = ("light", "dark")

VOIDS = {"logo": LOGOS[1:], "logo_width": ("logo_height",)}
"""What a key takes from the tables before its own: another picture has another counterpart and size, another width another height."""


def theme_of(*tables: ThemeTable, root: Path, site_url: str) -> Theme:
    """The theme that `tables` describe together, the later one winning."""
    asked = _merged(tables)
    schemes: dict[str, dict[str, str]] = {name: {} for name in SCHEMES}
    for table in tables:
        for name, scheme in schemes.items():
            if table.accent:  # a new accent brings its own shades, whatever the table before said
                scheme.clear()
            scheme.update(getattr(table, name).model_dump(exclude_none=True))
    accent = str(asked.get("accent") or schemes["light"].get("accent") or LIGHT.accent)
    return Theme(
        light=_palette(LIGHT, {"accent": accent} | schemes["light"], LEAST_CONTRAST),
        dark=_palette(DARK, ({"accent": accent} if accent != LIGHT.accent else {}) | schemes["dark"], DARK_CONTRAST),
        logo=_image(asked, "logo", root, site_url),
        dark_logo=_image(asked, "dark_logo", root, site_url),
        **{key: asked[key] for key in ("heading_font", "text_font", "width") if key in asked},
    )


def logo_mistakes(place: str, *tables: ThemeTable, root: Path) -> Iterator[str]:
    """What is wrong with the logos that the last of `tables`, called `place`, asks for: with its files, and with what it then has in all.

    A logo needs a width: Outlook shows pictures at their own size otherwise.
    """
    own, asked = tables[-1].model_dump(include=set(LOGOS), exclude_none=True), _merged(tables)
    for key in ("logo", "dark_logo"):
        if key in own and not urlsplit(own[key]).scheme and (mistake := _misplaced(own[key], root)):
            yield f"{place}.{key}: {mistake}"
    if own and "dark_logo" in asked and "logo" not in asked:
        yield f"{place}: a dark_logo needs logo, the picture that it takes the place of in the dark"
    elif own and "logo" in asked and "logo_width" not in asked:
        yield f"{place}: a logo needs logo_width, the width in pixels at which it is shown"


def _merged(tables: tuple[ThemeTable, ...]) -> dict[str, Any]:
    """What `tables` say together, but for single colours."""
    asked: dict[str, Any] = {}
    for table in tables:
        given = table.model_dump(exclude_none=True, exclude=set(SCHEMES))
        void = {key for name in given for key in VOIDS.get(name, ())}
        asked = {key: value for key, value in asked.items() if key not in void} | given
    return asked


def _palette(default: Palette, given: dict[str, str], least: float) -> Palette:
    """`default` with the colours `given`; a link in the accent's nearest shade that can be read on its paper and on its desk.

    Where no shade can be read on both, the paper decides: most links stand on it.
    """
    colours = asdict(default) | given
    if "accent" in given and default is DARK:
        colours["accent"] = legible(colours["accent"], colours["paper"], BAR_CONTRAST)
    if "link" not in given and any(colours[key] != getattr(default, key) for key in ("accent", "paper", "desk")):
        start = colours["link"] if colours["accent"] == default.accent else colours["accent"]
        on_paper = legible(start, colours["paper"], least)
        on_both = legible(on_paper, colours["desk"], least)
        colours["link"] = on_both if contrast(on_both, colours["paper"]) >= least else on_paper
    return Palette(**colours)


def _image(asked: dict[str, Any], key: str, root: Path, site_url: str) -> Image | None:
    """A logo at its address, or in the workspace, from where it is published by its place there, so that no two meet."""
    if key not in asked:
        return None
    width, height = asked.get("logo_width"), asked.get("logo_height")
    if urlsplit(asked[key]).scheme:
        return Image(asked[key], width, height)
    file = _file(asked[key], root)
    name = f"{MEDIA}/{file.relative_to(os.path.realpath(root)).as_posix()}"
    return Image(f"{site_url}/{quote(name)}", width, height, file=file, name=name)


def _file(logo: str, root: Path) -> Path:
    return Path(os.path.realpath(root / logo))  # Path.resolve() raises RuntimeError on a loop of links, up to Python 3.12


def _misplaced(logo: str, root: Path) -> str:
    """Why the file `logo` cannot be published; nothing where it can."""
    file = _file(logo, root)
    if not file.is_relative_to(os.path.realpath(root)):
        return f"{logo} lies outside this file's folder; copy it there, or give an https address"
    return "" if file.is_file() else f"there is no file {logo}; paths are relative to this file"
