"""Editions are named, dated and signed; the archives of a feed are a matter of their months alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.editions import compose, compose_archives, signed
from syndicate.model import EPOCH, Entry, Image, Provider, Publication, Related, Section, Site
from syndicate.windows import Window
from tests.vocabulary import article, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.model import Article, Edition

SITE = Site("Tide & Signal", "https://news.example.org", timezone="Europe/London")
FEED = Publication("feed", "energy", "Energy", SITE, formats=("rss", "atom", "json"))
WEEKLY = Publication("digest", "weekly", "Weekly", SITE, subject="{{ lead.title }}", sender="News <news@example.org>")
WEEK = Window(moment("2026-11-09T08:00"), moment("2026-11-16T08:00"))


def sections(*articles: Article) -> list[Section]:
    """One section without a title."""
    return [Section("", tuple(Entry(each) for each in articles))]


def weekly(**fields: Any) -> Edition:
    """An edition of one article with these fields."""
    return compose(WEEKLY, sections(article(**fields)), WEEK, name="2026-11-16")


def archives(*dates: str, now: str, publication: Publication = FEED) -> tuple[Edition, ...]:
    """The archives at `now` of a feed whose entries bear these dates."""
    articles = [article(f"Story of {date}", at=date) for date in dates]
    return compose_archives(publication, [Entry(each) for each in articles], now=moment(now))


def keys(editions: Sequence[Edition]) -> list[str]:
    """What these editions are called."""
    return [edition.key for edition in editions]


# Keys, dates, addresses


def test_a_key_names_an_edition_among_all() -> None:
    """The slug, and the name of the edition where it has one; a live feed has none."""
    assert compose(WEEKLY, sections(), WEEK, name="2026-11-16").key == "weekly/2026-11-16"
    assert compose(FEED, sections(), WEEK).key == "energy"


def test_an_edition_covers_its_window() -> None:
    """Start and end are the window's."""
    edition = compose(FEED, sections(), WEEK)
    assert (edition.start, edition.end) == (WEEK.start, WEEK.end)


def test_an_edition_was_updated_when_its_last_article_was() -> None:
    """Not when it was composed; one without entries never was."""
    corrected = article("Corrected", at="2026-11-10", updated_at=moment("2026-11-15T12:00"))
    assert compose(FEED, sections(corrected, article(at="2026-11-14")), WEEK).updated == moment("2026-11-15T12:00")
    assert compose(FEED, [], WEEK).updated == EPOCH


def test_the_lead_is_the_first_entry_of_the_first_section() -> None:
    """And there is none in an edition without entries."""
    edition = compose(WEEKLY, [Section("A", (Entry(article("First")), Entry(article("Second"))))], WEEK)
    assert edition.lead is not None
    assert edition.lead.title == "First"
    assert compose(WEEKLY, [], WEEK).lead is None


def test_a_publication_has_one_identity_in_all_its_editions() -> None:
    """A live feed and its archives share it (RFC 5005, appendix B); another publication has another."""
    found = {edition.id for edition in (compose(FEED, sections(), WEEK), *archives("2026-09-01", "2026-10-01", now="2026-11-16"))}
    assert len(found) == 1
    assert compose(WEEKLY, sections(), WEEK).id not in found


# Fingerprints


def test_the_same_content_has_the_same_fingerprint() -> None:
    """Composed twice, from values made twice."""
    assert weekly(topics=["AI"]).fingerprint == weekly(topics=["AI"]).fingerprint
    assert len(weekly().fingerprint) == 64


def test_a_fingerprint_is_the_same_in_every_process() -> None:
    """It is made of the content alone: no clock, no path, no hash seed has a part in it."""
    here = compose(WEEKLY, sections(article(attachments=(Image("a", file=Path("/here/a.jpg")),))), WEEK)
    there = compose(WEEKLY, sections(article(attachments=(Image("a", file=Path("/there/a.jpg")),))), WEEK)
    elsewhere = replace(WEEKLY, site=replace(SITE, templates=(Path("/there/templates"),)))
    assert here.fingerprint == there.fingerprint
    assert compose(elsewhere, sections(article()), WEEK).fingerprint == compose(WEEKLY, sections(article()), WEEK).fingerprint


CHANGES: list[dict[str, Any]] = [
    {"title": "Another title"},
    {"excerpt": "Another excerpt"},
    {"body": "<p>Another body</p>"},
    {"url": "https://example.org/another"},
    {"quality": 51},
    {"heat": 3},
    {"topics": ["AI"]},
    {"provider": Provider("A title")},
    {"images": (Image("https://example.org/a.jpg"),)},
    {"related": (Related("A title", "https://example.org/b"),)},
    {"updated_at": moment("2026-11-13")},
    {"extra": {"secured": "abc"}},
]


@pytest.mark.parametrize("change", CHANGES, ids=[next(iter(change)) for change in CHANGES])
def test_a_change_of_an_article_changes_the_fingerprint(change: dict[str, Any]) -> None:
    """Whatever a document may show."""
    assert weekly(**change).fingerprint != weekly().fingerprint


@pytest.mark.parametrize(
    "other",
    [
        compose(WEEKLY, sections(article()), WEEK, name="2026-11-17"),
        compose(replace(WEEKLY, title="Other"), sections(article()), WEEK, name="2026-11-16"),
        compose(replace(WEEKLY, subject="Other"), sections(article()), WEEK, name="2026-11-16"),
        compose(replace(WEEKLY, site=replace(SITE, address="Elsewhere")), sections(article()), WEEK, name="2026-11-16"),
        compose(WEEKLY, sections(article()), Window(WEEK.start, WEEK.end + timedelta(1)), name="2026-11-16"),
        compose(WEEKLY, [Section("Heading", (Entry(article()),))], WEEK, name="2026-11-16"),
        compose(WEEKLY, [Section("", (Entry(article(), (Related("Beside", "https://example.org/b"),)),))], WEEK, name="2026-11-16"),
        compose(WEEKLY, sections(article()), WEEK, name="2026-11-16", previous="weekly/2026-11-09"),
    ],
    ids=["name", "title", "subject", "site", "window", "heading", "coverage", "neighbour"],
)
def test_a_change_of_the_edition_changes_the_fingerprint(other: Edition) -> None:
    """Whatever stands around its articles."""
    assert other.fingerprint != weekly().fingerprint


def test_signing_is_done_once() -> None:
    """The fingerprint does not depend on the one before."""
    assert signed(signed(weekly())) == weekly()


# Archives


def test_there_is_an_archive_for_each_month_with_entries_and_for_the_one_after() -> None:
    """Oldest first, each with the entries of its month; months without entries in between are passed over."""
    found = archives("2026-06-30", "2026-09-01", "2026-09-30", "2026-11-05", now="2026-11-16")
    assert keys(found) == ["energy/2026-06", "energy/2026-07", "energy/2026-09", "energy/2026-10", "energy/2026-11"]
    assert [len(each.entries) for each in found] == [1, 0, 2, 0, 1]
    assert all(each.archive for each in found)


def test_a_feed_that_never_had_an_entry_has_no_archives() -> None:
    """There is nothing to lead on to."""
    assert archives(now="2026-11-16") == ()


@pytest.mark.parametrize(
    ("zone", "months"),
    [
        ("Europe/London", ["2026-10", "2026-11"]),
        ("Pacific/Kiritimati", ["2026-11"]),
        ("Pacific/Pago_Pago", ["2026-10", "2026-11"]),
    ],
)
def test_months_are_those_of_the_sites_zone(zone: str, months: list[str]) -> None:
    """At noon on 31 October in Greenwich it is November in Kiritimati."""
    publication = replace(FEED, site=replace(SITE, timezone=zone))
    found = archives("2026-10-31T12:00", now="2026-11-16", publication=publication)
    assert keys(found) == [f"energy/{month}" for month in months]


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Europe/London", "2026-10-01T00:00+01:00", "2026-11-01T00:00+00:00"),
        ("Asia/Kathmandu", "2026-10-01T00:00+05:45", "2026-11-01T00:00+05:45"),
        ("America/New_York", "2026-10-01T00:00-04:00", "2026-11-01T00:00-04:00"),
    ],
)
def test_an_archive_covers_its_month_from_midnight_to_midnight(zone: str, start: str, end: str) -> None:
    """Whatever the clocks do meanwhile."""
    found = archives("2026-10-15", now="2026-10-16", publication=replace(FEED, site=replace(SITE, timezone=zone)))[0]
    assert (found.start, found.end) == (moment(start), moment(end))


def test_december_ends_with_the_year() -> None:
    """The month after it is January of the next."""
    found = archives("2026-12-15", now="2027-01-02")
    assert keys(found) == ["energy/2026-12", "energy/2027-01"]
    assert found[0].end == moment("2027-01-01")


def test_archives_form_a_chain() -> None:
    """Each knows the one before it, and each with entries the one after it; the oldest has none before, the newest none after."""
    found = archives("2026-08-01", "2026-09-01", "2026-10-01", "2026-11-01", now="2026-11-16")
    assert [(each.previous, each.next) for each in found] == [
        ("", "energy/2026-09"),
        ("energy/2026-08", "energy/2026-10"),
        ("energy/2026-09", "energy/2026-11"),
        ("energy/2026-10", ""),
    ]


def test_a_gap_in_the_months_does_not_break_the_way_back() -> None:
    """From the newest archive every entry can be reached."""
    found = {each.key: each for each in archives("2022-02-01", "2023-07-01", "2026-11-01", now="2026-11-16")}
    key, walked = "energy/2026-11", []
    while key:
        walked += [entry.title for entry in found[key].entries]
        key = found[key].previous
    assert walked == ["Story of 2026-11-01", "Story of 2023-07-01", "Story of 2022-02-01"]


def test_a_finished_month_stays_as_it_is_when_time_goes_on() -> None:
    """Its edition at the start of the next month is its edition for ever: with the next, with a year without entries, with more."""
    first = archives("2026-08-10", "2026-10-05", now="2026-11-01T00:00")
    finished = {each.key: each for each in first if each.end <= moment("2026-11-01")}
    for now in ("2026-11-30", "2026-12-01", "2027-01-15", "2028-02-29"):
        later = {each.key: each for each in archives("2026-08-10", "2026-10-05", now=now)}
        assert {key: later[key] for key in finished} == finished


def test_a_finished_month_stays_as_it_is_when_newer_articles_arrive() -> None:
    """Whether in the month after it or years later."""
    before = archives("2026-08-10", "2026-09-05", now="2026-10-01T00:00")
    dates = ["2026-08-10", "2026-09-05"]
    for newer, now in (("2026-10-03", "2026-10-04"), ("2026-11-20", "2026-12-02"), ("2029-01-01", "2029-01-02")):
        dates.append(newer)
        assert archives(*dates, now=now)[:2] == before[:2]


def test_a_late_article_changes_its_own_month_alone() -> None:
    """A file added afterwards stands in the month of its date; its neighbours keep their fingerprints."""
    before = {each.key: each for each in archives("2026-08-10", "2026-09-05", "2026-10-05", now="2026-11-16")}
    after = {each.key: each for each in archives("2026-08-10", "2026-09-05", "2026-09-07", "2026-10-05", now="2026-11-16")}
    assert [key for key in before if before[key] != after[key]] == ["energy/2026-09"]


DAYS = st.dates(datetime(2024, 1, 1).date(), datetime(2026, 12, 28).date())  # noqa: DTZ001  days, not moments


@settings(deadline=None)
@given(st.lists(DAYS, max_size=6, unique=True), DAYS, st.integers(0, 900))
def test_archives_only_grow_at_their_young_end(days: list[Any], today: Any, later: int) -> None:
    """Whatever is dated after a finished month, and however much later one looks, its archive is the same."""
    then = today + timedelta(days=later)
    known = [str(day) for day in sorted(days) if day <= today]
    all_known = [str(day) for day in sorted(days) if day <= then]
    before, after = archives(*known, now=f"{today}T12:00"), archives(*all_known, now=f"{then}T12:00")
    finished = [each for each in before if each.end <= moment(f"{today}T12:00")]
    found = {each.key: each for each in after}
    assert all(found.get(each.key) == each for each in finished)
    assert all(other.previous == one.key for one, other in pairwise(after))
    assert all(each.next in {"", *found} for each in after)
