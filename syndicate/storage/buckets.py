"""What is left of rates, by the names of their buckets: read to be drawn from, and kept, in the transaction that draws. [I/O]"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from syndicate.rates import Bucket
from syndicate.storage.subscribers import INSERTS
from syndicate.storage.tables import buckets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection


def read_buckets(connection: Connection, names: Sequence[str]) -> dict[str, Bucket]:
    """The buckets of these names that are known; nobody else draws from them until the transaction ends."""
    rows = connection.execute(select(buckets).where(buckets.c.name.in_(names)).with_for_update()).mappings()
    return {row["name"]: Bucket(**row) for row in rows}


def keep_buckets(connection: Connection, kept: Iterable[Bucket]) -> None:
    """Write down what is left in buckets."""
    upsert = INSERTS[connection.dialect.name]
    for each in kept:
        values = {"tokens": each.tokens, "at": each.at, "closed_until": each.closed_until}
        row = upsert(buckets).values(name=each.name, **values)
        connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))
