"""A ledger with something in every table, made by dice: what there is to move."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, Float, Integer, LargeBinary, String, insert, select

from syndicate.storage.moves import MARKS
from syndicate.storage.tables import DELIVERIES, OUTCOMES, PEOPLE, SIGNUPS, STATES, Moment, editions, facts, metadata

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection, Engine, Table

BEGINNING = datetime(2024, 2, 29, 23, 59, 59, 1, tzinfo=UTC)

CHOICES = {"editions": STATES, "edition_articles": OUTCOMES, "subscribers": PEOPLE, "deliveries": DELIVERIES, "signups": SIGNUPS}
"""What the constrained column of a table may say."""

WORDS = ("", "a", "A", "Z", "_", "-", "é", "ß", "Ω", "中", "🌊", " ", "\n", "\t", "\\N", "\\.", "'", '"', "%", "NULL", "0", "\x01", "\x7f")
"""Pieces of texts, among them what each language sorts in its own way, and what COPY takes for a sign."""


def fill(engine: Engine, seed: int, rows: int = 30) -> None:
    """Put up to so many rows into each table; the same ones for the same seed."""
    dice = random.Random(seed)
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            made = [_row(connection, table, dice, number) for number in range(1, dice.randint(rows // 2, rows) + 1)]
            keyed = {tuple(row[column.name] for column in table.primary_key): row for row in made}
            connection.execute(insert(table), list(keyed.values()))


def rows_of(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, sorted; without marks, which are not moved."""
    with engine.begin() as connection:
        found = {table.name: [tuple(row) for row in connection.execute(select(table))] for table in metadata.sorted_tables}
    found[facts.name] = [row for row in found[facts.name] if row[0] not in MARKS]
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def marks_in(engine: Engine) -> dict[str, str]:
    """The marks that a database bears."""
    with engine.begin() as connection:
        return {row.name: row.value for row in connection.execute(select(facts).where(facts.c.name.in_(MARKS)))}


def _row(connection: Connection, table: Table, dice: random.Random, number: int) -> dict[str, Any]:
    row = {column.name: _value(connection, column, dice, number) for column in table.c}
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) and constraint.name in {f"ck_{table.name}_state", f"ck_{table.name}_outcome"}:
            row[str(constraint.name).rpartition("_")[2]] = dice.choice(CHOICES[table.name])
    if table is editions:
        row["window_end"] = row["window_start"] + timedelta(seconds=dice.randint(1, 10**6))
    return row


def _value(connection: Connection, column: Column[Any], dice: random.Random, number: int) -> Any:  # noqa: PLR0911  one for each type
    if column.nullable and dice.random() < 0.4:
        return None
    unique = column.primary_key or column.unique
    match column.type:
        case Integer() if column.foreign_keys:
            (key,) = column.foreign_keys
            return dice.choice(connection.execute(select(key.column).order_by(key.column)).scalars().all())
        case Integer():
            # With gaps, as people leave them; a subscriber who is owed something may be gone.
            return number * 3 if column.primary_key or column.name == "subscriber_id" else dice.randint(0, 2**31 - 1)
        case String(length=length):
            short = length or column.name == "mailbox"  # which has an index, and those of PostgreSQL take no long texts
            text = "".join(dice.choices(WORDS, k=dice.choice((0, 1, 3, 20 if short else 4000)))) + (f"{number}" if unique else "")
            return text[-length:] if length else text
        case LargeBinary():
            return dice.randbytes(32 if unique else dice.choice((0, 1, 70_000)))
        case Float():
            return dice.uniform(-1, 1) * 10 ** dice.randint(-300, 300)
        case Moment():
            return BEGINNING + timedelta(days=number, microseconds=dice.choice((0, 1, 999_999)), seconds=dice.randint(0, 86_399))
    raise TypeError(f"{column}: what would stand in a {column.type}?")
