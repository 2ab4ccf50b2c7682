"""The list: who gets which digest, who has left, and who is never to be written to again. [I/O]

A suppression knows an address by its key alone, which whoever holds the secret reckons from it; here keys are only compared.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from syndicate.errors import StorageError
from syndicate.storage.backups import forget_traces
from syndicate.storage.database import INSERTS
from syndicate.storage.moves import writing
from syndicate.storage.people import Person, Subscription, Suppression, answer
from syndicate.storage.records import DeliveryRecord
from syndicate.storage.tables import deliveries, editions, mailings, signups, subscribers, subscriptions, suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Engine, RowMapping

    from syndicate.storage.people import Outcome, Standing, Wish

CHUNK = 5000
"""Wishes, or people, in one transaction: few enough that nobody waits for it, and that SQLite takes a value for each."""

TAKING = 0x73796E65
"""The number of PostgreSQL's lock that whoever takes people in, or erases them, holds; `database.MIGRATING` is another's."""

PERSON = ("mailbox", "address", "state", "created_at", "changed_at", "name", "confirmed_at", "consent_source", "consent_wording")


class Subscribers:
    """The people of a workspace. Every method is one transaction, and raises `StorageError` where it fails."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.insert = INSERTS[engine.dialect.name]

    def note(
        self, wishes: Sequence[Wish], key_of: Callable[[str], bytes], *, now: datetime, rehearsal: bool = False
    ) -> tuple[Outcome, ...]:
        """Answer wishes, one after the other, and say what came of each; up to `CHUNK` of them.

        `key_of` gives the key under which a mailbox would be suppressed. A rehearsal writes nothing.
        """
        keys = {wish.mailbox: key_of(wish.mailbox) for wish in wishes}
        with self._transaction() as connection:
            _alone(connection)
            before = self._known(connection, subscribers.c.mailbox.in_(keys), lock=True)
            listed = self._listed(connection, list(keys.values()))
            after, outcomes = dict(before), []
            causes: dict[bytes, str] = {}
            for wish in wishes:
                key = keys[wish.mailbox]
                person, outcome = answer(wish, after.get(wish.mailbox), suppressed=key in listed, now=now)
                if person:
                    after[wish.mailbox] = person
                    if person.state == "suppressed":
                        causes.setdefault(key, wish.cause)
                outcomes.append(outcome)
            if not rehearsal:
                self._keep(connection, [person for mailbox, person in after.items() if person is not before.get(mailbox)])
                self._suppress(connection, {key: cause for key, cause in causes.items() if key not in listed}, now)
        return tuple(outcomes)

    def change(self, number: int, change: Callable[[Person], Person]) -> Person | None:
        """Put in the place of who stands in the row `number` what `change` makes of them: who they are then, `None` where nobody is."""
        with self._transaction() as connection:
            for known in self._known(connection, subscribers.c.id == number, lock=True).values():
                person = change(known)
                self._keep(connection, [person] if person is not known else [])
                return person
        return None

    def person(self, mailbox: str) -> Person | None:
        """Who has this mailbox."""
        with self._transaction() as connection:
            return self._known(connection, subscribers.c.mailbox == mailbox).get(mailbox)

    def numbered(self, number: int) -> Person | None:
        """Who stands in the row `number`."""
        with self._transaction() as connection:
            return next(iter(self._known(connection, subscribers.c.id == number).values()), None)

    def people(self, digest: str = "", *, state: Standing | None = None, limit: int | None = None) -> tuple[Person, ...]:
        """People, those first who came last: all, or who get `digest`; in a state, or in any.

        With a digest, who is unsubscribed is who has left that digest, whatever else they get.
        """
        numbers = select(subscribers.c.id).where(*_asked(digest, state)).order_by(subscribers.c.id.desc()).limit(limit)
        with self._transaction() as connection:
            found = self._known(connection, subscribers.c.id.in_(numbers.subquery().select()))
        return tuple(sorted(found.values(), key=lambda person: -person.number))

    def page(self, after: int = 0) -> tuple[Person, ...]:
        """The next people behind the one numbered `after`, in the order they came: up to `CHUNK`, and none at the end."""
        numbers = select(subscribers.c.id).where(subscribers.c.id > after).order_by(subscribers.c.id).limit(CHUNK)
        with self._transaction() as connection:
            return tuple(self._known(connection, subscribers.c.id.in_(numbers.subquery().select())).values())

    def count(self, digest: str = "", *, state: Standing | None = None) -> int:
        """How many `people` there are."""
        with self._transaction() as connection:
            return int(connection.execute(select(func.count()).select_from(subscribers).where(*_asked(digest, state))).scalar_one())

    def erase(self, mailbox: str, *, key: bytes | None, now: datetime) -> bool:
        """Forget who has this mailbox; with a `key`, keep that the address is never to be written to. False where there was nobody.

        The number alone stays in the deliveries that there were. Once that is written, nothing is left in SQLite's log of writes, nor in
        the copy beside the database, or `StorageError` says where.
        """
        with self._transaction() as connection:
            _alone(connection)
            numbers = select(subscribers.c.id).where(subscribers.c.mailbox == mailbox)
            # What servers said quotes the address, as "<ann@example.org>: Recipient address rejected".
            told = deliveries.c.edition_id.in_(select(mailings.c.edition_id)) & deliveries.c.subscriber_id.in_(numbers)
            connection.execute(update(deliveries).where(told).values(reason=""))
            asked = (signups.c.mailbox == mailbox) | signups.c.subscriber_id.in_(numbers)
            connection.execute(delete(signups).where(asked))
            connection.execute(delete(subscriptions).where(subscriptions.c.subscriber_id.in_(numbers)))
            found = connection.execute(delete(subscribers).where(subscribers.c.mailbox == mailbox)).rowcount
            if key:
                self._suppress(connection, {key: "erased"}, now)
        forget_traces(self.engine)
        return bool(found)

    def suppression(self, key: bytes) -> Suppression | None:
        """Since when and why the address with this key is suppressed."""
        with self._transaction() as connection:
            row = connection.execute(select(suppressions).where(suppressions.c.key == key)).mappings().first()
        return Suppression(row["reason"], row["at"], row["detail"]) if row else None

    def deliveries(self, person: Person) -> tuple[DeliveryRecord, ...]:
        """What was sent to somebody, or is owed to them."""
        query = (
            select(deliveries, editions.c.key)
            .join(editions, editions.c.id == deliveries.c.edition_id)
            # There is an index by edition and subscriber, and none by subscriber alone: so the few editions are named first.
            .where(deliveries.c.edition_id.in_(select(mailings.c.edition_id)), deliveries.c.subscriber_id == person.number)
            .order_by(deliveries.c.id)
        )
        names = [name for name in DeliveryRecord.__dataclass_fields__ if name != "address"]
        with self._transaction() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(DeliveryRecord(address=person.address, **{name: row[name] for name in names}) for row in rows)

    def _known(self, connection: Connection, which: ColumnElement[bool], *, lock: bool = False) -> dict[str, Person]:
        """The people for whom `which` holds, by mailbox, in the order they came; with a `lock`, nobody else changes them meanwhile."""
        query = select(subscribers).where(which).order_by(subscribers.c.id)
        rows = connection.execute(query.with_for_update() if lock else query).mappings().all()
        numbers = select(subscribers.c.id).where(which)
        theirs = select(subscriptions).where(subscriptions.c.subscriber_id.in_(numbers))
        found = connection.execute(theirs).mappings().all() if rows else []
        # Sorted here: where "a-c" and "ab" stand, databases do not agree.
        found = sorted(found, key=lambda row: (row["subscriber_id"], row["digest"]))
        held = {number: tuple(map(_subscription, group)) for number, group in groupby(found, key=lambda row: int(row["subscriber_id"]))}
        return {row["mailbox"]: _person(row, held.get(row["id"], ())) for row in rows}

    def _listed(self, connection: Connection, keys: Sequence[bytes]) -> frozenset[bytes]:
        found = connection.execute(select(suppressions.c.key).where(suppressions.c.key.in_(keys))).scalars()
        return frozenset(bytes(key) for key in found)

    def _keep(self, connection: Connection, people: Sequence[Person]) -> None:
        """Write people down, whether they stand there already or not."""
        fresh, known = [each for each in people if not each.number], [each for each in people if each.number]
        if fresh:
            connection.execute(self.insert(subscribers).on_conflict_do_nothing(), [_row(each) for each in fresh])
        if known:
            change = update(subscribers).where(subscribers.c.id == bindparam("number"))
            connection.execute(
                change.values({name: bindparam(name) for name in PERSON}), [_row(each) | {"number": each.number} for each in known]
            )
        rows = self._subscription_rows(connection, fresh, known)
        if rows:
            taken = self.insert(subscriptions)
            fields = {name: taken.excluded[name] for name in ("topics", "since", "ended_at")}
            connection.execute(taken.on_conflict_do_update(index_elements=["subscriber_id", "digest"], set_=fields), rows)

    def _subscription_rows(self, connection: Connection, fresh: Sequence[Person], known: Sequence[Person]) -> list[dict[str, Any]]:
        named = select(subscribers.c.mailbox, subscribers.c.id).where(subscribers.c.mailbox.in_([each.mailbox for each in fresh]))
        numbers = {row.mailbox: row.id for row in connection.execute(named)} if fresh else {}
        return [
            {
                "subscriber_id": numbers.get(person.mailbox, person.number),
                "digest": each.digest,
                "topics": "\n".join(each.topics),
                "since": each.since,
                "ended_at": each.ended_at,
            }
            for person in (*fresh, *known)
            for each in person.subscriptions
        ]

    def _suppress(self, connection: Connection, causes: Mapping[bytes, str], now: datetime) -> None:
        rows = [{"key": key, "reason": cause, "at": now, "detail": ""} for key, cause in causes.items()]
        if rows:
            connection.execute(self.insert(suppressions).on_conflict_do_nothing(), rows)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with writing(self.engine) as connection:
                yield connection
        except IntegrityError as error:  # another program on the same list was quicker
            raise StorageError(
                f"the list of subscribers changed meanwhile ({error.orig}); run it again: it goes on where it was"
            ) from error


def _alone(connection: Connection) -> None:
    """Wait for others who take people in or erase them, until the transaction ends; SQLite has a lock for all that is written.

    A row can be held, and one that is not there yet cannot: two imports that bring the same people would undo each other's answers, or
    wait for each other for ever, and somebody could be taken in behind the back of who erases them.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(TAKING)))


def _asked(digest: str, state: Standing | None) -> list[ColumnElement[bool]]:
    """What must hold of people who get a digest, or have left it, and are in a state."""
    mine = (subscriptions.c.subscriber_id == subscribers.c.id) & (subscriptions.c.digest == digest)
    ended = subscriptions.c.ended_at.is_not(None)
    match state:
        case "unsubscribed" if digest:
            return [select(1).where(mine, ended).exists(), subscribers.c.state != "suppressed"]
        case "suppressed":
            open_ = mine
        case _:
            open_ = mine & ~ended
    return [
        *([select(1).where(open_).exists()] if digest else []),
        *([subscribers.c.state == state] if state else []),
    ]


def _row(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in PERSON}


def _person(row: RowMapping, held: tuple[Subscription, ...]) -> Person:
    return Person(**{name: row[name] for name in PERSON}, subscriptions=held, number=row["id"])


def _subscription(row: RowMapping) -> Subscription:
    return Subscription(row["digest"], row["since"], tuple(row["topics"].splitlines()), row["ended_at"])
