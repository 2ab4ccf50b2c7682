"""The list as a store keeps it: what goes in comes out, who is erased is gone, who is suppressed stays out."""

from __future__ import annotations

import sqlite3
import time
from threading import Timer
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, insert, update

from syndicate.errors import StorageError
from syndicate.storage import EditionRecord
from syndicate.storage.people import Suppression
from syndicate.storage.subscribers import Subscribers
from syndicate.storage.tables import deliveries, mailings
from tests.databases import on_sqlite
from tests.subscribers.club import LATER, NOW, Club, key_of, wish

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.storage.people import Standing

ANN, BOB, CID = "ann@example.org", "bob@example.org", "cid@example.org"
UNMISTAKABLE = "ann.unmistakable@example.org"


def test_what_is_noted_comes_back(club: Club) -> None:
    """All of it, with moments in UTC."""
    club.note(
        wish("Ann@Example.org", "weekly", topics=("AI", "Energy"), name="Ann", consent_at=NOW, consent_source="x", consent_wording="y")
    )
    ann = club.person(ANN)
    assert (ann.address, ann.mailbox, ann.name, ann.state, ann.created_at) == ("Ann@example.org", ANN, "Ann", "active", NOW)
    assert (ann.confirmed_at, ann.consent_source, ann.consent_wording) == (NOW, "x", "y")
    assert [(each.digest, each.since, each.topics, each.ended_at) for each in ann.subscriptions] == [
        ("weekly", NOW, ("AI", "Energy"), None)
    ]


def test_one_mailbox_is_one_person(club: Club) -> None:
    """However it is written, in one go or in several."""
    assert club.note(wish(ANN, "weekly"), wish("ANN@example.ORG", "daily")) == ("added", "changed")
    assert club.note(wish("Ann@Example.Org", "daily")) == ("unchanged",)
    assert [person.address for person in club.store.people()] == [ANN]


def test_changes_are_written(club: Club) -> None:
    """And say when they were made; what began stays as it began."""
    club.note(wish(ANN, "weekly"))
    club.note(wish(ANN, "daily", name="Ann"), wish(ANN, "weekly", state="unsubscribed"), now=LATER)
    ann = club.person(ANN)
    assert (ann.name, ann.state, ann.created_at, ann.changed_at) == ("Ann", "active", NOW, LATER)
    assert [(each.digest, each.since, each.ended_at) for each in ann.subscriptions] == [("daily", LATER, None), ("weekly", NOW, LATER)]


def test_what_changes_nothing_is_not_written(club: Club) -> None:
    """A second import leaves the times of changes as they are."""
    club.note(wish(ANN, "weekly"))
    assert club.note(wish(ANN, "weekly"), now=LATER) == ("unchanged",)
    assert club.person(ANN).changed_at == NOW


def test_a_rehearsal_writes_nothing(club: Club) -> None:
    """It says what would come of it all the same."""
    outcomes = club.store.note([wish(ANN, "weekly"), wish(ANN, "weekly"), wish(BOB, state="suppressed")], key_of, now=NOW, rehearsal=True)
    assert outcomes == ("added", "unchanged", "suppressed")
    assert club.store.people() == ()
    assert club.store.suppression(key_of(BOB)) is None


def test_people_are_asked_for_by_digest_and_state(club: Club) -> None:
    """With a digest, unsubscribed is who left that one."""
    club.note(wish(ANN, "weekly", "daily"), wish(BOB, "weekly", state="pending"), wish(CID, "daily", state="suppressed"))
    club.note(wish(ANN, "weekly", state="unsubscribed"))

    def asked(digest: str = "", state: Standing | None = None) -> list[str]:
        found = [person.mailbox for person in club.store.people(digest, state=state)]
        assert club.store.count(digest, state=state) == len(found)
        return found

    assert asked() == [CID, BOB, ANN]
    assert asked("weekly") == [BOB]
    assert asked("daily") == [ANN]
    assert asked("weekly", "unsubscribed") == [ANN]
    assert asked("daily", "suppressed") == [CID]
    assert asked(state="pending") == [BOB]
    assert asked(state="unsubscribed") == []
    assert [person.mailbox for person in club.store.people(limit=1)] == [CID]


def test_pages_hold_everybody_once_in_the_order_they_came(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever their size."""
    monkeypatch.setattr("syndicate.storage.subscribers.CHUNK", 3)
    addresses = [f"reader{number}@example.org" for number in range(7)]
    club.note(*(wish(each, "weekly") for each in addresses))
    pages, last = [], 0
    while page := club.store.page(last):
        pages.append([person.mailbox for person in page])
        last = page[-1].number
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [mailbox for page in pages for mailbox in page] == addresses


def test_a_suppression_outlives_the_person(club: Club) -> None:
    """Erased, and kept out by a key that does not tell who it is."""
    club.note(wish(ANN, "weekly"))
    assert club.store.erase(ANN, key=key_of(ANN), now=LATER)
    assert club.store.person(ANN) is None
    assert club.note(wish(ANN, "weekly"), wish("ANN@EXAMPLE.ORG", "daily", again=True)) == ("suppressed", "suppressed")
    assert club.store.people() == ()
    assert club.store.suppression(key_of(ANN)) == Suppression("erased", LATER)


def test_who_is_erased_without_a_suppression_may_come_again(club: Club) -> None:
    """Nothing is left to know them by."""
    club.note(wish(ANN, "weekly"))
    assert club.store.erase(ANN, key=None, now=LATER)
    assert not club.store.erase(ANN, key=None, now=LATER)
    assert club.note(wish(ANN, "weekly")) == ("added",)


def test_a_first_suppression_stands(club: Club) -> None:
    """With its reason: an erasure does not make a complaint forgotten."""
    club.note(wish(ANN, "weekly"), wish(ANN, state="suppressed", cause="complaint"))
    club.store.erase(ANN, key=key_of(ANN), now=LATER)
    assert club.store.suppression(key_of(ANN)) == Suppression("complaint", NOW)


def traces(club: Club) -> list[str]:
    """The files that know of Ann Unmistakable."""
    return [file.name for file in (club.root / ".syndicate").iterdir() if b"nmistakable" in file.read_bytes()]


def owe(club: Club, *people: str, reason: str = "") -> None:
    """Plan an edition for people."""
    numbers = [club.person(each).number for each in people]
    club.ledger.record(EditionRecord("weekly", "weekly/2026-11-16", NOW, LATER, "recorded", "on time", LATER))
    with club.ledger.engine.begin() as connection:
        connection.execute(insert(mailings).values(edition_id=1, body=b"", expires_at=LATER, held=""))
        row = {"edition_id": 1, "state": "sent", "attempts": 1, "next_at": LATER, "settled_at": LATER, "reason": reason}
        connection.execute(insert(deliveries), [row | {"subscriber_id": number} for number in numbers])


@on_sqlite
def test_nothing_of_who_was_erased_is_left_on_the_disk(club: Club) -> None:
    """Not in the pages that the database has freed, nor in the copy beside it."""
    many = [f"reader{number}@example.org" for number in range(500)]
    club.note(wish(UNMISTAKABLE, "weekly", name="Ann Unmistakable"), *(wish(each, "weekly") for each in many))
    club.ledger.back_up()
    club.store.erase(UNMISTAKABLE, key=key_of(UNMISTAKABLE), now=LATER)
    assert traces(club) == []


@on_sqlite
def test_nothing_is_left_where_rows_stood_before_they_were_changed(club: Club) -> None:
    """Nor of what servers said, which quotes the address; also with an SQLite that was not built to overwrite by itself."""
    event.listen(club.ledger.engine, "connect", lambda connection, _: connection.execute("PRAGMA secure_delete = OFF"), insert=True)
    people = [f"reader{number}@example.org" for number in range(100)] + [UNMISTAKABLE]
    club.note(*(wish(each, "weekly") for each in people))
    owe(club, *people)
    mine = update(deliveries).where(deliveries.c.subscriber_id == club.person(UNMISTAKABLE).number)
    for length in (150, 20, 90, 10):
        club.note(*(wish(each, "weekly", name="x" * length) for each in people))
        with club.ledger.engine.begin() as connection:
            connection.execute(mine.values(reason=f"550 5.1.1 <{UNMISTAKABLE}>: {'no ' * length}"))
    club.store.erase(UNMISTAKABLE, key=key_of(UNMISTAKABLE), now=LATER)
    assert traces(club) == []


@on_sqlite
def test_nothing_is_left_in_the_log_while_another_program_has_it_open(club: Club) -> None:
    """Which is when SQLite keeps its log: a reader is waited for, and whoever closes later brings nothing back."""
    club.note(wish(UNMISTAKABLE, "weekly"))
    other = sqlite3.connect(club.root / ".syndicate" / "syndicate.db", check_same_thread=False)
    other.execute("BEGIN")
    other.execute("SELECT * FROM subscribers").fetchall()
    Timer(0.3, other.rollback).start()
    club.store.erase(UNMISTAKABLE, key=None, now=LATER)
    assert traces(club) == []
    other.close()
    assert traces(club) == []


def test_a_log_that_cannot_be_emptied_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do; to erase again then does the rest."""
    for module in ("database", "backups"):
        monkeypatch.setattr(f"syndicate.storage.{module}.PATIENCE", 0.1)
    club = Club(tmp_path)
    club.note(wish(UNMISTAKABLE, "weekly"))
    other = sqlite3.connect(club.root / ".syndicate" / "syndicate.db")
    other.execute("BEGIN")
    other.execute("SELECT * FROM subscribers").fetchall()
    with pytest.raises(StorageError, match=r"syndicate\.db-wal: still holds what was erased, .*stop it, and erase again"):
        club.store.erase(UNMISTAKABLE, key=None, now=LATER)
    other.rollback()
    assert not club.store.erase(UNMISTAKABLE, key=None, now=LATER)
    assert traces(club) == []
    other.close()


@on_sqlite
def test_a_copy_that_another_program_is_making_is_waited_for(club: Club) -> None:
    """And made anew, for theirs may have begun before."""
    club.note(wish(UNMISTAKABLE, "weekly"))
    club.ledger.back_up()
    theirs = club.root / ".syndicate" / "syndicate.db.backup.new"
    theirs.touch()
    Timer(0.3, theirs.unlink).start()
    began = time.monotonic()
    club.store.erase(UNMISTAKABLE, key=None, now=LATER)
    assert time.monotonic() - began >= 0.25
    assert traces(club) == []


@on_sqlite
def test_a_copy_that_cannot_be_made_anew_is_named(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    """It still knows who was erased, so silence would be a lie; what another program is making is left to it."""
    monkeypatch.setattr("syndicate.storage.backups.PATIENCE", 0.1)
    club.note(wish(UNMISTAKABLE, "weekly"))
    club.ledger.back_up()
    theirs = club.root / ".syndicate" / "syndicate.db.backup.new"
    theirs.touch()
    with pytest.raises(StorageError, match=r"backup: may hold what was erased, .*remove syndicate\.db\.backup\.new before"):
        club.store.erase(UNMISTAKABLE, key=None, now=LATER)
    assert theirs.exists()
    theirs.unlink()
    club.store.erase(UNMISTAKABLE, key=None, now=LATER)
    assert traces(club) == []


def test_what_was_sent_is_told_and_keeps_a_number_alone(club: Club) -> None:
    """After an erasure, the delivery leads nowhere."""
    club.note(wish(ANN, "weekly"), wish(BOB, "weekly"))
    ann = club.person(ANN)
    owe(club, ANN, reason=f"250 <{ANN}> ok")
    (told,) = club.store.deliveries(ann)
    assert (told.key, told.address, told.state, told.reason) == ("weekly/2026-11-16", ANN, "sent", f"250 <{ANN}> ok")
    assert club.store.deliveries(club.person(BOB)) == ()
    club.store.erase(ANN, key=None, now=LATER)
    with club.ledger.engine.begin() as connection:
        assert connection.exec_driver_sql("SELECT subscriber_id, reason FROM deliveries").all() == [(ann.number, "")]


def test_the_number_of_somebody_erased_is_nobody_elses(club: Club) -> None:
    """Links that were sent to them, and deliveries, would lead to whoever bears it next."""
    club.note(wish(ANN, "weekly"))
    number = club.person(ANN).number
    club.store.erase(ANN, key=None, now=LATER)
    club.note(wish(BOB, "weekly"))
    assert club.person(BOB).number != number


def test_two_programs_on_one_list_do_not_add_somebody_twice(club: Club, storage_url: str) -> None:
    """The second finds them there."""
    other = Subscribers(Club(club.root, storage_url).ledger.engine)
    assert club.note(wish(ANN, "weekly")) == ("added",)
    assert other.note([wish(ANN, "weekly")], key_of, now=NOW) == ("unchanged",)


@on_sqlite
def test_a_list_that_cannot_be_read_says_what_to_do(club: Club) -> None:
    """As the ledger does, of which it is a part."""
    club.note(wish(ANN, "weekly"))
    file = club.root / ".syndicate" / "syndicate.db"
    file.write_bytes(b"not a database, by any means" * 100)
    with pytest.raises(StorageError, match="database is damaged"):
        club.store.person(ANN)


def test_a_person_who_was_erased_meanwhile_is_no_traceback(club: Club) -> None:
    """On PostgreSQL two programs may meet; the error says that running it again is enough."""
    with pytest.raises(StorageError, match="run it again"), club.store._transaction() as connection:
        connection.exec_driver_sql("INSERT INTO subscriptions VALUES (99, 'weekly', '', '2026-11-16', NULL)")


@on_sqlite
def test_keys_are_told_apart_from_each_other(club: Club) -> None:
    """By SQLite as bytes, thirty-two of them."""
    club.note(wish(ANN, state="suppressed"))
    with sqlite3.connect(club.root / ".syndicate" / "syndicate.db") as connection:
        assert connection.execute("SELECT key, reason FROM suppressions").fetchall() == [(key_of(ANN), "imported")]
    connection.close()
