"""The outbox: who is owed which edition, and what became of it. [I/O]

A delivery is `planned`, then `leased` by a sender, `sending` from just before its message goes out, and settled by what the server
answered. Whoever finds a lease that has run out knows by the state what is certain: `leased` was never sent; `sending` may have been.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime  # noqa: TC003  a named tuple's fields are looked up
from itertools import chain, islice, zip_longest
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, func, insert, literal, null, or_, select, update

from syndicate.storage.buckets import keep_buckets, open_all, read_buckets, read_closed
from syndicate.storage.database import brisk, transaction
from syndicate.storage.moves import writing
from syndicate.storage.rations import FREELY, Claim, Ration, Share
from syndicate.storage.records import DeliveryRecord, MailingRecord, Settled
from syndicate.storage.statements import (
    DUE,
    IN_DOUBT,
    IS_DUE,
    IS_OPEN,
    LIVE,
    MARK,
    NEXT,
    SETTLE,
    SETTLE_DUE,
    SOONEST,
    STALE,
    answer_of,
    because,
    delivery_of,
    owed,
    readers_of,
    why_not,
)
from syndicate.storage.tables import deliveries, editions, mailings, subscribers, subscriptions, suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine


def plan(connection: Connection, edition_id: int, digest: str, mailing: MailingRecord, *, now: datetime) -> int:
    """Owe an edition to everybody who gets its digest, in the transaction that records it; how many they are. One statement."""
    connection.execute(insert(mailings).values(edition_id=edition_id, body=mailing.body, expires_at=mailing.expires_at, held=""))
    facts = (literal("planned"), literal(0), literal(now, deliveries.c.next_at.type), literal(""))
    people = readers_of(digest).with_only_columns(literal(edition_id), subscribers.c.id, *facts).order_by(subscribers.c.id)
    columns = ["edition_id", "subscriber_id", "state", "attempts", "next_at", "reason"]
    # How many rows an INSERT has made, SQLAlchemy says for SQLite alone, if it is not asked to keep that.
    rows = insert(deliveries).from_select(columns, people).execution_options(preserve_rowcount=True)
    return connection.execute(rows).rowcount


class Outbox:
    """The deliveries of a workspace. Every method is one transaction, and raises `StorageError` where it fails.

    Claims wait for the disk, marks and settlements do not, where the database is on this machine: should its power fail, the claims tell
    which deliveries are in doubt.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.quick = engine

    @contextmanager
    def at_work(self) -> Iterator[Outbox]:
        """The outbox as a sender uses it, with a connection that stays open."""
        working = Outbox(self.engine)
        working.quick = brisk(self.engine)
        try:
            yield working
        finally:
            if working.quick is not self.engine:
                working.quick.dispose()

    def claim(
        self, *, lease: str, until: datetime, now: datetime, limit: int, suppressed: Callable[[str], bytes], ration: Ration = FREELY
    ) -> Claim:
        """Lease deliveries that are due: up to `limit` of them are looked at, as many of each edition that has some.

        Those whose person has left, was erased or is suppressed since are settled here; `suppressed` gives the key under which an address
        would be on that list. `ration` says which of the others may go out now, and takes that out of the buckets: all in one transaction,
        so that rates hold for all senders together.
        """
        with writing(self.engine) as connection:
            known = read_closed(connection, now=now) | read_buckets(connection, ration.whole(), now=now)
            numbers = self._due(connection, now, ration.most(known, limit))
            if not numbers:
                return Claim((), buckets=known)
            rows = sorted(connection.execute(owed(numbers)).mappings(), key=lambda row: numbers[row["id"]])
            never = self._suppressed(connection, [(suppressed(row["address"]), row["id"]) for row in rows if row["address"]])
            gone = [Settled(row["id"], "suppressed", now, reason) for row in rows if (reason := why_not(row, never))]
            without = {each.id for each in gone}
            if gone:
                connection.execute(SETTLE_DUE, [answer_of(each) for each in gone])
            due = [delivery_of(row) for row in rows if row["id"] not in without]
            share = ration.share(known | read_buckets(connection, ration.parts(due), now=now), due)
            keep_buckets(connection, share.buckets)
            self._lease(connection, share, lease, until)
        return Claim(tuple(share.going), len(gone), len(share.waiting), known)

    def _lease(self, connection: Connection, share: Share, lease: str, until: datetime) -> None:
        """Lease what may go out, and put off what may not."""
        if share.waiting:
            later = update(deliveries).where(deliveries.c.id == bindparam("number")).values(next_at=bindparam("due"))
            connection.execute(later, [{"number": number, "due": due} for number, due in share.waiting.items()])
        if share.going:
            change = update(deliveries).where(deliveries.c.id.in_([each.id for each in share.going]))
            connection.execute(change.values(state="leased", lease=lease, lease_until=until, attempts=deliveries.c.attempts + 1))

    def close(self, name: str, until: datetime, *, now: datetime) -> None:
        """Have all senders leave the relay, or a domain, alone until a moment."""
        with transaction(self.engine) as connection:
            known = read_buckets(connection, [name], now=now)[name]
            keep_buckets(connection, [replace(known, closed_until=max(until, known.closed_until or until))])

    def advance(self, *, lease: str, now: datetime, sending: Collection[int] = (), settled: Sequence[Settled] = ()) -> frozenset[int]:
        """Settle what is done, and mark what goes out now; of these, the ones that are still ours to send.

        The mark is written before the message goes out. It is refused where the lease has run out, the edition is stopped or stale, or
        its reader has left meanwhile.
        """
        with transaction(self.quick) as connection:
            if settled:
                connection.execute(SETTLE, [answer_of(each) | {"holder": lease} for each in settled])
            if not sending:
                return frozenset()
            return frozenset(connection.execute(MARK, {"numbers": list(sending), "holder": lease, "now": now}).scalars())

    def release(self, *, lease: str, waiting: Mapping[int, datetime]) -> None:
        """Give leased deliveries back that are not sent now, each to be due at a moment of its own; the try does not count."""
        if not waiting:
            return
        change = (
            update(deliveries)
            .where(deliveries.c.id == bindparam("number"), deliveries.c.lease == lease, deliveries.c.state == "leased")
            .values(**_unleased(bindparam("when")))
        )
        with transaction(self.engine) as connection:
            connection.execute(change, [{"number": number, "when": when} for number, when in waiting.items()])

    def renew(self, *, lease: str, until: datetime) -> None:
        """Keep a lease from running out while its sender lives; not of rows on which that is just being written, which end it or come next time."""
        mine = select(deliveries.c.id).where(deliveries.c.lease == lease, IS_OPEN).with_for_update(skip_locked=True)
        with transaction(self.engine) as connection:
            connection.execute(update(deliveries).where(deliveries.c.id.in_(mine)).values(lease_until=until))

    def disown(self, *, lease: str, but: Collection[int], now: datetime) -> int:
        """Give back what is leased to a sender that knows nothing of it, for the database was cut off as it leased that; how many they were."""
        unknown = (deliveries.c.lease == lease) & IS_OPEN & (deliveries.c.state == "leased") & deliveries.c.id.not_in(but)
        with transaction(self.engine) as connection:
            return connection.execute(update(deliveries).where(unknown).values(**_unleased(now))).rowcount

    def leases(self) -> frozenset[str]:
        """The senders that hold a lease."""
        query = select(deliveries.c.lease).where(IS_OPEN).distinct()
        with transaction(self.engine) as connection:
            return frozenset(connection.execute(query).scalars())

    def recover(
        self, *, now: datetime, dead: Collection[str] = (), powerless: Collection[str] = (), resend: bool = False
    ) -> tuple[int, int]:
        """Take back what senders hold whose lease has run out, or who are known to be `dead`: how many were never sent, how many in doubt.

        What was never sent is due again; what may have been is uncertain, or due again where `resend` says so. Of those who went down with
        their machine (`powerless`), everything they had claimed may have been sent, for the marks may be lost.
        """
        over = (deliveries.c.lease_until <= now) | deliveries.c.lease.in_([*dead, *powerless])
        free = {"lease": None, "lease_until": None}
        with transaction(self.engine) as connection:
            doubt = update(deliveries).where(over, IS_OPEN, (deliveries.c.state == "sending") | deliveries.c.lease.in_(powerless))
            reason = "the sender was cut off after the message had begun to go out; it may have arrived"
            doubtful = connection.execute(
                doubt.values(state="deferred" if resend else "uncertain", next_at=now, reason=reason, **free)
            ).rowcount
            sure = update(deliveries).where(over, IS_OPEN, deliveries.c.state == "leased")
            certain = connection.execute(sure.values(**_unleased(now))).rowcount
        return certain, doubtful

    def expire(self, *, now: datetime) -> int:
        """Settle what is still owed of editions that have grown stale; how many that were."""
        with transaction(self.engine) as connection:
            stale = connection.execute(STALE, {"now": now}).scalars().all()
            if not stale:
                return 0
            # Looked at once more: somebody may have put the end off since, and with it owe what is to be tried again.
            still = select(mailings.c.edition_id).where(mailings.c.edition_id.in_(stale), mailings.c.expires_at <= now)
            change = update(deliveries).where(IS_DUE, deliveries.c.edition_id.in_(still))
            return connection.execute(
                change.values(state="expired", settled_at=now, reason=because("the edition is stale; it was not delivered in time"))
            ).rowcount

    def mailing(self, edition_id: int) -> MailingRecord:
        """What the messages of an edition are made of."""
        with transaction(self.engine) as connection:
            row = connection.execute(select(mailings).where(mailings.c.edition_id == edition_id)).mappings().one()
        return MailingRecord(row["body"], row["expires_at"], row["held"])

    def mailing_of(self, key: str) -> MailingRecord | None:
        """What the messages of the edition called `key` are made of; `None` where it has none, for it was empty, say."""
        query = select(mailings).join(editions, editions.c.id == mailings.c.edition_id).where(editions.c.key == key)
        with transaction(self.engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        return MailingRecord(row["body"], row["expires_at"], row["held"]) if row else None

    def hold(self, edition_id: int, reason: str) -> None:
        """Stop an edition: what is owed of it stays owed, and nothing more goes out. Without a reason, go on with it."""
        with transaction(self.engine) as connection:
            connection.execute(update(mailings).where(mailings.c.edition_id == edition_id).values(held=reason))

    def tally(self, key: str = "") -> dict[str, dict[str, int]]:
        """How many deliveries are in which state, by the key of their edition; of one edition, or of all."""
        query = select(editions.c.key, deliveries.c.state, func.count()).join(editions, editions.c.id == deliveries.c.edition_id)
        query = query.group_by(editions.c.key, deliveries.c.state).order_by(editions.c.key)
        counts: dict[str, dict[str, int]] = {}
        with transaction(self.engine) as connection:
            for edition, state, count in connection.execute(query.where(editions.c.key == key) if key else query):
                counts.setdefault(edition, {})[state] = count
        return counts

    def unfinished(self) -> tuple[str, ...]:
        """The keys of editions of which something is owed, going out, or in doubt."""
        query = select(editions.c.key).join(mailings, mailings.c.edition_id == editions.c.id).order_by(editions.c.window_end)
        due = select(deliveries.c.id).where(deliveries.c.edition_id == editions.c.id, IS_DUE).exists()
        few = (select(deliveries.c.edition_id).where(part) for part in (IS_OPEN, IN_DOUBT))  # of all editions together
        open_ = or_(due, *(editions.c.id.in_(part) for part in few))
        with transaction(self.engine) as connection:
            return tuple(connection.execute(query.where(open_)).scalars())

    def held(self) -> dict[str, str]:
        """The editions that are stopped, and why."""
        query = select(editions.c.key, mailings.c.held).join(editions, editions.c.id == mailings.c.edition_id).where(mailings.c.held != "")
        with transaction(self.engine) as connection:
            return {row.key: row.held for row in connection.execute(query)}

    def key_of(self, edition_id: int) -> str:
        """The key of an edition."""
        with transaction(self.engine) as connection:
            return str(connection.execute(select(editions.c.key).where(editions.c.id == edition_id)).scalar_one())

    def audience(self, digest: str) -> dict[tuple[str, ...], int]:
        """To how many people an edition of `digest` would be owed if it were recorded now, by the topics they ask for (none: everything)."""
        query = readers_of(digest).with_only_columns(subscriptions.c.topics, func.count()).group_by(subscriptions.c.topics)
        with transaction(self.engine) as connection:
            return {tuple(topics.splitlines()): count for topics, count in connection.execute(query)}

    def was_mailed(self, digest: str) -> bool:
        """Whether an edition of `digest` was ever sent to anybody."""
        query = select(deliveries.c.id).join(editions, editions.c.id == deliveries.c.edition_id)
        with transaction(self.engine) as connection:
            sent = query.where(editions.c.digest == digest, deliveries.c.state == "sent").limit(1)
            return connection.execute(sent).scalar() is not None

    def next_due(self, *, now: datetime) -> datetime | None:
        """When something is due next; `None` where nothing is owed but what is stopped or stale."""
        with transaction(self.engine) as connection:
            found: datetime | None = connection.execute(SOONEST, {"now": now}).scalar()
            return found

    def deliveries(self, key: str = "", *, states: Collection[str] = (), limit: int | None = None) -> tuple[DeliveryRecord, ...]:
        """Deliveries in the order they were planned: of one edition or of all, in some states or in any."""
        query = (
            select(deliveries, editions.c.key, subscribers.c.address)
            .join(editions, editions.c.id == deliveries.c.edition_id)
            .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id, isouter=True)
            .order_by(deliveries.c.id)
            .limit(limit)
        )
        query = query.where(editions.c.key == key) if key else query
        query = query.where(deliveries.c.state.in_(states)) if states else query
        with transaction(self.engine) as connection:
            return tuple(
                DeliveryRecord(**{name: row[name] for name in DeliveryRecord.__dataclass_fields__})
                for row in connection.execute(query).mappings()
            )

    def retry(self, key: str, *, states: Collection[str], now: datetime, expires_at: datetime | None = None) -> int:
        """Owe deliveries of an edition again that are in `states`, and go on with it, until `expires_at` at least; how many they are."""
        with transaction(self.engine) as connection:
            edition = select(editions.c.id).where(editions.c.key == key).scalar_subquery()
            change = update(deliveries).where(deliveries.c.edition_id == edition, deliveries.c.state.in_(states))
            connection.execute(update(mailings).where(mailings.c.edition_id == edition).values(held=""))
            if expires_at:
                fresh = mailings.c.edition_id == edition, mailings.c.expires_at < expires_at
                connection.execute(update(mailings).where(*fresh).values(expires_at=expires_at))
            count = connection.execute(
                change.values(state="deferred", next_at=now, settled_at=null(), lease=None, lease_until=None)
            ).rowcount
            open_all(connection)  # whoever says so by hand knows that the relay is back; last, as who claims holds buckets for a moment
        return count

    def cancel(self, key: str, *, now: datetime, reason: str) -> int:
        """Settle all that is open of an edition, unsent; how many that were. What is going out at this moment is let be."""
        with transaction(self.engine) as connection:
            edition = select(editions.c.id).where(editions.c.key == key).scalar_subquery()
            change = update(deliveries).where(deliveries.c.edition_id == edition, deliveries.c.state.in_((*DUE, "leased", "uncertain")))
            return connection.execute(
                change.values(state="cancelled", settled_at=now, reason=because(reason), lease=None, lease_until=None)
            ).rowcount

    def subscriber_of(self, edition_id: int, delivery: int) -> int | None:
        """Whose delivery this is, if the edition had it."""
        query = select(deliveries.c.subscriber_id).where(deliveries.c.id == delivery, deliveries.c.edition_id == edition_id)
        with transaction(self.engine) as connection:
            found: int | None = connection.execute(query).scalar()
            return found

    def note_return(self, delivery: int, reason: str) -> None:
        """Write down that a message has come back, which was sent, or may have been."""
        gone = deliveries.c.state.in_(("sent", "uncertain"))
        change = update(deliveries).where(deliveries.c.id == delivery, gone).values(reason=reason)
        with transaction(self.engine) as connection:
            connection.execute(change)

    def returns(self, subscriber: int) -> int:
        """How many messages to somebody have come back."""
        # There is an index by edition and subscriber, and none by subscriber alone: so the few editions are named first.
        theirs = deliveries.c.edition_id.in_(select(mailings.c.edition_id)) & (deliveries.c.subscriber_id == subscriber)
        query = select(func.count()).select_from(deliveries).where(theirs, func.substr(deliveries.c.reason, 1, 10) == "came back:")
        with transaction(self.engine) as connection:
            return connection.execute(query).scalar_one()

    def _due(self, connection: Connection, now: datetime, limit: int) -> dict[int, int]:
        """What is due, in turn from each edition that has some, and its place in that order; a long list must not keep a short one waiting.

        Who begins is drawn by lot, another one each moment: where a rate lets one message go at a time, it would always be the same one's.
        """
        live = sorted(connection.execute(LIVE, {"now": now}).scalars()) if limit > 0 else []
        most = -(-limit // max(len(live), 1))
        lots = Random(now.isoformat()).sample(live, len(live))  # noqa: S311  no secret
        found = [connection.execute(NEXT, {"edition": each, "now": now, "most": most}).scalars().all() for each in lots]
        turns = (number for number in chain.from_iterable(zip_longest(*found)) if number is not None)
        return {number: place for place, number in enumerate(islice(turns, limit))}

    def _suppressed(self, connection: Connection, keys: Sequence[tuple[bytes, int]]) -> frozenset[int]:
        """The deliveries whose addresses are suppressed; several may be one person's."""
        query = select(suppressions.c.key).where(suppressions.c.key.in_({key for key, _ in keys}))
        found = {bytes(key) for key in connection.execute(query).scalars()} if keys else set()
        return frozenset(number for key, number in keys if key in found)


def _unleased(due: object) -> dict[str, object]:
    """The values of a delivery that was leased and not sent: it is due at a moment, and the try does not count."""
    state = case((deliveries.c.attempts > 1, "deferred"), else_="planned")
    return {"state": state, "attempts": deliveries.c.attempts - 1, "next_at": due, "lease": None, "lease_until": None}
