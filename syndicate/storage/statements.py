"""Statements over deliveries, and their rows as values: what the outbox is made of. Pure; nothing here is executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, case, exists, func, literal, literal_column, or_, select, update

from syndicate.storage.records import Owed
from syndicate.storage.tables import deliveries, editions, mailings, subscribers, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import ColumnElement, RowMapping, Select, Update

    from syndicate.storage.records import Settled

DUE = ("planned", "deferred")

# Written out, for a partial index serves a query only where the two say the same, and what is bound to a query is not yet known then.
# Not typed as Boolean either: SQLAlchemy would write `... = 1` for SQLite, which is not the same.
IS_DUE: ColumnElement[bool] = literal_column("deliveries.state IN ('planned', 'deferred')")
IS_OPEN: ColumnElement[bool] = literal_column("deliveries.state IN ('leased', 'sending')")
IN_DOUBT: ColumnElement[bool] = literal_column("deliveries.state = 'uncertain'")


def answer_of(settled: Settled) -> dict[str, object]:
    """A settlement as the values of its statement."""
    done = None if settled.next_at else settled.at
    return {
        "number": settled.id,
        "becomes": settled.state,
        "why": settled.reason,
        "done": done,
        "again": settled.next_at,
        "untried": int(settled.unsent),
    }


def delivery_of(row: RowMapping) -> Owed:
    """A row of what is owed, as its next try."""
    numbers = (row["id"], row["edition_id"], row["subscriber_id"])
    return Owed(*numbers, row["address"], row["name"], row["topics"] or "", row["attempts"] + 1)


def _settlement(state: ColumnElement[bool]) -> Update:
    """Settle a delivery that is still in `state`, or was taken back meanwhile, in doubt: an answer, however late, ends that.

    A try that was none does not: by then another may have tried, and the doubt be theirs.
    """
    answered = (deliveries.c.state == "uncertain") & (bindparam("untried", type_=Integer) == 0)
    return (
        update(deliveries)
        .where(deliveries.c.id == bindparam("number"), state | answered)
        .values(
            state=bindparam("becomes"),
            reason=bindparam("why"),
            settled_at=bindparam("done"),
            next_at=func.coalesce(bindparam("again", type_=deliveries.c.next_at.type), deliveries.c.next_at),
            attempts=deliveries.c.attempts - bindparam("untried", type_=Integer),
            lease=None,
            lease_until=None,
        )
    )


OURS = deliveries.c.lease == bindparam("holder", type_=deliveries.c.lease.type)
NOW = bindparam("now", type_=deliveries.c.next_at.type)
FRESH = select(mailings.c.edition_id).where(mailings.c.held == "", mailings.c.expires_at > NOW)
THEIRS = deliveries.c.edition_id == mailings.c.edition_id
FIRST = select(func.min(deliveries.c.next_at)).where(THEIRS, IS_DUE).scalar_subquery()
"""When something of an edition is due first. Looked up in the index, however many wait behind it: EXISTS may be answered by reading them all."""

LIVE = FRESH.where(FIRST <= NOW)
"""The editions of which something is due, in no order: to have one, SQLite would read all that ever were."""

STALE = select(mailings.c.edition_id).where(mailings.c.expires_at <= NOW, FIRST.is_not(None))
"""The editions that have grown stale, and of which something is owed."""

NEXT = (
    select(deliveries.c.id)
    .where(deliveries.c.edition_id == bindparam("edition"), IS_DUE, deliveries.c.next_at <= NOW)
    .order_by(deliveries.c.next_at, deliveries.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=deliveries)
)
"""What is due of one edition, and nobody else is just taking."""

SOONEST = FRESH.with_only_columns(func.min(FIRST))
"""When something is due next."""

READS = (
    exists()
    .where(
        subscribers.c.id == deliveries.c.subscriber_id,
        subscribers.c.state == "active",
        subscriptions.c.subscriber_id == subscribers.c.id,
        subscriptions.c.ended_at.is_(None),
        subscriptions.c.digest
        == select(editions.c.digest).where(editions.c.id == deliveries.c.edition_id).correlate(deliveries).scalar_subquery(),
    )
    .correlate(deliveries)
)
"""The reader of a delivery gets its digest."""

# Built once: thousands of times a second, SQLAlchemy would spend more on putting them together than the database on doing them.
SETTLE = _settlement(OURS & or_(deliveries.c.state == "leased", deliveries.c.state == "sending"))
SETTLE_DUE = _settlement(or_(*(deliveries.c.state == state for state in DUE)))
# Where a database was cut off, nobody knows whether it has taken a mark: who asks again, under their own lease, is told the same.
# What has a lease is open, and is not asked for that: PostgreSQL would go through the index of what is open, where all that has gone out of
# it since the last vacuum stands as well.
MARK = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("numbers", expanding=True)), OURS, deliveries.c.lease_until > NOW)
    .where(deliveries.c.edition_id.in_(FRESH), READS)
    .values(state="sending")
    .returning(deliveries.c.id)
)


def owed(numbers: Collection[int]) -> Any:
    """Deliveries, in no order, with all that is known of their people now; nothing where somebody was erased."""
    columns = (
        deliveries.c.id,
        deliveries.c.edition_id,
        deliveries.c.subscriber_id,
        deliveries.c.attempts,
        subscribers.c.address,
        subscribers.c.name,
        subscribers.c.state.label("person"),
        subscriptions.c.topics,
        subscriptions.c.digest,
        subscriptions.c.ended_at,
    )
    subscribed = (subscriptions.c.subscriber_id == subscribers.c.id) & (subscriptions.c.digest == editions.c.digest)
    return (
        select(*columns)
        .join(editions, editions.c.id == deliveries.c.edition_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id, isouter=True)
        .join(subscriptions, subscribed, isouter=True)
        .where(deliveries.c.id.in_(list(numbers)))
    )


def why_not(row: RowMapping, never: Collection[int]) -> str:
    """Why a delivery that was planned must not go out any more; nothing where it may."""
    if row["address"] is None:
        return "erased since"
    if row["id"] in never or row["person"] == "suppressed":
        return "the address is suppressed"
    if row["person"] != "active" or row["digest"] is None or row["ended_at"] is not None:
        return "unsubscribed since"
    return ""


def because(reason: str) -> Any:
    """`reason`, with what was last said of the delivery."""
    return case((deliveries.c.reason == "", reason), else_=literal(f"{reason}; last: ") + deliveries.c.reason)


def readers_of(digest: str) -> Select[tuple[int]]:
    """Everybody who gets `digest` now."""
    return (
        select(subscribers.c.id)
        .join(subscriptions, subscriptions.c.subscriber_id == subscribers.c.id)
        .where(subscriptions.c.digest == digest, subscriptions.c.ended_at.is_(None), subscribers.c.state == "active")
    )
