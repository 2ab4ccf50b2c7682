"""The laws of the list and the outbox, and the same answers from each database: to whatever is done, in whatever order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from syndicate.publishing.rules import RELAY, Rules, Turns
from syndicate.rates import read_rate
from syndicate.storage import Ledger, Outbox, Settled
from syndicate.storage.people import Wish, chosen, departed
from syndicate.storage.subscribers import Subscribers
from syndicate.storage.tables import deliveries, metadata, suppressions
from tests.databases import SQLITE, hung_up
from tests.storage.mailroom import NOW, claim, edition, key_of, owe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.databases import Server

PEOPLE = tuple(f"{name}@{domain}.example" for name in ("ann", "bob", "cid", "dan") for domain in ("one", "two"))
LEASES = ("me", "you")
RULES = (
    Rules(),
    Rules(rate=read_rate("1/m")),
    Rules(domain_rate=read_rate("2/h")),
    Rules(rate=read_rate("1/s"), domains={"one.example": read_rate("1/m")}),
)
SETTLED = ("sent", "refused", "deferred", "uncertain", "nothing")
FINAL = ("sent", "refused", "suppressed", "expired", "cancelled", "nothing")

persons = st.sampled_from(PEOPLE)
digests = st.lists(st.sampled_from(["daily", "weekly", "week-end"]), unique=True, max_size=3).map(tuple)
topics = st.lists(st.sampled_from(["AI", "Wind", "Künste"]), unique=True, max_size=2).map(tuple)
wishes = st.builds(
    lambda address, **said: Wish(address, address.capitalize(), **said),
    persons,
    state=st.sampled_from(["active", "active", "active", "pending", "unsubscribed", "suppressed"]),
    digests=digests,
    topics=topics,
    name=st.sampled_from(["", "Ann", "Ævar %s ' \\"]),
    again=st.booleans(),
)
numbers = st.integers(1, 2 * len(PEOPLE))
leases = st.sampled_from(LEASES)
shares = st.floats(0, 1)
STEPS: dict[str, tuple[st.SearchStrategy[Any], ...]] = {
    "note": (st.lists(wishes, min_size=1, max_size=6),),
    "enlist": (),
    "leave": (numbers, digests),
    "choose": (numbers, digests, topics),
    "erase": (persons, st.booleans()),
    "record": (),
    "claim": (leases, st.integers(1, 9), st.sampled_from(RULES)),
    "mark": (leases, shares),
    "settle": (leases, shares, st.sampled_from(SETTLED)),
    "release": (leases, shares),
    "renew": (leases,),
    "disown": (leases, shares),
    "recover": (st.lists(leases, max_size=1), st.lists(leases, max_size=1), st.booleans()),
    "expire": (),
    "hold": (st.sampled_from(["", "too many refused"]),),
    "retry": (st.lists(st.sampled_from(["uncertain", "refused", "expired", "cancelled"]), max_size=2),),
    "cancel": (),
    "close": (st.sampled_from([RELAY, "one.example"]), st.integers(1, 90)),
    "came_back": (st.integers(1, 20),),
}
steps = st.sampled_from([*STEPS, *["note", "enlist", "record", "claim", "mark", "settle"] * 2]).flatmap(
    lambda name: st.tuples(st.just(name), st.tuples(*STEPS[name]), st.integers(0, 120))
)


class Worker:
    """Who does all that to one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.store = Subscribers(ledger.engine)
        self.outbox = Outbox(ledger.engine)
        self.now = NOW
        self.week = 0

    def emptied(self) -> Worker:
        """The same, with a ledger in which nothing is."""
        with self.ledger.engine.begin() as connection:
            if self.ledger.engine.dialect.name == "sqlite":
                for table in reversed(metadata.sorted_tables):
                    connection.execute(table.delete())
                connection.execute(text("DELETE FROM sqlite_sequence"))
            else:
                names = ", ".join(table.name for table in metadata.sorted_tables)
                connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        return Worker(self.ledger)

    def do(self, name: str, words: tuple[Any, ...], minutes: int) -> object:
        """Take a step, so many minutes after the last one, and give what is said of it."""
        self.now += timedelta(minutes=minutes)
        work: Callable[..., object] = getattr(self, name)
        return work(*words)

    def mine(self, lease: str, share: float) -> list[int]:
        """A share of what a sender holds."""
        held = select(deliveries.c.id).where(deliveries.c.lease == lease).order_by(deliveries.c.id)
        with self.ledger.engine.connect() as connection:
            found = list(connection.execute(held).scalars())
        return found[: round(len(found) * share)]

    def note(self, wanted: list[Wish]) -> object:
        """Answer wishes."""
        return self.store.note(wanted, key_of, now=self.now)

    def enlist(self) -> object:
        """Have everybody want the weekly."""
        return self.note([Wish(each, each, digests=("weekly",), again=True) for each in PEOPLE])

    def leave(self, number: int, slugs: tuple[str, ...]) -> object:
        """Have somebody leave."""
        return self.store.change(number, lambda person: departed(person, slugs, self.now))

    def choose(self, number: int, slugs: tuple[str, ...], labels: tuple[str, ...]) -> object:
        """Have somebody choose what they get."""
        wanted = dict.fromkeys(slugs, labels)
        return self.store.change(number, lambda person: chosen(person, wanted, ("weekly",), self.now, source="page", wording="yes"))

    def erase(self, address: str, never: bool) -> object:  # noqa: FBT001  a word of a step
        """Forget somebody."""
        return self.store.erase(address, key=key_of(address) if never else None, now=self.now)

    def record(self) -> object:
        """Owe an edition that nobody has recorded."""
        self.week += 1
        return owe(self.ledger, self.week - 1)

    def claim(self, lease: str, limit: int, rules: Rules) -> object:
        """Lease what is due, which goes to nobody who does not want it."""
        found = claim(self.ledger, lease, limit=limit, now=self.now, ration=Turns(rules, self.now))
        for each in found.owed:
            person = self.store.numbered(each.subscriber_id)
            assert person
            assert person.state == "active"
            assert "weekly" in {each.digest for each in person.open}
            assert self.store.suppression(key_of(person.address)) is None
        return found.owed, found.settled, found.waiting

    def mark(self, lease: str, share: float) -> object:
        """Say that messages go out now."""
        return self.outbox.advance(lease=lease, now=self.now, sending=self.mine(lease, share))

    def settle(self, lease: str, share: float, state: str) -> object:
        """Say what was answered."""
        again = self.now + timedelta(minutes=5) if state == "deferred" else None
        done = [Settled(number, state, self.now, f"said {number}", again, state == "deferred") for number in self.mine(lease, share)]
        return self.outbox.advance(lease=lease, now=self.now, settled=done)

    def release(self, lease: str, share: float) -> None:
        """Give back what is not sent."""
        self.outbox.release(lease=lease, waiting=dict.fromkeys(self.mine(lease, share), self.now + timedelta(minutes=1)))

    def renew(self, lease: str) -> None:
        """Live."""
        self.outbox.renew(lease=lease, until=self.now + timedelta(minutes=30))

    def disown(self, lease: str, share: float) -> object:
        """Find out that more is held than is known of."""
        return self.outbox.disown(lease=lease, but=self.mine(lease, share), now=self.now)

    def recover(self, dead: list[str], powerless: list[str], resend: bool) -> object:  # noqa: FBT001  a word of a step
        """Take back what the dead hold."""
        return self.outbox.recover(now=self.now, dead=dead, powerless=powerless, resend=resend)

    def expire(self) -> object:
        """Give up what is stale."""
        return self.outbox.expire(now=self.now)

    def hold(self, reason: str) -> None:
        """Stop the first edition, or go on with it."""
        self.outbox.hold(1, reason)

    def retry(self, states: list[str]) -> object:
        """Owe the first edition again."""
        return self.outbox.retry(edition().key, states=states, now=self.now, expires_at=self.now + timedelta(hours=3))

    def cancel(self) -> object:
        """Give the first edition up."""
        return self.outbox.cancel(edition().key, now=self.now, reason="by hand")

    def close(self, name: str, minutes: int) -> None:
        """Leave a server alone."""
        self.outbox.close(name, self.now + timedelta(minutes=minutes), now=self.now)

    def came_back(self, number: int) -> object:
        """Hear of a message that came back."""
        self.outbox.note_return(number, "came back: 5.2.2 full")
        return [self.outbox.subscriber_of(1, number), *map(self.outbox.returns, range(4))]

    def told(self) -> dict[str, object]:
        """All that can be asked."""
        with self.ledger.engine.connect() as connection:
            never = set(map(bytes, connection.execute(select(suppressions.c.key)).scalars()))
        standings: tuple[Any, ...] = (None, "active", "pending", "unsubscribed", "suppressed")
        return {
            "deliveries": self.outbox.deliveries(),
            "editions": self.ledger.editions(),
            "tally": self.outbox.tally(),
            "due": self.outbox.next_due(now=self.now),
            "leases": self.outbox.leases(),
            "held": self.outbox.held(),
            "open": self.outbox.unfinished(),
            "audience": [self.outbox.audience(slug) for slug in ("weekly", "daily")],
            "mailed": self.outbox.was_mailed("weekly"),
            "people": {(slug, state): self.store.people(slug, state=state) for slug in ("", "weekly") for state in standings},
            "counts": {(slug, state): self.store.count(slug, state=state) for slug in ("", "daily") for state in standings},
            "page": self.store.page(),
            "never": never,
        }


class Pair(NamedTuple):
    """The same work in each database."""

    sqlite: Worker
    postgresql: Worker


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, postgresql: Server) -> Iterator[Pair]:
    """Two ledgers."""
    url = postgresql.create()
    with hung_up():
        yield Pair(*(Worker(Ledger.open(each, tmp_path_factory.mktemp("laws"))) for each in (SQLITE, url)))
    postgresql.drop(url)


@settings(max_examples=40)
@given(done=st.lists(steps, min_size=4, max_size=25))
def test_whatever_is_done_both_databases_say_the_same(pair: Pair, done: list[tuple[str, tuple[Any, ...], int]]) -> None:
    """To each step, and of all that stands in them in the end. What was sent stays so; nobody is owed an edition twice."""
    ours, theirs = (each.emptied() for each in pair)
    sent: set[int] = set()
    for name, words, minutes in [("enlist", (), 0), ("record", (), 0), *done]:
        assert ours.do(name, words, minutes) == theirs.do(name, words, minutes), name
        found = theirs.outbox.deliveries()
        assert sent <= {each.id for each in found if each.state == "sent"}, name
        sent = {each.id for each in found if each.state == "sent"}
        assert len({(each.key, each.subscriber_id) for each in found}) == len(found)
        assert all(each.settled_at for each in found if each.state in FINAL)
        assert all(each.attempts >= 0 for each in found)
    assert ours.told() == theirs.told()
