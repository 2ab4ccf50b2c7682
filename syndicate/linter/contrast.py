"""Whether text can be read: its contrast by day and in the dark, its size on every screen, its lines. Pure.

What programs make of colours that turn them round by themselves, Outlook on phones among them, cannot be reckoned and is not.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from syndicate.colours import LEAST_CONTRAST, contrast, legible, read_colour
from syndicate.linter.findings import at
from syndicate.linter.looks import BOLD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.linter.cascade import Scheme
    from syndicate.linter.findings import Finding
    from syndicate.linter.looks import Dressed, Look

LEAST_LARGE = 3.0
LARGE = 24
LARGE_BOLD = 18.66
"""Text from so many pixels on, 18 and 14 points, needs less contrast (WCAG 2.2, success criterion 1.4.3)."""

LEAST_SIZE = 14
"""Pixels below which text is a strain."""

SCHEMES: tuple[tuple[Scheme, str], ...] = (("light", "in the light scheme"), ("dark", "in the dark scheme"))
SCREENS: tuple[tuple[Scheme, str], ...] = (("light", ""), ("phone", " on phones"))
WORDS = re.compile(r"\w{2}")


def check_contrast(dressed: Dressed) -> Iterator[Finding]:
    """Text that does not stand out from its ground, or whose colours not every program shows alike."""
    unread: set[tuple[int, str]] = set()
    for scheme, named in SCHEMES:
        if scheme == "dark" and dressed.looks["dark"] is dressed.looks["light"]:
            return
        for element, look, _ in dressed.texts(scheme):
            strange = {written for written in (look.colour, look.ground) if not _read(written)}
            for written in sorted(strange):
                if (element.number, written) not in unread:
                    unread.add((element.number, written))
                    what = f"has the colour {written}, which not every program shows alike"
                    yield at(element, "colour", what, "write it as #rrggbb, without transparency")
            if strange:
                continue
            colour, ground = _read(look.colour), _read(look.ground)
            found, needed = contrast(colour, ground), _needed(look)
            if found < needed:
                # Cut, not rounded: 4.499 must not read as the 4.5 that it lacks.
                what = f"text {colour} on {ground} has a contrast of {int(found * 100) / 100:g} {named}, and needs {needed:g}"
                yield at(element, "contrast", what, f"write {legible(colour, ground, needed)}, or change the ground")


def check_size(dressed: Dressed) -> Iterator[Finding]:
    """Text that is too small."""
    small: set[int] = set()
    for scheme, named in SCREENS:
        for element, look, text in dressed.texts(scheme):
            if look.size < LEAST_SIZE and element.number not in small and WORDS.search(text):
                small.add(element.number)
                what = f"text is {look.size:.4g} px tall{named}"
                yield at(element, "text-size", what, f"make it {LEAST_SIZE} px or more")


def check_lines(dressed: Dressed) -> Iterator[Finding]:
    """Links in running text that their colour alone tells apart (WCAG 2.2, success criterion 1.4.1)."""
    looks = dressed.looks["light"]
    for element, look, _ in dressed.texts("light"):
        around = element.parent
        if element.tag != "a" or "href" not in element.attributes or around is None or not WORDS.search(around.text):
            continue
        lined = look.lined or any(looks[each.number].lined for each in dressed.page.inside(element))
        if not lined and look.weight == looks[around.number].weight:
            yield at(element, "link-line", "only its colour tells this link from the text around it", "underline it")


@lru_cache(maxsize=1024)
def _read(written: str) -> str:
    """A colour as `#rrggbb`; nothing where it is none, or lets the ground through."""
    try:
        return read_colour(written)
    except ValueError:
        return ""


def _needed(look: Look) -> float:
    large = look.size >= LARGE or (look.size >= LARGE_BOLD and look.weight >= BOLD)
    return LEAST_LARGE if large else LEAST_CONTRAST
