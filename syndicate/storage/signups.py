"""Sign-ups: what people asked for on the web and have still to confirm. The letters that they owe are `confirmations.py`. [I/O]"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, func, insert, select, update

from syndicate.storage.buckets import keep_buckets, read_buckets
from syndicate.storage.database import transaction
from syndicate.storage.moves import writing
from syndicate.storage.tables import buckets, signups, suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine, RowMapping

    from syndicate.rates import Bucket

PREFIX = "signup/"
"""Begins the names of our buckets, so that they are nobody's domain."""

STALE = timedelta(days=1)
"""After which a bucket that nobody has drawn from is full again, whatever its rate."""


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody asked for: digests with the topics wanted of each (none: everything), when, from where, and under which words.

    `subscriber` is who they became by confirming; nothing is kept of the address then. `number` is the row, once there is one. Of
    `attempts` to send the letter, so many were `doubts`: nobody knows whether it arrived.
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
    doubts: int = 0
    subscriber: int | None = None
    number: int = 0

    @property
    def digest(self) -> str:
        """The digest in whose name the letter goes out: the first one asked for."""
        return next(iter(self.choices), "")


@dataclass(frozen=True, slots=True)
class Wait:
    """The bucket that is empty, by its name, and how long until it is not."""

    bucket: str
    span: timedelta


class Signups:
    """The sign-ups of a workspace. Every method is one transaction, and raises `StorageError` where it fails."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def ask(
        self,
        wanted: SignUp | None,
        *,
        key: bytes,
        names: Sequence[str],
        ration: Callable[[Mapping[str, Bucket]], Sequence[Bucket] | Wait],
        since: datetime,
        most: int,
        now: datetime,
    ) -> Literal["owed", "nothing"] | Wait:
        """Write a sign-up down, if the buckets called `names` allow it; else how long to wait.

        `nothing` is owed to whom may not be written to (`key`), to who was sent `most` letters `since` a moment, and where nothing is
        `wanted` at all. The first two take as much out of the buckets as a letter; each takes as long.
        """
        with writing(self.engine) as connection:
            share = ration(read_buckets(connection, names, now=now))
            if isinstance(share, Wait):
                connection.rollback()  # a flood must not fill the table with buckets from which nothing was drawn
                return share
            keep_buckets(connection, share)
            forget(connection, now)
            stale = select(buckets.c.name).where(buckets.c.name.startswith(PREFIX), buckets.c.at <= now - STALE)
            connection.execute(delete(buckets).where(buckets.c.name.in_(stale.with_for_update(skip_locked=True))))
            never = is_suppressed(connection, key)
            mailbox = wanted.mailbox if wanted else ""
            recent = select(func.count()).where(signups.c.mailbox == mailbox, signups.c.asked_at > since)
            letters = connection.execute(recent).scalar_one()
            if wanted is None or never or letters >= most:
                return "nothing"
            connection.execute(insert(signups).values(_row(wanted)))
        return "owed"

    def find(self, number: int) -> SignUp | None:
        """The sign-up in the row `number`."""
        with transaction(self.engine) as connection:
            row = connection.execute(select(signups).where(signups.c.id == number)).mappings().first()
        return signup_of(row) if row else None

    def of(self, mailbox: str) -> tuple[SignUp, ...]:
        """What is still to be confirmed by who has this mailbox."""
        with transaction(self.engine) as connection:
            rows = connection.execute(select(signups).where(signups.c.mailbox == mailbox).order_by(signups.c.id)).mappings()
            return tuple(map(signup_of, rows))

    def confirm(self, number: int, subscriber: int) -> None:
        """A sign-up has been confirmed, by who stands in the row `subscriber`: forget what it knew of them."""
        known = {"mailbox": "", "address": "", "name": "", "source": "", "wording": "", "reason": ""}
        with writing(self.engine) as connection:
            change = update(signups).where(signups.c.id == number)
            connection.execute(change.values(state="confirmed", subscriber_id=subscriber, **known))


def forget(connection: Connection, now: datetime) -> None:
    """Delete the sign-ups whose link has run out; those that another is at are left to whoever comes next, who need not wait for them."""
    over = select(signups.c.id).where(signups.c.expires_at <= now).with_for_update(skip_locked=True)
    connection.execute(delete(signups).where(signups.c.id.in_(over)))


def is_suppressed(connection: Connection, key: bytes) -> bool:
    """Whether the address with this key may not be written to."""
    return connection.execute(select(suppressions.c.key).where(suppressions.c.key == key)).first() is not None


def signup_of(row: RowMapping) -> SignUp:
    """The sign-up that a row is."""
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
        row["doubts"],
        row["subscriber_id"],
        row["id"],
    )


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
