"""The catalogue remembers what it read: `Holdings` in an index, into which only what has changed is read. [I/O]

Everything in it can be made anew from the articles. What is damaged, or made by another program or for another configuration, is.
"""

from __future__ import annotations

import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakSet

from syndicate.catalogue import in_order
from syndicate.catalogue.conventions import PLAIN, Conventions
from syndicate.catalogue.database import PATIENCE, open_cache, speaking_of
from syndicate.catalogue.questions import COLUMNS, FOLD, question, tally_of
from syndicate.catalogue.records import columns_of, moment_of, outline_of, ticks, token_of, unpack
from syndicate.catalogue.tables import LOOKUPS, OF_A_FILE, SCHEMA, put, stored, take, touch
from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from syndicate.catalogue import Progress
    from syndicate.catalogue.desk import Desk
    from syndicate.catalogue.differences import Difference
    from syndicate.catalogue.records import Stamp
    from syndicate.model import Article, Selection
    from syndicate.windows import Window

YOUNG = 2_000_000_000
"""Nanoseconds within which a file that has just changed may change again without a sign: FAT counts in steps of two seconds."""

KEPT = 2_000
"""Articles that are kept whole: those that several feeds run, and that run again when one of them changes."""

NEWEST = "dated DESC, picture IS NULL, id, source"
"""What the selector calls newest first."""


@dataclass(frozen=True, slots=True)
class Status:
    """An index as it lies there: its size in bytes, what it holds, and how many files have changed or gone since.

    Of the `unsure` it cannot be told without a look: they had just changed when they were read.

    One that is not `ours` is empty, or was made by another program or for another configuration: all of it will be read again.
    """

    size: int
    ours: bool
    articles: int
    problems: int
    changed: int
    unsure: int
    gone: int


class Index:
    """`Holdings` that lie on disk. They answer as of the last `refresh`, whatever other programs write meanwhile."""

    def __init__(
        self,
        file: Path,
        folders: Sequence[Path],
        *,
        root: Path,
        site_url: str,
        zone: str,
        apart: Collection[Path] = (),
        conventions: Conventions = PLAIN,
    ) -> None:
        """Open the index in `file`. Raises `CacheError`."""
        from syndicate.catalogue.program import stamp

        self.file = file
        self._folders, self._root, self._apart = folders, root, apart
        self._site_url, self._zone, self._conventions = site_url, zone, conventions
        self._reader = repr((stamp(), [str(folder) for folder in folders], str(root), site_url, zone, conventions))
        self._unlisted: tuple[Problem, ...] | None = None
        self._tallies: dict[tuple[object, ...], tuple[int, int]] = {}
        self._unread: WeakSet[sqlite3.Cursor] = WeakSet()
        self._finished: dict[tuple[Any, ...], Article] = {}
        self._database = open_cache(file, SCHEMA)
        self._inode = file.stat().st_ino
        self._database.create_function(FOLD, 1, lambda text: text and text.casefold(), deterministic=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index."""
        self._end_questions()
        self._database.close()

    def refresh(self, progress: Progress = lambda done, found: None, *, among: Collection[Path] | None = None) -> int:  # noqa: ARG005
        """Read what has changed, of all files or `among` those whose change was noticed; how many they were.

        Raises `CacheError`, after which nothing is different from before.
        """
        self._tallies.clear()
        with speaking_of(self.file):
            try:
                return self._refresh(progress, among)
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def forget(self) -> None:
        """Trust nothing that was read before the next `refresh`. Raises `CacheError`."""
        with speaking_of(self.file):
            self._end_view()  # from which nobody may write once somebody else has
            self._database.execute("DELETE FROM facts")

    def status(self) -> Status:
        """What the index holds, and what has changed since. Reads no article. Raises `CacheError`."""
        with speaking_of(self.file):
            difference = self._compare(None)
            ours, problems = self._is_ours(), self._one("SELECT count(*) FROM problems")[0]
            changed, unsure, gone = len(difference.orders) - difference.unsure, difference.unsure, len(difference.gone)
            return Status(self.file.stat().st_size, ours, len(self), problems, changed, unsure, gone)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, by file and line."""
        with speaking_of(self.file):
            rows = self._database.execute("SELECT file, line, field, message FROM problems")
            return tuple(sorted((*(Problem(*row) for row in rows), *(self._unlisted or ())), key=in_order))

    def __len__(self) -> int:
        return int(self._one("SELECT count(*) FROM articles")[0])

    def outlines(self, window: Window | None = None) -> Iterator[Article]:
        """The articles dated inside `window`, or all, newest first, as they are asked for."""
        span = (ticks(window.start), ticks(window.end)) if window else ()
        where = "WHERE a.dated >= ? AND a.dated < ?" if window else ""
        with speaking_of(self.file):
            rows = self._database.execute(f"SELECT {COLUMNS} FROM articles a {where} ORDER BY {NEWEST}", span)  # noqa: S608  names of ours
            self._unread.add(rows)
            yield from _outlines(rows)

    def fitting(self, selections: Sequence[Selection], window: Window, *, now: datetime) -> list[Article]:
        """Outlines of the articles dated inside `window` that any of `selections` would take, by rules that look at one article alone."""
        with speaking_of(self.file):
            rows = {row[0]: row[1:] for asked in selections for row in self._database.execute(*question(asked, window, now))}
            return list(_outlines(rows.values()))

    def whole(self, outline: Article) -> Article:
        """The article of an outline, its body rendered; kept for the next edition that runs it."""
        from syndicate.catalogue.articles import finish

        columns = columns_of(outline)
        with speaking_of(self.file):
            named = f"SELECT number, token, {COLUMNS} FROM articles a WHERE source = ? AND id = ?"  # noqa: S608  names of ours
            rows = self._database.execute(named, (outline.source, outline.id)).fetchall()
            # Two files whose names are not UTF-8 may be shown by one: then the columns tell which is meant.
            key = number, token = next(((number, token) for number, token, *others in rows if tuple(others) == columns), (0, 0))
            if key in self._finished:
                return self._finished[key]
            kept = "SELECT article, markdown, coverage, folder, path FROM bodies WHERE number = ?"
            body, markdown, coverage, folder, path = self._database.execute(kept, (number,)).fetchone() or (b"", "", "", "", "")
            packed = _sound(columns, body, markdown, coverage, token)
            desk = self._desk(Path(os.fsdecode(folder)))
            article: Article = finish(packed, markdown, os.fsdecode(path), desk, coverage=coverage)
            while len(self._finished) >= KEPT:
                del self._finished[next(iter(self._finished))]
            self._finished[key] = article
        return self._finished[key]

    def topics(self) -> list[str]:
        """Every label that articles have, each once."""
        with speaking_of(self.file):
            rows = self._database.execute("SELECT DISTINCT topics FROM articles")
            return list(dict.fromkeys(label for (labels,) in rows for label in labels.split("\n") if label))

    def tally(self, window: Window, selections: Sequence[Selection] = ()) -> tuple[int, int]:
        """A count and a sum over all that is known of the articles dated inside `window`; see `Holdings`."""
        statement, values = tally_of(window, selections)
        key = (statement, *values)
        if key not in self._tallies:
            count, total = self._one(statement, *values)
            self._tallies[key] = (count, total)
        return self._tallies[key]

    def dates(self) -> tuple[datetime, datetime] | None:
        """The oldest and the newest date of an article."""
        oldest, newest = self._one("SELECT min(dated), max(dated) FROM articles")
        return None if oldest is None else (moment_of(oldest), moment_of(newest))

    def next_date(self, moment: datetime) -> datetime | None:
        """The date of the first article that is not dated before `moment`."""
        (dated,) = self._one("SELECT min(dated) FROM articles WHERE dated >= ?", ticks(moment))
        return None if dated is None else moment_of(dated)

    @property
    def lies(self) -> bool:
        """Whether its file is still the one that was opened: what is damaged, is thrown away."""
        return self.file.exists() and self.file.stat().st_ino == self._inode

    def _one(self, statement: str, *values: object) -> tuple[Any, ...]:
        with speaking_of(self.file):
            row: tuple[Any, ...] = self._database.execute(statement, values).fetchone()
            return row

    def _refresh(self, progress: Progress, among: Collection[Path] | None) -> int:
        database = self._database
        self._end_view()
        moment = self._moment()
        database.execute("BEGIN")
        version, difference = self._version(), self._compare(among) if self._is_ours() else None
        if difference is not None and not difference:
            self._keep_view()
            return 0
        database.execute("COMMIT")
        if difference is None:
            self._keep_journal("DELETE")  # which writes all of it once, where WAL would twice
        database.execute("BEGIN IMMEDIATE")
        if not self._is_ours():
            self._empty()
        if difference is None or self._version() != version:  # another program was quicker
            difference = self._compare(None)
        self._apply(difference, moment, progress)
        database.execute("COMMIT")
        self._keep_journal("WAL", PATIENCE)  # with any other, the view that follows would keep everybody else from writing
        database.execute("BEGIN")
        self._version()
        if not self._is_ours():  # a program with another configuration was quicker
            return self._refresh(progress, None)
        self._keep_view()
        return len(difference.orders)

    def _keep_view(self) -> None:
        """Hold on to what is seen now. Where there is no WAL, that would keep everybody else from writing, and is let go."""
        if self._database.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            self._database.execute("COMMIT")

    def _end_view(self) -> None:
        """Let go of what was seen last time, and of answers that nobody has read to their end: they would hold on to it."""
        self._end_questions()
        if self._database.in_transaction:
            self._database.execute("COMMIT")

    def _end_questions(self) -> None:
        """Let go of the answers that nobody has read to their end: they would hold on to the view, and keep the file open."""
        for rows in list(self._unread):
            rows.close()

    def _apply(self, difference: Difference, moment: int, progress: Progress) -> None:
        """Read what is to be read, put it in, and take out what is gone."""
        from syndicate.catalogue.crew import read_all

        database = self._database
        for gone in difference.gone:
            take(database, *gone)
        unused = int(database.execute("SELECT coalesce(max(number), 0) FROM files").fetchone()[0]) + 1
        for done, record in enumerate(read_all(difference.orders, len(difference.orders)), 1):
            young = record.stamp is None or _changed_at(record.stamp) > moment - YOUNG
            if record.same and record.stamp:
                touch(database, record, record.stamp, young=young)
            else:
                if record.number:
                    take(database, stored(record.directory), stored(record.name), record.number)
                put(database, record, record.number or unused, young=young)
                unused += not record.number
            progress(done, len(difference.orders))
        for statement in LOOKUPS:
            database.execute(statement)

    def _compare(self, among: Collection[Path] | None) -> Difference:
        from syndicate.catalogue.differences import compare, compare_files

        if among is not None and self._unlisted is not None:  # which only a look at all folders tells
            found = compare_files(self._database, among, self._desk)
            if found is not None:
                return found
        difference = compare(self._database, self._folders, self._root, self._apart, self._desk)
        self._unlisted = tuple(difference.problems)
        return difference

    def _desk(self, folder: Path) -> Desk:
        from syndicate.catalogue.desk import Desk

        return Desk(self._root, folder, self._site_url, self._zone, self._conventions)

    def _moment(self) -> int:
        """How late it is (ns), by the clock of the file system that the index lies in: the machine's own may differ from it, or be set."""
        os.utime(self.file)
        return self.file.stat().st_mtime_ns

    def _is_ours(self) -> bool:
        """Whether the index was made by this program, for this configuration."""
        return bool(self._database.execute("SELECT count(*) FROM facts WHERE name = 'reader' AND value = ?", (self._reader,)).fetchone()[0])

    def _empty(self) -> None:
        """Forget what another program read, or for another configuration."""
        for lookup in LOOKUPS:
            self._database.execute(f"DROP INDEX IF EXISTS {lookup.split()[5]}")
        for table in ("files", *OF_A_FILE, "topics"):
            self._database.execute(f"DELETE FROM {table}")  # noqa: S608  names of ours
        self._database.execute("INSERT OR REPLACE INTO facts VALUES ('reader', ?)", (self._reader,))

    def _version(self) -> int:
        """A number that changes when another program has written; to ask for it also begins the view of a transaction."""
        self._database.execute("SELECT count(*) FROM facts").fetchone()
        return int(self._database.execute("PRAGMA data_version").fetchone()[0])

    def _keep_journal(self, mode: str, patience: float = 0) -> None:
        """Ask for a kind of journal; where another program is at work for longer than `patience` (s), the one there is will do."""
        self._database.execute("PRAGMA busy_timeout = 0")
        until = time.monotonic() + patience  # SQLite does not wait for this
        while not self._has_journal(mode) and time.monotonic() < until:
            time.sleep(0.01)
        self._database.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")

    def _has_journal(self, mode: str) -> bool:
        try:
            self._database.execute(f"PRAGMA journal_mode = {mode}")
        except sqlite3.OperationalError:
            return False
        return True  # or there is no such kind here, and to wait would not bring it


def _changed_at(stamp: Stamp) -> int:
    """When a file last changed: where nobody can set it, by the date of its entry; else (Windows) by its own."""
    return stamp.ctime if os.name == "posix" else max(stamp.mtime, stamp.ctime)


def _outlines(rows: Iterable[tuple[Any, ...]]) -> Iterator[Article]:
    """The outlines of rows. Raises `sqlite3.DatabaseError` where one holds what was not put in."""
    try:
        yield from map(outline_of, rows)
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise sqlite3.DatabaseError("an article in it is not as it was put in") from error


def _sound(columns: tuple[Any, ...], body: bytes, markdown: str, coverage: str, token: int) -> Article:
    """The article of a body that is as it was put in. Raises `sqlite3.DatabaseError`: SQLite has no checksums, and does not see it."""
    try:
        article = unpack(body)
    except ValueError as error:
        raise sqlite3.DatabaseError("an article in it is not as it was put in") from error
    if columns_of(article) != columns or token_of(columns, body, markdown, coverage) != token:
        raise sqlite3.DatabaseError("an article in it is not as it was put in")
    return article
