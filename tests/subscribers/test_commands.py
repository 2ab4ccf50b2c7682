"""`syndicate subscribers`: what each command says on which stream, and how it ends."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from tests.databases import on_sqlite
from tests.subscribers.club import SETTINGS, Club, key_of, wish

if TYPE_CHECKING:
    from tests.subscribers.conftest import Run

ANN = "ann@example.org"


def test_somebody_is_added_and_shown(run: Run) -> None:
    """With the consent that whoever adds them vouches for."""
    words = ("--digest", "weekly", "--topic", "AI", "--topic", "Wind", "--name", "Ann Quist", "--consent", "asked at the fair")
    assert run("add", "Ann@Example.org", *words) == (0, "ann@example.org: added\n", "")
    shown = json.loads(run("show", ANN, "--json").out)
    assert shown["suppression"] is None
    assert shown["messages"] == []
    person = shown["person"]
    assert (person["address"], person["name"], person["state"]) == ("Ann@example.org", "Ann Quist", "active")
    assert (person["consent"]["source"], person["consent"]["wording"]) == ("added by hand", "asked at the fair")
    assert person["consent"]["at"] == person["created"]
    assert [(each["digest"], each["topics"], each["ended"]) for each in person["subscriptions"]] == [("weekly", ["AI", "Wind"], None)]


def test_who_is_shown_to_people_is_shown_in_lines(run: Run) -> None:
    """All that is held, and nothing about addresses that are not known."""
    run("add", ANN, "--digest", "weekly", "--topic", "AI", "--pending")
    run("remove", ANN)
    lines = [" ".join(line.split()) for line in run("show", ANN).out.splitlines()]
    assert lines[0] == "address ann@example.org"
    assert lines[1].startswith("state unsubscribed; on the list since ")
    assert lines[2] == "consent no date known: added by hand"
    assert lines[3].startswith("left weekly, from ")
    assert lines[3].endswith("UTC, on AI")
    assert run("show", "bob@example.org") == (1, "", "bob@example.org: nothing is held about this address\n")


def test_where_there_are_several_digests_one_is_to_be_chosen(run: Run) -> None:
    """The error names them; where there is one, it is meant."""
    done = run("add", ANN)
    assert (done.code, "choose from daily, weekly" in done.err) == (2, True)
    assert run("add", ANN, "--digest", "wekly").code == 2


def test_the_only_digest_is_meant(club: Club, run: Run) -> None:
    """Without being named."""
    (club.root / "syndicate.toml").write_text(SETTINGS.partition('[[digests]]\nslug = "weekly"')[0], encoding="utf-8")
    assert run("add", ANN).code == 0
    assert [each.digest for each in club.person(ANN).open] == ["daily"]


def test_without_a_digest_there_is_nothing_to_get(club: Club, run: Run) -> None:
    """The error says where to add one."""
    (club.root / "syndicate.toml").write_text(SETTINGS.partition("[[digests]]")[0], encoding="utf-8")
    done = run("add", ANN)
    assert (done.code, done.err) == (2, "syndicate: syndicate.toml: has no digest that anybody could get; add one under [[digests]]\n")


@on_sqlite
@pytest.mark.parametrize("command", ["add", "remove", "erase", "show"])
def test_a_bad_address_is_a_mistake_in_usage(run: Run, command: str) -> None:
    """In every command that takes one."""
    done = run(command, "ann@")
    assert (done.code, "write one such as 'name@example.org'" in " ".join(done.err.split())) == (2, True)


def test_who_left_comes_back_by_their_own_wish_alone(club: Club, run: Run) -> None:
    """Whoever adds them says how they asked."""
    run("add", ANN, "--digest", "weekly")
    assert run("remove", ANN) == (0, "ann@example.org: unsubscribed\n", "")
    done = run("add", ANN, "--digest", "weekly")
    assert done == (1, "ann@example.org: left\n", "ann@example.org: was not added; if they asked to come back, say how with --consent\n")
    assert run("add", ANN, "--digest", "weekly", "--consent", "wrote to us") == (0, "ann@example.org: changed\n", "")
    assert (club.person(ANN).state, club.person(ANN).consent_wording) == ("active", "wrote to us")


def test_one_digest_is_left_and_the_other_goes_on(run: Run) -> None:
    """As the answer says."""
    run("add", ANN, "--digest", "weekly", "--digest", "daily")
    assert run("remove", ANN, "--digest", "daily") == (0, "ann@example.org: active, still gets weekly\n", "")
    assert run("remove", "bob@example.org").code == 1


def test_who_is_erased_cannot_be_added_again(club: Club, run: Run) -> None:
    """Unless that was not wished for."""
    run("add", ANN, "--digest", "weekly")
    assert run("erase", ANN) == (0, "ann@example.org: erased; cannot be added again\n", "")
    done = run("add", ANN, "--digest", "weekly", "--consent", "wrote to us")
    assert (done.code, done.out) == (1, "ann@example.org: suppressed\n")
    assert "suppressed" in run("show", ANN).out
    run("add", "bob@example.org", "--digest", "weekly")
    assert run("erase", "bob@example.org", "--no-suppress") == (0, "bob@example.org: erased\n", "")
    assert run("add", "bob@example.org", "--digest", "weekly").code == 0
    assert run("erase", "cid@example.org", "--no-suppress").code == 1
    assert club.store.person(ANN) is None


def test_people_are_listed_newest_first(run: Run) -> None:
    """As many as asked for, out of how many there are."""
    for name in ("ann", "bob", "cid"):
        run("add", f"{name}@example.org", "--digest", "weekly", "--topic", "AI")
    done = run("list", "--limit", "2")
    assert [line.split() for line in done.out.splitlines()[1:]] == [
        [f"{name}@example.org", "active", "weekly", "AI"] for name in ("cid", "bob")
    ]
    assert done.err == "2 of 3\n"
    assert [each["mailbox"] for each in json.loads(run("list", "--digest", "weekly", "--json").out)][-1] == ANN
    assert json.loads(run("list", "--digest", "daily", "--json").out) == []
    assert run("list", "--state", "gone").code == 2
    assert run("list", "--digest", "wekly").code == 2


def test_a_file_is_imported_and_its_bad_rows_named(club: Club, run: Run) -> None:
    """The figures on stdout, what to know on stderr, and exit 1 for a row that could not be used."""
    file = club.root / "people.csv"
    file.write_text(f"email,digests,town\n{ANN},weekly,Halden\nbad,weekly,\n{ANN},daily,\n", encoding="utf-8")
    rehearsed = run("import", file, "--dry-run")
    assert rehearsed.out == "people.csv: 1 added, 1 changed, 1 could not be used; nothing was written\n"
    assert club.store.people() == ()
    done = run("import", file)
    assert (done.code, done.out) == (1, "people.csv: 1 added, 1 changed, 1 could not be used\n")
    note, problem = done.err.splitlines()
    assert note == "people.csv: columns of no use here: town"
    assert problem.startswith("people.csv:3: address: 'bad': is no address: ")
    assert club.person(ANN).consent_source == "imported from people.csv"
    file.write_text(f"email\n{ANN}\n", encoding="utf-8")
    done = run("import", file, "--digest", "weekly", "--consent", "signed the book", "--json")
    assert (done.code, json.loads(done.out), done.err) == (0, {"unchanged": 1}, "")


def test_the_name_of_a_file_says_who_is_in_it(club: Club, run: Run) -> None:
    """Mailchimp's files of people who left; what that means is told."""
    file = club.root / "cleaned_email_audience_export_1.csv"
    file.write_text(f"Email Address\n{ANN}\n", encoding="utf-8")
    done = run("import", file)
    assert done.out == f"{file.name}: 1 suppressed\n"
    assert "taken for people who are suppressed" in done.err
    assert club.store.suppression(key_of(ANN))
    (club.root / "left.csv").write_text("email\nbob@example.org\n", encoding="utf-8")
    assert run("import", club.root / "left.csv", "--state", "unsubscribed").out == "left.csv: 1 unsubscribed\n"


def test_a_file_in_windows_letters_is_read_with_a_word_about_it(club: Club, run: Run) -> None:
    """Somebody should look."""
    file = club.root / "people.csv"
    file.write_bytes(f"email;name\n{ANN};Zoë\n".encode("cp1252"))
    assert "read as Windows-1252" in run("import", file, "--digest", "weekly").err
    assert club.person(ANN).name == "Zoë"


@on_sqlite
@pytest.mark.parametrize("words", [("import", "nowhere.csv"), ("import",), ("import", "."), ("export", ".")])
def test_a_file_that_is_none_is_a_mistake_in_usage(run: Run, words: tuple[str, ...]) -> None:
    """Exit 2."""
    assert run(*words).code == 2


def test_everybody_is_exported(club: Club, run: Run) -> None:
    """To a file, or to stdout: the same bytes, and nothing else."""
    club.note(wish(ANN, "weekly", name="=Ann"), wish("bob@example.org", "daily", state="pending"))
    assert run("export", "out.csv") == (0, "", "")
    content = (club.root / "out.csv").read_bytes()
    assert run("export").out.encode() == content
    rows = list(csv.reader(content.decode().splitlines()))
    assert [row[:5] for row in rows] == [
        ["address", "name", "digests", "topics", "state"],
        [ANN, "'=Ann", "weekly", "", "active"],
        ["bob@example.org", "", "daily", "", "pending"],
    ]


def test_on_a_terminal_the_bar_does_not_stand_among_the_rows(club: Club, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves on stderr, and is gone at the end."""
    club.note(wish(ANN, "weekly"))
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert run("export").out.splitlines()[0].startswith("address,name")
