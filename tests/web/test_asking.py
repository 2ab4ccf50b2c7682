"""What is asked in a query, and the links that ask for it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.web.asking import Asked, read_asked

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(lambda text: text == text.strip() != "")


def test_nothing_asked_is_the_first_digest_by_day_at_both_widths() -> None:
    """As of now, for everybody, with images; and no query is needed to say so."""
    assert read_asked([]) == Asked("", "now", (), "letter", "both", "light", "on")
    assert Asked().link() == "/"


@given(
    digest=WORDS,
    at=WORDS,
    topics=st.lists(WORDS, unique=True, max_size=3).map(tuple),
    view=st.sampled_from(["letter", "text", "source", "message"]),
    width=st.sampled_from(["both", "desktop", "phone"]),
    scheme=st.sampled_from(["light", "dark"]),
    images=st.sampled_from(["on", "off"]),
)
def test_every_state_is_a_link(**state: object) -> None:
    """What a link asks for is what was shown where it was copied."""
    asked = Asked(**state)  # type: ignore[arg-type]  # drawn for each field by its name
    assert read_asked(parse_qsl(urlsplit(asked.link("/letter")).query)) == asked


def test_a_link_changes_what_it_says_and_nothing_else() -> None:
    """The rest of the state comes along."""
    asked = Asked("weekly", "7d", ("AI",), scheme="dark")
    assert asked.link(scheme="light", view="text") == "/?digest=weekly&at=7d&topics=AI&view=text"


@pytest.mark.parametrize(
    "query",
    [[("view", "film")], [("width", "watch")], [("scheme", "sepia")], [("images", "")], [("at", " ")], [("colour", "red")]],
    ids=lambda query: "=".join(query[0]),
)
def test_what_is_no_choice_is_as_if_not_said(query: list[tuple[str, str]]) -> None:
    """A link from elsewhere or of an older version shows something, and not an error."""
    assert read_asked(query) == Asked()


def test_topics_add_up_and_of_the_rest_the_last_counts() -> None:
    """As checkboxes send them."""
    query = [("topics", "AI"), ("topics", "Food, Drink"), ("topics", "AI"), ("scheme", "dark"), ("scheme", "light")]
    assert read_asked(query) == Asked(topics=("AI", "Food, Drink"))
