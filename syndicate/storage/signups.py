"""Sign-ups: what people asked for on the web and have still to confirm, and the letters that ask them to. [I/O]

A sign-up owes one letter from the moment it is written down. The letter is `planned`, then `sending` from just before it goes out, and
settled by what the server answered. Whoever finds one that has been `sending` for too long knows that it may have arrived: it goes out
once more, and then no more.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import case, delete, func, insert, select, update

from syndicate.rates import Bucket
from syndicate.storage.database import explained
from syndicate.storage.subscribers import INSERTS
from syndicate.storage.tables import buckets, signups, suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine, RowMapping

    from syndicate.storage.records import Settled

ON_WAY = ("planned", "deferred", "sending")
"""States of a letter that is still to go out, once its moment has come; `sending` is one that was cut off."""

PREFIX = "signup/"
"""Begins the names of our buckets, so that they are nobody's domain."""

STALE = timedelta(days=1)
"""After which a bucket that nobody has drawn from is full again, whatever its rate."""

MOST_IN_DOUBT = 2
"""How often a letter goes out of which nobody knows whether it arrived."""


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody asked for: digests with the topics wanted of each (none: everything), when, from where, and under which words.

    `subscriber` is who they became by confirming; nothing is kept of the address then. `number` is the row, once there is one.
    """

    mailbox: str
    address: str
    choices: Mapping[str, tuple[str, ...]]
    asked_at: datetime
    expires_at: datetime
    name: str = ""
    source: str = ""
    wording: str = ""
    state: str = "planned"
    attempts: int = 0
    subscriber: int | None = None
    number: int = 0

    @property
    def digest(self) -> str:
        """The digest in whose name the letter goes out: the first one asked for."""
        return next(iter(self.choices), "")


class Signups:
    """The sign-ups of a workspace. Every method is one transaction, and raises `StorageError` where it fails."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.upsert = INSERTS[engine.dialect.name]

    def ask(
        self,
        wanted: SignUp | None,
        *,
        key: bytes,
        names: Sequence[str],
        ration: Callable[[Mapping[str, Bucket]], Sequence[Bucket] | timedelta],
        since: datetime,
        most: int,
        now: datetime,
    ) -> Literal["owed", "nothing"] | timedelta:
        """Write a sign-up down, if the buckets called `names` allow it; else how long to wait.

        `nothing` is owed to whom may not be written to (`key`), to who was sent `most` letters `since` a moment, and where nothing is
        `wanted` at all. Each of these takes as much out of the buckets, and as long.
        """
        with self._transaction() as connection:
            share = ration(self._buckets(connection, names))
            if isinstance(share, timedelta):
                return share
            self._keep(connection, share)
            connection.execute(delete(signups).where(signups.c.expires_at <= now))
            connection.execute(delete(buckets).where(buckets.c.name.startswith(PREFIX), buckets.c.at <= now - STALE))
            never = connection.execute(select(suppressions.c.key).where(suppressions.c.key == key)).first()
            mailbox = wanted.mailbox if wanted else ""
            recent = select(func.count()).where(signups.c.mailbox == mailbox, signups.c.asked_at > since)
            letters = connection.execute(recent).scalar_one()
            if wanted is None or never or letters >= most:
                return "nothing"
            connection.execute(insert(signups).values(_row(wanted)))
        return "owed"

    def find(self, number: int) -> SignUp | None:
        """The sign-up in the row `number`."""
        with self._transaction() as connection:
            row = connection.execute(select(signups).where(signups.c.id == number)).mappings().first()
        return _signup(row) if row else None

    def of(self, mailbox: str) -> tuple[SignUp, ...]:
        """What is still to be confirmed by who has this mailbox."""
        with self._transaction() as connection:
            rows = connection.execute(select(signups).where(signups.c.mailbox == mailbox).order_by(signups.c.id)).mappings()
            return tuple(map(_signup, rows))

    def confirm(self, number: int, subscriber: int) -> None:
        """A sign-up has been confirmed, by who stands in the row `subscriber`: forget what it knew of them."""
        known = {"mailbox": "", "address": "", "name": "", "source": "", "wording": "", "reason": ""}
        with self._transaction() as connection:
            change = update(signups).where(signups.c.id == number)
            connection.execute(change.values(state="confirmed", subscriber_id=subscriber, **known))

    def claim(
        self,
        *,
        until: datetime,
        now: datetime,
        names: Callable[[SignUp], Sequence[str]],
        ration: Callable[[Mapping[str, Bucket], SignUp], Sequence[Bucket] | timedelta],
    ) -> SignUp | None:
        """The next letter that is due, marked as `sending` until a moment; `None` where none is due, or may go out now.

        `ration` takes it out of the buckets called `names`; where it must wait, that is written down.
        """
        with self._transaction() as connection:
            while found := self._due(connection, now):
                share = ration(self._buckets(connection, names(found)), found)
                mine = update(signups).where(signups.c.id == found.number)
                if isinstance(share, timedelta):
                    connection.execute(mine.values(next_at=now + share))
                    continue
                self._keep(connection, share)
                connection.execute(mine.values(state="sending", attempts=found.attempts + 1, next_at=until))
                return found
        return None

    def settle(self, settled: Settled) -> None:
        """Write down what became of a letter that was going out; not where it was confirmed in the meantime."""
        change = update(signups).where(signups.c.id == settled.id, signups.c.state == "sending")
        values = {"state": settled.state, "reason": settled.reason, "next_at": settled.next_at or settled.at}
        unsent = {"attempts": signups.c.attempts - 1} if settled.unsent else {}
        with self._transaction() as connection:
            connection.execute(change.values(**values, **unsent))

    def next_due(self) -> datetime | None:
        """When a letter is due next; `None` where none is owed."""
        with self._transaction() as connection:
            found: datetime | None = connection.execute(select(func.min(signups.c.next_at)).where(signups.c.state.in_(ON_WAY))).scalar()
            return found

    def _due(self, connection: Connection, now: datetime) -> SignUp | None:
        """The letter that is due first; those that have run out, or were in doubt twice, are settled on the way."""
        due = signups.c.state.in_(ON_WAY) & (signups.c.next_at <= now)
        doubt = (signups.c.state == "sending") & (signups.c.attempts >= MOST_IN_DOUBT)
        over = update(signups).where(due, (signups.c.expires_at <= now) | doubt)
        connection.execute(over.values(state=case((doubt, "uncertain"), else_="expired"), next_at=now))
        query = select(signups).where(due).order_by(signups.c.next_at, signups.c.id).limit(1).with_for_update(skip_locked=True)
        row = connection.execute(query).mappings().first()
        return _signup(row) if row else None

    def _buckets(self, connection: Connection, names: Sequence[str]) -> dict[str, Bucket]:
        rows = connection.execute(select(buckets).where(buckets.c.name.in_(names)).with_for_update()).mappings()
        return {row["name"]: Bucket(**row) for row in rows}

    def _keep(self, connection: Connection, kept: Sequence[Bucket]) -> None:
        for each in kept:
            values = {"tokens": each.tokens, "at": each.at, "closed_until": each.closed_until}
            row = self.upsert(buckets).values(name=each.name, **values)
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with explained(self.engine), self.engine.begin() as connection:
            yield connection


def _row(wanted: SignUp) -> dict[str, Any]:
    return {
        "mailbox": wanted.mailbox,
        "address": wanted.address,
        "name": wanted.name,
        "choices": json.dumps({slug: list(topics) for slug, topics in wanted.choices.items()}, ensure_ascii=False),
        "source": wanted.source,
        "wording": wanted.wording,
        "asked_at": wanted.asked_at,
        "expires_at": wanted.expires_at,
        "state": wanted.state,
        "next_at": wanted.asked_at,
    }


def _signup(row: RowMapping) -> SignUp:
    return SignUp(
        row["mailbox"],
        row["address"],
        {slug: tuple(topics) for slug, topics in json.loads(row["choices"]).items()},
        row["asked_at"],
        row["expires_at"],
        row["name"],
        row["source"],
        row["wording"],
        row["state"],
        row["attempts"],
        row["subscriber_id"],
        row["id"],
    )
