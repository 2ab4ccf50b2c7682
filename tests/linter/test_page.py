"""A page is read once, as leniently as mail programs do."""

from __future__ import annotations

import pytest

from syndicate.linter.page import read_page

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><title>A title</title><style>p {}</style></head>
<body>
<!--[if mso]><table><![endif]-->
<p class="one">One <b>two</b> three</p>four
<img ALT=" A wall ">
</body></html>"""


def test_elements_have_their_lines_and_their_text() -> None:
    """Text that follows a child belongs to the parent; the head's is nobody's to read."""
    page = read_page(PAGE)
    assert [(str(element), element.line) for element in page.elements] == [
        *(("<html>", 2), ("<head>", 3), ("<title>", 3), ("<style>", 3), ("<body>", 4), ('<p class="one">', 6), ("<b>", 6), ("<img>", 7)),
    ]
    (paragraph,) = page.tags("p")
    assert (paragraph.text, page.text_of(paragraph), page.text_of(page.elements[0])) == ("One  three", "One two three", "One two threefour")
    assert [element.tag for element in page.inside(paragraph)] == ["b"]
    assert [element.tag for element in page.tags("b")[0].above] == ["p", "body", "html"]
    assert page.tags("img")[0].get("alt") == "A wall"
    assert (page.doctype, page.comments) == ("<!DOCTYPE html>", ((5, "[if mso]><table><![endif]"),))


def test_elements_are_found_by_xpath() -> None:
    """As selectors come to it; what is no expression finds nothing."""
    page = read_page(PAGE)
    assert page.find("//p") == tuple(page.tags("p"))
    assert page.find("//p[") == page.find("count(//p)") == ()


@pytest.mark.parametrize(
    "html", ["", " ", "\0", "<", "<!--", "</p>", "<?php ?>", "\ud800", "<html><frameset>", "<p" + " a" * 99, "<x:y z:w='1'>"]
)
def test_whatever_the_text_is_there_is_a_page(html: str) -> None:
    """With as many elements as can be made out."""
    assert len(read_page(html).elements) >= 1
