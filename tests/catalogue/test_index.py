"""The index, claim by claim: what it knows a file again by, what it keeps, and what it does when it is not what it was."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from syndicate.catalogue import index as indexing
from syndicate.catalogue.records import Stamp
from syndicate.config import load_settings
from syndicate.errors import CacheError
from syndicate.model import Selection, Topic
from syndicate.publishing import Library
from tests.catalogue.shelf import ALWAYS, Shelf, article_text, assert_same, odd, wholly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TICK = 0.02
"""Seconds for which a file is young here, so that no test has to wait two."""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """A workspace without articles, where files grow old quickly."""
    monkeypatch.setattr(indexing, "YOUNG", int(TICK * 1e9))
    return Shelf(tmp_path)


def settle(shelf: Shelf) -> None:
    """Read everything, once all of it has grown old."""
    time.sleep(TICK * 1.5)
    with shelf.open() as index:
        index.refresh()
        assert index.refresh() == 0


def assert_index_follows(shelf: Shelf, change: Callable[[], object]) -> None:
    """After a change to old files, the index says what reading afresh says."""
    settle(shelf)
    change()
    with shelf.open() as index:
        index.refresh()
        assert_same(index, shelf.afresh())


def test_nothing_is_read_or_written_where_nothing_has_changed(shelf: Shelf) -> None:
    """Once files are old, a refresh hands no file to be read, and leaves the database alone."""
    shelf.put("a.md")
    settle(shelf)
    with shelf.open() as index:
        before = index._database.total_changes
        assert index.refresh() == 0
        assert index._database.total_changes == before


def test_an_edit_that_keeps_size_and_date_is_seen(shelf: Shelf) -> None:
    """By the moment of the last change to the file's entry, which nobody can set."""
    path = shelf.put("a.md", title="Tides")

    def edit() -> None:
        status = path.stat()
        path.write_text(article_text("a", title="Winds"), encoding="utf-8")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert_index_follows(shelf, edit)


def test_an_edit_within_the_same_tick_is_seen(shelf: Shelf) -> None:
    """A file that was read young is read again, whatever its stamp says: here a clock that stands still."""
    path = shelf.put("a.md", title="Tides")
    still = Stamp.of(path.stat())
    with mock.patch.object(Stamp, "of", return_value=still), shelf.open() as index:
        index.refresh()
        shelf.put("a.md", title="Winds")
        index.refresh()
        assert [each.title for each in index.outlines()] == ["Winds"]


@pytest.mark.parametrize("seconds", [-1e10, -1, 0, 1e10, 15e9], ids=["1653", "1969", "1970", "2286", "2445"])
def test_a_file_may_be_of_any_date(shelf: Shelf, seconds: float) -> None:
    """SQLite has 63 bits for nanoseconds, which end in 2262; some clocks are that wrong."""
    path = shelf.put("a.md")
    assert_index_follows(shelf, lambda: os.utime(path, (seconds, seconds)))


def test_an_inode_may_take_all_of_64_bits() -> None:
    """As network file systems and unions of several have them."""
    status = mock.Mock(st_size=10, st_mtime_ns=0, st_ctime_ns=0, st_ino=2**64 - 1)
    assert Stamp.of(status) == (10, 0, 0, 2**63 - 1)


@pytest.mark.parametrize("body", ["", "![shown](p.png)"], ids=["named", "shown"])
def test_a_picture_that_comes_changes_and_goes_is_followed(shelf: Shelf, body: str) -> None:
    """The article tells its size, or that it is missing, though its own file is as it was."""
    shelf.put("a.md", images="[p.png]", body=body)
    assert_index_follows(shelf, lambda: shelf.picture("p.png", 3))
    assert_index_follows(shelf, lambda: shelf.picture("p.png", 4))
    assert_index_follows(shelf, (shelf.root / "seeds" / "p.png").unlink)
    assert_index_follows(shelf, (shelf.root / "seeds" / "p.png").mkdir)


def test_a_picture_is_followed_where_its_folder_is_renamed_behind_a_link(shelf: Shelf) -> None:
    """The picture itself is as it was, but where it lies is where it is published."""
    seeds = shelf.root / "seeds"
    shelf.picture("one/p.png")
    (seeds / "pics").symlink_to("one")
    shelf.put("a.md", images="[pics/p.png]")

    def rename() -> None:
        (seeds / "one").rename(seeds / "two")
        (seeds / "pics").unlink()
        (seeds / "pics").symlink_to("two")

    assert_index_follows(shelf, rename)


def test_a_picture_is_followed_by_each_article_that_shows_it(shelf: Shelf) -> None:
    """Though another was read anew meanwhile, and has seen the picture as it is."""
    shelf.picture("p.png", 3)
    first, second = (shelf.put(name, images="[p.png]") for name in ("a.md", "b.md"))
    for path in (first, second):
        settle(shelf)
        with shelf.open() as index:
            index.refresh()
            shelf.picture("p.png", 4 if path is first else 2)
            shelf.put(path.name, title="Another", images="[p.png]")
            index.refresh(among=[path])
            index.refresh()
            assert_same(index, shelf.afresh())


def test_a_workspace_may_lie_in_a_folder_whose_name_is_not_utf_8(shelf: Shelf) -> None:
    """Where its pictures lie is kept as bytes."""
    shelf = Shelf(shelf.root / odd(b"caf\xe9"))
    shelf.picture("p.png")
    shelf.put("a.md", images="[p.png]", body="![shown](p.png)")
    assert_index_follows(shelf, lambda: shelf.picture("p.png", 7))


def test_two_files_may_be_shown_by_one_name(shelf: Shelf) -> None:
    """Neither name is UTF-8, and both articles are of one page; each outline leads to its own file all the same."""
    for byte in (b"\xe8", b"\xe9"):
        shelf.put(odd(b"caf" + byte + b".md"), title=f"Title {byte.hex()}", body=f"Body {byte.hex()}.")
    with shelf.open() as index:
        index.refresh()
        assert sorted(index.whole(outline).body for outline in index.outlines()) == ["<p>Body e8.</p>", "<p>Body e9.</p>"]
        assert_same(index, shelf.afresh())


def test_all_that_a_file_may_hold_is_kept(shelf: Shelf) -> None:
    """Numbers of any size, dates as such in fields that nobody knows, coverage with pictures."""
    shelf.put("a.md", quality="1e300", heat="-1", own="{day: 2026-11-12, at: 2026-11-12T01:02:03+01:00, list: [1, 2.5, null, true]}")
    shelf.put("b.md", quality="9007199254740993", heat="18446744073709551617", topics="[Straße, İ]")
    shelf.put("c.md", related="[{title: T, webUrl: 'https://example.org/t', quality: 1e40, images: [https://example.org/p.png]}]")
    with shelf.open() as index:
        index.refresh()
        assert_same(index, shelf.afresh())


def test_an_index_that_was_just_opened_knows_what_cannot_be_listed(shelf: Shelf) -> None:
    """A folder named like an article is found by looking at folders, even where single files are asked after."""
    path = shelf.put("a.md")
    (shelf.root / "seeds" / "b.md").mkdir()
    settle(shelf)
    with shelf.open() as index:
        index.refresh(among=[path])
        assert_same(index, shelf.afresh())


def test_a_file_that_has_two_names_changes_under_both(shelf: Shelf) -> None:
    """Whoever watches folders notices the one alone that was written through."""
    path = shelf.put("a.md")
    (shelf.root / "seeds" / "b.md").symlink_to("a.md")
    (shelf.root / "seeds" / "c.md").hardlink_to(path)
    settle(shelf)
    with shelf.open() as index:
        index.refresh()
        shelf.put("a.md", title="Another title")
        index.refresh(among=[path])
        assert_same(index, shelf.afresh())


class Listed(Exception):  # noqa: N818  it is no error
    """A folder was listed."""


def test_what_was_noticed_alone_is_read(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder is listed for that; a file that is new, gone, or had no article in it makes all of them be looked at."""
    for name in ("a.md", "b.md"):
        shelf.put(name)
    broken = shelf.put("c.md", "no front matter")
    settle(shelf)
    with shelf.open() as index:
        index.refresh()
        monkeypatch.setattr("syndicate.catalogue.differences.listed", mock.Mock(side_effect=Listed))
        assert index.refresh(among=[shelf.put("a.md", title="Another")]) == 1
        for path in (broken, shelf.put("new.md"), shelf.root / "seeds" / "gone.md"):
            with pytest.raises(Listed):
                index.refresh(among=[path])


def test_an_answer_that_is_not_read_to_its_end_holds_nothing(shelf: Shelf) -> None:
    """Neither the view of the last refresh, nor the file after the index was closed."""
    for name in ("a.md", "b.md", "c.md"):
        shelf.put(name)
    with shelf.open() as index:
        index.refresh()
        answer = iter(index.outlines())
        next(answer)
        with shelf.open() as other:
            shelf.put("d.md")
            other.refresh()
        index.refresh()
        assert_same(index, shelf.afresh())
        again = iter(index.outlines())
        next(again)
    with pytest.raises(sqlite3.ProgrammingError):
        next(answer)
    assert not shelf.file.with_name("index.db-wal").exists()  # which goes with the last that has the file open


def test_a_closed_index_is_not_taken_for_a_damaged_one(shelf: Shelf) -> None:
    """To ask it is a mistake of ours, for which no index is thrown away."""
    shelf.put("a.md")
    index = shelf.open()
    index.refresh()
    index.close()
    with pytest.raises(sqlite3.ProgrammingError):
        list(index.outlines())
    assert shelf.file.is_file()


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE bodies SET article = x'ff' || substr(article, 2)",
        "UPDATE bodies SET article = replace(article, CAST('Tides' AS BLOB), CAST('Winds' AS BLOB))",
        "UPDATE bodies SET markdown = 'Others'' words.'",
        "UPDATE articles SET title = 'Winds'",
        "DELETE FROM bodies",
    ],
    ids=["no article", "another article", "another body", "another outline", "nothing"],
)
def test_an_article_that_is_not_as_it_was_put_in_is_not_handed_on(shelf: Shelf, harm: str) -> None:
    """SQLite does not see a byte that has turned over in the middle of a text; the article's sum does. The index is thrown away."""
    shelf.put("a.md", title="Tides")
    settle(shelf)
    tamper(shelf, harm)
    with shelf.open() as index:
        index.refresh()
        with pytest.raises(CacheError, match=r"index\.db: is damaged"):
            wholly(index)
    with shelf.open() as index:
        index.refresh()
        assert_same(index, shelf.afresh())


@pytest.mark.parametrize("harm", ["DROP TABLE articles", "DROP TABLE facts", "ALTER TABLE files DROP COLUMN young", "DELETE FROM facts"])
def test_an_index_with_other_tables_is_made_anew(shelf: Shelf, harm: str) -> None:
    """Though it says that it is of our form."""
    shelf.put("a.md")
    settle(shelf)
    tamper(shelf, harm)
    with library(shelf) as opened:
        with suppress(CacheError):  # as late as when what is missing is asked for
            assert_same(opened.read(), shelf.afresh())
        opened.close()
        assert_same(opened.read(), shelf.afresh())
        assert opened._index is not None


@pytest.mark.parametrize(
    "harm",
    ["UPDATE facts SET value = 'another program'", "PRAGMA user_version = 2147483647", "PRAGMA user_version = 0"],
    ids=["another program's", "of a newer form", "of an older form"],
)
def test_an_index_of_another_program_is_made_anew(shelf: Shelf, harm: str) -> None:
    """Nothing in it is believed, not even what is right."""
    shelf.put("a.md", title="Tides")
    settle(shelf)
    tamper(shelf, "UPDATE articles SET title = 'Another program''s'", harm)
    told: list[str] = []
    with library(shelf, told) as opened:
        assert_same(opened.read(), shelf.afresh())
        assert (opened._index is not None, told) == (True, [])


def test_a_library_without_articles_keeps_its_index_open(shelf: Shelf) -> None:
    """An empty index is an index: to open another at each reading would leave the file open as often."""
    with library(shelf) as opened:
        first = opened.read()
        assert opened.read() is first
    assert not shelf.file.with_name("index.db-wal").exists()


def test_a_tally_tells_whether_anything_it_stands_for_has_changed(shelf: Shelf) -> None:
    """An article of the topics changes the sum, one of another topic does not; what is in no column counts as well."""
    asked = [Selection(topics=(Topic.of("Tide"),))]
    sums: list[tuple[tuple[int, int], tuple[int, int]]] = []
    for fields in (
        {"type": "article"},
        {"ampWebUrl": "https://example.org/amp"},
        {"own": "1"},
        {"body": "Other words."},
        {"draft": "true"},
        {"topics": "[TIDE, wind]"},
    ):
        text = article_text("a", **{"topics": "[Tide]", **fields})
        shelf.put("a.md", text)
        shelf.put("b.md", topics="[Wind]", title=f"Wind {len(sums)}")
        with shelf.open() as index:
            index.refresh()
            sums.append((index.tally(ALWAYS, asked), index.tally(ALWAYS)))
    assert len({topical for topical, _ in sums}) == len({whole for _, whole in sums}) == len(sums)
    shelf.put("b.md", topics="[Wind]", title="Another wind")
    with shelf.open() as index:
        index.refresh()
        assert (index.tally(ALWAYS, asked) == sums[-1][0], index.tally(ALWAYS) == sums[-1][1]) == (True, False)


def tamper(shelf: Shelf, *statements: str) -> None:
    """Change the index behind its back."""
    database = sqlite3.connect(shelf.file)
    with database:
        for statement in statements:
            database.execute(statement)
    database.close()


def library(shelf: Shelf, told: list[str] | None = None) -> Library:
    """The workspace as commands read it."""
    file = shelf.root / "syndicate.toml"
    file.write_text(f'[site]\ntitle = "T"\nurl = "https://news.example.org"\ntimezone = "{shelf.zone}"\n[articles]\nfolder = "seeds"\n')
    return Library(load_settings(file), tell=(told if told is not None else []).append)
