"""Colours as readers see them: how far apart two are, and the nearest shade that can be read. Pure; nothing else knows coloraide."""

from __future__ import annotations

from functools import lru_cache

LEAST_CONTRAST = 4.5
"""Of text against its ground (WCAG 2.2, success criterion 1.4.3)."""

STEPS = 100


def read_colour(text: str) -> str:
    """A CSS colour as `#rrggbb`. Raises `ValueError`, also for one that lets the ground through, which no mail program mixes alike."""
    from coloraide import Color

    try:
        colour = Color(text)
    except ValueError:
        raise ValueError(f"must be a colour such as '#0f6a73', got {text!r}") from None
    if colour.alpha() < 1:
        raise ValueError(f"must be a colour without transparency, got {text!r}")
    return _hex(colour)


@lru_cache(maxsize=4096)
def contrast(one: str, other: str) -> float:
    """How far apart two colours are for the eye, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    from coloraide import Color

    return float(Color(one).contrast(other, method="wcag21"))


def legible(colour: str, ground: str, least: float = LEAST_CONTRAST) -> str:
    """`colour`, or the nearest shade of it that stands out from `ground` by `least`; black or white where no shade does."""
    from coloraide import Color

    if contrast(colour, ground) >= least:
        return colour
    darker = contrast("#000000", ground) > contrast("#ffffff", ground)
    shade = Color(colour).convert("oklch")
    start = shade["lightness"]
    for step in range(1, STEPS + 1):
        shade["lightness"] = start * (1 - step / STEPS) if darker else start + (1 - start) * step / STEPS
        if contrast(found := _hex(shade), ground) >= least:
            return found
    return "#000000" if darker else "#ffffff"


def _hex(colour: object) -> str:
    return str(colour.convert("srgb").fit().to_string(hex=True, alpha=False))  # type: ignore[attr-defined]
