"""Move a ledger from one database to another, losing nothing, however often it is cut off. [I/O]

Not a transfer but a sync: table by table, those first that others hang on, the target is made equal to the source, a range of keys at a
time, each in one transaction. What was done before the last try is found equal and costs only reading. Nobody writes to the source
meanwhile. In the end both are compared as a whole; how the marks change hands stands in `storage.moves`.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError

from syndicate.errors import ConfigurationError, StorageError
from syndicate.storage.backups import forget_traces
from syndicate.storage.database import explained, open_database, skew
from syndicate.storage.levelling import Levelled, level_range
from syndicate.storage.moves import COPYING, MOVED, fault_of, mark_copying, mark_moved, marks_of, name_of, unmark
from syndicate.storage.numbers import keep_numbers, last_numbers
from syndicate.storage.ranges import Sum, above, count_of, key_of, read_all, sum_of
from syndicate.storage.standstill import at_work, lock, still
from syndicate.storage.tables import editions, facts, metadata, signups, subscribers, suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Table

OWN = (editions, subscribers, suppressions, signups)
"""Tables that are empty in a database which nobody works on."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did, or would do: then with the reason why it would be refused, if there is one."""

    source: str
    target: str
    tables: tuple[Levelled, ...]
    refusal: str = ""


def open_source(url: str, root: Path) -> Engine:
    """The database at `url`, which must be there: to copy what a slip of the pen has just made would be no move. Raises `StorageError`."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return open_database(url, root)  # which says what is wrong with it
    if parsed.get_backend_name() == "sqlite" and parsed.database and not (file := root / parsed.database).is_file():
        raise StorageError(f"{file}: there is no such database; look at its URL")
    return open_database(url, root)


def copy(source: Engine, target: Engine, *, now: datetime, progress: Callable[[int, int], None], rehearsal: bool = False) -> Copied:
    """Make `target` the ledger that `source` is, and leave that marked as moved; in a `rehearsal`, write nothing.

    `progress` is told how many of how many rows are read, after each range. Raises `StorageError`, `ConfigurationError`.
    """
    copying = _Copying(source, target, progress)
    with explained(source), still(source, alone=not rehearsal) as reading:
        refusal = copying.begin(reading, now, write=not rehearsal)
        if refusal and not rehearsal:
            raise StorageError(refusal)
        copying.expect(reading, rounds=1 if rehearsal else 2)
        if rehearsal:
            return copying.result([copying.level(reading, table, write=False) for table in metadata.sorted_tables], refusal)
        levelled = copying.level_all(reading)
        copying.compare(reading)
        mark_moved(reading, copying.target_name, now)
    copying.end()
    return copying.result(levelled)


class _Copying:
    """Two databases, and how far the one is like the other."""

    def __init__(self, source: Engine, target: Engine, progress: Callable[[int, int], None]) -> None:
        self.target = target
        self.source_name, self.target_name = name_of(source), name_of(target)
        self.progress = progress
        self.rows = self.done = 0
        self.sums: dict[str, Sum] = {}
        self.ahead = skew(source)
        if self.source_name == self.target_name:
            raise ConfigurationError([f"--to: {self.target_name} is the ledger that is to be copied; name another database"])

    def result(self, tables: Sequence[Levelled], refusal: str = "") -> Copied:
        """What was done, or would be."""
        return Copied(self.source_name, self.target_name, tuple(tables), refusal)

    def begin(self, reading: Connection, now: datetime, *, write: bool) -> str:
        """Have nobody take the target for a ledger, from now on; if that must not be, nothing is written, and the answer is why."""
        with self._writing() as writing:
            lock(writing, self.target_name, facts)  # of two that begin at once, one finds the mark of the other
            refusal = self._objection(reading, writing) or at_work(reading, self.source_name, now + self.ahead)
            if write and not refusal:
                mark_copying(writing, self.source_name)
        return refusal

    def expect(self, reading: Connection, *, rounds: int) -> None:
        """Find out how much there is to read, so many times over."""
        self.rows = rounds * sum(count_of(reading, table) for table in metadata.sorted_tables)

    def level_all(self, reading: Connection) -> Sequence[Levelled]:
        """Make all tables equal. Where what is left of another try contradicts the source, as after that was restored, begin from nothing."""
        try:
            return [self.level(reading, table) for table in metadata.sorted_tables]
        except IntegrityError:
            with self._writing() as writing:
                for table in reversed(metadata.sorted_tables):
                    writing.execute(delete(table).where(above(writing, table, None)))
            self.done = 0
        try:
            return [self.level(reading, table) for table in metadata.sorted_tables]
        except IntegrityError as error:
            raise StorageError(f"{self.source_name}: contradicts itself ({error.orig}); mend that row, and copy again") from error

    def level(self, reading: Connection, table: Table, *, write: bool = True) -> Levelled:
        """Make a table equal, range by range; without `write`, only see what that would take."""
        levelled, low, key = Levelled(table.name), None, key_of(table)
        total = self.sums[table.name] = Sum()
        with closing(read_all(reading, table)) as ranges:
            for rows in ranges:
                total.add(rows)
                with self._writing() as writing:
                    levelled = level_range(writing, table, low, rows, levelled, write=write)
                low = key(rows[-1])
                self._advance(len(rows))
        with self._writing() as writing:
            rest = count_of(writing, table, low)
            if rest and write:
                writing.execute(delete(table).where(above(writing, table, low)))
        return replace(levelled, removed=levelled.removed + rest)

    def compare(self, reading: Connection) -> None:
        """Make sure that the target holds what was read, and goes on with the numbers after those that were given. Raises `StorageError`."""
        numbers = last_numbers(reading)
        with self._writing() as writing:
            for table in metadata.sorted_tables:
                if sum_of(writing, table, self._advance) != self.sums[table.name]:
                    raise StorageError(
                        f"{self.target_name}: its {table.name} are not those of {self.source_name}, though they were copied; "
                        "see who else writes to it, and run `syndicate storage copy` again"
                    )
            keep_numbers(writing, numbers)
            if writing.dialect.name == "postgresql":  # it plans for empty tables until it has looked
                writing.exec_driver_sql(f"ANALYZE {', '.join(metadata.tables)}")

    def end(self) -> None:
        """Let the target be worked on, and leave no trace of what was changed or removed in it."""
        with self._writing() as writing:
            unmark(writing)
        forget_traces(self.target)

    def _objection(self, reading: Connection, writing: Connection) -> str:
        """What the two databases have against a copy, by what they are; nothing where it may be."""
        ours, theirs = marks_of(reading), marks_of(writing)
        resumed = theirs.get(COPYING) == self.source_name
        if COPYING in ours or (MOVED in ours and not resumed):
            return fault_of(ours, self.source_name)
        if COPYING in theirs and not resumed:
            return (
                f"{self.target_name}: is an unfinished copy of {theirs[COPYING]}; name that one with --from, or an empty database with --to"
            )
        if not theirs and any(count_of(writing, table) for table in OWN):
            return f"{self.target_name}: holds a ledger of its own; name an empty database with --to"
        if not any(count_of(reading, table) for table in metadata.sorted_tables):
            return f"{self.source_name}: holds nothing that could be copied; name the ledger with --from"
        return ""

    def _advance(self, rows: int) -> None:
        self.done += rows
        self.progress(self.done, self.rows)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with explained(self.target), self.target.begin() as connection:
            yield connection
