"""What a letter uses, as marks: short words that `features` ties to what mail programs were tried with. Pure.

    border-radius            a property             display: flex            a word in its value
    margin: negative         a kind of value        unit rem   calc()        a unit, a function
    @media hover             an at-rule             :hover   ::before        a selector
    <video>   [role]         an element, attribute  .webp   data:            a picture
    <nav style>              an element with a style of its own

What stands inside an at-rule improves a letter where it is known, and leaves no mark but the at-rule's; the same goes for rules that
speak to one program alone, by an attribute that it adds, and for properties with a vendor's prefix.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syndicate.linter.style import ground_of, read_style

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.linter.looks import Dressed
    from syndicate.linter.page import Element, Page
    from syndicate.linter.style import AtRule, Declaration, Rule

SIDES = re.compile(r"(margin|padding)-(?:top|right|bottom|left)")
PSEUDO = re.compile(r"::?[a-z-]+")
OLD = frozenset({":after", ":before", ":first-letter", ":first-line"})
"""Pseudo-elements that may be written with one colon."""

WORD = re.compile(r"[a-z-]+")
SUFFIX = re.compile(r"\.(\w{2,5})(?:[?#].*)?$")
FOR_ONE = re.compile(r"\[|^u *\+|#MessageViewBody")
"""Selectors by which rules speak to one mail program: attributes that Outlook adds, elements that Gmail and Samsung put around a letter."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One use of something, and where: the line, and what stands there."""

    name: str
    line: int
    tag: str


def marks_of(dressed: Dressed) -> Iterator[Mark]:
    """Every mark of a letter."""
    for element in dressed.page.elements:
        tag = str(element)
        names = (*_element_marks(element), *_style_marks(dressed.page, element))
        yield from (Mark(name, element.line, tag) for name in names)
    for sheet in dressed.sheets:
        for at_rule in sheet.at_rules:
            yield from (Mark(name, at_rule.line, f"@{at_rule.name}") for name in _at_rule_marks(at_rule))
        for rule in sheet.rules:
            if is_plain(rule):
                yield from (Mark(name, rule.line, rule.selectors) for name in _rule_marks(rule))


def is_plain(rule: Rule) -> bool:
    """Whether a rule is meant for every program."""
    return not rule.conditions and not FOR_ONE.search(rule.selectors)


def is_prefixed(name: str) -> bool:
    """Whether a property is meant for one program: `-webkit-text-size-adjust`, `mso-hide`; a variable is not."""
    return name.startswith("mso-") or (name.startswith("-") and not name.startswith("--"))


def _element_marks(element: Element) -> Iterator[str]:
    yield f"<{element.tag}>"
    if "style" in element.attributes:
        yield f"<{element.tag} style>"
    yield from (f"[{name}]" for name in element.attributes if name != "background" or "bgcolor" not in element.attributes)
    if element.tag == "meta" and element.get("name").lower() == "color-scheme":
        yield "<meta color-scheme>"
    if element.tag == "img" and "width" not in element.attributes:
        yield "<img> without width"
    if element.tag in {"img", "source"}:
        source = element.get("src").lower()
        found = SUFFIX.search(source)
        if source.startswith("data:"):
            yield "data:"
        elif found:
            yield f".{found[1]}"


def _style_marks(page: Page, element: Element) -> Iterator[str]:
    """What an element's own style uses; what hides it, or lies behind it, depends on what else it says and holds."""
    own = read_style(element.attributes.get("style", ""))
    said = {declaration.name: declaration.value.lower() for declaration in own}
    if element.tag == "span" and any(name.startswith("margin") and value != "0" for name, value in said.items()):
        yield "margin on <span>"
    covered = "bgcolor" in element.attributes or any(
        each.name in {"background", "background-color"} and ground_of(each) != "transparent" for each in own
    )
    for declaration in own:
        yield from _declaration_marks(declaration, covered=covered)
    if said.get("display") == "none" and said.get("mso-hide") != "all":
        inside = {each.tag for each in (element, *page.inside(element))}
        yield from (f"display: none on <{tag}>" for tag in ("img", "table") if tag in inside)


def _rule_marks(rule: Rule) -> Iterator[str]:
    if rule.nesting:
        yield "&"
    yield from (f":{name}" if name in OLD else name for name in PSEUDO.findall(rule.selectors.lower()))
    covered = any(each.name.startswith("background") and ground_of(each) != "transparent" for each in rule.declarations)
    for declaration in rule.declarations:
        yield from _declaration_marks(declaration, covered=covered)


def _at_rule_marks(rule: AtRule) -> Iterator[str]:
    yield f"@{rule.name}"
    yield from (f"@{rule.name} {word}" for word in WORD.findall(rule.prelude))


def _declaration_marks(declaration: Declaration, *, covered: bool) -> Iterator[str]:
    """What a declaration uses. A picture behind a text is no mark where the text is `covered`: has a colour behind it as well."""
    name = declaration.name
    if is_prefixed(name) or (covered and name in {"background", "background-image"}):
        return
    yield "--" if name.startswith("--") else name
    if declaration.important:
        yield "!important"
    yield from (f"{name}: {sign}" for sign in "/," if any(token == sign for token in declaration.tokens))
    group = found[1] if (found := SIDES.fullmatch(name)) else name
    for part in declaration.parts:
        yield from _part_marks(group, part)


def _part_marks(name: str, part: Any) -> Iterator[str]:
    match part.type:
        case "ident":
            yield f"{name}: {part.lower_value}"
            if part.lower_value == "initial":
                yield "initial"
        case "url":
            yield f"{name}: url"
        case "function":
            yield f"{part.lower_name}()"
            if part.lower_name == "url":
                yield f"{name}: url"
            if part.lower_name in {"rgb", "rgba"} and "," not in part.arguments:
                yield "rgb() spaced"
        case "dimension":
            yield f"unit {part.lower_unit}"
            yield f"{name}: {part.lower_unit}"
        case "percentage":
            yield "unit %"
    if part.type in {"number", "dimension", "percentage"} and part.value < 0:
        yield f"{name}: negative"
