"""What holds for every letter, whatever is in it."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.linter import lint
from tests.linter.bench import ADDRESS, GOOD, HTML
from tests.linter.test_rules import BROKEN
from tests.linter.test_support import UNKNOWN

TAGS = [
    "a",
    "div",
    "em",
    "font",
    "form",
    "h1",
    "h3",
    "html",
    "img",
    "li",
    "p",
    "script",
    "span",
    "style",
    "table",
    "td",
    "th",
    "title",
    "ul",
]
NAMES = ["alt", "aria-hidden", "bgcolor", "class", "color", "dir", "hidden", "href", "lang", "onclick", "role", "src", "style", "width"]
VALUES = (
    *(
        "",
        "x",
        "auto",
        "true",
        "article",
        "presentation",
        "#",
        "#12",
        "#123456",
        "https://example.org/a",
        "https://[",
        "javascript:x",
        "__SYN_X__",
    ),
    *(
        "color: red",
        "font: 1px x; color: var(--x)",
        "background: url(x",
        "display: flex; margin: -1e999px",
        "font-size: 1e400em",
        "a:b;:;!",
    ),
)
SHEETS = (
    *("a { color: red }", "@media (", "@import 'x';", "a, , b { c }", "a { b { c: d } }", "@supports (a) { @media b { c { color: d } } }"),
    *(
        ".x::before:hover > [y] ~ z + * { color: #12345678 !important }",
        "}",
        "/*",
        "@media (prefers-color-scheme: dark) { * { color: red } }",
    ),
)
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=4)


@st.composite
def pages(draw: st.DrawFn) -> str:
    """Something like HTML, none too well formed."""
    pieces = []
    for _ in range(draw(st.integers(0, 12))):
        tag = draw(st.sampled_from(TAGS))
        attributes = "".join(f' {name}="{value}"' for name, value in draw(ATTRIBUTES).items())
        inside = (
            draw(st.sampled_from(SHEETS)) if tag == "style" else draw(st.sampled_from(["", "Text", "__SYN_MORE__", "https://a.example."]))
        )
        pieces.append(f"<{tag}{attributes}>{inside}{draw(st.sampled_from(['', f'</{tag}>', '<!--[if mso]><table>']))}")
    return "".join(pieces)


@settings(max_examples=300)
@given(html=st.one_of(st.text(), pages()), text=st.text())
def test_the_linter_never_fails(html: str, text: str) -> None:
    """Whatever a template makes, there are findings, each with its place."""
    found = lint(replace(GOOD, html=html, text=text), address=ADDRESS)
    assert all(finding.rule and finding.where and finding.what and finding.remedy for finding in found)


@given(page=pages())
def test_the_linter_says_the_same_twice(page: str) -> None:
    """In the same order: from the top of the page to its end, then the text part."""
    letter = replace(GOOD, html=HTML.replace("<h2>", f"{page}<h2>"))
    found = lint(letter, address=ADDRESS)
    assert found == lint(letter, address=ADDRESS)
    assert [finding.line for finding in found if finding.line] == sorted(finding.line for finding in found if finding.line)
    assert len({(finding.rule, finding.what, finding.remedy, finding.clients) for finding in found}) == len(found)


@pytest.mark.parametrize("change", [*BROKEN.values(), *UNKNOWN.values()], ids=[*BROKEN, *UNKNOWN])
def test_no_letter_is_worth_a_connection(monkeypatch: pytest.MonkeyPatch, change: tuple[str, str]) -> None:
    """What it names lies elsewhere, and is not looked at."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the linter has opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert lint(replace(GOOD, html=HTML.replace(*change)), address=ADDRESS)


def test_a_page_within_a_page_within_a_page_is_read_as_far_as_it_goes() -> None:
    """Two thousand deep, which nobody writes and somebody may send."""
    assert lint(replace(GOOD, html="<div>" * 2000 + "deep"), address=ADDRESS)
