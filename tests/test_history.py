"""The commands that work by the ledger: `run --once`, `status`, `editions list`, `show`, `diff`."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.publishing.press import Press

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def press(tmp_path: Path) -> Press:
    """A press that has sent one edition, by the command line."""
    found = Press(tmp_path).configure()
    found.add("one", "2026-11-05", excerpt="As it was.")
    assert _syndicate(found, "run", "--once", "--at", "2026-11-09T08:00Z").returncode == 0
    return found


def _syndicate(press: Press, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "syndicate", *words, "--config", str(press.root / "syndicate.toml")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_run_once_logs_a_line_for_each_event(press: Press) -> None:
    """On stderr, as pairs of key and value."""
    press.add("two", "2026-11-10")
    done = _syndicate(press, "run", "--once", "--at", "2026-11-16T08:20Z")
    (line,) = done.stderr.splitlines()
    assert 'level=info event=sent publication=weekly key=weekly/2026-11-16 entries=1 reason="late by 20 min"' in line
    assert done.stdout == ""


def test_a_rehearsal_leaves_the_ledger_and_the_output_alone(press: Press) -> None:
    """With a ledger and a folder of its own."""
    words = ("--storage", f"sqlite:///{press.root}/rehearsal.db", "--out", str(press.root / "rehearsal"))
    assert _syndicate(press, "run", "--once", "--at", "2026-11-09T08:00Z", *words).returncode == 0
    assert (press.root / "rehearsal" / "digests" / "weekly" / "2026-11-09.html").exists()
    assert [record.key for record in press.ledger.editions()] == ["weekly/2026-11-09", "weekly/2026-11-02"]


def test_a_moment_goes_with_once_only(press: Press) -> None:
    """For ever is no single moment."""
    done = _syndicate(press, "run", "--at", "2026-11-09T08:00Z")
    assert done.returncode == 2
    assert "--once" in done.stderr


def test_run_once_fails_where_something_failed(press: Press) -> None:
    """So that cron tells somebody."""
    press.configure('subject = "{{ nobody }}"\n')
    press.add("two", "2026-11-10")
    done = _syndicate(press, "run", "--once", "--at", "2026-11-16T08:00Z")
    assert done.returncode == 1
    assert "level=error event=failed" in done.stderr


def test_status_says_what_comes_next_and_what_was_last(press: Press) -> None:
    """For people as a table, for programs as JSON."""
    words = ("status", "--at", "2026-11-10")
    assert "2026-11-16 08:00  2026-11-09 08:00  sent   on time" in _syndicate(press, *words).stdout
    (standing,) = json.loads(_syndicate(press, *words, "--json").stdout)
    assert (standing["publication"], standing["next"], standing["last"]["state"], standing["owed"]) == (
        "weekly",
        "2026-11-16T08:00:00+00:00",
        "sent",
        [],
    )


def test_status_says_why_nothing_was_sent(press: Press) -> None:
    """The reason stands beside the state."""
    _syndicate(press, "run", "--once", "--at", "2026-11-16T08:00Z")
    assert "empty  on time; no article fits" in _syndicate(press, "status", "--at", "2026-11-17").stdout


def test_editions_are_listed_newest_first(press: Press) -> None:
    """With what came of each."""
    _syndicate(press, "run", "--once", "--at", "2026-11-16T08:00Z")
    listed = json.loads(_syndicate(press, "editions", "list", "--json").stdout)
    assert [(each["key"], each["state"]) for each in listed] == [
        ("weekly/2026-11-16", "empty"),
        ("weekly/2026-11-09", "sent"),
        ("weekly/2026-11-02", "skipped"),
    ]


@pytest.mark.usefixtures("storage_url")
def test_an_edition_shows_what_ran_and_gives_its_documents_back(press: Press) -> None:
    """As they were recorded, whatever has become of the folder of output."""
    assert "articles/one.md" in _syndicate(press, "editions", "show", "weekly/2026-11-09").stdout
    page = press.root / "out" / "digests" / "weekly" / "2026-11-09.html"
    before = page.read_bytes()
    page.write_text("lost", encoding="utf-8")
    done = _syndicate(press, "editions", "show", "weekly/2026-11-09", "--out", str(press.root / "back"))
    assert done.stdout.splitlines()[-1].endswith("2026-11-09.txt")
    assert (press.root / "back" / "digests" / "weekly" / "2026-11-09.html").read_bytes() == before


def test_an_edition_that_is_not_known_is_a_mistake_in_usage(press: Press) -> None:
    """Exit 2, with the command that lists those that are."""
    done = _syndicate(press, "editions", "show", "weekly/1999-01-01")
    assert (done.returncode, "editions list" in done.stderr) == (2, True)


def test_the_same_inputs_show_no_difference(press: Press) -> None:
    """Any past edition can be rebuilt, also after later ones."""
    press.add("two", "2026-11-10")
    _syndicate(press, "run", "--once", "--at", "2026-11-16T08:00Z")
    done = _syndicate(press, "editions", "diff", "weekly/2026-11-09")
    assert (done.returncode, done.stdout) == (0, "")


def test_changed_inputs_show_what_changed(press: Press) -> None:
    """Articles in, out and changed, the templates, and the documents that differ."""
    press.add("one", "2026-11-05", excerpt="As it is.")
    press.add("slipped in", "2026-11-06")
    (press.root / "templates").mkdir()
    (press.root / "templates" / "mine.txt").write_text("mine", encoding="utf-8")
    done = _syndicate(press, "editions", "diff", "weekly/2026-11-09")
    assert done.returncode == 1
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[:3] == ["+ in slipped in", "~ changed one", "~ changed the templates"]
    assert "~ differs digests/weekly/2026-11-09.html" in lines


def test_a_withdrawn_article_shows_as_out(press: Press) -> None:
    """What ran and would not run now."""
    (press.root / "articles" / "one.md").unlink()
    done = _syndicate(press, "editions", "diff", "weekly/2026-11-09")
    assert " ".join(done.stdout.splitlines()[0].split()) == "- out one"
