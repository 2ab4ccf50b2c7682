"""What a letter looks like: which declarations win, and what every text comes to."""

from __future__ import annotations

import pytest

from syndicate.linter.cascade import applies
from syndicate.linter.looks import Look, dress
from syndicate.linter.page import read_page
from syndicate.linter.style import read_style


def look(inside: str, style: str = "", scheme: str = "light", head: str = "") -> Look:
    """How the first element of class `x` looks."""
    dressed = dress(read_page(f"<html><head>{head}<style>{style}</style></head><body>{inside}</body></html>"))
    number = next(element.number for element in dressed.page.elements if element.get("class") == "x")
    return dressed.looks[scheme][number]  # type: ignore[index]  # the tables below spell schemes


COLOURS = {
    "nothing said": ("<p class=x>", "", "#000000"),
    "its own": ("<p class=x style='color: red'>", ".x { color: blue }", "red"),
    "a rule's": ("<p class=x>", ".x { color: blue }", "blue"),
    "the later rule": ("<p class=x>", ".x { color: blue } .x { color: red }", "red"),
    "the more specific rule": ("<p class=x>", "p.x { color: red } .x { color: blue }", "red"),
    "an important rule": ("<p class=x style='color: red'>", ".x { color: blue !important }", "blue"),
    "its own, important": ("<p class=x style='color: red !important'>", ".x { color: blue !important }", "red"),
    "the later of its own": ("<p class=x style='color: red; color: blue'>", "", "blue"),
    "from above": ("<div style='color: red'><p class=x>", "", "red"),
    "from above, by name": ("<div style='color: red'><a class=x href=y style='color: inherit'>", "", "red"),
    "a link's": ("<div style='color: red'><a class=x href=y>", "", "#0000ee"),
    "an anchor's": ("<div style='color: red'><a class=x name=y>", "", "red"),
    "a font's": ("<font class=x color='#FF0000'>", "", "#ff0000"),
    "set back": ("<div style='color: red'><p class=x style='color: initial'>", "", "#000000"),
    "a selector in a list": ("<p class=x>", ".y, .x { color: red }", "red"),
    "a list that cannot be read": ("<p class=x>", ".y, ..x { color: red }", "#000000"),
    "a descendant": ("<div class=y><p class=x>", ".y .x { color: red }", "red"),
    "Outlook's own": ("<p class=x>", "[data-ogsc] .x { color: red }", "#000000"),
    "a hover": ("<p class=x>", ".x:hover { color: red }", "#000000"),
    "before it": ("<p class=x>", ".x::before { color: red }", "#000000"),
    "for those who support it": ("<p class=x>", "@supports (a: b) { .x { color: red } }", "red"),
    "in print": ("<p class=x>", "@media print { .x { color: red } }", "#000000"),
    "on a screen": ("<p class=x>", "@media only screen { .x { color: red } }", "red"),
}


@pytest.mark.parametrize(("inside", "style", "colour"), COLOURS.values(), ids=COLOURS.keys())
def test_the_right_colour_wins(inside: str, style: str, colour: str) -> None:
    """By importance, then what the element says itself, then specificity, then order."""
    assert look(inside, style).colour == colour


GROUNDS = {
    "nothing said": ("<p class=x>", "#ffffff"),
    "its own": ("<p class=x style='background-color: red'>", "red"),
    "in short": ("<p class=x style='background: url(a.png) no-repeat RED'>", "red"),
    "in short, none": ("<div style='background: red'><p class=x style='background: none'>", "red"),
    "a picture alone": ("<div style='background: red'><p class=x style='background: url(a.png) center'>", "red"),
    "a gradient alone": ("<div style='background: red'><p class=x style='background: linear-gradient(blue, lime)'>", "red"),
    "an attribute's": ("<table bgcolor='#FF0000'><tr><td class=x>", "#ff0000"),
    "style before attribute": ("<table><tr><td class=x bgcolor='#FF0000' style='background: blue'>", "blue"),
    "the text's": ("<p class=x style='color: red; background: currentcolor'>", "red"),
    "seen through": ("<div style='background: red'><p class=x style='background: transparent'>", "red"),
}


@pytest.mark.parametrize(("inside", "ground"), GROUNDS.values(), ids=GROUNDS.keys())
def test_the_ground_is_the_nearest_that_is_a_colour(inside: str, ground: str) -> None:
    """Pictures may not be shown, and what is transparent shows what is under it."""
    assert look(inside).ground == ground


SIZES = {
    "nothing said": ("<p class=x>", 16),
    "pixels": ("<p class=x style='font-size: 14px'>", 14),
    "points": ("<p class=x style='font-size: 12pt'>", 16),
    "in short": ("<p class=x style='font: bold 14px/20px Georgia, serif'>", 14),
    "of what is around": ("<div style='font-size: 20px'><p class=x style='font-size: 0.5em'>", 10),
    "in per cent": ("<div style='font-size: 20px'><p class=x style='font-size: 150%'>", 30),
    "of the page": ("<div style='font-size: 20px'><p class=x style='font-size: 1rem'>", 16),
    "a word": ("<p class=x style='font-size: small'>", 13),
    "a relation": ("<div style='font-size: 12px'><p class=x style='font-size: larger'>", 14.4),
    "a heading": ("<h1 class=x>", 32),
    "small print": ("<div style='font-size: 12px'><small class=x>", 10),
    "what cannot be reckoned": ("<div style='font-size: 12px'><p class=x style='font-size: 5vw'>", 12),
    "no number": ("<p class=x style='font-size: huge'>", 16),
}


@pytest.mark.parametrize(("inside", "size"), SIZES.values(), ids=SIZES.keys())
def test_sizes_come_to_pixels(inside: str, size: float) -> None:
    """From every unit that letters use."""
    assert look(inside).size == pytest.approx(size)


def test_weights_come_to_numbers() -> None:
    """From words, from headings, and from what is around."""
    weights = {"font-weight: 600": 600, "font-weight: bold": 700, "font: 14px Georgia": 400, "font: 500 14px Georgia": 500, "": 400}
    assert {style: look(f"<p class=x style='{style}'>").weight for style in weights} == weights
    assert look("<b><i class=x>").weight == look("<h2 class=x>").weight == 700


AWAY = (
    "display: none",
    "visibility: hidden",
    "opacity: 0",
    "font-size: 0",
    "max-height: 0; overflow: hidden",
    "display: none; mso-hide: all",
)


@pytest.mark.parametrize("style", AWAY)
def test_what_is_put_away_is_not_shown(style: str) -> None:
    """By any of the ways in which preheaders are, and with all that is inside."""
    assert not look(f"<div style='{style}'><p class=x style='display: block'>").shown


def test_what_outlook_alone_puts_away_is_shown() -> None:
    """To everybody else, who must be able to read it."""
    assert look("<p class=x style='mso-hide: all'>").shown


def test_the_dark_is_another_look_where_a_page_knows_it() -> None:
    """By a rule, or by saying that it does: then browsers take a dark page and light text."""
    rule = "@media (prefers-color-scheme: dark) { .x { color: white } } @media (prefers-color-scheme: light) { .x { color: navy } }"
    assert [look("<p class=x>", rule, scheme).colour for scheme in ("light", "dark", "phone")] == ["navy", "white", "navy"]
    meta = "<meta name='color-scheme' content='light dark'>"
    assert look("<p class=x>", scheme="dark", head=meta) != look("<p class=x>", scheme="dark")


@pytest.mark.parametrize(
    ("conditions", "readers"),
    [
        ((), ["light", "dark", "phone"]),
        (("@media (max-width: 600px)",), ["phone"]),
        (("@media screen and (max-width: 600px), print",), ["phone"]),
        (("@media (min-width: 600px)",), ["light", "dark"]),
        (("@media screen and (min-width: 1px) and (max-width: 600px)",), ["phone"]),
        (("@media (max-width: 37.5em)",), ["phone"]),
        (("@media (max-device-width: 8in)",), ["phone"]),
        (("@media (width <= 600px)",), ["phone"]),
        (("@media (width<600px)",), ["phone"]),
        (("@media (600px > width)",), ["phone"]),
        (("@media (1px <= width <= 600px)",), ["phone"]),
        (("@media (600px < device-width)",), ["light", "dark"]),
        (("@media (1280px <= width)",), ["light", "dark"]),
        (("@media (width > 1280px)",), []),
        (("@media (width: 320px)",), ["phone"]),
        (("@media (width = 320px)",), ["phone"]),
        (("@media (width)",), ["light", "dark", "phone"]),
        (("@media ((min-width: 0) and (max-width: 2000px))",), ["light", "dark", "phone"]),
        (("@media (max-width: 600)",), []),
        (("@media (max-width: 600xx)",), []),
        (("@media (max-width: calc(1px + 600px))",), []),
        (("@media (max-width: 600px) or (hover)",), []),
        (("@media (hover)",), []),
        (("@media (prefers-color-scheme)",), []),
        (("@media (prefers-color-scheme: light)",), ["light", "phone"]),
        (("@media ()",), []),
        (("@media not screen",), []),
        (("@media (prefers-color-scheme: dark)",), ["dark"]),
        (("@media (prefers-color-scheme: dark)", "@media (max-width: 600px)"), []),
        (("@supports (display: grid)", "@media (max-width: 600px)"), ["phone"]),
        (("@media",), ["light", "dark", "phone"]),
    ],
    ids=str,
)
def test_media_queries_are_read_for_three_readers(conditions: tuple[str, ...], readers: list[str]) -> None:
    """What there is to ask besides is answered with no."""
    assert [scheme for scheme in ("light", "dark", "phone") if applies(conditions, scheme)] == readers


def test_a_style_is_read_as_mail_programs_read_it() -> None:
    """What is broken is left out, and the rest holds."""
    found = read_style("color: red; background; *zoom: 1; mso-line-height-rule: exactly; margin: 0 auto !important; --x: {a: b}")
    assert [(each.name, each.value, each.important) for each in found] == [
        ("color", "red", False),
        ("mso-line-height-rule", "exactly", False),
        ("margin", "0 auto", True),
        ("--x", "{a: b}", False),
    ]


def test_a_sheet_of_nothing_but_brackets_is_let_be() -> None:
    """It would take a call for each."""
    assert dress(read_page(f"<style>{'(' * 5000}</style><p style='color: {'(' * 5000}'>")).sheets[0].rules == ()
