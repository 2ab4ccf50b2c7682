"""The index among others: programs that use it at once, and what it lies in: locks, a full disk, folders that may not be written."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from syndicate.catalogue import database
from syndicate.catalogue import index as indexing
from syndicate.config import load_settings
from syndicate.publishing import Library
from tests.catalogue.shelf import SITE, Shelf, assert_same, wholly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syndicate.catalogue.index import Index

CHECKOUT = Path(__file__).parents[2]
REFRESH = """
import sys
from pathlib import Path
from tests.catalogue.shelf import Shelf, assert_same
shelf = Shelf(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
with shelf.open() as index:
    index.refresh()
    assert_same(index, shelf.afresh())
"""


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A workspace of a few articles."""
    shelf = Shelf(tmp_path)
    for number in range(12):
        shelf.put(f"{number}.md", title=f"Title {number}", topics="[Tide]" if number % 2 else "[Wind]")
    shelf.put("bad.md", "no front matter")
    return shelf


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for long."""
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    monkeypatch.setattr(indexing, "PATIENCE", 0.2)


def test_two_programs_may_make_the_index_at_once(shelf: Shelf) -> None:
    """Each sees all of it, whichever was quicker; twice from nothing, once with an edit."""
    for change in (lambda: None, lambda: shelf.file.unlink(), lambda: shelf.put("new.md")):  # noqa: PLW0108  the file is there only then
        change()
        workers = [start(shelf), start(shelf)]
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()
        assert [worker.communicate(timeout=60)[1] for worker in workers] == ["", ""]
        assert [worker.returncode for worker in workers] == [0, 0]


def start(shelf: Shelf) -> subprocess.Popen[str]:
    """A program that refreshes the index once it is told to."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", REFRESH, str(shelf.root)], cwd=CHECKOUT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_two_threads_may_refresh_at_once(shelf: Shelf) -> None:
    """Each with an index of its own, over and over, while articles change and one of them throws the index away."""
    errors: list[BaseException] = []

    def work(begin: threading.Barrier, turns: int) -> None:
        try:
            for turn in range(turns):
                begin.wait(30)
                with shelf.open() as index:
                    index.refresh()
                    assert len(index) == 12
                    if turn % 5 == 4:
                        index.forget()
        except BaseException as error:  # noqa: BLE001  the test tells it
            errors.append(error)
            begin.abort()

    def edit() -> None:
        shelf.put("1.md", title=os.urandom(4).hex(), topics="[Tide]")

    begin = threading.Barrier(2, action=edit)
    threads = [threading.Thread(target=work, args=[begin, 15]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    with shelf.open() as index:
        index.refresh()
        assert_same(index, shelf.afresh())


def test_a_reader_keeps_its_view_while_another_writes(shelf: Shelf) -> None:
    """What it was refreshed to, in every answer, until it is refreshed again."""
    with shelf.open() as reader, shelf.open() as writer:
        reader.refresh()
        before = wholly(reader)
        shelf.put("1.md", title="Another title")
        shelf.put("new.md")
        (shelf.root / "seeds" / "2.md").unlink()
        writer.refresh()
        assert (wholly(reader), len(reader)) == (before, 12)
        assert_same(writer, shelf.afresh())
        reader.refresh()
        assert_same(reader, shelf.afresh())


@pytest.mark.usefixtures("hurry")
def test_a_view_never_keeps_others_from_writing(shelf: Shelf) -> None:
    """Not even that of a program that made the index while another was waiting to write to it."""
    keep, others = indexing.Index._keep_journal, list[threading.Thread]()

    def write(other: sqlite3.Connection) -> None:
        other.execute("UPDATE files SET young = 1")
        other.execute("COMMIT")

    def interrupted(self: Index, mode: str, patience: float = 0) -> None:
        if mode == "WAL" and not others:
            other = sqlite3.connect(shelf.file, isolation_level=None, check_same_thread=False)
            other.execute("BEGIN IMMEDIATE")
            others.append(threading.Timer(0.05, write, [other]))
            others[0].start()
        keep(self, mode, patience)

    with mock.patch.object(indexing.Index, "_keep_journal", interrupted), shelf.open() as index:
        index.refresh()
        others[0].join()
        assert index._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        with shelf.open() as second:
            shelf.put("new.md")
            second.refresh()


@pytest.mark.usefixtures("hurry")
def test_while_another_program_writes_every_article_is_read_afresh(shelf: Shelf) -> None:
    """After some patience; it is said which file was in use, and the index is there for the next run."""
    with shelf.open() as index:
        index.refresh()
    shelf.put("new.md")
    other = sqlite3.connect(shelf.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert_read_afresh(shelf, "database is locked")
    other.execute("ROLLBACK")
    other.close()
    assert_indexed(shelf)


def test_a_full_disk_leaves_the_index_as_it_was(shelf: Shelf) -> None:
    """It is said that space is short; what was read before is still there when there is room again."""
    with shelf.open() as index:
        index.refresh()
        known = wholly(index)
    for number in range(40):
        shelf.put(f"long {number}.md", body="Many words. " * 500)
    with pages(60):
        assert_read_afresh(shelf, "database or disk is full")
        with shelf.open() as index:
            assert wholly(index) == known
    assert_indexed(shelf)


def test_a_disk_that_is_full_from_the_beginning_is_no_hindrance(shelf: Shelf) -> None:
    """A first index that finds no room."""
    for number in range(40):
        shelf.put(f"long {number}.md", body="Many words. " * 500)
    with pages(30):
        assert_read_afresh(shelf, "database or disk is full")
    assert_indexed(shelf)


@contextmanager
def pages(most: int) -> Iterator[None]:
    """A disk that has room for so many pages (4 kB) of a database."""
    begin = database._open

    def bounded(file: Path, schema: str) -> sqlite3.Connection:
        connection = begin(file, schema)
        connection.execute(f"PRAGMA max_page_count = {most}")
        return connection

    with mock.patch.object(database, "_open", bounded):
        yield


def test_a_small_disk_is_no_hindrance(shelf: Shelf) -> None:
    """A real one of 256 kB, where we may mount it; where not, the tests above must do."""
    small = shelf.root / ".syndicate"
    small.mkdir()
    mounted = (
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(small)], capture_output=True, check=False).returncode == 0
    )
    try:
        for number in range(60):
            shelf.put(f"long {number}.md", body="Many words. " * 500)
        if mounted:
            assert_read_afresh(shelf, "full")
        for number in range(60):
            shelf.put(f"long {number}.md", body="Few words.")
        assert_indexed(shelf)
    finally:
        if mounted:
            subprocess.run(["umount", str(small)], check=True)


def in_place_of_folder(shelf: Shelf) -> None:
    """A file lies where the folder of caches should be."""
    (shelf.root / ".syndicate").write_text("in the way")


def in_place_of_file(shelf: Shelf) -> None:
    """A folder lies where the index should be."""
    shelf.file.mkdir(parents=True)


@pytest.mark.parametrize("hinder", [in_place_of_folder, in_place_of_file])
def test_where_no_index_can_lie_every_article_is_read_afresh(shelf: Shelf, hinder: Callable[[Shelf], None]) -> None:
    """It is said which file could not be used."""
    hinder(shelf)
    assert_read_afresh(shelf, "cannot be used")


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
def test_where_nothing_may_be_written_every_article_is_read_afresh(shelf: Shelf, number: int) -> None:
    """On a file system or in a folder that may only be read, which an administrator's tests have to make believe."""
    with shelf.open() as index:
        index.refresh()
    with mock.patch.object(os, "utime", side_effect=OSError(number, os.strerror(number))):
        assert_read_afresh(shelf, os.strerror(number))
    assert_indexed(shelf)


def test_an_index_that_is_deleted_while_it_is_open_is_made_anew(shelf: Shelf) -> None:
    """At the next reading, without a word."""
    with library(shelf) as opened:
        opened.read()
        for file in shelf.file.parent.iterdir():
            file.unlink()
        shelf.put("new.md")
        assert_same(opened.read(), shelf.afresh())
    assert shelf.file.is_file()


@pytest.mark.parametrize(
    "noise", [b"", b"x", b"SQLite format 3\0" + b"\xff" * 5000, b"no database " * 9999], ids=["empty", "a byte", "a head", "noise"]
)
def test_whatever_lies_where_the_index_should_the_articles_are_read(shelf: Shelf, noise: bytes) -> None:
    """Without a word, and the index is made anew."""
    with shelf.open() as index:
        index.refresh()
    shelf.file.write_bytes(noise)
    assert_indexed(shelf)


def test_a_refresh_that_fails_in_the_middle_leaves_the_index_as_it_was(shelf: Shelf) -> None:
    """Be it that somebody presses Ctrl-C while articles are read."""
    with shelf.open() as index:
        index.refresh()
        known = wholly(index)
        shelf.put("1.md", title="Another title")
        (shelf.root / "seeds" / "2.md").unlink()
        with pytest.raises(KeyboardInterrupt):
            index.refresh(progress=mock.Mock(side_effect=KeyboardInterrupt))
        assert wholly(index) == known
        index.refresh()
        assert_same(index, shelf.afresh())


def library(shelf: Shelf, told: list[str] | None = None) -> Library:
    """The workspace as commands read it."""
    file = shelf.root / "syndicate.toml"
    file.write_text(f'[site]\ntitle = "T"\nurl = "{SITE}"\ntimezone = "{shelf.zone}"\n[articles]\nfolder = "seeds"\n')
    return Library(load_settings(file), tell=(told if told is not None else []).append)


def assert_read_afresh(shelf: Shelf, reason: str) -> None:
    """The index is not used; what is said names it, and why; the articles are as without it."""
    told: list[str] = []
    with library(shelf, told) as opened:
        assert_same(opened.read(), shelf.afresh())
        assert opened._index is None
    assert len(told) == 1
    assert str(shelf.file) in told[0]
    assert reason in told[0]
    assert told[0].endswith("every article was read afresh")


def assert_indexed(shelf: Shelf) -> None:
    """The index is used, without a word."""
    told: list[str] = []
    with library(shelf, told) as opened:
        assert_same(opened.read(), shelf.afresh())
        assert (opened._index is not None, told) == (True, [])
