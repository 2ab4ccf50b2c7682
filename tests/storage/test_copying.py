"""A ledger that is moved: nothing is lost, however often it is cut off, and at no time are there two that can be worked on."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from sqlalchemy import delete, event, insert, select, text, update

from syndicate.errors import ConfigurationError, StorageError
from syndicate.storage import Ledger, copying, numbers, ranges
from syndicate.storage.copying import Copied, open_source
from syndicate.storage.database import open_database
from syndicate.storage.moves import COPYING, MOVED, name_of, refuse_moved, reopen
from syndicate.storage.tables import deliveries, edition_articles, editions, facts, metadata, runs, signups, subscribers, subscriptions
from tests.storage.cargo import fill, marks_in, rows_of
from tests.vocabulary import moment

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine, Table


NOW = moment("2026-11-21T18:00")
SOON = NOW + timedelta(minutes=5)


class CutError(Exception):
    """What befell a copy."""


class Pair(NamedTuple):
    """A ledger, and an empty database."""

    source: Engine
    target: Engine

    def copy(self, *, cut_after: int | None = None, rehearsal: bool = False) -> Copied:
        """Move the ledger; or cut that off after so many ranges."""
        told = 0

        def progress(_: int, __: int) -> None:
            nonlocal told
            told += 1
            if told == cut_after:
                raise CutError

        return copying.copy(self.source, self.target, now=NOW, progress=progress, rehearsal=rehearsal)

    @property
    def turned(self) -> Pair:
        """The way back."""
        return Pair(self.target, self.source)


@pytest.fixture(autouse=True)
def _short_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows make many ranges."""
    monkeypatch.setattr(ranges, "ROWS", 7)
    monkeypatch.setattr(ranges, "BULKY", 3)


def opened(folder: Path, url: str) -> Pair:
    """A database in a file, which does not wait for the disk, and one in PostgreSQL."""
    file = open_database("sqlite:///ledger.db", folder)
    event.listen(file, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return Pair(file, open_database(url, folder))


@pytest.fixture(params=["to postgresql", "to sqlite"])
def pair(request: pytest.FixtureRequest, tmp_path: Path, postgresql_url: str) -> Pair:
    """Both ways."""
    pair = opened(tmp_path, postgresql_url)
    return pair if request.param == "to postgresql" else pair.turned


@pytest.fixture
def full(pair: Pair) -> Pair:
    """With a ledger that has something in every table."""
    fill(pair.source, seed=0)
    return pair


@pytest.mark.parametrize("seed", range(4))
def test_what_goes_there_and_back_is_the_same(pair: Pair, seed: int) -> None:
    """Row by row, value by value: nulls, long texts, bytes, fractions of seconds, and marks of no other copy."""
    fill(pair.source, seed)
    before = rows_of(pair.source)
    assert all(before.values())
    assert {each.table: (each.rows, each.added) for each in pair.copy().tables} == {name: (len(rows),) * 2 for name, rows in before.items()}
    assert rows_of(pair.target) == before
    back = pair.turned.copy()
    assert {(each.added, each.changed, each.removed) for each in back.tables} == {(0, 0, 0)}
    assert rows_of(pair.source) == before


def test_the_marks_change_hands(full: Pair) -> None:
    """The ledger that was left says where it went and when, and is not opened any more; the way back turns that round."""
    full.copy()
    assert marks_in(full.source) == {MOVED: f"{NOW.isoformat()} {name_of(full.target)}"}
    assert marks_in(full.target) == {}
    with pytest.raises(StorageError, match=r"was moved to .* on 2026-11-21 18:00 UTC; name that one with \[storage\] url"):
        full.copy()
    full.turned.copy()
    assert (list(marks_in(full.source)), list(marks_in(full.target))) == ([], [MOVED])


def test_a_copy_goes_on_wherever_it_was_cut_off(pair: Pair) -> None:
    """After each range in turn; until it is whole nobody else opens it, and what stands is not written again."""
    fill(pair.source, seed=0, rows=10)
    before, cuts, stood = rows_of(pair.source), 0, 0
    while True:
        try:
            done = pair.copy(cut_after=cuts + 1)
        except CutError:
            cuts += 1
        else:
            break
        assert marks_in(pair.target) == {COPYING: name_of(pair.source)}
        assert marks_in(pair.source) == {}
        stood, last = sum(map(len, rows_of(pair.target).values())), stood
        assert stood >= last
        with (
            pair.target.begin() as connection,
            pytest.raises(StorageError, match=r"unfinished copy of .*run `syndicate storage copy` again"),
        ):
            refuse_moved(connection, "ledger")
    assert cuts > 40
    assert {each.added for each in done.tables} == {0}
    assert rows_of(pair.target) == before


def test_between_the_marks_there_is_no_ledger_to_work_on(full: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off after the source was marked and before the target was let go: both refuse, and another try ends it."""
    with monkeypatch.context() as patch:
        patch.setattr(copying, "unmark", lambda _: (_ for _ in ()).throw(CutError))
        with pytest.raises(CutError):
            full.copy()
    assert (list(marks_in(full.source)), list(marks_in(full.target))) == ([MOVED], [COPYING])
    full.copy()
    assert (list(marks_in(full.source)), list(marks_in(full.target))) == ([MOVED], [])


def test_what_changed_between_two_tries_is_changed(full: Pair) -> None:
    """Rows that were written, changed and deleted since, on either side of where the first try came to."""
    with pytest.raises(CutError):
        full.copy(cut_after=40)
    with full.source.begin() as connection:
        ids = connection.execute(select(subscribers.c.id).order_by(subscribers.c.id)).scalars().all()
        connection.execute(delete(subscriptions).where(subscriptions.c.subscriber_id.in_(ids[::3])))
        connection.execute(delete(subscribers).where(subscribers.c.id.in_(ids[::3])))
        connection.execute(update(subscribers).where(subscribers.c.id.in_(ids[1::3])).values(name="another", confirmed_at=None))
        connection.execute(update(editions).values(subject="changed"))
        connection.execute(insert(runs).values(id=1, publication="x", at=NOW, outcome="failed", reason=""))
        connection.execute(delete(signups))
        connection.execute(delete(deliveries).where(deliveries.c.id >= 15))
    changed = rows_of(full.source)
    done = {each.table: each for each in full.copy().tables}
    assert rows_of(full.target) == changed
    assert done["subscribers"].removed == len(ids[::3])
    assert done["subscribers"].changed == len(ids[1::3])
    assert done["editions"].changed == done["editions"].rows


def test_what_contradicts_the_last_try_is_begun_anew(full: Pair) -> None:
    """As when the source was restored from a copy in which keys belong to others: the half copy is thrown away."""
    with pytest.raises(CutError):
        full.copy(cut_after=60)
    with full.source.begin() as connection:
        first, *_, last = connection.execute(select(subscribers).order_by(subscribers.c.id)).mappings().all()
        for place, mailbox in ((first["id"], "parked"), (last["id"], first["mailbox"]), (first["id"], last["mailbox"])):
            connection.execute(update(subscribers).where(subscribers.c.id == place).values(mailbox=mailbox))
    done = full.copy()
    assert {each.table: each.added for each in done.tables} == {each.table: each.rows for each in done.tables}
    assert rows_of(full.target) == rows_of(full.source)


def test_a_number_is_never_given_twice(pair: Pair) -> None:
    """That of somebody who was erased last belongs to nobody in the next database either, nor after the way back."""
    people: dict[str, Any] = {"name": "", "state": "active", "created_at": NOW, "changed_at": NOW}

    def join(engine: Engine, mailbox: str) -> int:
        with engine.begin() as connection:
            key = connection.execute(insert(subscribers).values(address=mailbox, mailbox=mailbox, **people)).inserted_primary_key
        assert key
        return int(key[0])

    given = [join(pair.source, f"{number}@a.example") for number in range(9)]
    fill_facts(pair.source)
    with pair.source.begin() as connection:
        connection.execute(delete(subscribers).where(subscribers.c.id > given[4]))
    pair.copy()
    given.append(join(pair.target, "first@b.example"))
    with pair.target.begin() as connection:
        connection.execute(delete(subscribers))
    pair.turned.copy()
    given.append(join(pair.source, "second@b.example"))
    assert given == sorted(set(given))
    with pair.source.begin() as connection:
        assert connection.execute(insert(runs).values(publication="x", at=NOW, outcome="", reason="")).inserted_primary_key


def fill_facts(engine: Engine) -> None:
    """A fact, so that there is something to move when nobody is left."""
    with engine.begin() as connection:
        connection.execute(insert(facts).values(name="secret", value="0" * 64))


def test_a_rehearsal_counts_and_writes_nothing(full: Pair) -> None:
    """It says what a copy would find missing, changed and too many, and whether it would be refused."""
    before = rows_of(full.target)
    told = full.copy(rehearsal=True)
    assert [each.added for each in told.tables] == [len(rows) for rows in rows_of(full.source).values()]
    assert (told.refusal, rows_of(full.target), marks_in(full.target), marks_in(full.source)) == ("", before, {}, {})
    fill(full.target, seed=1)
    others, before = full.copy(rehearsal=True), rows_of(full.target)
    assert "holds a ledger of its own" in others.refusal
    assert all(each.changed or each.removed for each in others.tables)
    assert rows_of(full.target) == before


def test_a_ledger_of_its_own_is_not_overwritten(full: Pair) -> None:
    """Unless it was moved, or is half a copy of this one."""
    fill(full.target, seed=1)
    before = rows_of(full.target)
    with pytest.raises(StorageError, match="holds a ledger of its own; name an empty database with --to"):
        full.copy()
    assert (rows_of(full.target), marks_in(full.target), marks_in(full.source)) == (before, {}, {})


def test_half_a_copy_of_another_ledger_is_refused(full: Pair, tmp_path: Path) -> None:
    """It is told of which; and half a copy is no source."""
    with pytest.raises(CutError):
        full.copy(cut_after=3)
    other = open_database("sqlite:///other.db", tmp_path)
    fill(other, seed=2)
    with pytest.raises(StorageError, match=r"is an unfinished copy of .*; name that one with --from"):
        Pair(other, full.target).copy()
    with pytest.raises(StorageError, match=r"is an unfinished copy of .*; run `syndicate storage copy` again"):
        Pair(full.target, open_database("sqlite:///third.db", tmp_path)).copy()


def test_whoever_is_sending_is_not_copied(full: Pair) -> None:
    """The lease is named, and when it ends; one that ran out is copied as it is."""
    row = {"id": 2000, "edition_id": 3, "subscriber_id": 1, "state": "sending", "lease": "7@host/boot/x", "next_at": NOW, "attempts": 1}
    with full.source.begin() as connection:
        connection.execute(insert(deliveries).values(**row, lease_until=SOON))
    with pytest.raises(StorageError, match="7@host/boot/x is sending from it; stop it and copy then, or after 18:05:00 UTC"):
        full.copy()
    with full.source.begin() as connection:
        connection.execute(update(deliveries).where(deliveries.c.id == 2000).values(lease_until=NOW))
        connection.execute(update(signups).where(signups.c.id == 3).values(state="sending", next_at=SOON))
    with pytest.raises(StorageError, match="confirms a sign-up is being sent"):
        full.copy()
    with full.source.begin() as connection:
        connection.execute(update(signups).where(signups.c.id == 3).values(next_at=NOW))
    assert marks_in(full.target) == {}
    full.copy()
    assert rows_of(full.target) == rows_of(full.source)


def test_a_slip_of_the_pen_moves_nothing(pair: Pair, tmp_path: Path) -> None:
    """A ledger onto itself, one that is not there, and one with nothing in it."""
    fill(pair.target, seed=3)
    with pytest.raises(ConfigurationError, match="is the ledger that is to be copied"):
        Pair(pair.source, pair.source).copy()
    with pytest.raises(StorageError, match="holds nothing that could be copied"):
        Pair(pair.source, open_database("sqlite:///empty.db", tmp_path)).copy()
    with pytest.raises(StorageError, match="there is no such database"):
        open_source("sqlite:///none.db", tmp_path)
    assert not (tmp_path / "none.db").exists()


def test_whoever_else_writes_to_the_target_is_found_out(full: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are compared as a whole before the source is left."""
    real = numbers.last_numbers

    def meddle(connection: Any) -> dict[str, int]:
        with full.target.begin() as writing:
            writing.execute(update(runs).where(runs.c.id == 3).values(reason="meddled"))
        return real(connection)

    with monkeypatch.context() as patch:
        patch.setattr(copying, "last_numbers", meddle)
        with pytest.raises(StorageError, match=r"its runs are not those of .*copy` again"):
            full.copy()
    assert marks_in(full.source) == {}
    assert {each.table for each in full.copy().tables if each.changed} == {"runs"}


def test_a_ledger_that_was_moved_can_be_reopened(full: Pair) -> None:
    """By whoever decides so; half a copy cannot."""
    with pytest.raises(CutError):
        full.copy(cut_after=3)
    with pytest.raises(StorageError, match=r"unfinished copy"):
        reopen(full.target)
    full.copy()
    moved = reopen(full.source)
    assert moved == (name_of(full.target), NOW)
    assert (marks_in(full.source), reopen(full.source)) == ({}, None)


def test_a_ledger_that_was_left_is_not_opened(tmp_path: Path, postgresql_url: str) -> None:
    """Nor is half a copy; the other one is."""
    pair = opened(tmp_path, postgresql_url)
    fill(pair.source, seed=0)
    with pytest.raises(CutError):
        pair.copy(cut_after=3)
    with pytest.raises(StorageError, match="is an unfinished copy of sqlite:"):
        Ledger.open(postgresql_url, tmp_path)
    pair.copy()
    with pytest.raises(StorageError, match="was moved to postgresql"):
        Ledger.open("sqlite:///ledger.db", tmp_path)
    Ledger.open(postgresql_url, tmp_path).close()


def test_whoever_is_about_to_write_waits_for_a_copy_and_is_refused(tmp_path: Path, postgresql_url: str) -> None:
    """In PostgreSQL, where others may read meanwhile: who asks before the copy is done gets the answer that holds after it."""
    pair = opened(tmp_path, postgresql_url).turned
    fill(pair.source, seed=0)
    asked, answers = threading.Event(), list[str]()

    def write() -> None:
        with pair.source.begin() as connection:
            asked.set()
            try:
                refuse_moved(connection, "ledger")
            except StorageError as error:
                answers.append(str(error))
            else:
                answers.append("may write")

    writer = threading.Thread(target=write)

    def progress(done: int, of: int) -> None:
        if done and not writer.ident:
            writer.start()
            assert asked.wait(10)
        if done == of:
            writer.join(0.2)
            assert answers == []
            with pair.source.begin() as connection:
                refuse_moved(connection, "ledger", reading=True)

    copying.copy(pair.source, pair.target, now=NOW, progress=progress)
    writer.join(10)
    assert ["was moved to sqlite" in answer for answer in answers] == [True]


@pytest.mark.parametrize("begun", [True, False], ids=["while it is written to", "while it is copied"])
def test_one_at_a_time(tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch, *, begun: bool) -> None:
    """A copy waits for who is writing, and another copy for the first; not for ever."""
    monkeypatch.setattr("syndicate.storage.standstill.PATIENCE", 0.1)
    pair = opened(tmp_path, postgresql_url).turned
    fill(pair.source, seed=0)
    with pair.source.begin() as connection:
        if begun:
            refuse_moved(connection, "ledger")
        else:
            connection.execute(text("LOCK TABLE facts IN EXCLUSIVE MODE"))
        with pytest.raises(StorageError, match=r"has been writing to it for longer than .* s; stop `run`"):
            pair.copy()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (update(subscribers).values(name="a\0b"), "subscribers, id 3: name holds a NUL, which PostgreSQL does not take; mend it"),
        (update(editions).where(editions.c.id == 6).values(digest="x" * 201), "editions, id 6: digest has 201 letters and takes 200"),
        (update(subscribers).where(subscribers.c.id == 3).values(id=2**31), "subscribers, id 2147483648: id is 2147483648"),
        (update(edition_articles).values(position=2**31), "edition_articles, edition_id .*, article_id .*: position is 2147483648"),
    ],
    ids=["nul", "long", "key", "number"],
)
def test_what_postgresql_does_not_take_is_named(tmp_path: Path, postgresql_url: str, change: Any, told: str) -> None:
    """SQLite holds what it is given; the row is named, and can be mended, and the copy goes on."""
    pair = opened(tmp_path, postgresql_url)
    fill(pair.source, seed=0)
    with pair.source.begin() as connection:
        connection.execute(delete(subscriptions))
        connection.execute(change)
    with pytest.raises(StorageError, match=told):
        pair.copy()


def test_texts_are_in_one_order_everywhere(tmp_path: Path, postgresql_url: str) -> None:
    """PostgreSQL may sort as a language does: keys are compared by their code points all the same, each time they are named."""
    engine, asked = open_database(postgresql_url, tmp_path), list[str]()
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    with engine.begin() as connection:
        ranges.read_range(connection, subscriptions, (1, "a"), (2, "b"))
    assert asked[-1].partition("WHERE")[2].count("digest") == asked[-1].count('digest COLLATE "C"') == 3


@pytest.mark.parametrize("table", [deliveries, subscriptions], ids=lambda table: table.name)
def test_a_range_is_found_by_its_keys(pair: Pair, table: Table) -> None:
    """And not by looking at the whole table each time: a copy of millions would never end."""
    low, high = ((1,), (9,)) if table is deliveries else ((1, "a"), (9, "b"))
    explain, sign = ("EXPLAIN QUERY PLAN", "SEARCH") if pair.source.dialect.name == "sqlite" else ("EXPLAIN", "Index Cond")
    with pair.source.begin() as connection:
        if sign == "Index Cond":
            connection.execute(text("SET enable_seqscan = off"))
        query = ranges.range_of(connection, table, low, high).compile(pair.source, compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"{explain} {query}").all()
    assert sign in str(plan)


def test_every_table_is_copied() -> None:
    """There is none without a key, by which its rows are told apart."""
    assert all(list(table.primary_key) for table in metadata.sorted_tables)
