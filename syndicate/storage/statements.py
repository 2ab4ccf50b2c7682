"""Statements over deliveries, and their rows as values: what the outbox is made of. Pure; nothing here is executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, exists, func, literal, or_, select, update

from syndicate.storage.records import Owed
from syndicate.storage.tables import deliveries, editions, mailings, subscribers, subscriptions

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import ColumnElement, RowMapping, Select, Update

    from syndicate.storage.records import Settled

DUE = ("planned", "deferred")


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
    """Settle a delivery that is still in `state`, or was taken back meanwhile, in doubt: an answer, however late, ends that."""
    return (
        update(deliveries)
        .where(deliveries.c.id == bindparam("number"), state | (deliveries.c.state == "uncertain"))
        .values(
            state=bindparam("becomes"),
            reason=bindparam("why"),
            settled_at=bindparam("done"),
            next_at=func.coalesce(bindparam("again", type_=deliveries.c.next_at.type), deliveries.c.next_at),
            attempts=deliveries.c.attempts - bindparam("untried"),
            lease=None,
            lease_until=None,
        )
    )


OURS = deliveries.c.lease == bindparam("holder", type_=deliveries.c.lease.type)
NOW = bindparam("now", type_=deliveries.c.next_at.type)
STOPPED = select(mailings.c.edition_id).where(mailings.c.held != "")
FRESH = select(mailings.c.edition_id).where(mailings.c.held == "", mailings.c.expires_at > NOW)
READS = (
    exists()
    .where(
        subscribers.c.id == deliveries.c.subscriber_id,
        subscribers.c.state == "active",
        subscriptions.c.subscriber_id == subscribers.c.id,
        subscriptions.c.ended_at.is_(None),
        subscriptions.c.digest == select(editions.c.digest).where(editions.c.id == deliveries.c.edition_id).scalar_subquery(),
    )
    .correlate(deliveries)
)
"""The reader of a delivery gets its digest."""

# Built once: thousands of times a second, SQLAlchemy would spend more on putting them together than the database on doing them.
SETTLE = _settlement(OURS & or_(deliveries.c.state == "leased", deliveries.c.state == "sending"))
SETTLE_DUE = _settlement(or_(*(deliveries.c.state == state for state in DUE)))
MARK = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("numbers", expanding=True)), OURS, deliveries.c.state == "leased", deliveries.c.lease_until > NOW)
    .where(deliveries.c.edition_id.in_(FRESH), READS)
    .values(state="sending")
    .returning(deliveries.c.id)
)


def owed(numbers: Sequence[int]) -> Any:
    """Deliveries with all that is known of their people now; nothing where somebody was erased."""
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
        .where(deliveries.c.id.in_(numbers))
        .order_by(deliveries.c.next_at, deliveries.c.id)
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
