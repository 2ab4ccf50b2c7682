"""Write many rows at once, and name the one that a database does not take. [I/O]"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, String, and_, bindparam, delete, insert, update
from sqlalchemy.exc import DataError, DBAPIError

from syndicate.errors import StorageError
from syndicate.storage.ranges import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Table

    from syndicate.storage.ranges import Values


@contextmanager
def naming(table: Table, rows: Sequence[Values]) -> Iterator[None]:
    """Name the row of these that a database refuses to hold: SQLite takes what PostgreSQL does not. Raises `StorageError`."""
    try:
        yield
    except DataError as error:
        raise StorageError(_misfit(table, rows) or f"{table.name}: a row does not fit ({error.orig})") from error


def insert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Put rows in. Raises `IntegrityError` where they contradict what is there."""
    names = [column.name for column in table.c]
    if connection.dialect.name == "postgresql":
        _stream(connection, table, names, rows)
    elif rows:
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def change_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """Have rows whose keys are there say something else. Raises as `insert_rows`."""
    names = [f"new_{column.name}" for column in table.c]
    change = update(table).where(_same(table, "new")).values({column: bindparam(f"new_{column.name}") for column in table.c})
    if rows:
        connection.execute(change, [dict(zip(names, row, strict=True)) for row in rows])


def delete_rows(connection: Connection, table: Table, keys: Sequence[Values]) -> None:
    """Take the rows of these keys away. Raises `IntegrityError` where others hang on them."""
    names = [f"old_{column.name}" for column in table.primary_key]
    if keys:
        connection.execute(delete(table).where(_same(table, "old")), [dict(zip(names, key, strict=True)) for key in keys])


def _stream(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Values]) -> None:
    """By COPY, which takes a third of the time of INSERT. SQLAlchemy does not know it: the driver does, and its errors are made SQLAlchemy's."""
    dbapi: Any = connection.dialect.loaded_dbapi
    cursor: Any = connection.connection.cursor()
    statement = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
    try:
        with cursor, cursor.copy(statement) as stream:
            for row in rows:
                stream.write_row(row)
    except dbapi.Error as error:
        raise DBAPIError.instance(statement, None, error, dbapi.Error, dialect=connection.dialect) from error


def _same(table: Table, prefix: str) -> ColumnElement[bool]:
    return and_(*(column == bindparam(f"{prefix}_{column.name}", type_=column.type) for column in table.primary_key))


def _misfit(table: Table, rows: Sequence[Values]) -> str:
    """The first value that does not fit, where it stands, and what to do; nothing where all do."""
    key = key_of(table)
    for row in rows:
        for column, value in zip(table.c, row, strict=True):
            if fault := _fault(column, value):
                where = ", ".join(f"{each.name} {_shown(part)}" for each, part in zip(table.primary_key, key(row), strict=True))
                return (
                    f"{table.name}, {where}: {column.name} {fault}, which PostgreSQL does not take; mend it in the source, and copy again"
                )
    return ""


def _fault(column: Column[Any], value: Any) -> str:
    match column.type:
        case String(length=length) if value is not None:
            if "\0" in value:
                return "holds a NUL"
            return f"has {len(value):,} letters and takes {length}" if length and len(value) > length else ""
        case Integer() if value is not None:
            bits = 63 if isinstance(column.type, BigInteger) else 31
            return f"is {value}" if not -(2**bits) <= value < 2**bits else ""
    return ""


def _shown(part: Any) -> str:
    return part.hex() if isinstance(part, bytes) else repr(part)
