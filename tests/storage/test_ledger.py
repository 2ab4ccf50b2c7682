"""The ledger: facts go in once; a database that cannot be used says what to do."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, event, inspect, text

from syndicate.errors import ConfigurationError, StorageError, UnavailableError, UnknownEditionError
from syndicate.model import Document
from syndicate.storage import ArticleRecord, EditionRecord, Ledger, RunRecord
from syndicate.storage import database as databases
from syndicate.storage.tables import metadata
from tests.vocabulary import moment

if TYPE_CHECKING:
    from pathlib import Path

URL = "sqlite:///ledger.db"
EDITION = EditionRecord(
    "weekly", "weekly/2026-11-09", moment("2026-11-02T08:00"), moment("2026-11-09T08:00"), "recorded", "on time", moment("2026-11-09T08:00")
)
ARTICLE = ArticleRecord("urn:uuid:1", "ran", "One", "https://x.example/1", "a/1.md", moment("2026-11-05"), "0" * 64)
DOCUMENT = Document("digests/weekly/2026-11-09.txt", "text/plain", b"One\n" * 100)


@pytest.fixture
def ledger(tmp_path: Path, storage_url: str) -> Ledger:
    """An empty ledger, in each database."""
    return Ledger.open(storage_url, tmp_path)


def test_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    """It knows people, and so does its copy."""
    Ledger.open("sqlite:///.syndicate/ledger.db", tmp_path).back_up()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / ".syndicate").iterdir()}
    assert modes == {"ledger.db": 0o600, "ledger.db.backup": 0o600}


def test_what_is_recorded_comes_back(ledger: Ledger) -> None:
    """Edition, articles and bytes, in UTC and to the byte."""
    assert ledger.record(EDITION, [ARTICLE], [DOCUMENT])
    assert ledger.edition(EDITION.key) == EDITION
    assert ledger.articles(EDITION.key) == (replace(ARTICLE, key=EDITION.key),)
    assert ledger.documents(EDITION.key) == (DOCUMENT,)


@pytest.mark.parametrize(
    "rival",
    [
        replace(EDITION, key="weekly/other", start=moment("2026-11-01")),
        replace(EDITION, key="weekly/other", end=moment("2026-11-16")),
        replace(EDITION, start=moment("2026-11-09T08:00"), end=moment("2026-11-16")),
    ],
    ids=["same end", "same start", "same key"],
)
def test_no_time_is_recorded_twice(ledger: Ledger, rival: EditionRecord) -> None:
    """A window that shares an edge with a recorded one is refused, with all that belongs to it."""
    ledger.record(EDITION)
    assert not ledger.record(rival, [ARTICLE], [DOCUMENT])
    assert ledger.fates("weekly") == {}


def test_no_article_is_recorded_twice_in_a_digest(ledger: Ledger) -> None:
    """Whatever the program believes: the database does not take it."""
    ledger.record(EDITION, [ARTICLE])
    later = replace(EDITION, key="weekly/2026-11-16", start=EDITION.end, end=moment("2026-11-16T08:00"))
    with pytest.raises(StorageError, match="contradicts what is recorded"):
        ledger.record(later, [ARTICLE])
    assert [record.key for record in ledger.editions("weekly")] == [EDITION.key]


def test_an_edition_is_settled_once(ledger: Ledger) -> None:
    """The first to settle it gives the time."""
    ledger.record(EDITION)
    ledger.settle(EDITION.key, now=moment("2026-11-09T08:01"))
    ledger.settle(EDITION.key, now=moment("2026-11-09T09:00"))
    assert (ledger.edition(EDITION.key).state, ledger.edition(EDITION.key).settled_at) == ("sent", moment("2026-11-09T08:01"))


def test_an_unknown_edition_is_an_error_that_says_where_to_look(ledger: Ledger) -> None:
    """By its key, and with the command that lists them."""
    with pytest.raises(UnknownEditionError, match="editions list"):
        ledger.edition("weekly/1999-01-01")


def test_runs_come_newest_first(ledger: Ledger) -> None:
    """The last one is what `status` shows."""
    runs = [RunRecord("energy", moment(at), "rendered", at) for at in ("2026-11-01", "2026-11-03", "2026-11-02")]
    for run in runs:
        ledger.note(run)
    assert [run.reason for run in ledger.runs("energy", limit=3)] == ["2026-11-03", "2026-11-02", "2026-11-01"]


def test_the_migrations_make_the_tables_that_the_program_knows(ledger: Ledger, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Column by column, and constraint by constraint."""
    sqlite = ledger.engine.dialect.name == "sqlite"
    plain = create_engine(f"sqlite:///{tmp_path}/plain.db" if sqlite else request.getfixturevalue("postgresql").create(empty=True))
    metadata.create_all(plain)

    def shape(engine: object) -> dict[str, object]:
        found = inspect(engine)
        return {
            table: (
                {column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(table)},
                sorted(str(unique["name"]) for unique in found.get_unique_constraints(table)),
                sorted((str(check["name"]), check["sqltext"]) for check in found.get_check_constraints(table)),
                sorted(str(index["name"]) for index in found.get_indexes(table)),
                [key["constrained_columns"] for key in found.get_foreign_keys(table)],
            )
            for table in sorted(metadata.tables)
        }

    assert shape(ledger.engine) == shape(plain)
    plain.dispose()


def test_an_open_ledger_is_up_to_date_without_alembic(tmp_path: Path) -> None:
    """Only a database that is behind costs the import."""
    Ledger.open(URL, tmp_path).close()
    code = f"import sys; from syndicate.storage import Ledger; from pathlib import Path; Ledger.open({URL!r}, Path({str(tmp_path)!r})).close(); print('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    """The error names both steps and the remedy."""
    ledger = Ledger.open(URL, tmp_path)
    with ledger.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    ledger.close()
    with pytest.raises(StorageError, match=r"newer syndicate .*9999.*update syndicate"):
        Ledger.open(URL, tmp_path)


def test_a_damaged_database_is_named_with_the_way_back(tmp_path: Path) -> None:
    """The copy beside it, put in its place, brings everything back."""
    ledger = Ledger.open(URL, tmp_path)
    ledger.record(EDITION, [ARTICLE], [DOCUMENT])
    ledger.back_up()
    ledger.close()
    file = tmp_path / "ledger.db"
    file.write_bytes(b"not a database, by any means" * 100)
    with pytest.raises(StorageError, match=r"damaged.*ledger\.db\.backup: move it over") as error:
        Ledger.open(URL, tmp_path)
    assert "ledger.db-wal" in str(error.value)
    (tmp_path / "ledger.db.backup").replace(file)
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    assert Ledger.open(URL, tmp_path).documents(EDITION.key) == (DOCUMENT,)


def test_a_damaged_database_does_not_spoil_its_copy(tmp_path: Path) -> None:
    """The last good copy stays."""
    ledger = Ledger.open(URL, tmp_path)
    noise = Document("digests/weekly/2026-11-09.html", "text/html", random.Random(2).randbytes(200_000))
    ledger.record(EDITION, [ARTICLE], [noise])
    ledger.back_up()
    good = (tmp_path / "ledger.db.backup").read_bytes()
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with (tmp_path / "ledger.db").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 8)
    with pytest.raises(StorageError):
        ledger.back_up()
    assert (tmp_path / "ledger.db.backup").read_bytes() == good


@pytest.mark.parametrize("url", ["foo://x", "mysql://x/y"])
def test_a_database_that_is_not_known_is_a_mistake_in_the_configuration(url: str, tmp_path: Path) -> None:
    """Named with those that are."""
    with pytest.raises(ConfigurationError, match="use sqlite"):
        Ledger.open(url, tmp_path)


def test_a_locked_database_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After some patience."""
    Ledger.open(URL, tmp_path).close()
    monkeypatch.setattr(databases, "PATIENCE", 0.05)
    other = sqlite3.connect(tmp_path / "ledger.db")
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StorageError, match="another program holds the database"):
            Ledger.open(URL, tmp_path)
    finally:
        other.close()


def test_a_full_disk_is_named_and_loses_nothing(tmp_path: Path) -> None:
    """The transaction is taken back as a whole."""
    ledger = Ledger.open(URL, tmp_path)
    ledger.record(EDITION)
    with ledger.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    event.listen(ledger.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count = {pages}"))
    later = replace(EDITION, key="weekly/2026-11-16", start=EDITION.end, end=moment("2026-11-16T08:00"))
    big = Document("digests/weekly/2026-11-16.html", "text/html", random.Random(1).randbytes(900_000))
    with pytest.raises(StorageError, match="disk is full; free some space"):
        ledger.record(later, [ARTICLE], [big])
    ledger.close()
    assert [record.key for record in Ledger.open(URL, tmp_path).editions()] == [EDITION.key]


@pytest.mark.parametrize("url", ["no url at all", "postgresql+psycopg://user:word@host:1:2/news"])
def test_an_url_that_cannot_be_read_is_a_mistake_in_the_configuration(url: str, tmp_path: Path) -> None:
    """Named by its key."""
    with pytest.raises(ConfigurationError, match=r"storage\.url"):
        Ledger.open(url, tmp_path)


@pytest.mark.parametrize("url", ["postgresql://news:hunter2@127.0.0.1:1/news", "postgresql://news@127.0.0.1:1/news?password=hunter2"])
def test_a_database_that_does_not_answer_is_named_without_its_password(url: str, tmp_path: Path) -> None:
    """Wherever in the URL it stands."""
    pytest.importorskip("psycopg")
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1/news: does not answer") as error:
        Ledger.open(url, tmp_path)
    assert "hunter2" not in str(error.value)


def test_a_ledger_in_memory_is_refused(tmp_path: Path) -> None:
    """It would forget what was sent."""
    with pytest.raises(ConfigurationError, match="forgets what was sent"):
        Ledger.open("sqlite://", tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file stands in its way."""
    (tmp_path / ".syndicate").write_text("in the way", encoding="utf-8")
    with pytest.raises(StorageError, match="cannot be made"):
        Ledger.open("sqlite:///.syndicate/syndicate.db", tmp_path)
