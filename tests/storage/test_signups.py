"""Sign-ups and their letters as a store keeps them, in each database, and what several programs at once make of them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from syndicate.rates import Bucket
from syndicate.storage import Ledger, Settled
from syndicate.storage.confirmations import Confirmations
from syndicate.storage.signups import PREFIX, SignUp, Signups, Wait
from syndicate.storage.tables import buckets
from tests.databases import at_once
from tests.vocabulary import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

NOW = moment("2026-11-16T08:00")
WEEK = timedelta(days=7)
LONG_ENOUGH = 0.5
"""Seconds in which a rival who is not kept waiting is done."""


@pytest.fixture
def ledger(tmp_path: Path, storage_url: str) -> Iterator[Ledger]:
    """An empty ledger, in each database."""
    found = Ledger.open(storage_url, tmp_path)
    yield found
    found.close()


def one_less(known: Mapping[str, Bucket], *_: object) -> Sequence[Bucket]:
    """Take one out of each bucket."""
    return [Bucket(each.name, min(each.tokens, 100) - 1, NOW) for each in known.values()]


def ask(ledger: Ledger, name: str, *, names: Sequence[str] = (), now: datetime = NOW, most: int = 3, ration: Any = one_less) -> Any:
    """Sign somebody up."""
    wanted = SignUp(f"{name}@example.org", f"{name}@example.org", {"weekly": ()}, now, now + WEEK)
    return Signups(ledger.engine).ask(wanted, key=b"", names=names, ration=ration, since=now - WEEK, most=most, now=now)


def claim(ledger: Ledger, *, now: datetime = NOW) -> SignUp | None:
    """The next letter."""
    letters = Confirmations(ledger.engine)
    return letters.claim(until=now + timedelta(hours=1), now=now, key=lambda _: b"", names=lambda _: ["relay"], ration=one_less)


def names(ledger: Ledger) -> set[str]:
    """The buckets that are written down."""
    with ledger.engine.connect() as connection:
        return set(connection.execute(select(buckets.c.name)).scalars())


def test_what_was_asked_for_comes_back(ledger: Ledger) -> None:
    """With its choices, in their order, and its moments in UTC."""
    choices = {"weekly": ("Wind", "Künstliche Intelligenz"), "daily": ()}
    wanted = SignUp("ann@example.org", "Ann@example.org", choices, NOW, NOW + WEEK, "Ann", "https://x.example", "Yes, send it")
    store = Signups(ledger.engine)
    assert store.ask(wanted, key=b"", names=(), ration=lambda _: (), since=NOW, most=1, now=NOW) == "owed"
    (found,) = store.of("ann@example.org")
    assert (found.choices, list(found.choices), found.asked_at, found.wording) == (choices, list(choices), NOW, "Yes, send it")
    assert store.find(found.number) == found


def test_no_more_letters_go_to_somebody_than_may_though_many_ask_at_once(ledger: Ledger) -> None:
    """The bucket of an address is drawn from by one after the other."""
    asked = Counter(at_once(*[lambda: ask(ledger, "ann", names=[f"{PREFIX}ann"])] * 8))
    assert asked == Counter(owed=3, nothing=5)
    assert len(Signups(ledger.engine).of("ann@example.org")) == 3


def test_a_bucket_that_nobody_knew_gives_no_more_than_it_holds(ledger: Ledger) -> None:
    """Eight who draw from it first, at once, draw eight times."""

    def draw(known: Mapping[str, Bucket]) -> Sequence[Bucket]:
        full = {name: Bucket(name, 100, NOW) for name in ("a", "b")}
        return one_less({**full, **known})

    at_once(*[lambda number=number: ask(ledger, f"reader{number}", names=["b", "a"], ration=draw) for number in range(8)])
    with ledger.engine.connect() as connection:
        assert connection.execute(select(buckets.c.tokens)).scalars().all() == [92, 92]


def test_who_must_wait_leaves_nothing_behind(ledger: Ledger) -> None:
    """A flood from a million networks does not fill the table."""
    assert ask(ledger, "ann", names=[f"{PREFIX}flood"], ration=lambda _: Wait("all", WEEK)) == Wait("all", WEEK)
    assert names(ledger) == set()


def test_two_who_ask_after_a_quiet_day_do_not_wait_for_each_other_for_ever(ledger: Ledger) -> None:
    """Each clears old buckets away, and holds one that the other would clear away."""
    for name in ("ann", "bob"):
        ask(ledger, name, names=[f"{PREFIX}{name}"])
    later = NOW + timedelta(days=2)
    asking, outcomes = [], list[Any]()

    def interrupted(known: Mapping[str, Bucket]) -> Sequence[Bucket]:
        asking.append(Thread(target=lambda: outcomes.append(ask(ledger, "bob", names=[f"{PREFIX}bob"], now=later))))
        asking[0].start()
        asking[0].join(LONG_ENOUGH)
        return one_less(known)

    outcomes.append(ask(ledger, "ann", names=[f"{PREFIX}ann"], now=later, ration=interrupted))
    asking[0].join()
    assert outcomes == ["owed", "owed"]


def test_letters_that_many_claim_at_once_go_out_once(ledger: Ledger) -> None:
    """Each to one of them, and all of them."""
    for number in range(20):
        ask(ledger, f"reader{number}")

    def claims() -> list[int]:
        found = []
        while letter := claim(ledger):
            found.append(letter.number)
        return found

    numbers = [number for each in at_once(*[claims] * 4) for number in each]
    assert sorted(numbers) == sorted(set(numbers))
    assert len(numbers) == 20


def test_what_has_run_out_is_forgotten_though_many_look_at_once(ledger: Ledger) -> None:
    """By one of them, and none of them fails."""
    for number in range(50):
        ask(ledger, f"reader{number}")
    assert at_once(*[lambda: claim(ledger, now=NOW + WEEK)] * 4) == [None] * 4
    assert Signups(ledger.engine).of("reader0@example.org") == ()


def test_where_nothing_is_owed_nothing_is_due(ledger: Ledger) -> None:
    """The least of no moments is none; and that of some is aware, in UTC."""
    letters = Confirmations(ledger.engine)
    assert letters.next_due(now=NOW) is None
    ask(ledger, "ann")
    assert letters.next_due(now=NOW) == NOW
    found = claim(ledger)
    assert found
    letters.settle(Settled(found.number, "sent", NOW, "250 ok"))
    assert letters.next_due(now=NOW) is None


def test_who_confirms_while_the_letter_goes_out_has_confirmed(ledger: Ledger) -> None:
    """What the server says afterwards changes nothing."""
    ask(ledger, "ann")
    letter = claim(ledger)
    assert letter
    store = Signups(ledger.engine)
    store.confirm(letter.number, 7)
    Confirmations(ledger.engine).settle(Settled(letter.number, "deferred", NOW, "451 later", NOW))
    found = store.find(letter.number)
    assert found
    assert (found.state, found.subscriber, found.mailbox) == ("confirmed", 7, "")


def test_the_number_of_a_sign_up_that_is_gone_is_nobody_elses(ledger: Ledger) -> None:
    """Links name it."""
    ask(ledger, "ann")
    (ann,) = Signups(ledger.engine).of("ann@example.org")
    ask(ledger, "bob", now=NOW + WEEK)
    (bob,) = Signups(ledger.engine).of("bob@example.org")
    assert bob.number > ann.number
    with ledger.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(buckets)).scalar() == 0
