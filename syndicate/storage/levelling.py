"""Make a range of a table hold the rows that it should, and those alone, and count what that took. [I/O]"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.storage.bulk import change_rows, delete_rows, insert_rows, naming
from syndicate.storage.ranges import key_of, read_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Table

    from syndicate.storage.ranges import Values


@dataclass(frozen=True, slots=True)
class Levelled:
    """What became of a table in the target: how many rows the source has, and how many of them were missing, differed, were too many."""

    table: str
    rows: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0


def level_range(
    writing: Connection, table: Table, low: Values | None, rows: Sequence[Values], so_far: Levelled, *, write: bool
) -> Levelled:
    """Make the target's range above `low` hold `rows`, and those alone; `so_far`, with what that took."""
    key = key_of(table)
    with naming(table, rows):
        known = {key(row): row for row in read_range(writing, table, low, key(rows[-1]))}
        added = [row for row in rows if key(row) not in known]
        changed = [row for row in rows if known.get(key(row), row) != row]
        removed = list(known.keys() - {key(row) for row in rows})
        if write:
            delete_rows(writing, table, removed)
            change_rows(writing, table, changed)
            insert_rows(writing, table, added)
    return Levelled(
        table.name,
        so_far.rows + len(rows),
        so_far.added + len(added),
        so_far.changed + len(changed),
        so_far.removed + len(removed),
    )
