"""How much a letter holds, and what Gmail makes of more. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.linter.findings import LETTER, Finding, at, on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.letters import Letter
    from syndicate.linter.looks import Dressed

BUDGET = 80_000
"""Bytes of HTML: Gmail hides what comes after about 102 kB, and links grow when they are made each reader's own."""

STYLE_BUDGET = 16_384
"""Characters in all `<style>` together, beyond which Gmail leaves styles out (caniemail, html-style, note 6)."""

NESTED = "stands inside {}, for which Gmail drops the whole <style>"


def check_size(dressed: Dressed, letter: Letter, gmail: tuple[str, ...]) -> Iterator[Finding]:
    """The letter within its budget, and its styles within Gmail's; `gmail` is Gmail, as far as it is among the declared clients."""
    size = len(letter.html.encode(errors="replace"))
    if size > BUDGET:
        remedy = "lower the digest's limit, or give a card less"
        yield Finding("size", LETTER, f"has {size:,} bytes of HTML, and {BUDGET:,} are its budget", remedy, gmail)
    if letter.left_out:
        what = f"holds {_stories(len(letter.stories))}; {letter.left_out} more found no room and are on the web alone"
        yield Finding("left-out", LETTER, what, "lower the digest's limit if all are to be mailed", severity="note")
    style = sum(len(sheet.element.text) for sheet in dressed.sheets)
    if style > STYLE_BUDGET and gmail:
        remedy = "inline more of it, or do with less"
        yield Finding("style-size", LETTER, f"has {style:,} characters of style, and Gmail reads {STYLE_BUDGET:,}", remedy, gmail)


def check_sheets(dressed: Dressed, gmail: tuple[str, ...]) -> Iterator[Finding]:
    """Sheets that Gmail drops whole: those in the body, and for an at-rule inside another all that stands in the same `<style>`.

    caniemail's maintainer says so in answer to its issue 144.
    """
    for sheet in dressed.sheets if gmail else ():
        if any(each.tag == "body" for each in sheet.element.above):
            yield at(sheet.element, "style-place", "stands in the body, where Gmail drops it", "put it into the head", gmail)
        for rule in sheet.at_rules:
            if rule.conditions and any(rule.conditions[:1] != each.conditions[:1] for each in sheet.rules):
                tag = f"@{rule.name} {rule.prelude}".strip()
                yield on(rule.line, tag, "style-nested", NESTED.format(rule.conditions[0]), "put it into a <style> of its own", gmail)


def _stories(count: int) -> str:
    return f"{count} {'story' if count == 1 else 'stories'}"
