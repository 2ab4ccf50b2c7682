"""CSS as a letter holds it: what its sheets and its elements say. Pure; nothing else knows tinycss2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from syndicate.colours import read_colour

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syndicate.linter.page import Element

DEEPEST = 40
"""Brackets inside brackets, beyond which a sheet is not read: no letter has as many, and each takes a call of its own."""

MEDIUM = 16.0
"""Pixels of text that nobody gave a size."""

PIXELS = {"px": 1, "pt": 4 / 3, "pc": 16, "in": 96, "cm": 96 / 2.54, "mm": 96 / 25.4, "rem": MEDIUM}
SIZES = frozenset({"xx-small", "x-small", "small", "medium", "large", "x-large", "xx-large", "xxx-large", "smaller", "larger"})
COLOURS = frozenset({"rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "color-mix", "light-dark", "var"})
BLOCKS = frozenset({"media", "supports", "layer", "container"})
"""At-rules that hold rules."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A property with its value as written, and the parts of the value as tinycss2 has them."""

    name: str
    value: str
    important: bool = False
    line: int = 0
    tokens: tuple[Any, ...] = ()

    @property
    def parts(self) -> Iterator[Any]:
        """Every part of the value, those inside functions and brackets too."""
        waiting = list(reversed(self.tokens))
        while waiting:
            part = waiting.pop()
            yield part
            waiting += reversed(getattr(part, "arguments", None) or getattr(part, "content", None) or [])


@dataclass(frozen=True, slots=True)
class Rule:
    """Declarations for what `selectors` match; `conditions` are the at-rules around them, from the outside: `@media (hover)`."""

    selectors: str
    declarations: tuple[Declaration, ...]
    conditions: tuple[str, ...]
    line: int
    nesting: bool = False


@dataclass(frozen=True, slots=True)
class AtRule:
    """An at-rule: its name, what stands before its block, and the at-rules around it."""

    name: str
    prelude: str
    conditions: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a `<style>` holds, in its order."""

    element: Element
    rules: tuple[Rule, ...] = ()
    at_rules: tuple[AtRule, ...] = ()


def read_sheet(element: Element) -> Sheet:
    """Read a `<style>`. What cannot be read is left out, as mail programs do."""
    import tinycss2

    if _depth(element.text) > DEEPEST:
        return Sheet(element)
    found = list(_rules(tinycss2.parse_stylesheet(element.text, skip_comments=True, skip_whitespace=True), (), element.line - 1))
    rules = tuple(each for each in found if isinstance(each, Rule))
    return Sheet(element, rules, tuple(each for each in found if isinstance(each, AtRule)))


@lru_cache(maxsize=1024)
def read_style(text: str) -> tuple[Declaration, ...]:
    """What a `style` attribute says, each with its line within the attribute, from 0."""
    import tinycss2

    if _depth(text) > DEEPEST:
        return ()
    return tuple(_declarations(tinycss2.parse_blocks_contents(text), -1))


def longhands(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """What a declaration says about colour, ground, size, weight and lines, by the longer names: `font` is a size and a weight."""
    match declaration.name:
        case "font":
            yield from _font(declaration)
        case "background":
            yield "background-color", ground_of(declaration)
        case "text-decoration":
            yield "text-decoration-line", declaration.value
        case name:
            yield name, declaration.value


def ground_of(declaration: Declaration) -> str:
    """The colour that a background has where its picture is not shown; `transparent` where it names none."""
    for token in declaration.tokens:
        if token.type == "hash" or (token.type == "function" and token.lower_name in COLOURS):
            return str(token.serialize())
        if token.type == "ident" and (token.lower_value in {"inherit", "currentcolor"} or _is_colour(token.lower_value)):
            return str(token.lower_value)
    return "transparent"


def _rules(nodes: Iterable[Any], conditions: tuple[str, ...], above: int) -> Iterator[Rule | AtRule]:
    """Every rule, those inside at-rules and inside one another too; `above` are the lines before the sheet."""
    import tinycss2

    for node in nodes:
        line = above + node.source_line
        if node.type == "at-rule":
            prelude = " ".join(tinycss2.serialize(node.prelude).lower().split())
            yield AtRule(node.lower_at_keyword, prelude, conditions, line)
            if node.content is not None and node.lower_at_keyword in BLOCKS:
                inside = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                yield from _rules(inside, (*conditions, f"@{node.lower_at_keyword} {prelude}".strip()), above)
        elif node.type == "qualified-rule":
            content = tinycss2.parse_blocks_contents(node.content)
            nested = any(each.type == "qualified-rule" for each in content)
            selectors = " ".join(tinycss2.serialize(node.prelude).split())
            yield Rule(selectors, tuple(_declarations(content, above)), conditions, line, nested)


def _declarations(nodes: Iterable[Any], above: int) -> Iterator[Declaration]:
    import tinycss2

    for node in nodes:
        if node.type == "declaration":
            value = " ".join(tinycss2.serialize(node.value).split())
            tokens = tuple(token for token in node.value if token.type not in {"whitespace", "comment"})
            yield Declaration(node.lower_name, value, node.important, above + node.source_line, tokens)


def _font(declaration: Declaration) -> Iterator[tuple[str, str]]:
    """The size is the first length, before a slash; the weight a number or `bold` before it, or else normal."""
    weight = "normal"
    for token in declaration.tokens:
        if token.type == "number" and token.is_integer:
            weight = str(token.int_value)
        elif token.type == "ident" and token.lower_value in {"bold", "bolder", "lighter"}:
            weight = str(token.lower_value)
        elif token.type in {"dimension", "percentage"} or (token.type == "ident" and token.lower_value in SIZES):
            yield from (("font-size", token.serialize().lower()), ("font-weight", weight))
            return


@lru_cache(maxsize=256)
def _is_colour(word: str) -> bool:
    if word == "transparent":
        return True
    try:
        read_colour(word)
    except ValueError:
        return False
    return True


def _depth(text: str) -> int:
    """How deep brackets stand inside brackets, those in strings counted too."""
    deepest = depth = 0
    for found in re.finditer(r"[(\[{]|[)\]}]", text):
        depth = depth + 1 if found[0] in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest
