"""Read a table in the order of its keys, a range at a time, alike in every database. [I/O: reads]

Texts are in the order of their code points, as SQLite and Python have it: PostgreSQL's own order is that of the language it was set up for.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, String, and_, bindparam, func, select, true, tuple_

from syndicate.storage.moves import MARKS
from syndicate.storage.tables import facts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Select, Table

Values = tuple[Any, ...]
"""A row, its columns in the order of the table; or the key of one."""

ROWS, BULKY = 5000, 50
"""Rows in a range, and where each holds a document: a few megabytes, either way."""


class Sum:
    """How many rows there are, and a hash over them, which is the same in every database: of values, not of how they are stored."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def add(self, rows: Sequence[Values]) -> None:
        """Take in the rows that come next in the order of keys."""
        self.rows += len(rows)
        self._hash.update("".join(map(repr, rows)).encode())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and (self.rows, self._hash.digest()) == (other.rows, other._hash.digest())

    __hash__ = None  # type: ignore[assignment]  # it changes as it goes


def read_all(connection: Connection, table: Table) -> Generator[list[Values], None, None]:
    """All rows, a range at a time; no more of them than that are in memory. To be closed by whoever may leave off before the end."""
    size = BULKY if any(isinstance(column.type, LargeBinary) and not column.primary_key for column in table.c) else ROWS
    with connection.execute(_ordered(connection, table).execution_options(yield_per=size)) as found:
        for part in found.partitions():
            yield [tuple(row) for row in part]


def read_range(connection: Connection, table: Table, low: Values | None, high: Values) -> list[Values]:
    """The rows whose keys lie above `low`, if there is one, and up to `high`."""
    return [tuple(row) for row in connection.execute(range_of(connection, table, low, high))]


def range_of(connection: Connection, table: Table, low: Values | None, high: Values) -> Select[Any]:
    """What asks for them."""
    return _ordered(connection, table).where(above(connection, table, low), _keys(connection, table) <= _literal(table, high))


def above(connection: Connection, table: Table, low: Values | None) -> ColumnElement[bool]:
    """Whether a row is to be copied, and its key lies above `low`, if there is one."""
    ours = facts.c.name.not_in(MARKS) if table is facts else true()
    return ours if low is None else and_(ours, _keys(connection, table) > _literal(table, low))


def sum_of(connection: Connection, table: Table, done: Callable[[int], None]) -> Sum:
    """The sum over all rows; `done` is told how many more were read."""
    total = Sum()
    with closing(read_all(connection, table)) as ranges:
        for rows in ranges:
            total.add(rows)
            done(len(rows))
    return total


def count_of(connection: Connection, table: Table, low: Values | None = None) -> int:
    """How many rows there are above `low`."""
    return connection.execute(select(func.count()).select_from(table).where(above(connection, table, low))).scalar_one()


def key_of(table: Table) -> Callable[[Values], Values]:
    """What takes the key out of a row."""
    places = [list(table.c).index(column) for column in table.primary_key]
    return itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))


def _ordered(connection: Connection, table: Table) -> Select[Any]:
    return select(table).where(above(connection, table, None)).order_by(*(_compared(connection, column) for column in table.primary_key))


def _keys(connection: Connection, table: Table) -> Any:
    columns = [_compared(connection, column) for column in table.primary_key]
    return tuple_(*columns) if len(columns) > 1 else columns[0]


def _literal(table: Table, key: Values) -> Any:
    values = [bindparam(None, value, type_=column.type) for column, value in zip(table.primary_key, key, strict=True)]
    return tuple_(*values) if len(values) > 1 else values[0]


def _compared(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    foreign = connection.dialect.name == "postgresql" and isinstance(column.type, String)
    return column.collate("C") if foreign else column
