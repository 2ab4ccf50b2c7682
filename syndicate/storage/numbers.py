"""The numbers that were given last, which outlive the rows that bore them. [I/O]

Links and deliveries name people and sign-ups by number: that of somebody who was erased must never be another's. So it is not the highest
number there is that a copy carries over, but the last one that was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from syndicate.storage.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Column, Connection, Table


def last_numbers(connection: Connection) -> dict[str, int]:
    """The number that was given last in each table that gives any; 0 where none was."""
    return {table.name: max(_highest(connection, column), _last(connection, table, column)) for table, column in _numbered()}


def keep_numbers(connection: Connection, numbers: Mapping[str, int]) -> None:
    """Have the tables go on after these numbers, and after the last that they gave themselves."""
    known = last_numbers(connection)
    for table, column in _numbered():
        number = max(numbers[table.name], known[table.name])
        if connection.dialect.name == "postgresql":
            if number:
                connection.execute(select(func.setval(_sequence(connection, table, column), number)))
        elif number and _remembers(table):
            values = {"name": table.name, "number": number}
            if not connection.execute(text("UPDATE sqlite_sequence SET seq = :number WHERE name = :name"), values).rowcount:
                connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)"), values)


def _numbered() -> Iterator[tuple[Table, Column[int]]]:
    """The tables whose rows are numbered by the database, with the column where the number stands."""
    for table in metadata.sorted_tables:
        if table.autoincrement_column is not None:
            yield table, table.autoincrement_column


def _highest(connection: Connection, column: Column[int]) -> int:
    return connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one()


def _last(connection: Connection, table: Table, column: Column[int]) -> int:
    """What the database remembers as given last."""
    if connection.dialect.name == "postgresql":
        # A sequence of which nothing was taken has 1 as its last value.
        found = connection.execute(text(f"SELECT last_value, is_called FROM {_sequence(connection, table, column)}")).one()  # noqa: S608  its name is PostgreSQL's own
        return int(found.last_value) if found.is_called else 0
    if not _remembers(table):
        return 0
    return int(connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}).scalar() or 0)


def _sequence(connection: Connection, table: Table, column: Column[int]) -> str:
    return str(connection.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar_one())


def _remembers(table: Table) -> bool:
    """Whether SQLite remembers the last number of a table: elsewhere nobody is ever deleted, and the highest is the last."""
    return bool(table.dialect_options["sqlite"]["autoincrement"])
