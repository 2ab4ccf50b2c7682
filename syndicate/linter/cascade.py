"""Which declarations win, for each element of a letter. Pure; nothing else knows cssselect.

The cascade goes as far as letters do: `!important`, then the element's own style, then specificity, then order. Media queries are read for
three readers: one by day, one in the dark, one with a phone; what they ask is the business of `media`, and inheritance that of `looks`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from syndicate.linter.media import holds
from syndicate.linter.style import longhands, read_style

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from syndicate.linter.page import Element, Page
    from syndicate.linter.style import Declaration, Rule, Sheet

Scheme = Literal["light", "dark", "phone"]
Specificity = tuple[int, int, int]

WIDTHS: Mapping[Scheme, int] = {"light": 1280, "dark": 1280, "phone": 320}
"""How many pixels a reader has: a window on a desk, and the narrowest phone that a page must fit (WCAG 2.2, success criterion 1.4.10)."""


def winning(page: Page, sheets: Sequence[Sheet], scheme: Scheme) -> list[dict[str, str]]:
    """For each element of a page, in their order, the value of each property that is given it, in small letters."""
    won: list[dict[str, str]] = [{} for _ in page.elements]
    ranks: list[dict[str, tuple[bool, bool, Specificity]]] = [{} for _ in page.elements]
    for element, declaration, own, specificity in _claims(page, sheets, scheme):
        rank = (declaration.important, own, specificity)
        for name, value in longhands(declaration):
            if ranks[element.number].get(name, rank) <= rank:
                ranks[element.number][name] = rank
                won[element.number][name] = value.lower()
    return won


def applies(conditions: Sequence[str], scheme: Scheme) -> bool:
    """Whether a rule inside these at-rules holds for a reader; programs that know `@supports` are taken to support what is asked."""
    asked = [each[6:].split(",") for each in conditions if each.startswith("@media")]
    return all(any(holds(part, width=WIDTHS[scheme], dark=scheme == "dark") for part in queries) for queries in asked)


def matched(page: Page, rule: Rule) -> Iterator[tuple[Element, Specificity]]:
    """The elements that a rule means, each with how specific it is about them."""
    for xpath, specificity in _selected(rule.selectors):
        yield from ((element, specificity) for element in page.find(xpath))


def _claims(page: Page, sheets: Sequence[Sheet], scheme: Scheme) -> Iterator[tuple[Element, Declaration, bool, Specificity]]:
    """Every declaration for every element, the later ones later: whether it is the element's own, and how specific it is."""
    for sheet in sheets:
        for rule in sheet.rules:
            if applies(rule.conditions, scheme):
                for element, specificity in matched(page, rule):
                    yield from ((element, declaration, False, specificity) for declaration in rule.declarations)
    for element in page.elements:
        yield from ((element, declaration, True, (0, 0, 0)) for declaration in read_style(element.attributes.get("style", "")))


@lru_cache(maxsize=4096)
def _selected(selectors: str) -> tuple[tuple[str, Specificity], ...]:
    """What a list of selectors means, as XPath. Nothing, where one cannot be read; pseudo-elements are no elements."""
    from cssselect import HTMLTranslator, SelectorError, parse

    translator = HTMLTranslator()
    try:
        parsed = [each for each in parse(selectors) if each.pseudo_element is None]
        return tuple((translator.selector_to_xpath(each), each.specificity()) for each in parsed)
    except (SelectorError, RecursionError):
        return ()
