"""What the search over an archive goes by, as far as it can be told without a browser."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from syndicate.emitters.issues import Issue, Told
from syndicate.emitters.pages import emit_shelf
from syndicate.emitters.searching import PART, emit_parts, emit_script, parts_of
from tests.emitters.press import DIGEST, SITE, UNTIDY_TITLES
from tests.emitters.test_pages import Page
from tests.vocabulary import moment

STORY = Told("The lagoon closes its gates", "Nine kilometres of wall. " * 20, "Harbour Post", ("Tidal Power", "Energy"))


def issues(count: int, *stories: Told) -> list[Issue]:
    """So many weekly editions, newest first."""
    days = [moment("2016-01-04") + timedelta(weeks=number) for number in range(count)]
    return [
        Issue(f"Edition of {day:%d %m}", day, f"https://news.example.org/digests/weekly/{day:%Y-%m-%d}.html", "And more", stories)
        for day in reversed(days)
    ]


def read(body: bytes) -> list[Any]:
    """What a part holds."""
    found: list[Any] = json.loads(body.decode().partition("] = ")[2].rstrip(";\n"))
    return found


def test_a_part_holds_editions_with_their_stories() -> None:
    """Name, date in the site's language, subject; of each story its title, the beginning of its excerpt, its provider and its topics."""
    (part,) = emit_parts(DIGEST, issues(1, STORY))
    assert (part.name, part.media_type) == ("digests/weekly/search/1.js", "text/javascript; charset=utf-8")
    ((name, date, subject, ((title, excerpt, provider, topics),)),) = read(part.body)
    assert (name, date, subject, title) == ("2016-01-04", "4 Jan 2016", "Edition of 04 01", STORY.title)
    assert (len(excerpt), provider, topics) == (160, "Harbour Post", "Tidal Power, Energy")


@pytest.mark.parametrize("count", [0, 1, PART, PART + 1, 10 * PART])
def test_every_edition_is_in_one_part(count: int) -> None:
    """The oldest in the first."""
    parts = emit_parts(DIGEST, issues(count))
    assert len(parts) == parts_of(issues(count))
    assert [row[0] for part in parts for row in read(part.body)] == [issue.name for issue in reversed(issues(count))]


def test_a_new_edition_changes_the_last_part_alone() -> None:
    """What was fetched of the others stays good."""
    before, after = (emit_parts(DIGEST, issues(count, STORY)) for count in (2 * PART + 3, 2 * PART + 4))
    assert [a.body == b.body for a, b in zip(before, after, strict=True)] == [True, True, False]


@pytest.mark.parametrize("title", [*UNTIDY_TITLES.values(), "</script>", "\u2028"])
def test_whatever_is_in_a_title_a_part_is_a_script(title: str) -> None:
    """And gives it back as it was."""
    (part,) = emit_parts(DIGEST, issues(1, Told(title)))
    assert read(part.body)[0][3][0][0] == title


def test_the_script_is_one_for_all() -> None:
    """A file of its own, since a policy of security may forbid scripts in pages; it writes no HTML."""
    script = emit_script(SITE)
    assert script.name == "digests/search.js"
    assert b"innerHTML" not in script.body
    assert len(script.body) < 6_000


def test_a_shelf_has_a_box_that_is_hidden_until_its_script_runs() -> None:
    """Labelled, with a place where results are told; and none where there is nothing to search."""
    page = Page(emit_shelf(DIGEST, issues(3)).body)
    (box,) = page.all("search")
    assert "hidden" in box
    assert box["data-parts"] == "1"
    (field,) = page.all("input")
    assert [label["for"] for label in page.all("label")] == [field["id"]]
    assert [tag["id"] for _, tag in page.elements if tag.get("role") == "status"] == ["find-said"]
    assert [script["src"] for script in page.all("script")] == ["../../digests/search.js"]
    assert not Page(emit_shelf(DIGEST, issues(1)).body).all("search")


def test_a_long_shelf_is_put_together_by_year() -> None:
    """With a way to each year; a short one is not."""
    page = Page(emit_shelf(DIGEST, issues(200)).body)
    assert [tag["id"] for tag in page.all("h3")] == ["y2019", "y2018", "y2017", "y2016"]
    assert [link for link in page.links() if link.startswith("#y")] == ["#y2019", "#y2018", "#y2017", "#y2016"]
    assert len([link for link in page.links() if "/digests/weekly/20" in link]) == 200
    assert not Page(emit_shelf(DIGEST, issues(20)).body).all("h3")


def test_a_shelf_says_what_else_is_in_an_edition() -> None:
    """Below its subject."""
    assert Page(emit_shelf(DIGEST, issues(3)).body).text.count("And more") == 3
