"""The letters that sign-ups owe: each asks somebody to confirm. [I/O]

A sign-up owes one letter from the moment it is written down. The letter is `planned`, then `sending` from just before it goes out, and
settled by what the server answered. Whoever finds one that has been `sending` for too long knows that it may have arrived: that is a
doubt, as is a server that took it and did not say so. In doubt it goes out once more, and then no more; how often it was put off before
does not count. Whoever looks for letters forgets, on the way, what was not confirmed in time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from syndicate.storage.buckets import keep_buckets, read_buckets, read_closed
from syndicate.storage.database import transaction
from syndicate.storage.moves import writing
from syndicate.storage.signups import forget, is_suppressed, signup_of
from syndicate.storage.tables import signups

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Engine

    from syndicate.rates import Bucket
    from syndicate.storage.records import Settled
    from syndicate.storage.signups import SignUp

ON_WAY = ("planned", "deferred", "sending")
"""States of a letter that is still to go out, once its moment has come; `sending` is one that was cut off."""

MOST_IN_DOUBT = 2
"""How often a letter goes out of which nobody knows whether it arrived."""

SUPPRESSED = "since the form came in, the address was put on the list of those never to be written to"


class Confirmations:
    """The letters that are owed. Every method is one transaction, and raises `StorageError` where it fails."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def claim(
        self,
        *,
        until: datetime,
        now: datetime,
        key: Callable[[str], bytes],
        names: Callable[[SignUp], Sequence[str]],
        ration: Callable[[Mapping[str, Bucket], SignUp], Sequence[Bucket] | timedelta],
    ) -> SignUp | None:
        """The next letter that is due, marked as `sending` until a moment; `None` where none is due, or may go out now.

        `ration` takes it out of the buckets called `names`, and is told what is to be left alone; where it must wait, that is written down.
        Nothing goes to who is suppressed by now, which the `key` of their mailbox tells.
        """
        with writing(self.engine) as connection:
            forget(connection, now)
            while found := self._due(connection, now):
                mine = update(signups).where(signups.c.id == found.number)
                if is_suppressed(connection, key(found.mailbox)):
                    connection.execute(mine.values(state="refused", reason=SUPPRESSED, next_at=now))
                    continue
                share = ration(read_closed(connection, now=now) | read_buckets(connection, names(found), now=now), found)
                if isinstance(share, timedelta):
                    connection.execute(mine.values(next_at=now + share))
                    continue
                keep_buckets(connection, share)
                going = replace(found, doubts=found.doubts + (found.state == "sending"))
                connection.execute(mine.values(state="sending", attempts=found.attempts + 1, doubts=going.doubts, next_at=until))
                return going
        return None

    def settle(self, settled: Settled, *, doubtful: bool = False) -> None:
        """Write down what became of a letter that was going out, and whether that is a doubt; not where it was confirmed in the meantime."""
        change = update(signups).where(signups.c.id == settled.id, signups.c.state == "sending")
        values = {"state": settled.state, "reason": settled.reason, "next_at": settled.next_at or settled.at}
        with transaction(self.engine) as connection:
            connection.execute(change.values(**values, doubts=signups.c.doubts + int(doubtful)))

    def next_due(self, *, now: datetime) -> datetime | None:
        """When a letter is due next; `None` where none is owed."""
        with transaction(self.engine) as connection:
            forget(connection, now)
            found: datetime | None = connection.execute(select(func.min(signups.c.next_at)).where(signups.c.state.in_(ON_WAY))).scalar()
            return found

    def _due(self, connection: Connection, now: datetime) -> SignUp | None:
        """The letter that is due first; those that were cut off, and in doubt as often as may be, are settled on the way."""
        due = signups.c.state.in_(ON_WAY) & (signups.c.next_at <= now)
        lost = (signups.c.state == "sending") & (signups.c.doubts + 1 >= MOST_IN_DOUBT)
        connection.execute(update(signups).where(due, lost).values(state="uncertain", doubts=signups.c.doubts + 1, next_at=now))
        query = select(signups).where(due).order_by(signups.c.next_at, signups.c.id).limit(1).with_for_update(skip_locked=True)
        row = connection.execute(query).mappings().first()
        return signup_of(row) if row else None
