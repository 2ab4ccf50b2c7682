"""Tables of another program in our database: made, and brought up to date by its own steps. PostgreSQL only. [I/O]"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from syndicate.storage.database import INSERTS, MIGRATING
from syndicate.storage.tables import facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


def install(connection: Connection, name: str, table: str, schema: str, steps: Mapping[str, str]) -> None:
    """Have the tables of a program be those of its `schema`: made where there is no `table`, else by the `steps` that were not yet taken.

    `steps` are called by names that are in order; the last one taken is the fact called `name`. Nobody else changes tables meanwhile.
    """
    connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
    raw = connection.connection.dbapi_connection
    taken = connection.execute(select(facts.c.value).where(facts.c.name == name)).scalar() or ""
    if not installed(raw, table):
        _execute(raw, schema)
    else:
        for step in sorted(steps):
            if step > taken:
                _execute(raw, steps[step])
    last = max(steps, default="")
    if last != taken:
        fresh = INSERTS["postgresql"](facts).values(name=name, value=last)
        connection.execute(fresh.on_conflict_do_update(index_elements=["name"], set_={"value": last}))


def installed(raw: Any, table: str) -> bool:
    """Whether there is a table of that name, asked over psycopg's own connection."""
    return bool(raw.execute("SELECT to_regclass(%s)", (table,)).fetchone()[0])


def _execute(raw: Any, script: str) -> None:
    raw.execute(script)  # several statements at once, which psycopg takes where nothing is bound to them
