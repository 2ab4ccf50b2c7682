"""What is left of rates, by the names of their buckets: read to be drawn from, and kept, in the transaction that draws. [I/O]

Several programs on one PostgreSQL draw from the same buckets: whoever reads them holds them until the transaction ends. They are taken
in the order of their names, the same for everybody, so that no two wait for each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from syndicate.rates import Bucket
from syndicate.storage.database import INSERTS
from syndicate.storage.tables import buckets

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection


FULL = 1e12
"""More than any bucket holds: one that nobody has drawn from is full, whatever its size."""


def read_buckets(connection: Connection, names: Collection[str], *, now: datetime) -> dict[str, Bucket]:
    """The buckets of these names, full where nobody knew them; nobody else draws from them until the transaction ends."""
    if not names:
        return {}
    if connection.dialect.name == "postgresql":  # where there is no row, there is nothing that could be held
        blank = INSERTS["postgresql"](buckets).on_conflict_do_nothing()
        connection.execute(blank, [{"name": each, "tokens": FULL, "at": now} for each in sorted(names)])
    rows = connection.execute(select(buckets).where(buckets.c.name.in_(names)).order_by(_name(connection)).with_for_update()).mappings()
    return {each: Bucket(each, FULL, now) for each in names} | {row["name"]: Bucket(**row) for row in rows}


def read_closed(connection: Connection, *, now: datetime) -> dict[str, Bucket]:
    """The buckets of servers that are to be left alone at `now`; they are only looked at."""
    rows = connection.execute(select(buckets).where(buckets.c.closed_until > now)).mappings()
    return {row["name"]: Bucket(**row) for row in rows}


def keep_buckets(connection: Connection, kept: Iterable[Bucket]) -> None:
    """Write down what is left in buckets."""
    upsert = INSERTS[connection.dialect.name]
    for each in kept:
        values = {"tokens": each.tokens, "at": each.at, "closed_until": each.closed_until}
        row = upsert(buckets).values(name=each.name, **values)
        connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))


def open_all(connection: Connection) -> None:
    """Have no server be left alone any more."""
    closed = select(buckets.c.name).where(buckets.c.closed_until.is_not(None)).order_by(_name(connection)).with_for_update()
    names = connection.execute(closed).scalars().all()
    connection.execute(update(buckets).where(buckets.c.name.in_(names)).values(closed_until=None))


def _name(connection: Connection) -> ColumnElement[str]:
    """By what buckets are put in order: letter by letter, whatever the language of the database."""
    return buckets.c.name.collate("C") if connection.dialect.name == "postgresql" else buckets.c.name
