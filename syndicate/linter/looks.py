"""What a letter looks like to its readers: what colour, ground, size and weight each text has, and whether it is there to be seen. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.linter.cascade import winning
from syndicate.linter.page import SILENT, visible
from syndicate.linter.style import MEDIUM, PIXELS, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from syndicate.linter.cascade import Scheme
    from syndicate.linter.page import Element, Page
    from syndicate.linter.style import Sheet

BOLD = 700
KEYWORDS = {"xx-small": 9, "x-small": 10, "small": 13, "medium": 16, "large": 18, "x-large": 24, "xx-large": 32, "xxx-large": 48}
HEADINGS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67, "small": 1 / 1.2, "sub": 1 / 1.2, "sup": 1 / 1.2}
STRONG = frozenset({"b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"})
LENGTH = re.compile(r"(\d*\.?\d+)([a-z]+|%)?")

INK: Mapping[Scheme, str] = {"light": "#000000", "dark": "#ffffff", "phone": "#000000"}
PAPER: Mapping[Scheme, str] = {"light": "#ffffff", "dark": "#121212", "phone": "#ffffff"}
LINK: Mapping[Scheme, str] = {"light": "#0000ee", "dark": "#9e9eff", "phone": "#0000ee"}
"""The colours that browsers give to what has none, by day and, where a page says that it knows the dark, by night."""


@dataclass(frozen=True, slots=True)
class Look:
    """How an element is shown: `colour` and `ground` as written, `size` in pixels, `weight` up to 1000, `shown` at all, `lined` under."""

    colour: str
    ground: str
    size: float
    weight: int
    shown: bool
    lined: bool


@dataclass(frozen=True, slots=True)
class Dressed:
    """A page with its sheets, and for each scheme the look of each element, by its number."""

    page: Page
    sheets: tuple[Sheet, ...]
    looks: Mapping[Scheme, Sequence[Look]]

    def texts(self, scheme: Scheme) -> Iterator[tuple[Element, Look, str]]:
        """Everything that can be read: the element, how it looks, and its own text, for a picture the one that stands in for it."""
        for element, look in zip(self.page.elements, self.looks[scheme], strict=True):
            if look.shown and (text := own_text(element)):
                yield element, look, text


def dress(page: Page) -> Dressed:
    """Apply a page's styles. A page that says nothing about the dark looks the same in it."""
    sheets = tuple(read_sheet(element) for element in page.tags("style"))
    light, phone = (_looks(page, sheets, scheme) for scheme in ("light", "phone"))
    dark = _looks(page, sheets, "dark") if _knows_dark(page, sheets) else light
    return Dressed(page, sheets, {"light": light, "dark": dark, "phone": phone})


def own_text(element: Element) -> str:
    """What can be read of an element itself: its text outside of its children, or what stands in for a picture; none of the head's."""
    if any(each.tag in SILENT for each in (element, *element.above)):
        return ""
    return visible(element.get("alt") if element.tag == "img" else element.text)


def _knows_dark(page: Page, sheets: Sequence[Sheet]) -> bool:
    """Whether a page says anything about the dark."""
    said = [element.get("content").lower() for element in page.tags("meta") if element.get("name").lower() == "color-scheme"]
    said += [condition for sheet in sheets for rule in sheet.rules for condition in rule.conditions]
    return any("dark" in each for each in said)


def _looks(page: Page, sheets: Sequence[Sheet], scheme: Scheme) -> list[Look]:
    canvas = Look(INK[scheme], PAPER[scheme], MEDIUM, 400, shown=True, lined=False)
    looks: list[Look] = []
    for element, style in zip(page.elements, winning(page, sheets, scheme), strict=True):
        looks.append(_look(element, style, looks[element.parent.number] if element.parent else canvas, scheme))
    return looks


def _look(element: Element, style: Mapping[str, str], around: Look, scheme: Scheme) -> Look:
    size = _size(style.get("font-size", ""), element, around.size)
    colour = _colour(style.get("color") or _hint(element, "color", "text"), element, around, scheme)
    ground = style.get("background-color") or _hint(element, "bgcolor")
    if ground == "currentcolor":
        ground = colour
    elif ground in {"", "transparent", "inherit", "initial", "unset", "none"}:
        ground = around.ground
    line = style.get("text-decoration-line", "underline" if _is_link(element) or element.tag in {"u", "ins"} else "")
    return Look(
        colour,
        ground,
        size,
        _weight(style.get("font-weight", ""), element, around.weight),
        shown=around.shown and size > 0 and not _is_away(element, style),
        lined="underline" in line or "border-bottom" in style or (around.lined and style.get("display") != "inline-block"),
    )


def _is_away(element: Element, style: Mapping[str, str]) -> bool:
    """Whether it is put away, by one of the ways in which preheaders are; not by `mso-hide`, which Outlook alone goes by."""
    if style.get("overflow") == "hidden" and {"0", "0px"} & {style.get("max-height"), style.get("height"), style.get("max-width")}:
        return True
    gone = style.get("display") == "none" or style.get("opacity") in {"0", "0.0"}
    return gone or style.get("visibility") in {"hidden", "collapse"} or "hidden" in element.attributes


def _colour(written: str, element: Element, around: Look, scheme: Scheme) -> str:
    if not written:
        return LINK[scheme] if _is_link(element) else around.colour
    if written in {"inherit", "currentcolor", "unset", "revert"}:
        return around.colour
    return INK[scheme] if written == "initial" else written


def _size(written: str, element: Element, around: float) -> float:
    """A size in pixels; what cannot be reckoned, such as `5vw`, is taken for what is around."""
    if found := LENGTH.fullmatch(written):
        units = {**PIXELS, "em": around, "%": around / 100, "ex": around / 2, "ch": around / 2}
        unit = found[2] or "px"
        return float(found[1]) * units[unit] if unit in units else around
    if written in {"smaller", "larger"}:
        return around / 1.2 if written == "smaller" else around * 1.2
    return KEYWORDS.get(written, around) if written else around * HEADINGS.get(element.tag, 1.0)


def _weight(written: str, element: Element, around: int) -> int:
    if written.isdecimal():
        return int(written)
    if written in {"bold", "bolder"} or (not written and element.tag in STRONG):
        return BOLD
    return 400 if written in {"normal", "lighter", "initial"} else around


def _hint(element: Element, *names: str) -> str:
    """A colour given by an attribute, as letters still do for Outlook."""
    tags = {"color": "font", "text": "body"}
    return next((element.get(name).lower() for name in names if element.get(name) and tags.get(name, element.tag) == element.tag), "")


def _is_link(element: Element) -> bool:
    return element.tag == "a" and "href" in element.attributes
