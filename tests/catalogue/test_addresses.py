from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.catalogue.addresses import PLACEHOLDERS, below, check_template, facts_of, fill, of_colons, of_pelican, slugged
from syndicate.catalogue.conventions import DIALECTS


def test_a_template_is_filled_in() -> None:
    """With a date and a name; what is empty leaves no gap."""
    facts = {**dict.fromkeys(PLACEHOLDERS, ""), **facts_of(datetime(2026, 1, 5, 8, 30)), "slug": "tides"}  # noqa: DTZ001  its parts are asked for
    assert fill("/{category}/{year}/{month}/{day}/{slug}/", facts) == "/2026/01/05/tides/"
    assert fill("{short_year}-{month_number}-{day_number}-{day_of_year}/{month_name}/{month_short}", facts) == "/26-1-5-005/January/Jan"


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("/{yaer}/", "has {yaer}; there are {year}, {month}"),
        ("/{year:04}/", "has {year}; there are"),
        ("/{year/", "is no template"),
        ("/", "must name a page"),
    ],
)
def test_what_cannot_be_filled_in_is_refused(template: str, told: str) -> None:
    """Before a single address is made of it."""
    with pytest.raises(ValueError, match=told.replace("{", r"\{")):
        check_template(template)


@pytest.mark.parametrize(
    ("pattern", "template"),
    [
        ("pretty", "/{categories}/{year}/{month}/{day}/{slug}/"),
        ("date", "/{categories}/{year}/{month}/{day}/{slug}.html"),
        ("none", "/{categories}/{slug}.html"),
        ("/news/:year/:i_month/:title:output_ext", "/news/{year}/{month_number}/{slug}.html"),
        ("/:categories/:title/", "/{categories}/{slug}/"),
        ("/:w_year/:title/", None),
        ("weekdate", None),
    ],
)
def test_permalinks_of_jekyll_are_templates(pattern: str, template: str | None) -> None:
    """Its styles and its placeholders; what has no counterpart is none."""
    assert of_colons(pattern, "jekyll") == template


@pytest.mark.parametrize(
    ("pattern", "template"),
    [
        ("/:year/:month/:slug/", "/{year}/{month}/{slug_or_title}/"),
        ("/:sections/:slugorcontentbasename/", "/{folders}/{slug}/"),
        ("/posts/:contentbasename/", "/posts/{name}/"),
        ("/:sections[1:]/:slug/", None),
        ("/:weekday/:slug/", None),
    ],
)
def test_permalinks_of_hugo_are_templates(pattern: str, template: str | None) -> None:
    """Its slug is the title, where the article has none of its own."""
    assert of_colons(pattern, "hugo") == template


@pytest.mark.parametrize(
    ("pattern", "template"),
    [
        ("{slug}.html", "{slug_or_title}.html"),
        ("blog/{date:%Y}/{date:%b}/{date:%-d}/{slug}/", "blog/{year}/{month_short}/{day}/{slug_or_title}/"),
        ("{date:%Y/%m}/{slug}", "{year}/{month}/{slug_or_title}"),
        ("{lang}/{slug}", None),
        ("{date:%U}/{slug}", None),
    ],
)
def test_addresses_of_pelican_are_templates(pattern: str, template: str | None) -> None:
    """Its dates are told by codes."""
    assert of_pelican(pattern) == template


@pytest.mark.parametrize(
    ("dialect", "slug"),
    [
        ("jekyll", "What's-New-in-2.0-C"),
        ("hugo", "whats-new-in-2.0-c"),
        ("pelican", "whats-new-in-20-c"),
        ("eleventy", "whats-new-in-2.0-c"),
        ("plain", "whats-new-in-2.0-c"),
    ],
)
def test_words_become_a_path_as_each_generator_makes_it(dialect: str, slug: str) -> None:
    """Else addresses would lead to pages that are not there."""
    assert slugged("What's New in 2.0: C#", dialect) == slug  # type: ignore[arg-type]  # mypy takes the names for any text


def test_a_path_is_below_the_site() -> None:
    """Also where the site lies below a path itself."""
    assert below("https://example.org/blog/", "/a/") == below("https://example.org/blog", "a/") == "https://example.org/blog/a/"


@given(st.text(max_size=40), st.sampled_from(DIALECTS))
def test_a_slug_is_a_slug_already(text: str, dialect: str) -> None:
    """Made of a slug, it is the same; and no blank is left."""
    once = slugged(text, dialect)  # type: ignore[arg-type]  # mypy takes the names for any text
    assert not any(character.isspace() for character in once)
    assert slugged(once, dialect) == once  # type: ignore[arg-type]
