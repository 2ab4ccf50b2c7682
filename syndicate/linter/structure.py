"""What a letter is built of, for those who hear it and for programs that take it apart. Pure.

The checks are those of the Email Markup Consortium's yearly reports, as far as a program can make them: lang and dir, on the page and again
inside its body, since webmail strips the page; layout tables that say so; alt; headings; links with a text. And what no letter may hold.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from syndicate.linter.cascade import applies
from syndicate.linter.findings import LETTER, Finding, at, on
from syndicate.linter.page import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.linter.looks import Dressed
    from syndicate.linter.page import Element, Page

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
"""A tag of BCP 47, roughly."""

DIRECTIONS = re.compile(r"ltr|rtl|auto", re.IGNORECASE)
LAYOUT = frozenset({"presentation", "none"})
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
ACTIVE = {
    "script": "a script",
    "form": "a form",
    "input": "a field of a form",
    "select": "a field of a form",
    "textarea": "a field of a form",
    "button": "a button of a form",
    "iframe": "another page",
    "frame": "another page",
    "object": "an object",
    "embed": "an object",
    "applet": "an object",
    "base": "a base for addresses",
    "dialog": "a dialogue",
}
"""What mail programs take out, or take for an attack."""

GHOST = re.compile(r"<table\b[^>]*>", re.IGNORECASE)
FILE_NAME = re.compile(r"[^/\s]+\.(?:jpe?g|png|gif|webp|avif|svg|bmp)", re.IGNORECASE)
NO_ZOOM = re.compile(r"user-scalable\s*=\s*(?:no|0)|maximum-scale\s*=\s*1(?:\.0*)?\s*(?:[,;]|$)", re.IGNORECASE)


def check_structure(dressed: Dressed) -> Iterator[Finding]:
    """What every rule of this module has to say."""
    for check in (_head, _language, _tables, _headings, _pictures, _links, _active):
        yield from check(dressed.page)
    yield from _dark(dressed)
    yield from _remote(dressed)


def _head(page: Page) -> Iterator[Finding]:
    if page.doctype.lower() != "<!doctype html>":
        yield Finding("doctype", LETTER, "has no doctype", "begin with <!DOCTYPE html>, or it is laid out by the rules of old browsers")
    metas = {element.get("name").lower(): element.get("content").lower() for element in page.tags("meta")}
    charsets = [element.get("charset") or element.get("content") for element in page.tags("meta")]
    if not any("utf-8" in charset.lower() for charset in charsets):
        yield Finding("charset", LETTER, "does not say how it is encoded", 'write <meta charset="utf-8"> into its head')
    if not any(page.text_of(element) or visible(element.text) for element in page.tags("title")):
        yield Finding("title", LETTER, "has no title", "write <title>, which screen readers say first")
    if "width=device-width" not in metas.get("viewport", "").replace(" ", ""):
        remedy = 'write <meta name="viewport" content="width=device-width, initial-scale=1">'
        yield Finding("viewport", LETTER, "does not fit itself to phones", remedy)
    elif NO_ZOOM.search(metas["viewport"]):
        yield Finding("zoom", LETTER, "keeps readers from enlarging it", "take user-scalable and maximum-scale out of the viewport")


def _language(page: Page) -> Iterator[Finding]:
    articles = [element for element in page.elements if element.get("role") == "article"]
    if not articles:
        remedy = 'put all of the body into <div role="article" lang="…" dir="…">, for webmail strips <html> and <body>'
        yield Finding("article", LETTER, "has no element that says what it is, its language and direction inside the body", remedy)
    for element in (*page.tags("html"), *articles[:1]):
        if not LANGUAGE.fullmatch(element.get("lang")):
            yield at(element, "lang", "does not say in which language it is written", 'give it lang, such as lang="en"')
        if not DIRECTIONS.fullmatch(element.get("dir")):
            yield at(element, "dir", "does not say in which direction it is read", "give it dir, ltr or rtl")


def _tables(page: Page) -> Iterator[Finding]:
    remedy = 'give it role="presentation", or <th> where it is a table of data'
    for element in page.tags("table"):
        if element.get("role") not in LAYOUT and not _is_data(page, element):
            yield at(element, "presentation", "is read out as a table of data", remedy)
    for line, text in page.comments:
        for tag in GHOST.findall(text) if text.startswith("[if") else ():
            if not re.search(r"role\s*=\s*[\"']?(?:presentation|none)", tag, re.IGNORECASE):
                yield on(line, "<table> for Outlook", "presentation", "is read out as a table of data", remedy)


def _headings(page: Page) -> Iterator[Finding]:
    headings = page.tags(*HEADINGS)
    firsts = [element for element in headings if element.tag == "h1"]
    if not firsts:
        yield Finding("one-h1", LETTER, "has no <h1>", "make its own title one")
    for element in firsts[1:]:
        yield at(element, "one-h1", "is a second <h1>", "make it <h2>: a letter has one title")
    before = headings[0].tag if headings else "h1"
    for element in headings:
        if int(element.tag[1]) > int(before[1]) + 1:
            yield at(
                element, "heading-order", f"follows <{before}>", f"make it <h{int(before[1]) + 1}>: screen readers miss what is between"
            )
        if not _name(page, element):
            yield at(element, "heading-text", "is a heading without text", "write one, or use another element for space")
        before = element.tag


def _pictures(page: Page) -> Iterator[Finding]:
    for element in page.tags("img"):
        if "alt" not in element.attributes:
            yield at(element, "alt", "has no alt", 'write what it shows, or alt="" where the text beside it says so')
        elif FILE_NAME.fullmatch(element.get("alt")):
            yield at(element, "alt", "has a file's name for alt", 'write what it shows, or alt="" where the text beside it says so')


def _links(page: Page) -> Iterator[Finding]:
    for element in page.tags("a", "area"):
        if "href" not in element.attributes:
            continue
        hidden = next((each for each in (element, *element.above) if each.get("aria-hidden").lower() == "true"), None)
        if hidden is None and not _name(page, element):
            yield at(element, "link-text", "is a link without text", "write where it leads; for a picture, in its alt")
        elif hidden is not None and element.get("tabindex") != "-1":
            yield at(
                element, "link-hidden", "is a link that only screen readers do not see", 'give it tabindex="-1", or take aria-hidden away'
            )


def _active(page: Page) -> Iterator[Finding]:
    for element in page.elements:
        if what := ACTIVE.get(element.tag):
            yield at(element, "active", f"is {what}, which mail programs take out", "do without; link to a page that has it")
        for name in sorted(element.attributes):
            if name.startswith("on"):
                yield at(element, "active", f"has {name}, a script", "do without; mail programs take it out")
        if element.tag == "meta" and element.get("http-equiv").lower() == "refresh":
            yield at(element, "active", "leads elsewhere by itself", "do without; mail programs take it out")


def _dark(dressed: Dressed) -> Iterator[Finding]:
    """A letter says that it knows the dark, in the words of today and of yesterday, and does."""
    metas = {element.get("name").lower(): element.get("content").lower() for element in dressed.page.tags("meta")}
    missing = [name for name in ("color-scheme", "supported-color-schemes") if "dark" not in metas.get(name, "")]
    for name in missing:
        remedy = f'write <meta name="{name}" content="light dark">, and rules for the dark'
        yield Finding("color-scheme", LETTER, f"does not say by {name} that it knows the dark", remedy)
    rules = [rule.conditions for sheet in dressed.sheets for rule in sheet.rules]
    if not missing and not any(applies(each, "dark") and not applies(each, "light") for each in rules):
        remedy = "write rules for it inside @media (prefers-color-scheme: dark)"
        yield Finding("color-scheme", LETTER, "says that it knows the dark, and has no rule for it", remedy)


def _remote(dressed: Dressed) -> Iterator[Finding]:
    remedy = "write the styles into <style>, and name fonts that readers have"
    for element in dressed.page.tags("link"):
        if "stylesheet" in element.get("rel").lower():
            yield at(element, "remote-style", "would fetch a style", remedy)
    for sheet in dressed.sheets:
        for rule in sheet.at_rules:
            if rule.name in {"import", "font-face"}:
                yield on(rule.line, f"@{rule.name}", "remote-style", "would fetch a style", remedy)


def _is_data(page: Page, table: Element) -> bool:
    """Whether a table has headings of its own, not those of a table inside it."""
    cells = [element for element in page.inside(table) if element.tag in {"th", "caption"}]
    return any(next(each for each in cell.above if each.tag == "table") is table for cell in cells)


def _name(page: Page, element: Element) -> str:
    """What is said of an element: its label, its text, or what stands in for its pictures."""
    pictures = [each.get("alt") for each in (element, *page.inside(element)) if each.tag in {"img", "area"}]
    return visible(" ".join((element.get("aria-label"), page.text_of(element), *pictures, element.get("title"))))
