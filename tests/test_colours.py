"""Colours as readers see them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.colours import contrast, legible, read_colour

HEX = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#0f6a73", "#0f6a73"),
        ("#FFF", "#ffffff"),
        ("rebeccapurple", "#663399"),
        ("rgb(255 0 0)", "#ff0000"),
        ("hsl(120 100% 25%)", "#008000"),
    ],
)
def test_a_colour_is_read_as_css_writes_it(text: str, colour: str) -> None:
    """In whatever way, it comes out as six digits, which every mail program knows."""
    assert read_colour(text) == colour


@pytest.mark.parametrize("text", ["", "teel", "#12", "red; color: blue", "#ffffff80", "url(x)"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    """With what was found; so is one that lets the ground through."""
    with pytest.raises(ValueError, match="must be a colour"):
        read_colour(text)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ffffff", "#ffffff", 1.0), ("#0000ff", "#ffffff", 8.59)],
)
def test_contrast_is_that_of_the_guidelines(one: str, other: str, ratio: float) -> None:
    """WCAG 2.2, with its published examples; the order does not matter."""
    assert round(contrast(one, other), 2) == ratio
    assert contrast(one, other) == contrast(other, one)


@given(HEX, HEX, st.sampled_from([3.0, 4.5]))
def test_a_legible_shade_can_be_read(colour: str, ground: str, least: float) -> None:
    """On every ground, of every colour; one that can be read already is left as it is."""
    shade = legible(colour, ground, least)
    assert contrast(shade, ground) >= least
    assert contrast(colour, ground) < least or shade == colour
