"""A letter as a frame shows it: its scheme, its pictures, what it may load."""

from __future__ import annotations

from pathlib import Path

import pytest

from syndicate.model import Image
from syndicate.web.screens import in_scheme, letter_policy, picture_path, screen_page

LAGOON = Image("https://news.example.org/media/a%20b.png?x=1&y=2", file=Path("a b.png"), name="media/a b.png")
LETTER = """<!DOCTYPE html>
<html><head><meta name="color-scheme" content="light dark">
<style>:root { color-scheme: light dark; supported-color-schemes: light dark } @media (prefers-color-scheme: dark) { .a { color: red } }</style>
</head><body style="color-scheme: light dark"><p>@media (prefers-color-scheme: dark)</p>
<img src="https://news.example.org/media/a%20b.png?x=1&amp;y=2"><img src="https://elsewhere.example/media/c.png"></body></html>"""


@pytest.mark.parametrize(
    ("css", "light", "dark"),
    [
        ("@media (prefers-color-scheme: dark) { a {} }", "(max-width: 0)", "(min-width: 0)"),
        ("@media (prefers-color-scheme:light) { a {} }", "(min-width: 0)", "(max-width: 0)"),
        ("@media screen and ( Prefers-Color-Scheme : dark ) { a {} }", "screen and (max-width: 0)", "screen and (min-width: 0)"),
        (
            "@media (max-width: 620px) and (prefers-color-scheme: dark) { a {} }",
            "(max-width: 620px) and (max-width: 0)",
            "(max-width: 620px) and (min-width: 0)",
        ),
    ],
)
def test_a_question_about_the_scheme_is_answered(css: str, light: str, dark: str) -> None:
    """By a condition that always holds or never does, so that what stands beside it still counts."""
    assert in_scheme(css, "light") == f"@media {light} {{ a {{}} }}"
    assert in_scheme(css, "dark") == f"@media {dark} {{ a {{}} }}"


def test_the_browsers_own_colours_follow_the_scheme() -> None:
    """Those of scroll bars and of the page behind the letter; Apple Mail's older property is left alone."""
    page = screen_page(LETTER, (), scheme="dark", width="desktop")
    assert '<meta name="color-scheme" content="dark">' in page
    assert ":root { color-scheme: dark; supported-color-schemes: light dark }" in page


def test_what_an_article_says_about_schemes_stays() -> None:
    """Styles are rewritten in style elements alone."""
    assert "<p>@media (prefers-color-scheme: dark)</p>" in screen_page(LETTER, (), scheme="dark", width="phone")


def test_pictures_of_the_workspace_come_from_disk_and_others_from_where_they_are() -> None:
    """By their whole address, as it stands in an attribute."""
    page = screen_page(LETTER, [LAGOON], scheme="light", width="phone")
    assert '<img src="/media/a%20b.png">' in page
    assert '<img src="https://elsewhere.example/media/c.png">' in page
    assert picture_path(LAGOON.name) == "/media/a%20b.png"


def test_links_open_beside_the_studio() -> None:
    """A letter that were left for a page of the web would not come back."""
    assert '<base target="_blank">' in screen_page(LETTER, (), scheme="light", width="desktop")


@pytest.mark.parametrize("images", ["on", "off"])
def test_a_letter_may_run_nothing(images: str) -> None:
    """Neither by its own policy nor by the frame's sandbox, which it carries along when it is opened by itself."""
    policy = dict(part.strip().partition(" ")[::2] for part in letter_policy(images).split(";"))  # type: ignore[arg-type]
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert "allow-scripts" not in policy["sandbox"]
    assert (policy["img-src"] == "'none'") == (images == "off")
