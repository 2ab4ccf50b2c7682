"""Whose turn it is: editions share a rate, relays have their own, and what waits for a domain is put off once."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from syndicate.delivery.envelopes import Envelope, Receipt
from syndicate.delivery.transports.memory import MemoryTransport
from syndicate.publishing.posting import Office, post
from syndicate.publishing.rules import RELAY, Rules, Turns
from syndicate.rates import read_rate
from syndicate.storage import Ledger, Outbox
from tests.publishing.test_posting import KEYS, PostOffice, people
from tests.storage.mailroom import NOW, claim, enlist, owe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from syndicate.storage import Claim

SECOND = timedelta(seconds=1)
ONE, OTHER = (Rules(rate=read_rate("1/s"), relay=f"{RELAY} {name}.example:25") for name in ("one", "other"))


@pytest.fixture
def ledger(storage_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """An empty one, in each database."""
    found = Ledger.open(storage_url, tmp_path)
    yield found
    found.close()


def scattered(count: int, first: int = 0) -> list[str]:
    """So many people, each in a domain of their own."""
    return [f"reader@d{number}.example" for number in range(first, first + count)]


def drawn(ledger: Ledger, rules: Rules, now: datetime = NOW, *, limit: int = 400, lines: Any = None) -> Claim:
    """What may go out at a moment."""
    return claim(ledger, "me", limit=limit, now=now, ration=Turns(rules, now, {} if lines is None else lines))


def editions(found: Claim) -> Counter[int]:
    """How many of each edition are among what was claimed."""
    return Counter(each.edition_id for each in found.owed)


@contextmanager
def put_off(ledger: Ledger) -> Iterator[Counter[int]]:
    """How often each delivery is put off meanwhile."""
    counted: Counter[int] = Counter()

    def asked(_: object, __: object, statement: str, values: Any, ___: object, many: bool) -> None:  # noqa: FBT001  as SQLAlchemy calls it
        if statement.startswith("UPDATE deliveries SET next_at=") and "lease" not in statement:
            rows = values if many else [values]
            counted.update(row["number"] if isinstance(row, dict) else row[1] for row in rows)

    event.listen(ledger.engine, "before_cursor_execute", asked)
    try:
        yield counted
    finally:
        event.remove(ledger.engine, "before_cursor_execute", asked)


def test_a_small_edition_is_served_beside_a_large_one(ledger: Ledger) -> None:
    """As many of each; what the small one has no use for, the large one gets."""
    enlist(ledger, scattered(5))
    owe(ledger)
    enlist(ledger, scattered(300, 5))
    owe(ledger, 1)
    found = editions(claim(ledger, "me", limit=20))
    assert (found[1], found[2]) == (5, 10)
    assert editions(claim(ledger, "me", limit=20)) == {2: 20}


def test_the_small_one_may_be_the_later_one(ledger: Ledger) -> None:
    """It does not stand in line behind what was owed before it."""
    enlist(ledger, scattered(300))
    owe(ledger)
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE subscribers SET state = 'unsubscribed' WHERE id > 5")
    owe(ledger, 1)
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE subscribers SET state = 'active'")
    assert editions(claim(ledger, "me", limit=20))[2] == 5


def test_three_editions_share_a_rate_equally(ledger: Ledger) -> None:
    """Sixty at once, and then six a second."""
    enlist(ledger, scattered(100))
    for week in range(3):
        owe(ledger, week)
    rules = Rules(rate=read_rate("6/s"))
    assert editions(drawn(ledger, rules)) == {1: 20, 2: 20, 3: 20}
    found = sum((editions(drawn(ledger, rules, NOW + number * SECOND)) for number in range(1, 11)), Counter[int]())
    assert found == {1: 20, 2: 20, 3: 20}


def test_where_one_may_go_at_a_time_it_is_not_always_the_same_editions(ledger: Ledger) -> None:
    """Who begins is drawn by lot; and nobody is put off who was only not drawn."""
    enlist(ledger, scattered(60))
    for week in range(3):
        owe(ledger, week)
    with put_off(ledger) as waiting:
        found = sum((editions(drawn(ledger, ONE, NOW + number * SECOND)) for number in range(81)), Counter[int]())
    assert found.total() == 90
    assert min(found.values()) > 15
    assert waiting == {}


def test_each_relay_has_its_own_bucket(ledger: Ledger) -> None:
    """What went out by one costs the other nothing."""
    enlist(ledger, scattered(40))
    owe(ledger)
    assert [len(drawn(ledger, rules).owed) for rules in (ONE, OTHER, ONE, OTHER)] == [10, 10, 0, 0]
    assert [len(drawn(ledger, rules, NOW + SECOND).owed) for rules in (ONE, OTHER)] == [1, 1]


def test_a_relay_that_is_closed_stops_its_own_workers_and_not_the_others(ledger: Ledger) -> None:
    """Until the time is over; a rate of its own it need not have."""
    enlist(ledger, scattered(40))
    owe(ledger)
    Outbox(ledger.engine).close(ONE.relay, NOW + 300 * SECOND, now=NOW)
    unrated = replace(ONE, rate=None)
    assert [len(drawn(ledger, rules).owed) for rules in (ONE, unrated, OTHER)] == [0, 0, 10]
    assert len(drawn(ledger, unrated, NOW + 299 * SECOND).owed) == 0
    assert len(drawn(ledger, unrated, NOW + 300 * SECOND).owed) == 30


def test_a_domain_that_is_closed_is_closed_for_all_relays(ledger: Ledger) -> None:
    """It is the domain that has had enough of us."""
    enlist(ledger, people(30))
    owe(ledger)
    Outbox(ledger.engine).close("one.example", NOW + 300 * SECOND, now=NOW)
    for rules in (Rules(relay=ONE.relay), Rules(relay=OTHER.relay)):
        assert not [each for each in drawn(ledger, rules, limit=15).owed if each.address.endswith("@one.example")]


@pytest.mark.usefixtures("storage_url")
def test_what_a_relay_says_reaches_those_who_send_by_it(tmp_path: Path) -> None:
    """A sender whose relay closes leaves the rest to the others, who send by another."""

    class Closing(MemoryTransport):
        def take(self, envelope: Envelope) -> Receipt:
            return Receipt("deferred", "recipient", 421, "4.7.0", "closing") if len(self.envelopes) >= 5 else super().take(envelope)

    office = PostOffice(tmp_path, people(30))
    first, second, third = Closing(), MemoryTransport(), MemoryTransport()
    for transport, relay in ((first, ONE.relay), (second, ONE.relay), (third, OTHER.relay)):
        rules = Rules(connections=1, relay=relay)
        post(Office(office.outbox, transport, KEYS, rules, "me", office.clock, bounces="b@press.example.org"), patience=timedelta())
        office.clock.now += 301 * SECOND if transport is second else timedelta()
    assert (len(first.envelopes), len(second.envelopes)) == (5, 0)
    assert {*office.states()} == {"sent"}
    assert len(third.envelopes) == 25


@pytest.mark.parametrize("senders", [1, 3])
def test_what_waits_for_a_domain_is_not_put_off_again_and_again(ledger: Ledger, senders: int) -> None:
    """Each has its turn, one behind the other; several senders, who do not know of each other's lines, put it off once each."""
    enlist(ledger, [f"reader{number}@one.example" for number in range(120)])
    owe(ledger)
    rules = Rules(domains={"one.example": read_rate("60/m")})
    lines: list[dict[tuple[int, str], datetime]] = [{} for _ in range(senders)]
    going: list[int] = []
    with put_off(ledger) as waiting:
        for second in range(130):
            now = NOW + second * SECOND
            going.append(sum(len(drawn(ledger, rules, now, limit=50, lines=line).owed) for line in lines))
    assert sum(going) == 120
    assert going[0] == 10
    assert set(going[1:]) <= {0, 1}
    assert max(waiting.values()) <= senders + 1  # where a turn was a millionth of a second too early
    assert waiting.total() <= 120 * (1 if senders == 1 else 2)  # each of 110, and a few again


def test_who_waits_for_a_domain_does_not_keep_others_waiting(ledger: Ledger) -> None:
    """They are looked at once, and then the others' turn comes."""
    enlist(ledger, [f"reader{number}@one.example" for number in range(100)])
    enlist(ledger, scattered(20))
    owe(ledger)
    rules = Rules(domains={"one.example": read_rate("1/m")})
    found = [drawn(ledger, rules, limit=30) for _ in range(5)]
    assert sum(len(each.owed) for each in found) == 21
