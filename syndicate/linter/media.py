"""Whether a media query holds for somebody: of a window's width, the colour scheme and the kind of medium. Pure.

What else there is to ask, such as `(hover)` and whatever follows `not`, is answered with no.
"""

from __future__ import annotations

import operator
import re
from math import nan
from typing import TYPE_CHECKING

from syndicate.linter.style import MEDIUM, PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PART = re.compile(r"\(([^()]*)\)|([^\s()]+)")
KNOWN = frozenset({"only", "screen", "all", "and"})
BOUND = re.compile(r"(min|max)-(?:device-)?width:(.+)")
RANGE = re.compile(r"(?:([^<>=]+)(<=|>=|<|>|=))?(?:device-)?width(?:(<=|>=|<|>|=|:)([^<>=:]+))?")
"""A width between limits, without white space (Media Queries Level 4, sections 2.4.3 and 2.4.4)."""

LENGTH = re.compile(r"(\d*\.?\d+)([a-z]+)")
UNITS = {**PIXELS, "em": MEDIUM}
"""Pixels of each unit: queries are asked before anything has a size of its own."""

SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ":": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
BOUNDS: Mapping[str, Callable[[float, float], bool]] = {"min": operator.ge, "max": operator.le}


def holds(query: str, *, width: int, dark: bool) -> bool:
    """Whether one query, in small letters, holds where there are `width` pixels, and where the dark is preferred or the light."""
    return all(_is_so(feature, width, dark) if feature else word in KNOWN for feature, word in PART.findall(query))


def _is_so(feature: str, width: int, dark: bool) -> bool:  # noqa: FBT001  both are said above
    feature = "".join(feature.split())
    if feature.startswith("prefers-color-scheme"):
        return feature.endswith(":dark" if dark else ":light")
    if bound := BOUND.fullmatch(feature):
        return BOUNDS[bound[1]](width, _pixels(bound[2]))
    if found := RANGE.fullmatch(feature):
        over = not found[2] or SIGNS[found[2]](_pixels(found[1]), width)
        return over and (not found[3] or SIGNS[found[3]](width, _pixels(found[4])))
    return False


def _pixels(length: str) -> float:
    """A length in pixels; where it cannot be reckoned `nan`, beside which nothing is more, less or the same."""
    found = LENGTH.fullmatch(length)
    return float(found[1]) * UNITS.get(found[2], nan) if found else 0 if length == "0" else nan
