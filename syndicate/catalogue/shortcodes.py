"""Take tags of templates out of a body: Liquid, Nunjucks, Hugo's shortcodes, attribute lists. Pure.

What a generator would have put in their place is not known here, and the tag itself is no text. So, in this order:

1. Code stays as it is, between fences, between backticks, or indented; only `{% raw %}` is taken off it, and Hugo's way to show a
   shortcode (`{{</* figure */>}}`) shows it.
2. What is plain without a generator is said plainly: highlighted code becomes code between fences, a figure becomes a picture,
   `{{ "/about/" | relative_url }}` becomes `/about/`, and `{{ site.url }}` nothing, since `/about/` is the site's.
3. Comments, loops and captured texts go as a whole. Of any other pair the tags go, and what stands between them stays.
4. A line that has lost something, and is left without a word or with a label alone (`SHA256: `), goes too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.catalogue.conventions import Dialect

HOLE, OPEN, CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
"""Where something was taken out, and the marks around the number of what was put aside: Unicode's own for such use, and no text of anybody's."""

MARKS = re.compile(f"[{HOLE}{OPEN}{CLOSE}]")
FENCE = re.compile(r"[ \t>]*(?:[-*+][ \t]+|\d+[.)][ \t]+)?(`{3,}|~{3,})")
ITEM = re.compile(r"[ ]{0,3}(?:[-*+]|\d+[.)])[ \t]")
SPAN = re.compile(r"(?<!`)(`{1,20})(?!`)(?:(?!\n[ \t]{0,99}\n).){1,2000}?(?<!`)\1(?!`)", re.DOTALL)
KEPT = re.compile(f"{OPEN}([0-9]+){CLOSE}")


def _up_to(opening: str, closing: str) -> str:
    """A pattern for all between two tags that does not go past a further opening one: else many that are never closed would take for ever."""
    return rf"{opening}((?:(?!{opening}).)*?){closing}"


SET = r"\{%-?\s{0,9}"
END = r"\s{0,9}-?%\}"
RAW = re.compile(_up_to(rf"{SET}(?:raw|verbatim){END}", rf"{SET}end(?:raw|verbatim){END}"), re.DOTALL)
RAW_TAG = re.compile(rf"(?P<own>^[ \t]{{0,9}})?{SET}(?:end)?(?:raw|verbatim){END}(?(own)(?:[ \t]{{0,9}}\n)?)", re.MULTILINE)
SHOWN = re.compile(r"\{\{([<%])/\*((?:(?!\{\{).)*?)\*/([>%])\}\}", re.DOTALL)
HIGHLIGHTS = (
    re.compile(
        _up_to(rf"^[ \t]{{0,9}}{SET}highlight\b([^%\n]{{0,200}})%\}}[ \t]{{0,9}}\n?", rf"{SET}endhighlight{END}"), re.DOTALL | re.MULTILINE
    ),
    re.compile(
        _up_to(
            r"^[ \t]{0,9}\{\{[<%]\s{0,9}highlight\b([^>%\n]{0,200})[>%]\}\}[ \t]{0,9}\n?",
            r"\{\{[<%]\s{0,9}/\s{0,9}highlight\s{0,9}[>%]\}\}",
        ),
        re.DOTALL | re.MULTILINE,
    ),
)
"""Jekyll's and Hugo's: what stands behind the word, and the code."""

WHOLE = [
    re.compile(_up_to(rf"{SET}{name}\b[^%]{{0,500}}%\}}", rf"{SET}end{name}{END}"), re.DOTALL)
    for name in ("comment", "for", "capture", "style", "schema", "javascript", "js", "css", r"set(?=\s{1,9}\w{1,99}\s{0,9}-?%)")
]
WHOLE += [
    re.compile(_up_to(r"\{#(?!\})", r"#\}"), re.DOTALL),
    re.compile(_up_to(r"\{\{/\*", r"\*/\}\}"), re.DOTALL),
    re.compile(_up_to(r"\{\{[<%]\s{0,9}comment\s{0,9}[>%]\}\}", r"\{\{[<%]\s{0,9}/\s{0,9}comment\s{0,9}[>%]\}\}"), re.DOTALL),
]
"""What goes with all that is in it."""

ADDRESS = re.compile(
    r"""\{\{-?\s{0,9}["']([^"'\n{}]{0,999})["']\s{0,9}\|\s{0,9}(?:relative_url|absolute_url|url|prepend:\s{0,9}site\.(?:base)?url)\b[^{}]*\}\}"""
)
FIGURE = re.compile(r"\{\{[<%]\s{0,9}figure\b((?:(?!\{\{).)*?)[>%]\}\}", re.DOTALL)
ATTRIBUTE = re.compile(r"""(?<![a-z])([a-z]+)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|`([^`]*)`|(\S+))""")

LIQUID = r"\{%(?:(?!\{%).)*?%\}"
TAGS: dict[Dialect, re.Pattern[str]] = {
    "jekyll": re.compile(rf"{LIQUID}|\{{\{{(?:(?!\{{\{{).)*?\}}\}}", re.DOTALL),
    "hugo": re.compile(r"\{\{[<%](?:(?!\{\{).)*?[>%]\}\}", re.DOTALL),
    "pelican": re.compile(LIQUID, re.DOTALL),
}
TAGS["eleventy"] = TAGS["jekyll"]
"""What is a tag to whom: Hugo fills nothing else in, and of Pelican's plugins `liquid_tags` alone; so mathematics keeps its braces."""

ATTRIBUTES = re.compile(r"[ \t]{0,9}\{:[^{}]{0,200}\}|(?:[ \t]{1,9}|^)\{[ \t]{0,9}[.#][\w-][^{}\n]{0,200}\}[ \t]{0,9}$", re.MULTILINE)
CONTENTS = re.compile(r"^(?:[*+-]|\d\.) [^\n]*\n\{:toc\}|^\[TOC\][ \t]{0,9}$|^\[\[toc\]\][ \t]{0,9}$", re.MULTILINE | re.IGNORECASE)

DEEPEST = 4
"""Loops within loops."""

LEFT_OVER = re.compile(r"(?:[\W_]*[A-Za-z][\w ./()-]{0,24}[:=])?[\W_]*")
"""What is left of a line when its tags made up the rest of it."""


def strip_shortcodes(markdown: str, dialect: Dialect) -> str:
    """A body without tags of templates, as `dialect` writes them."""
    if "{" not in markdown and "[TOC]" not in markdown.upper():
        return markdown
    aside: list[str] = []
    text = _keep_blocks(MARKS.sub("", markdown), aside)
    for highlight in HIGHLIGHTS:
        text = highlight.sub(lambda found: _put_aside(_fenced(found, aside), aside), text)
    text = SPAN.sub(lambda found: _put_aside(RAW_TAG.sub("", found[0]), aside), text)
    text = RAW.sub(lambda found: _put_aside(found[1], aside), text)
    text = ATTRIBUTES.sub("", CONTENTS.sub("", text))
    for whole in WHOLE * DEEPEST:
        text = whole.sub(HOLE, text)
    text = FIGURE.sub(_picture, ADDRESS.sub(r"\1", text))
    text = TAGS[dialect].sub(HOLE, text)
    lines = (line for line in text.split("\n") if not (HOLE in line and LEFT_OVER.fullmatch(KEPT.sub("kept", line).replace(HOLE, ""))))
    return SHOWN.sub(r"{{\1\2\3}}", _put_back("\n".join(lines).replace(HOLE, ""), aside))


def strip_line(text: str, dialect: Dialect) -> str:
    """A title or an excerpt without tags of templates."""
    return TAGS[dialect].sub("", text) if "{" in text else text


def _keep_blocks(text: str, aside: list[str]) -> str:
    """The text with its blocks of code put aside."""
    return "\n".join(_put_aside(RAW_TAG.sub("", block), aside) if is_code else block for is_code, block in _blocks(text))


def _blocks(text: str) -> Iterator[tuple[bool, str]]:
    """The lines of a text, one after the other, those of a block of code together."""
    block: list[str] = []
    fence, in_list, blank = "", False, True
    for line in text.split("\n"):
        opened = FENCE.match(line)
        if fence:
            block.append(line)
            if opened and opened[1].startswith(fence) and not line.strip("`~ \t>"):
                fence = ""
                yield True, "\n".join(block)
                block = []
        elif opened and not (opened[1][0] == "`" and "`" in line[opened.end() :]):
            fence, block = opened[1], [line]
        elif line.startswith(("    ", "\t")) and blank and not in_list:
            yield True, line
        else:
            in_list = bool(ITEM.match(line)) or (in_list and (not line.strip() or line.startswith((" ", "\t")) or not blank))
            blank = not line.strip()
            yield False, line
    if block:
        yield True, "\n".join(block)


def _put_aside(text: str, aside: list[str]) -> str:
    aside.append(text)
    return f"{OPEN}{len(aside) - 1}{CLOSE}"


def _put_back(text: str, aside: list[str]) -> str:
    """The text with what was put aside; what was put aside last may hold what was before."""
    while KEPT.search(text):
        text = KEPT.sub(lambda found: aside[int(found[1])], text)
    return text


def _fenced(found: re.Match[str], aside: list[str]) -> str:
    """Highlighted code, between fences longer than any in it."""
    language, code = found[1].split(), _put_back(found[2], aside).rstrip()
    fence = "`" * (max(map(len, re.findall(r"`{3,}", code)), default=2) + 1)
    return f"{fence}{language[0].strip(chr(34) + chr(39)) if language else ''}\n{code}\n{fence}"


def _picture(found: re.Match[str]) -> str:
    """Hugo's figure as a picture with its caption."""
    given = {name: next(filter(None, values), "") for name, *values in ATTRIBUTE.findall(found[1])}
    if not given.get("src"):
        return HOLE
    words = given.get("alt") or given.get("caption") or given.get("title") or ""
    caption = given.get("caption") or given.get("title") or ""
    address = given["src"].replace(" ", "%20")
    return f"![{words.replace('[', '').replace(']', '')}]({address})" + (f"\n\n{caption}\n" if caption else "")
