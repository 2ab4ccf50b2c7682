"""Several programs at one ledger, in each database: what comes of it could have come of one after the other."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, text

from syndicate.errors import StorageError
from syndicate.publishing.rules import RELAY, Rules, Turns
from syndicate.rates import read_rate
from syndicate.storage import ArticleRecord, Ledger, Outbox, Settled
from syndicate.storage.buckets import read_buckets
from syndicate.storage.rations import Freely
from syndicate.storage.subscribers import Subscribers
from syndicate.storage.tables import deliveries
from tests.databases import DATABASES, at_once, contents, on_postgresql
from tests.storage.mailroom import DAY, NOW, claim, edition, enlist, key_of, owe, people
from tests.vocabulary import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Row

    from syndicate.rates import Bucket
    from syndicate.storage import Owed
    from syndicate.storage.rations import Share
    from tests.databases import Server

EIGHT = range(8)
NO_WAIT = 0.3
"""Seconds in which whoever is not kept waiting is done, and a good deal more."""


@pytest.fixture
def ledger(tmp_path: Path, storage_url: str) -> Iterator[Ledger]:
    """A ledger with sixty people on its list, in each database."""
    found = Ledger.open(storage_url, tmp_path)
    enlist(found, people(60))
    yield found
    found.close()


def states(ledger: Ledger) -> Counter[str]:
    """How many deliveries are in which state."""
    return Counter(each.state for each in Outbox(ledger.engine).deliveries())


@pytest.mark.parametrize("database", DATABASES)
def test_programs_that_start_at_once_make_the_tables_once(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """On an empty database; whoever comes second finds them."""
    urls = [f"sqlite:///{number}.db" for number in range(10)]  # a new database lets one of them say how it keeps its log
    if database == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        urls = [server.create(empty=True)]
    for url in urls:
        for each in at_once(*[partial(Ledger.open, url, tmp_path) for _ in range(6)]):
            assert each.editions() == ()
            each.close()


def test_schedulers_that_record_one_window_at_once_owe_it_once(ledger: Ledger) -> None:
    """One of them has recorded it, and the others know."""
    for week in range(5):
        assert Counter(at_once(*[lambda week=week: owe(ledger, week) for _ in range(4)])) == Counter({True: 1, False: 3})
    assert [record.key for record in ledger.editions()] == [edition(week).key for week in reversed(range(5))]
    assert states(ledger) == Counter(planned=300)


def test_an_article_that_two_windows_want_at_once_runs_in_one(ledger: Ledger) -> None:
    """The other is refused, as a contradiction, with all that belongs to it."""
    article = ArticleRecord("urn:uuid:1", "ran", "One", "https://x.example/1", "a/1.md", moment("2026-11-05"), "0" * 64)

    def recorded(week: int) -> bool:
        try:
            return ledger.record(edition(week), [article])
        except StorageError as error:
            return "contradicts what is recorded" not in str(error)

    assert sorted(at_once(lambda: recorded(0), lambda: recorded(1))) == [False, True]
    assert len(ledger.editions()) == len(ledger.fates("weekly")) == 1


def test_what_was_said_first_stands_though_many_say_it_at_once(ledger: Ledger) -> None:
    """A secret that several programs make at their first start is one secret; nobody fails."""
    at_once(*[lambda number=number: ledger.keep_fact("secret", str(number)) for number in EIGHT])
    first = ledger.fact("secret")
    assert first in map(str, EIGHT)
    ledger.keep_fact("secret", "another")
    assert ledger.fact("secret") == first


def test_an_edition_is_settled_by_one(ledger: Ledger) -> None:
    """The others are told that it was done."""
    owe(ledger)
    assert Counter(at_once(*[lambda: ledger.settle(edition().key, now=NOW) for _ in EIGHT])) == Counter({True: 1, False: 7})


def test_claims_at_once_lease_no_delivery_twice(ledger: Ledger) -> None:
    """Whoever comes leases others, until nothing is left."""
    for week in range(3):
        owe(ledger, week)

    def work(name: str) -> list[int]:
        found: list[int] = []
        while taken := claim(ledger, name, limit=7).owed:
            found += [each.id for each in taken]
        return found

    leased = [number for each in at_once(*[lambda name=f"sender {number}": work(name) for number in EIGHT]) for number in each]
    # On PostgreSQL a claim passes over what others hold at that moment: it may come back with nothing a little before the end.
    leased += work("the last")
    assert Counter(leased).most_common(1)[0][1] == 1
    assert len(leased) == 180
    assert states(ledger) == Counter(leased=180)


class Slow(Freely):
    """A ration that takes its time, in the middle of a claim."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def share(self, known: Mapping[str, Bucket], owed: Sequence[Owed]) -> Share:
        """All, later."""
        time.sleep(self.seconds)
        return super().share(known, owed)


@on_postgresql
def test_claims_do_not_wait_for_each_other(ledger: Ledger) -> None:
    """Who looks while another has not decided yet gets the next ones, at once."""
    owe(ledger)
    first = Thread(target=claim, args=(ledger, "slow"), kwargs={"ration": Slow(3 * NO_WAIT)})
    first.start()
    time.sleep(NO_WAIT)
    began = time.monotonic()
    assert len(claim(ledger, "quick").owed) == 10
    assert time.monotonic() - began < NO_WAIT
    first.join()
    assert Counter(each.lease for each in rows(ledger) if each.lease) == Counter(slow=10, quick=10)


def rows(ledger: Ledger) -> Sequence[Row[Any]]:
    """The deliveries as they stand in their table."""
    with ledger.engine.connect() as connection:
        return connection.execute(select(deliveries)).all()


@pytest.mark.parametrize(
    ("rules", "most"),
    [
        pytest.param(Rules(rate=read_rate("2/s")), 20, id="relay"),
        pytest.param(Rules(domain_rate=read_rate("1/s")), 30, id="domains"),
        pytest.param(Rules(rate=read_rate("2/s"), domain_rate=read_rate("1/s")), 20, id="both"),
        pytest.param(Rules(domains={"one.example": read_rate("1/m")}), 41, id="one domain"),
    ],
)
def test_eight_claimers_take_no_more_out_of_a_bucket_than_is_in_it(ledger: Ledger, rules: Rules, most: int) -> None:
    """Nobody knew the buckets before. Not one message more goes out at a moment than the rates allow, and not one less."""
    owe(ledger)

    def work(name: str) -> int:
        return sum(len(claim(ledger, name, limit=9, ration=Turns(rules, NOW)).owed) for _ in range(6))

    given = sum(at_once(*[lambda name=f"sender {number}": work(name) for number in EIGHT]))
    given += sum(len(claim(ledger, "the last", limit=60, ration=Turns(rules, NOW)).owed) for _ in range(3))
    assert given == most


def test_over_time_eight_claimers_keep_to_the_rate(ledger: Ledger) -> None:
    """The burst, and then what the seconds bring, however often they look."""
    owe(ledger)
    rules, given = Rules(rate=read_rate("1/s")), list[int]()
    for second in (0, 1, 3, 3.5, 4):
        now = NOW + DAY / 86400 * second
        given.append(
            sum(at_once(*[lambda now=now: len(claim(ledger, "s", limit=9, now=now, ration=Turns(rules, now)).owed) for _ in EIGHT]))
        )
    assert given == [10, 1, 2, 0, 1]


def test_a_relay_that_two_have_closed_stays_closed_for_the_longer_time(ledger: Ledger) -> None:
    """Though nobody knew its bucket, and whoever comes last says less."""
    outbox = Outbox(ledger.engine)
    at_once(*[lambda hours=hours: outbox.close(RELAY, NOW + hours * DAY / 24, now=NOW) for hours in (1, 5, 2, 4, 3)])
    assert claim(ledger, "me").buckets[RELAY].closed_until == NOW + 5 * DAY / 24


def test_what_one_settles_another_cannot_take_back(ledger: Ledger) -> None:
    """A sender says what was answered while others take it for dead: each delivery is settled, or due again, and none is lost."""
    owe(ledger)
    outbox = Outbox(ledger.engine)
    mine = [each.id for each in claim(ledger, "me", limit=60).owed]
    outbox.advance(lease="me", now=NOW, sending=mine)
    answers = [Settled(number, "sent", NOW, "250 ok") for number in mine]
    settling = [
        lambda half=half: outbox.advance(lease="me", now=NOW, settled=half) or frozenset[int]()
        for half in (answers[:30], answers[30:][::-1])
    ]
    at_once(*settling, *[lambda: frozenset(outbox.recover(now=NOW, dead=["me"])) for _ in range(3)])
    assert states(ledger) == Counter(sent=60)


def test_who_is_erased_while_an_edition_is_recorded_is_owed_nothing_that_goes_out(ledger: Ledger) -> None:
    """Whichever comes first; neither fails."""
    store = Subscribers(ledger.engine)
    at_once(lambda: owe(ledger), *[lambda each=each: store.erase(each, key=key_of(each), now=NOW) for each in people(6)])
    assert len(claim(ledger, "me", limit=60).owed) == 54
    assert set(states(ledger)) <= {"leased", "suppressed"}


@on_postgresql
def test_a_server_that_was_restarted_meanwhile_is_met_again(ledger: Ledger) -> None:
    """The connections that were kept are of no use any more: no command fails for that."""
    assert ledger.editions() == ()
    with ledger.engine.connect() as connection:
        others = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
        )
        claim(ledger, "me")  # on another connection, which is kept
        connection.execute(others)
    claim(ledger, "me")
    owe(ledger)
    assert len(claim(ledger, "me", limit=60).owed) == 60


@on_postgresql
def test_moments_are_the_same_in_whatever_zone_a_connection_lives(ledger: Ledger) -> None:
    """They go in and come out in UTC; the server of the tests lives in another zone."""
    owe(ledger)
    with ledger.engine.connect() as connection:
        assert connection.execute(text("SHOW timezone")).scalar() == "Pacific/Chatham"
    event.listen(ledger.engine, "begin", lambda connection: connection.exec_driver_sql("SET LOCAL timezone = 'Asia/Kathmandu'"))
    assert ledger.edition(edition().key) == edition()
    assert str(ledger.edition(edition().key).end) == "2026-11-16 08:00:00+00:00"
    assert Outbox(ledger.engine).next_due(now=NOW) == NOW
    assert ledger.record(replace(edition(1), end=moment("2026-11-23T08:00+09:00")))
    assert str(ledger.edition(edition(1).key).end) == "2026-11-22 23:00:00+00:00"


def test_nothing_of_who_is_erased_stands_in_any_row(ledger: Ledger) -> None:
    """Whatever the tables are: each is looked at."""
    owe(ledger)
    Outbox(ledger.engine).advance(lease="", now=NOW)
    taken = claim(ledger, "me", limit=60).owed
    outbox = Outbox(ledger.engine)
    outbox.advance(lease="me", now=NOW, sending=[each.id for each in taken])
    outbox.advance(lease="me", now=NOW, settled=[Settled(each.id, "refused", NOW, f"550 <{each.address}>: no") for each in taken])
    Subscribers(ledger.engine).erase(people(1)[0], key=b"x" * 32, now=NOW)
    assert people(1)[0] not in contents(ledger.engine)
    assert len(rows(ledger)) == 60


@on_postgresql
def test_who_tries_again_takes_buckets_in_the_order_of_all(ledger: Ledger) -> None:
    """So that who claims, and holds the relay's, can have a domain's after it, and neither waits for the other for ever."""
    owe(ledger)
    outbox = Outbox(ledger.engine)
    for name in ("one.example", RELAY):
        outbox.close(name, NOW + DAY, now=NOW)
    with ledger.engine.begin() as connection:
        read_buckets(connection, [RELAY], now=NOW)
        trying = Thread(target=outbox.retry, args=("weekly/2026-11-16",), kwargs={"states": ["refused"], "now": NOW})
        trying.start()
        time.sleep(NO_WAIT)
        connection.execute(text("SET LOCAL lock_timeout = '300ms'"))
        assert read_buckets(connection, ["one.example"], now=NOW)["one.example"].closed_until
    trying.join()
    assert all(each.closed_until is None for each in claim(ledger, "me").buckets.values())


@on_postgresql
def test_what_is_tried_again_as_its_edition_grows_stale_does_not_expire(ledger: Ledger) -> None:
    """Somebody puts the end off after another has seen that it is over."""
    owe(ledger)
    outbox, late = Outbox(ledger.engine), NOW + 2 * DAY

    def put_off(_: object, __: object, statement: str, *___: object) -> None:
        if "mailings.expires_at <= " in statement and not done:
            done.append(outbox.retry("weekly/2026-11-16", states=["planned"], now=late, expires_at=late + DAY))

    done: list[int] = []
    event.listen(ledger.engine, "after_cursor_execute", put_off)
    assert outbox.expire(now=late) == 0
    event.remove(ledger.engine, "after_cursor_execute", put_off)
    assert (done, states(ledger)) == ([60], Counter(deferred=60))
