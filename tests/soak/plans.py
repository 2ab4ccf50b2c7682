"""Have the database explain whatever the outbox asks of it, among many rows, and look whether it reads more of them than are wanted.

    python -m tests.soak.plans [--rows 5000000] [--past 500] [--database postgresql] [--short]

Half of the rows are owed of one edition that is being sent, the other half was settled long ago, in many. Prints, for each statement, the
top of its plan, the indexes that it uses and the time it took, and in the end how large the indexes are; exits 1 where a statement reads a
whole table, or a whole index.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import event, text

from syndicate.storage import EditionRecord, Ledger, MailingRecord, Outbox, Settled
from tests.databases import SQLITE, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
LARGE = ("deliveries", "subscribers", "subscriptions")
"""The tables that are never to be read as a whole."""

PARTIAL = ("ix_deliveries_due", "ix_deliveries_open", "ix_deliveries_doubt")
"""Indexes of a few rows: who reads one as a whole reads what there is of that kind."""

OF_EDITION = "uq_deliveries_edition_id_subscriber_id"

WEEK = 604_800
BEGINNING = int(datetime(2016, 1, 4, 8, tzinfo=UTC).timestamp())

ROWS = [
    """INSERT INTO editions (id, digest, key, window_start, window_end, state, reason, recorded_at, subject, fingerprint, templates,
           machine, content)
       SELECT n, 'weekly', 'weekly/' || n, {begin}, {end}, 'sent', '', {end}, '', '', '', '', '' FROM {weeks}""",
    """INSERT INTO mailings (edition_id, body, expires_at, held)
       SELECT n, {body}, CASE WHEN n = :last THEN {tomorrow} ELSE {end} END, '' FROM {weeks}""",
    """INSERT INTO subscribers (id, address, mailbox, name, state, created_at, changed_at, consent_source, consent_wording)
       SELECT n, 'reader' || n || '@d' || (n % 50) || '.example', 'reader' || n || '@d' || (n % 50) || '.example', '', 'active', {now}, {now}, '', ''
       FROM {people}""",
    "INSERT INTO subscriptions (subscriber_id, digest, topics, since) SELECT n, 'weekly', '', {now} FROM {people}",
    """INSERT INTO deliveries (edition_id, subscriber_id, state, attempts, next_at, settled_at, reason)
       SELECT 1 + (n - 1) % (:last - 1), 1 + (n - 1) / (:last - 1), CASE WHEN n % 50000 = 7 THEN 'uncertain' ELSE 'sent' END, 1, {now}, {now}, ''
       FROM {people}""",
    """INSERT INTO deliveries (edition_id, subscriber_id, state, attempts, next_at, lease, lease_until, reason)
       SELECT :last, n, CASE WHEN n <= 400 THEN 'leased' WHEN n <= 404 THEN 'sending' WHEN n <= 500 THEN 'uncertain'
           WHEN n <= :people / 3 THEN 'sent' WHEN n % 100 = 0 THEN 'deferred' ELSE 'planned' END,
           1, CASE WHEN n % 100 = 0 THEN {soon} ELSE {now} END, CASE WHEN n <= 404 THEN 'another' END,
           CASE WHEN n <= 404 THEN {soon} END, '' FROM {people}""",
]
"""What there is, but for what each database says in its own words."""


class Plan(NamedTuple):
    """How a database would answer a statement: its first words, the top of its plan, the indexes, what is read as a whole, and the time."""

    asked: str
    top: str
    indexes: tuple[str, ...]
    scans: tuple[str, ...]
    milliseconds: float = 0.0


def fill(engine: Engine, rows: int, *, past: int = 500) -> None:
    """So many deliveries: half of them owed to as many people of the last edition, half settled, of `past` editions before it."""
    people, values = rows // 2, {"last": past + 1, "people": rows // 2}
    if engine.dialect.name == "postgresql":
        words = {
            "begin": f"to_timestamp({BEGINNING} + n * {WEEK})",
            "end": f"to_timestamp({BEGINNING} + (n + 1) * {WEEK})",
            "weeks": f"generate_series(1, {past + 1}) AS weeks (n)",
            "people": f"generate_series(1, {people}) AS people (n)",
            "body": "convert_to(repeat(md5(n::text), 1200), 'UTF8')",
            **{name: f"timestamptz '{at.isoformat()}'" for name, at in MOMENTS.items()},
        }
    else:
        words = {
            "begin": f"datetime({BEGINNING} + n * {WEEK}, 'unixepoch') || '.000000'",
            "end": f"datetime({BEGINNING} + (n + 1) * {WEEK}, 'unixepoch') || '.000000'",
            "weeks": _counted(past + 1),
            "people": _counted(people),
            "body": "zeroblob(40000)",
            **{name: f"'{at:%Y-%m-%d %H:%M:%S.%f}'" for name, at in MOMENTS.items()},
        }
    with engine.begin() as connection:
        for statement in ROWS:
            asked = statement.format(**words)
            connection.execute(text(asked), {name: value for name, value in values.items() if f":{name}" in asked})
        if engine.dialect.name == "postgresql":
            for table in ("editions", "subscribers"):
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"))  # noqa: S608
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if engine.dialect.name == "postgresql" else "PRAGMA optimize")


MOMENTS = {"now": NOW, "soon": NOW + timedelta(minutes=5), "tomorrow": NOW + timedelta(days=1)}


def _counted(most: int) -> str:
    return f"(WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {most}) SELECT n FROM counted)"  # noqa: S608  a number


@contextmanager
def explaining(engine: Engine, *, measured: bool = False) -> Iterator[list[Plan]]:
    """Have each statement that goes to a database meanwhile be explained before it is carried out; `measured`: tried, and undone."""
    plans: list[Plan] = []

    def asked(connection: Connection, _: object, statement: str, values: Any, __: object, many: bool) -> None:  # noqa: FBT001  SQLAlchemy calls
        if statement.startswith(("SELECT", "UPDATE", "INSERT", "DELETE")) and any(table in statement for table in LARGE):
            explain = _postgresql if connection.dialect.name == "postgresql" else _sqlite
            plans.append(explain(connection.connection.cursor(), statement, values[0] if many else values, measured=measured))

    event.listen(engine, "before_cursor_execute", asked)
    try:
        yield plans
    finally:
        event.remove(engine, "before_cursor_execute", asked)


def _postgresql(cursor: Any, statement: str, values: Any, *, measured: bool) -> Plan:
    with cursor:
        if measured:
            cursor.execute("SAVEPOINT tried")
        cursor.execute(f"EXPLAIN ({'ANALYZE, ' * measured}FORMAT JSON) {statement}", values)
        (found,) = cursor.fetchone()[0]
        if measured:
            cursor.execute("ROLLBACK TO SAVEPOINT tried")
    nodes = list(_nodes(found["Plan"]))
    indexes = tuple(sorted({node["Index Name"] for node in nodes if "Index Name" in node}))
    scans = [node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE]
    scans += [node["Index Name"] for node in nodes if _is_long(node.get("Index Name", ""), node.get("Index Cond", ""))]
    top = next((node["Node Type"] for node in nodes if node["Node Type"] != "ModifyTable"), "")
    return Plan(_words(statement), top, indexes, tuple(scans), found.get("Execution Time", 0.0))


def _nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _is_long(index: str, condition: str) -> bool:
    """Whether so much of an index is read: all of it, or all that belongs to an edition."""
    if index == OF_EDITION:
        return "subscriber_id" not in condition
    return not condition and index not in PARTIAL and index.partition("_")[2].startswith(LARGE)


def _sqlite(cursor: Any, statement: str, values: Any, *, measured: bool) -> Plan:
    rows = [row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    whole = tuple(f"SCAN {table}" for table in (*LARGE, "mailings"))  # their bodies too, which elsewhere lie apart
    scans = [row for row in rows if row.startswith(whole) and not row.endswith(PARTIAL)]
    scans += [row for row in rows if row.endswith("INDEX sqlite_autoindex_deliveries_1 (edition_id=?)")]
    indexes = {word for row in rows for word in row.split() if word.startswith(("ix_", "uq_", "sqlite_autoindex"))}
    started = time.perf_counter()
    if measured and statement.startswith("SELECT"):
        cursor.execute(statement, values).fetchall()
    cursor.close()
    return Plan(_words(statement), rows[0] if rows else "", tuple(sorted(indexes)), tuple(scans), 1000 * (time.perf_counter() - started))


def _words(statement: str) -> str:
    return " ".join(statement.split())


def questions(ledger: Ledger, rows: int) -> dict[str, Callable[[], object]]:
    """What a sender, a scheduler and who looks at them ask again and again, by name, in an order in which each finds something."""
    outbox, last = Outbox(ledger.engine), f"weekly/{rows}"
    lease: dict[str, Any] = {"lease": "us", "now": NOW}
    mine: list[int] = []

    def claim() -> None:
        found = outbox.claim(**lease, until=NOW + timedelta(minutes=5), limit=400, suppressed=str.encode)
        mine.extend(each.id for each in found.owed)

    def settle() -> None:
        outbox.advance(**lease, settled=[Settled(number, "sent", NOW, "250 ok") for number in mine[:8]])

    def plan() -> None:
        record = EditionRecord("weekly", "weekly/new", NOW, NOW + timedelta(days=7), "recorded", "", NOW)
        ledger.record(record, mailing=MailingRecord(b"", NOW + timedelta(days=9)))

    return {
        "expire": lambda: outbox.expire(now=NOW),
        "next_due": lambda: outbox.next_due(now=NOW),
        "leases": outbox.leases,
        "recover": lambda: outbox.recover(now=NOW, dead=["dead"], powerless=["dark"]),
        "claim": claim,
        "mark": lambda: outbox.advance(**lease, sending=mine[:16]),
        "settle": settle,
        "release": lambda: outbox.release(lease="us", waiting=dict.fromkeys(mine[100:110], NOW)),
        "renew": lambda: outbox.renew(lease="us", until=NOW + timedelta(minutes=9)),
        "disown": lambda: outbox.disown(**lease, but=mine[:50]),
        "unfinished": outbox.unfinished,
        "was_mailed": lambda: outbox.was_mailed("weekly"),
        "returns": lambda: outbox.returns(7),
        "note_return": lambda: outbox.note_return(7, "came back: 5.1.1"),
        "subscriber_of": lambda: outbox.subscriber_of(7, 7),
        "cancel": lambda: outbox.cancel(last, now=NOW, reason="by hand"),
        "plan": plan,
    }


WHOLE = ("was_mailed", "cancel", "plan")
"""Questions about everybody, asked by a person or once for each edition: all rows of it are what is wanted, or the first that there is."""


def explained(ledger: Ledger, *, past: int, measured: bool = False) -> dict[str, list[Plan]]:
    """How each question is answered, statement by statement."""
    found = {}
    for name, ask in questions(ledger, past + 1).items():
        with explaining(ledger.engine, measured=measured) as plans:
            ask()
        found[name] = plans
    return found


def sizes(engine: Engine) -> Iterator[str]:
    """How large the tables and their indexes are, in PostgreSQL."""
    query = """SELECT relname, pg_relation_size(oid) AS size FROM pg_class
               WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') AND pg_relation_size(oid) > 1000000 ORDER BY size DESC"""
    with engine.connect() as connection:
        for name, size in connection.execute(text(query)):
            yield f"  {name:<40} {size / 1e6:8.0f} MB"


def main() -> int:
    """Fill a database, ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--past", type=int, default=500)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--short", action="store_true", help="some thousand rows, for a machine that checks every change")
    options = parser.parse_args()
    rows = 100_000 if options.short else options.rows
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(started()).create() if options.database == "postgresql" else SQLITE
        ledger = Ledger.open(url, root)
        stack.callback(ledger.close)
        began = time.monotonic()
        fill(ledger.engine, rows, past=options.past)
        print(f"{rows:,} deliveries, filled in {time.monotonic() - began:.0f} s")
        wrong = 0
        for name, plans in explained(ledger, past=options.past, measured=True).items():
            for plan in plans:
                fault = bool(plan.scans) and name not in WHOLE
                wrong += fault
                print(
                    f"{'!' if fault else ' '} {name:<14} {plan.milliseconds:9.1f} ms  {plan.top}: {', '.join(plan.indexes) or 'no index'}"
                )
                if plan.scans:
                    print(f"      reads all of {', '.join(plan.scans)}: {plan.asked[:300]}")
        if options.database == "postgresql":
            print("sizes:", *sizes(ledger.engine), sep="\n")
    print(f"plans: {rows:,} rows, {wrong} statements that read too much")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
