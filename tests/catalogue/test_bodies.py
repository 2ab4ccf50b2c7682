from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syndicate.catalogue import articles
from syndicate.catalogue.articles import Found, finish, read_article
from syndicate.catalogue.bodies import may_show_pictures
from syndicate.catalogue.desk import Desk
from syndicate.catalogue.fields import Fields, read_fields
from tests.catalogue.door import MINIMUM, NOWHERE, SITE

if TYPE_CHECKING:
    from pathlib import Path


def found(body: str, folder: Path = NOWHERE, front_matter: str = "") -> Found:
    """What a file with this body comes to, before anybody asks for the body."""
    fields = read_fields(f"---\n{MINIMUM}{front_matter}---\n{body}", "seeds/a.md")
    assert isinstance(fields, Fields)
    return read_article(folder / "a.md", "seeds/a.md", fields, Desk(folder.parent, folder, SITE, "Europe/London"))


def whole(one: Found, folder: Path = NOWHERE) -> object:
    """The article with its body, and the problems."""
    assert one.article is not None
    return finish(one.article, one.markdown, folder / "a.md", Desk(folder.parent, folder, SITE, "Europe/London")), one.problems


@pytest.mark.parametrize("body", ["Some *text*.", "[a](b.html)", "![a](https://example.org/a.png)", "![a](b.svg)", "jpg and png"])
def test_a_body_waits_until_it_is_asked_for(body: str) -> None:
    """What cannot show a picture beside the article is rendered when the article is in an edition."""
    one = found(body)
    assert one.article is not None
    assert (one.article.body, one.article.excerpt, one.markdown, one.problems) == ("", "", body, ())


def test_a_body_that_was_asked_for_is_whole() -> None:
    """It is rendered, and its first words stand for an excerpt that there is not."""
    one = found("Some *text*.")
    assert one.article is not None
    article = finish(one.article, one.markdown, NOWHERE / "a.md", Desk(NOWHERE.parent, NOWHERE, SITE, "UTC"))
    assert (article.body, article.excerpt) == ("<p>Some <em>text</em>.</p>", "Some text.")
    assert finish(article, "", NOWHERE / "a.md", Desk(NOWHERE.parent, NOWHERE, SITE, "UTC")) is article


@pytest.mark.parametrize(
    "body",
    [
        "![a](b.png)",
        "![a](b.PNG)",
        "[a](b.jpeg)",
        "![a](b&#46;png)",
        "![a](b&period;png)",
        "![a](b.p&#x6e;g)",
        "![a](b%2Epng)",
        "![a](b.%70ng)",
        "![a](b\\.png)",
        "![a](b.p\u202eng)",
        "![a](b.pâ€®ng)",
        "<img src='b.p\nng'>",
        "<img src='a](https://b.png'>",
        "![a](a(https://b.png))",
        "![a][b]\n\n[b]: b.webp",
        "<b.avif>",
    ],
)
def test_what_may_show_a_picture_is_rendered_at_once(body: str) -> None:
    """However the ending is spelled: that the picture is missing is a problem to be told now."""
    assert may_show_pictures(body)
    assert found(body).markdown == ""


def test_the_files_that_were_looked_for_are_named(tmp_path: Path) -> None:
    """Those that are there and those that are not: the article is read anew when that changes."""
    (tmp_path / "b.png").write_bytes(b"x")
    one = found("![a](b.png) ![a](c%20d.gif)", tmp_path, "images: [e.jpg, https://example.org/f.jpg]\n")
    assert one.pictures == tuple(tmp_path / name for name in ("b.png", "c%20d.gif", "c d.gif", "e.jpg"))
    assert found("Some text.", tmp_path).pictures == ()


PIECES = [
    "![a](",
    "[a](",
    ")",
    "b.png",
    "c.jpg",
    "b.p",
    "ng",
    "https://example.org/",
    "?",
    "#",
    "<img src='",
    "'>",
    '"',
    "](",
    "(",
    "[b]: ",
    "<",
    ">",
]
PIECES += [
    "&#46;",
    "&period;",
    "%2e",
    "%70",
    "\\",
    "\n",
    "\n\n",
    "\t",
    " ",
    "\x07",
    "\u202e",
    "â€®",
    "é",
    ".",
    "/",
    "..",
    "&",
    ";",
    "sub/b.webp",
    "link",
]


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(body=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map("".join))
def test_a_body_read_late_is_the_body_read_at_once(body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same article, pictures and all, and the same problems."""
    (tmp_path / "b.png").write_bytes(b"x")
    late = whole(found(body, tmp_path), tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(articles, "may_show_pictures", lambda _: True)
        at_once = found(body, tmp_path)
    assert at_once.markdown == ""
    assert late == whole(at_once, tmp_path)
