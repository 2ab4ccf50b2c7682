"""Editions that neither skip nor repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.publishing.output import HOST
from syndicate.publishing.running import run
from tests.publishing.press import Press
from tests.vocabulary import moment

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("storage_url")


@pytest.fixture
def press(tmp_path: Path) -> Press:
    """A press whose digest has begun: the window that ended on 2 November is recorded."""
    found = Press(tmp_path).configure()
    found.run("2026-11-02T08:00")
    return found


def test_an_edition_is_sent_when_its_documents_stand_in_the_folder(press: Press) -> None:
    """Page, text and message are there, and the ledger says so."""
    press.add("one", "2026-11-05")
    (event,) = press.run("2026-11-09T08:00")
    assert (event.outcome, event.key, event.entries, event.reason) == ("sent", "weekly/2026-11-09", 1, "on time")
    assert press.ledger.edition("weekly/2026-11-09").state == "sent"
    for document in press.ledger.documents("weekly/2026-11-09"):
        assert (press.root / "out" / document.name).read_bytes() == document.body


def test_a_second_run_sends_nothing_new(press: Press) -> None:
    """What was sent is a fact."""
    press.add("one", "2026-11-05")
    press.run("2026-11-09T08:00")
    assert press.run("2026-11-09T08:00") == []


def test_a_late_article_runs_in_the_next_edition(press: Press) -> None:
    """It turned up after the window that holds its date had closed."""
    press.run("2026-11-09T08:00")
    press.add("late one", "2026-11-05")
    press.run("2026-11-16T08:00")
    assert press.ran("weekly/2026-11-16") == ["late one"]


def test_an_article_set_to_published_late_runs_in_the_next_edition(press: Press) -> None:
    """A draft is not there yet."""
    press.add("draft", "2026-11-05", published=False)
    press.run("2026-11-09T08:00")
    press.add("draft", "2026-11-05", published=True)
    press.run("2026-11-16T08:00")
    assert press.ran("weekly/2026-11-16") == ["draft"]


def test_an_article_that_turns_up_too_late_is_recorded_once(press: Press) -> None:
    """More than `late` before the window's start, it runs never, and the ledger says why."""
    for day in ("09", "16", "23", "30"):
        press.run(f"2026-11-{day}T08:00")
    press.add("too late", "2026-11-05")
    press.run("2026-12-07T08:00")
    press.run("2026-12-14T08:00")
    (record,) = press.ledger.fates("weekly").values()
    assert (record.outcome, record.key) == ("late", "weekly/2026-12-07")
    assert record.reason == "dated 25 days before the window, late is 14 days"


def test_nothing_is_older_than_the_digest(tmp_path: Path) -> None:
    """The first edition does not bring up what was there before it."""
    press = Press(tmp_path).configure()
    press.add("old", "2026-10-30")
    press.add("new", "2026-11-05")
    press.run("2026-11-09T08:00")
    assert press.ran("weekly/2026-11-09") == ["new"]


def test_a_digest_set_up_late_begins_with_its_next_edition(tmp_path: Path) -> None:
    """Set up on a Thursday, it does not send Monday's edition."""
    press = Press(tmp_path).configure()
    press.add("before", "2026-11-05")
    (event,) = press.run("2026-11-12T10:00")
    assert (event.outcome, event.reason) == ("skipped", "the digest begins with the next edition")
    press.add("after", "2026-11-13")
    press.run("2026-11-16T08:00")
    assert press.ran("weekly/2026-11-16") == ["after"]


@pytest.mark.parametrize(
    "change",
    [{"title": "another title"}, {"publishedDateTime": "2026-11-12"}, {"originalUrl": "http://www.example.org/one-md/?utm_source=x"}],
    ids=["title", "date", "address"],
)
def test_what_ran_never_runs_again(press: Press, change: dict[str, str]) -> None:
    """Its identity outlives title, date, scheme and tracking."""
    press.add("one", "2026-11-05")
    press.run("2026-11-09T08:00")
    fields = {"title": "one", "publishedDateTime": "2026-11-05", "originalUrl": "https://example.org/one-md"} | change
    press.add("one", fields.pop("publishedDateTime"), **fields)
    press.run("2026-11-16T08:00")
    assert press.ran("weekly/2026-11-16") == []


def test_what_ran_never_runs_again_under_another_file_name(press: Press) -> None:
    """A file that moves is the same article."""
    press.add("one", "2026-11-05", originalUrl="https://example.org/one")
    press.run("2026-11-09T08:00")
    (press.root / "articles" / "one.md").unlink()
    press.add("moved", "2026-11-06", originalUrl="https://example.org/one")
    press.run("2026-11-16T08:00")
    assert press.ran("weekly/2026-11-16") == []


def test_an_article_unpublished_before_sending_drops_out(press: Press) -> None:
    """The catalogue is read when the edition is composed, not before."""
    press.add("one", "2026-11-05")
    press.add("two", "2026-11-06")
    press.add("one", "2026-11-05", published=False)
    press.run("2026-11-09T08:00")
    assert press.ran("weekly/2026-11-09") == ["two"]


def test_what_there_was_no_room_for_does_not_come_back_as_late(press: Press) -> None:
    """An editor who asks for one story a week gets the best one, and no leftovers."""
    press.configure("limit = 1\n")
    press.add("better", "2026-11-05", quality=90)
    press.add("good", "2026-11-05", quality=80)
    press.run("2026-11-09T08:00")
    press.run("2026-11-16T08:00")
    assert {record.title: record.outcome for record in press.ledger.fates("weekly").values()} == {"better": "ran", "good": "passed"}


def test_a_story_told_twice_is_settled_by_its_best_copy(press: Press) -> None:
    """The other copy does not run a week later."""
    press.add("a", "2026-11-05", title="Harbour opens a second lock at last", originalUrl="https://a.example/x", quality=90)
    press.add("b", "2026-11-05", title="Harbour opens a second lock, at last", originalUrl="https://b.example/x", quality=80)
    press.run("2026-11-09T08:00")
    press.run("2026-11-16T08:00")
    assert sorted(record.outcome for record in press.ledger.fates("weekly").values()) == ["ran", "told"]
    assert press.pages() == ["2026-11-09"]


def test_an_empty_window_is_recorded_with_its_reason(press: Press) -> None:
    """Nobody has to wonder why nothing was sent."""
    (event,) = press.run("2026-11-09T08:00")
    assert (event.outcome, event.reason) == ("empty", "on time; no article fits")
    assert press.ledger.edition("weekly/2026-11-09").state == "empty"


def test_an_empty_edition_is_sent_where_that_is_asked_for(press: Press) -> None:
    """`when_empty = "send"`."""
    press.configure('when_empty = "send"\n')
    (event,) = press.run("2026-11-09T08:00")
    assert (event.outcome, event.entries) == ("sent", 0)


@pytest.mark.parametrize(
    ("catch_up", "editions"),
    [
        ("latest", {"2026-11-16": ["one", "two"]}),
        ("each", {"2026-11-09": ["one"], "2026-11-16": ["two"]}),
        ("skip", {"2026-11-16": ["two", "one"]}),
    ],
)
def test_missed_times_lose_no_article(press: Press, catch_up: str, editions: dict[str, list[str]]) -> None:
    """Slept through a Monday, every article still runs once."""
    press.configure(f'catch_up = "{catch_up}"\norder = "newest"\n')
    press.add("one", "2026-11-05")
    press.add("two", "2026-11-12")
    press.run("2026-11-16T08:00")
    ran = {record.key.partition("/")[2]: sorted(press.ran(record.key)) for record in press.ledger.editions("weekly", state="sent")}
    assert ran == {key: sorted(titles) for key, titles in editions.items()}


def test_a_run_cut_off_after_recording_goes_on_with_the_same_bytes(press: Press) -> None:
    """The articles may have changed since: what was recorded is what is written."""

    class CutError(Exception):
        """The plug is pulled."""

    def pull(step: str) -> None:
        if step == "recorded":
            raise CutError

    press.add("one", "2026-11-05", excerpt="As it was.")
    with pytest.raises(CutError):
        list(run(press.desk(pull), now=moment("2026-11-09T08:00")))
    assert press.pages() == []
    press.add("one", "2026-11-05", excerpt="As it is.")
    (event,) = press.run("2026-11-09T08:05")
    assert (event.outcome, event.reason) == ("sent", "on time")
    assert b"As it was." in (press.root / "out" / "digests" / "weekly" / "2026-11-09.html").read_bytes()


def test_a_changed_schedule_gives_every_edition_a_name_of_its_own(press: Press) -> None:
    """Two editions on one day, by two schedules, do not take each other's key."""
    press.add("one", "2026-11-05")
    press.run("2026-11-09T08:00")
    press.settings_text = press.settings_text.replace("0 8 * * mon", "0 18 * * mon")
    press.configure()
    press.add("two", "2026-11-09T12:00:00Z")
    press.run("2026-11-09T18:00")
    assert press.ran("weekly/2026-11-09T1800") == ["two"]


def test_one_digest_that_fails_does_not_stop_the_other(press: Press) -> None:
    """A broken subject is named, and the rest goes on."""
    broken = (
        '[[digests]]\nslug = "broken"\ntitle = "B"\nsender = "b@press.example.org"\nschedule = "0 8 * * mon"\nsubject = "{{ nobody }}"\n'
    )
    press.settings_text = press.settings_text.replace("[[digests]]", f"{broken}[[digests]]")
    press.configure()
    press.add("one", "2026-11-05")
    outcomes = {event.publication: (event.outcome, event.reason) for event in press.run("2026-11-09T08:00")}
    assert outcomes["weekly"][0] == "sent"
    assert outcomes["broken"][0] == "failed"
    assert "'nobody' is undefined" in outcomes["broken"][1]


def test_documents_that_cannot_be_written_stay_owed(press: Press) -> None:
    """Where a folder stands in the way of a file, the edition is recorded, named as failed, and written once the way is free."""
    press.add("one", "2026-11-05")
    blocked = press.root / "out" / "digests" / "weekly" / "2026-11-09.html"
    blocked.mkdir(parents=True)
    (event, *_) = press.run("2026-11-09T08:00")
    assert event.outcome == "failed"
    assert "cannot be written" in event.reason
    assert [record.key for record in press.ledger.editions("weekly", state="recorded")] == ["weekly/2026-11-09"]
    blocked.rmdir()
    assert [event.outcome for event in press.run("2026-11-09T08:10")] == ["sent"]
    assert press.pages() == ["2026-11-09"]
    assert blocked.is_file()


def test_what_a_killed_writer_left_is_swept(press: Press) -> None:
    """Half a file never has a name that anybody reads, and the next run takes it away."""
    left = press.root / "out" / f".index.html.999999999@{HOST}.abc.tmp"
    left.parent.mkdir(exist_ok=True)
    left.write_text("half", encoding="utf-8")
    press.run("2026-11-09T08:00")
    assert not left.exists()


def test_a_first_edition_that_fails_is_made_up_for(tmp_path: Path) -> None:
    """Where the digest begins is a fact before its first edition is tried."""
    press = Press(tmp_path).configure('subject = "{{ nobody }}"\n')
    press.add("one", "2026-11-05")
    assert [event.outcome for event in press.run("2026-11-09T08:00")] == ["skipped", "failed"]
    press.configure()
    press.run("2026-11-09T12:00")
    assert press.ran("weekly/2026-11-09") == ["one"]


def test_an_edition_of_a_digest_that_is_gone_is_still_written(press: Press) -> None:
    """It was recorded: it is owed."""
    press.add("one", "2026-11-05")
    blocked = press.root / "out" / "digests" / "weekly" / "2026-11-09.html"
    blocked.mkdir(parents=True)
    press.run("2026-11-09T08:00")
    blocked.rmdir()
    press.settings_text = press.settings_text.replace('slug = "weekly"', 'slug = "other"')
    press.configure()
    assert ("weekly", "sent") in [(event.publication, event.outcome) for event in press.run("2026-11-09T08:10")]
    assert blocked.is_file()
