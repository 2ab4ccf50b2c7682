from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.catalogue.fields import Fields, read_fields
from syndicate.catalogue.notations import LARGEST
from syndicate.errors import Problem
from tests.catalogue.door import knock

if TYPE_CHECKING:
    from syndicate.catalogue.conventions import Dialect


def read(text: str, dialect: Dialect = "plain") -> Fields:
    """The fields of a text in which nothing is wrong."""
    found = read_fields(text, "a.md", dialect)
    assert isinstance(found, Fields)
    return found


def refusal(text: str, dialect: Dialect = "plain") -> str:
    """What is wrong with the front matter of a text."""
    found = read_fields(text, "a.md", dialect)
    assert isinstance(found, Problem)
    return str(found)


def test_toml_between_pluses_is_front_matter() -> None:
    """As Hugo writes it: dates are dates, tables are mappings, and the body follows."""
    found = read(
        '+++\ntitle = "A"\ndate = 2026-11-12T09:30:00Z\nday = 2026-11-12\ntags = ["a", "b"]\n[cover]\nimage = "x.png"\n+++\n\nBody\n'
    )
    assert found.values == {
        "title": "A",
        "date": datetime(2026, 11, 12, 9, 30, tzinfo=UTC),
        "day": date(2026, 11, 12),
        "tags": ["a", "b"],
        "cover": {"image": "x.png"},
    }
    assert found.body == "Body"


@pytest.mark.parametrize(
    "text",
    [
        '{"title": "A", "tags": ["a"]}\n\nBody',
        '---json\n{"title": "A", "tags": ["a"]}\n---\nBody',
        '---toml\ntitle = "A"\ntags = ["a"]\n---\nBody',
    ],
)
def test_json_and_named_notations_are_front_matter(text: str) -> None:
    """As Hugo writes an object, and as Eleventy names a notation."""
    found = read(text)
    assert (found.values, found.body) == ({"title": "A", "tags": ["a"]}, "Body")


def test_an_article_of_ours_may_be_written_in_toml() -> None:
    """What counts are the fields."""
    article, problems = knock(
        '+++\ntitle = "A title"\npublishedDateTime = 2026-11-12T09:30:00Z\noriginalUrl = "https://example.org/a"\n+++\nBody'
    )
    assert not problems
    assert article is not None
    assert (article.title, article.body) == ("A title", "<p>Body</p>")


def test_a_mistake_in_toml_names_its_line() -> None:
    """The line of the file, not of the front matter; of a value too."""
    assert refusal('\n+++\ntitle = "A"\nx = = 1\n+++\n').startswith("a.md:4: front matter: is not TOML: Invalid value")
    _, [problem] = knock('+++\ntitle = "A"\ndate = 2026-11-12\nquality = "high"\nlink = "https://example.org/"\n+++\n')
    assert str(problem) == "seeds/a.md:4: quality: must be a number, got 'high'"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('+++\ntitle = "A"\n', "a.md:1: front matter: does not end; close it with a line '+++'"),
        ('{"title": "A",\n "tags": [}\n', "a.md:2: front matter: is not JSON: Expecting value"),
        ("---js\nconst title = 1\n---\n", "a.md:1: front matter: is js, which is not read; write it as YAML between two lines '---'"),
        ("+++\n+++\n", "a.md:1: front matter: cannot be read: it has no fields"),
        ("---json\n[1]\n---\n", "a.md:1: front matter: cannot be read: it has no fields"),
        ("{% include x %}", "a.md:1: front matter: is missing; start the file with a line '---', the fields, and a line '---'"),
        (f"+++\nx = {'[' * 40}{']' * 40}\n+++\n", "a.md:1: front matter: cannot be read: it is nested more than 16 levels deep"),
        (f"+++\nx = '{'y' * LARGEST}'\n+++\n", "a.md:1: front matter: is larger than 256 kB; move text into the body"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, told: str) -> None:
    """With its line and, where there is one, the remedy."""
    assert refusal(text) == told


def test_values_are_as_plain_as_those_of_yaml() -> None:
    """Long numbers and times without a day are text; characters that no format can carry are gone."""
    found = read(f'+++\nlong = {10**30}\nat = 07:30:00\ntext = "a\\u0007b"\n+++\n')
    assert found.values == {"long": str(10**30), "at": "07:30:00", "text": "ab"}


@pytest.mark.parametrize(
    "text", ["Title: A: b\nDate: 2026-11-12\nTags: a,\n    b\n\nBody", "---\nTitle: A: b\nDate: 2026-11-12\nTags: a,\n    b\n---\nBody"]
)
def test_pelican_reads_lines(text: str) -> None:
    """With boundaries or without; a colon in a value is text, an indented line goes on."""
    found = read(text, "pelican")
    assert (found.values, found.body) == ({"title": "A: b", "date": "2026-11-12", "tags": "a,, b"}, "Body")
    assert found.line(("date",)) == text.split("\n").index("Date: 2026-11-12") + 1


def test_lines_alone_are_front_matter_to_pelican_only() -> None:
    """Anywhere else they may be the body of a file that has none."""
    assert "is missing" in refusal("Title: A\n\nBody")


def test_empty_front_matter_is_enough_where_names_of_files_say_the_rest() -> None:
    """Jekyll takes it; a file of ours it says nothing of."""
    assert read("---\n---\nBody", "jekyll").body == "Body"
    assert "has no fields" in refusal("---\n---\nBody")


@given(
    st.text(max_size=60),
    st.sampled_from(["+++\n{}\n+++\nb", "{{{{{}", "---json\n{}\n---\n", "{}"]),
    st.sampled_from(["plain", "pelican", "hugo", "jekyll"]),
)
def test_any_text_is_read_or_refused(text: str, form: str, dialect: Dialect) -> None:
    """Nothing raises."""
    assert isinstance(read_fields(form.format(text), "a.md", dialect), Fields | Problem)
