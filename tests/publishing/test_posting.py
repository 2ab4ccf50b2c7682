"""Sending: everybody gets what they are owed, once, whatever happens on the way."""

from __future__ import annotations

import asyncio
import inspect
import re
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from syndicate.delivery.envelopes import Envelope, Receipt
from syndicate.delivery.tokens import Keys, read, read_return_path, suppression_key
from syndicate.delivery.transports.memory import MemorySession, MemoryTransport
from syndicate.errors import StorageError, UnavailableError
from syndicate.publishing import posting
from syndicate.publishing.addressing import Addressing
from syndicate.publishing.posting import IN_FLIGHT, LEASE, Office, Posted, post
from syndicate.publishing.rules import RELAY, Rules
from syndicate.rates import read_rate
from syndicate.storage import Outbox, Owed, Settled
from syndicate.storage.tables import mailings, subscribers, subscriptions, suppressions
from tests.publishing.press import Press
from tests.vocabulary import moment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from syndicate.storage import Claim

KEYS = Keys.of("a-secret-that-is-long-enough")
MONDAY = moment("2026-11-16T09:00")

pytestmark = pytest.mark.usefixtures("storage_url")


class Clock:
    """A clock that the test sets, and that every look at it moves on a little."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The moment it is."""
        self.now += timedelta(milliseconds=1)
        return self.now


class PostOffice:
    """A newspaper with subscribers, one edition recorded, and a transport to send it with."""

    def __init__(self, root: Path, people: Iterable[str], *, topics: str = "") -> None:
        self.press = Press(root).configure("late = '14d'\n")
        self.press.add("Tides", "2026-11-12", topics=["Tidal Power"])
        self.press.add("Robots", "2026-11-13", topics=["Robotics"])
        self.ledger = self.press.ledger
        self.outbox = Outbox(self.ledger.engine)
        self.clock = Clock(MONDAY)
        self.subscribe(people, topics)
        self.press.run("2026-11-16T08:00")

    def subscribe(self, people: Iterable[str], topics: str = "") -> None:
        """Put people on the list, all of whom want the weekly."""
        born = moment("2026-01-01")
        with self.ledger.engine.begin() as connection:
            for address in people:
                row = {
                    "address": address,
                    "mailbox": address.lower(),
                    "name": "",
                    "state": "active",
                    "created_at": born,
                    "changed_at": born,
                }
                number = connection.execute(insert(subscribers).values(**row, consent_source="", consent_wording="")).inserted_primary_key
                assert number
                connection.execute(insert(subscriptions).values(subscriber_id=number[0], digest="weekly", topics=topics, since=born))

    def post(self, transport: Any, *, patience: float = 60, lease: str = "me", **rules: Any) -> Posted:
        """Send what is due."""
        office = Office(self.outbox, transport, KEYS, Rules(**rules), lease, self.clock, bounces="bounces@press.example.org")
        return post(office, patience=timedelta(seconds=patience))

    def states(self) -> dict[str, int]:
        """How many deliveries are in which state."""
        return self.outbox.tally().get("weekly/2026-11-16", {})

    def sql(self, statement: Any) -> None:
        """Change the database behind everybody's back."""
        with self.ledger.engine.begin() as connection:
            connection.execute(statement)


def people(count: int) -> list[str]:
    """So many addresses, in three domains."""
    return [f"reader{number}@{('one', 'two', 'three')[number % 3]}.example" for number in range(count)]


def recipients(transport: MemoryTransport) -> list[str]:
    """Who got a message, in alphabetical order."""
    return sorted(envelope.recipient for envelope in transport.envelopes)


def test_everybody_gets_one_message(tmp_path: Path) -> None:
    """And a second run has nothing to do."""
    office, transport = PostOffice(tmp_path, people(50)), MemoryTransport()
    done = office.post(transport)
    assert recipients(transport) == sorted(people(50))
    assert (done.states, office.states()) == (Counter(sent=50, suppressed=0), {"sent": 50})
    office.post(transport)
    assert len(transport.envelopes) == 50


def test_a_message_is_its_readers_own(tmp_path: Path) -> None:
    """To them, with a return path and a way out that prove themselves."""
    office, transport = PostOffice(tmp_path, ["ann@example.org"]), MemoryTransport()
    office.post(transport)
    (envelope,) = transport.envelopes
    message = message_from_bytes(envelope.body, policy=policy.default)
    assert str(message["To"]) == "ann@example.org"
    found = re.search(r"subject=unsubscribe%20weekly%20([\w-]+)>", str(message["List-Unsubscribe"]))
    assert found
    assert read(KEYS, "unsubscribe", "weekly", found[1]) == 1
    assert read_return_path(KEYS, envelope.sender) == (2, 1)


def test_readers_get_their_own_topics(tmp_path: Path) -> None:
    """A parent takes its children in; who wants nothing of what there is gets nothing, and a reason is written down."""
    office, transport = PostOffice(tmp_path, []), MemoryTransport()
    office.subscribe(["all@example.org"])
    office.subscribe(["tides@example.org"], "Tidal Power\nWind")
    office.subscribe(["cooks@example.org"], "Cooking")
    office.press.add("Late tides", "2026-11-18", topics=["Tidal Power"])
    office.press.add("Late robots", "2026-11-19", topics=["Robotics"])
    office.press.run("2026-11-23T08:00")
    office.clock.now = moment("2026-11-23T08:01")
    office.post(transport)
    told = {each.recipient: message_from_bytes(each.body, policy=policy.default)["Subject"] for each in transport.envelopes}
    assert told == {"all@example.org": "Late robots", "tides@example.org": "Late tides"}
    (cook,) = office.outbox.deliveries(states=["nothing"])
    assert (cook.address, cook.reason) == ("cooks@example.org", "no story on their topics")


def test_who_left_after_the_edition_was_recorded_gets_nothing(tmp_path: Path) -> None:
    """Unsubscribed, suppressed and erased: looked up at the last moment, each with its reason."""
    office, transport = PostOffice(tmp_path, people(5)), MemoryTransport()
    office.sql(update(subscriptions).where(subscriptions.c.subscriber_id == 1).values(ended_at=MONDAY))
    office.sql(update(subscribers).where(subscribers.c.id == 2).values(state="unsubscribed"))
    office.sql(insert(suppressions).values(key=suppression_key(KEYS, people(5)[2].upper()), reason="complaint", at=MONDAY, detail=""))
    office.sql(subscriptions.delete().where(subscriptions.c.subscriber_id == 4))
    office.sql(subscribers.delete().where(subscribers.c.id == 4))
    office.post(transport)
    assert recipients(transport) == [people(5)[4]]
    reasons = [each.reason for each in office.outbox.deliveries(states=["suppressed"])]
    assert reasons == ["unsubscribed since", "unsubscribed since", "the address is suppressed", "erased since"]


def test_who_is_put_off_is_tried_again_later(tmp_path: Path) -> None:
    """After a pause, longer each time, until the edition is stale: then that is written down."""
    office = PostOffice(tmp_path, people(3))
    late = MemoryTransport(defer={people(3)[1]})
    pauses = []
    for _ in range(20):
        office.post(late)
        due = office.outbox.next_due(now=office.clock.now)
        if due is None:
            break
        pauses.append(round((due - office.clock.now) / timedelta(minutes=1)))
        office.clock.now = due
    assert pauses[:4] == [5, 15, 30, 60]
    assert office.states() == {"sent": 2, "expired": 1}
    assert "450 4.2.1 come back later" in office.outbox.deliveries(states=["expired"])[0].reason
    assert len(late.envelopes) == 2


def test_a_stale_edition_is_not_sent_any_more(tmp_path: Path) -> None:
    """What is owed of it expires, visibly."""
    office, transport = PostOffice(tmp_path, people(3)), MemoryTransport()
    office.clock.now = MONDAY + timedelta(days=4)
    assert office.outbox.expire(now=office.clock.now) == 3
    office.post(transport)
    assert (transport.envelopes, office.states()) == ([], {"expired": 3})


@pytest.mark.parametrize(
    ("doubt", "states", "arrived"), [("hold", {"sent": 2, "uncertain": 1}, 3), ("resend", {"sent": 2, "deferred": 1}, 3)]
)
def test_a_lost_answer_leaves_doubt(tmp_path: Path, doubt: str, states: dict[str, int], arrived: int) -> None:
    """Held for somebody to look at, or tried again, as configured."""
    office, transport = PostOffice(tmp_path, people(3)), MemoryTransport(vanish={people(3)[0]})
    office.post(transport, doubt=doubt)
    assert (office.states(), len(transport.envelopes)) == (states, arrived)


def test_an_edition_that_is_refused_is_stopped(tmp_path: Path) -> None:
    """Once too large a share is: the rest stays owed until somebody has looked; a retry goes on with it."""
    office = PostOffice(tmp_path, people(500))
    transport = MemoryTransport(refuse=people(500)[:200])
    done = office.post(transport, canary=0.1, canary_after=40, connections=2)
    (reason,) = done.stopped.values()
    assert reason.startswith("40 of the first 40 were refused, more than 10%")
    assert office.outbox.held() == {"weekly/2026-11-16": reason}
    assert office.states()["refused"] <= 40 + 2 * IN_FLIGHT
    before = len(transport.envelopes)
    office.post(transport)
    assert len(transport.envelopes) == before
    office.outbox.retry("weekly/2026-11-16", states=[], now=office.clock())
    office.post(transport, canary=1)
    assert office.states() == {"refused": 200, "sent": 300}


def test_a_cancelled_edition_is_not_sent(tmp_path: Path) -> None:
    """What was owed says so."""
    office, transport = PostOffice(tmp_path, people(3)), MemoryTransport()
    assert office.outbox.cancel("weekly/2026-11-16", now=MONDAY, reason="cancelled by hand") == 3
    office.post(transport)
    assert (transport.envelopes, office.states()) == ([], {"cancelled": 3})


def test_rates_are_kept_over_restarts(tmp_path: Path) -> None:
    """Of the relay and of a domain: no second sender finds a full bucket again; what must wait is due when its turn comes."""
    office, transport = PostOffice(tmp_path, people(30)), MemoryTransport()
    rules: dict[str, Any] = {"domains": {"one.example": read_rate("6/m")}, "rate": read_rate("2/s")}
    sent = []
    for _ in range(3):
        office.post(transport, patience=0, **rules)
        sent.append(Counter(envelope.recipient.partition("@")[2] for envelope in transport.envelopes))
    assert sent[0].total() == 20
    assert sent[0]["one.example"] == 1
    assert sent[1].total() - sent[0].total() <= 1
    office.clock.now += timedelta(seconds=10)
    office.post(transport, patience=0, **rules)
    counts = Counter(envelope.recipient.partition("@")[2] for envelope in transport.envelopes)
    assert counts["one.example"] == 2
    office.clock.now += timedelta(seconds=600)
    for _ in range(8):
        office.post(transport, patience=0, **rules)
        office.clock.now += timedelta(seconds=10)
    assert recipients(transport) == sorted(people(30))


def test_a_server_that_has_had_enough_is_left_alone(tmp_path: Path) -> None:
    """After 421 nothing goes out for a while, also not by the next sender."""
    office = PostOffice(tmp_path, people(30))

    class Enough(MemoryTransport):
        def take(self, envelope: Envelope) -> Receipt:
            return Receipt("deferred", "recipient", 421, "4.7.0", "too much") if len(self.envelopes) >= 5 else super().take(envelope)

    office.post(Enough(), connections=1)
    assert office.states()["sent"] == 5
    again = MemoryTransport()
    office.post(again)
    assert again.envelopes == []
    office.clock.now += timedelta(minutes=6)
    office.post(again)
    assert office.states()["sent"] == 30


def test_a_domain_that_has_had_enough_is_left_alone(tmp_path: Path) -> None:
    """The others go on; what was only claimed for it costs no try."""
    office = PostOffice(tmp_path, people(60))

    class Enough(MemoryTransport):
        def take(self, envelope: Envelope) -> Receipt:
            if envelope.recipient.endswith("@one.example"):
                return Receipt("deferred", "recipient", 450, "4.7.1", "too much")
            return super().take(envelope)

    office.post(Enough(), connections=1)
    assert office.states() == {"sent": 40, "deferred": 20}
    assert sorted(each.attempts for each in office.outbox.deliveries(states=["deferred"])) == [0] * 19 + [1]
    tried = [each for each in office.outbox.deliveries() if "too much" in each.reason]
    assert len(tried) == 1


def test_a_relay_that_cannot_be_reached_is_not_asked_for_everybody(tmp_path: Path) -> None:
    """Once is enough for now: the others wait, and lose nothing by it."""
    office, asked = PostOffice(tmp_path, people(200)), Counter[str]()

    class Away(MemoryTransport):
        def take(self, envelope: Envelope) -> Receipt:
            asked[envelope.recipient] += 1
            return Receipt("deferred", "connect", text="nobody is there")

    office.post(Away(), connections=4)
    assert asked.total() <= 4
    office.clock.now += timedelta(minutes=6)
    transport = MemoryTransport()
    office.post(transport)
    assert recipients(transport) == sorted(people(200))


def test_two_senders_at_once_share_the_work(tmp_path: Path) -> None:
    """Nobody gets two messages."""
    office, transport = PostOffice(tmp_path, people(300)), MemoryTransport()

    async def both() -> None:
        await asyncio.gather(*(asyncio.to_thread(office.post, transport, lease=name) for name in ("me", "you")))

    asyncio.run(both())
    assert recipients(transport) == sorted(people(300))


@pytest.mark.parametrize(("resend", "states"), [(False, {"uncertain": 2, "planned": 3}), (True, {"deferred": 2, "planned": 3})])
def test_what_a_dead_sender_held_is_taken_back(tmp_path: Path, resend: bool, states: dict[str, int]) -> None:  # noqa: FBT001
    """What was only claimed is owed as before; what was going out may have arrived."""
    office = PostOffice(tmp_path, people(5))
    now = office.clock()
    owed = office.outbox.claim(lease="dead", until=now + LEASE, now=now, limit=5, suppressed=lambda _: b"").owed
    office.outbox.advance(lease="dead", now=now, sending=[each.id for each in owed[:2]])
    assert office.outbox.recover(now=now, resend=resend) == (0, 0)
    assert office.outbox.recover(now=now, dead=["dead"], resend=resend) == (3, 2)
    assert office.states() == states
    transport = MemoryTransport()
    office.post(transport)
    assert len(transport.envelopes) == (5 if resend else 3)


def test_a_lease_that_was_lost_sends_nothing(tmp_path: Path) -> None:
    """A sender that slept for too long finds its claims gone before a message goes out."""
    office = PostOffice(tmp_path, people(3))
    now = office.clock()
    owed = office.outbox.claim(lease="slow", until=now, now=now, limit=3, suppressed=lambda _: b"").owed
    later = now + timedelta(seconds=1)
    assert office.outbox.advance(lease="slow", now=later, sending=[each.id for each in owed]) == frozenset()
    office.outbox.recover(now=later)
    assert office.outbox.advance(lease="slow", now=now, sending=[each.id for each in owed]) == frozenset()


def test_a_session_that_breaks_leaves_doubt_about_one_message_alone(tmp_path: Path) -> None:
    """A mistake in a transport stops the run; what was only marked is given back."""
    office = PostOffice(tmp_path, people(20))

    class Broken(MemoryTransport):
        def take(self, envelope: Envelope) -> Receipt:
            if len(self.envelopes) == 7:
                raise RuntimeError("a bug")
            return super().take(envelope)

    with pytest.raises(ExceptionGroup):
        office.post(Broken(), connections=1)
    states = office.states()
    assert (states.get("sent"), states.get("uncertain")) == (7, 1), states
    office.outbox.recover(now=office.clock(), dead=["me"])
    transport = MemoryTransport()
    office.post(transport)
    assert len(transport.envelopes) == 12


def test_a_database_that_fails_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its own error; what was answered and not written down is in doubt, and nothing is sent twice."""
    office, transport = PostOffice(tmp_path, people(40)), MemoryTransport()
    calls = Counter[str]()
    advance = Outbox.advance

    def failing(self: Outbox, **more: Any) -> frozenset[int]:
        calls["advance"] += 1
        if calls["advance"] > 3:
            raise StorageError("the disk is full")
        return advance(self, **more)

    monkeypatch.setattr(Outbox, "advance", failing)
    with pytest.raises(StorageError, match="the disk is full"):
        office.post(transport)
    monkeypatch.undo()
    office.outbox.recover(now=office.clock(), dead=["me"])
    office.post(transport)
    assert len(set(recipients(transport))) == len(transport.envelopes)
    assert set(office.states()) <= {"sent", "uncertain"}
    assert office.states()["sent"] + office.states().get("uncertain", 0) == 40


def test_sending_stops_when_asked(tmp_path: Path) -> None:
    """After the messages in hand; the rest is owed as before, at once."""
    office, transport = PostOffice(tmp_path, people(200)), MemoryTransport()
    desk = Office(office.outbox, transport, KEYS, Rules(connections=2), "me", office.clock, lambda: len(transport.envelopes) >= 20)
    post(replace(desk, bounces="b@press.example.org"))
    states = office.states()
    assert 20 <= states["sent"] <= 30
    assert states["sent"] + states.get("planned", 0) + states.get("deferred", 0) == 200
    office.post(transport)
    assert recipients(transport) == sorted(people(200))


def test_a_suppressed_reader_gets_no_edition_of_several(tmp_path: Path) -> None:
    """However many are owed to them at once."""
    office, transport = PostOffice(tmp_path, people(1)), MemoryTransport()
    office.press.add("News", "2026-11-18")
    office.press.run("2026-11-23T08:00")
    office.sql(insert(suppressions).values(key=suppression_key(KEYS, people(1)[0]), reason="complaint", at=MONDAY, detail=""))
    office.sql(update(mailings).values(expires_at=moment("2026-12-01")))
    office.clock.now = moment("2026-11-23T08:01")
    office.post(transport)
    assert transport.envelopes == []
    assert [each.state for each in office.outbox.deliveries()] == ["suppressed", "suppressed"]


def test_rates_hold_for_all_senders_together(tmp_path: Path) -> None:
    """What one has taken is gone for the other, and so is a relay that has had enough of one of them."""
    office, transport = PostOffice(tmp_path, people(100)), MemoryTransport()
    for name in ("me", "you", "them"):
        office.post(transport, lease=name, patience=0, rate=read_rate("2/s"))
    assert len(transport.envelopes) == 20
    office.clock.now += timedelta(seconds=60)
    office.outbox.close(RELAY, office.clock.now + timedelta(minutes=5), now=office.clock.now)
    office.outbox.close(RELAY, office.clock.now + timedelta(minutes=1), now=office.clock.now)
    office.clock.now += timedelta(minutes=2)
    office.post(transport, patience=0, rate=read_rate("2/s"))
    assert len(transport.envelopes) == 20


def test_who_is_erased_while_the_edition_goes_out_gets_nothing(tmp_path: Path) -> None:
    """Also where their delivery was claimed already."""
    office = PostOffice(tmp_path, people(40))

    class Erasing(MemoryTransport):
        def take(self, envelope: Envelope) -> Receipt:
            if not self.envelopes:
                office.sql(subscriptions.delete().where(subscriptions.c.subscriber_id == 40))
                office.sql(subscribers.delete().where(subscribers.c.id == 40))
            return super().take(envelope)

    transport = Erasing()
    office.post(transport, connections=1)
    assert recipients(transport) == sorted(people(39))
    assert office.states() == {"sent": 39, "suppressed": 1}


def test_an_edition_that_grows_stale_while_it_goes_out_goes_out_no_further(tmp_path: Path) -> None:
    """The rest expires."""
    office = PostOffice(tmp_path, people(40))

    class Slow(MemoryTransport):
        def take(self, envelope: Envelope) -> Receipt:
            if len(self.envelopes) == 5:
                office.clock.now += timedelta(days=4)
            return super().take(envelope)

    transport = Slow()
    office.post(transport, connections=1)
    assert len(transport.envelopes) <= 5 + IN_FLIGHT
    office.outbox.expire(now=office.clock.now)
    assert set(office.states()) == {"sent", "expired"}


def test_an_edition_that_is_tried_again_goes_on_in_the_same_shift(tmp_path: Path) -> None:
    """Somebody lifts the stop while a sender is still at work."""
    office = PostOffice(tmp_path, people(300))

    class Mended(MemoryTransport):
        def take(self, envelope: Envelope) -> Receipt:
            if office.outbox.held() and not self.refuse:
                office.outbox.retry("weekly/2026-11-16", states=["refused"], now=office.clock())
            return super().take(envelope)

    transport = Mended(refuse=set(people(300)[:45]))
    office.post(transport, canary=0.1, canary_after=40, connections=1)
    transport.refuse.clear()
    office.outbox.retry("weekly/2026-11-16", states=["refused"], now=office.clock())
    office.post(transport, canary=0.1, canary_after=40)
    assert office.states() == {"sent": 300}
    assert max(each.attempts for each in office.outbox.deliveries()) <= 3


def test_what_the_relay_has_said_outlives_a_failure_to_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is locked for once: the run ends, and nothing that was answered is in doubt."""
    office, transport = PostOffice(tmp_path, people(40)), MemoryTransport()
    calls = Counter[str]()
    advance = Outbox.advance

    def failing_once(self: Outbox, **more: Any) -> frozenset[int]:
        calls["advance"] += 1
        if calls["advance"] == 4:
            raise StorageError("another program holds the database")
        return advance(self, **more)

    monkeypatch.setattr(Outbox, "advance", failing_once)
    with pytest.raises(StorageError, match="holds the database"):
        office.post(transport)
    assert office.states()["sent"] == len(transport.envelopes)
    monkeypatch.undo()
    office.outbox.recover(now=office.clock(), dead=["me"])
    office.post(transport)
    assert recipients(transport) == sorted(people(40))


def test_an_answer_that_comes_late_ends_the_doubt(tmp_path: Path) -> None:
    """A sender that was taken for dead has heard from the relay after all."""
    office = PostOffice(tmp_path, people(2))
    now = office.clock()
    owed = office.outbox.claim(lease="slow", until=now + LEASE, now=now, limit=2, suppressed=lambda _: b"").owed
    office.outbox.advance(lease="slow", now=now, sending=[each.id for each in owed])
    office.outbox.recover(now=now, dead=["slow"])
    assert office.states() == {"uncertain": 2}
    answers = [Settled(owed[0].id, "sent", now, "250"), Settled(owed[1].id, "deferred", now, "451", now)]
    office.outbox.advance(lease="slow", now=now, settled=answers)
    assert office.states() == {"sent": 1, "deferred": 1}


def test_a_try_that_was_none_does_not_end_the_doubt_of_another(tmp_path: Path) -> None:
    """A sender slept, another tried and was cut off: that the first one has sent nothing does not mean that nobody has."""
    office = PostOffice(tmp_path, people(1))
    now = office.clock()
    office.outbox.claim(lease="slow", until=now, now=now, limit=1, suppressed=lambda _: b"")
    office.outbox.recover(now=now)
    (owed,) = office.outbox.claim(lease="cut off", until=now + LEASE, now=now, limit=1, suppressed=lambda _: b"").owed
    office.outbox.advance(lease="cut off", now=now, sending=[owed.id])
    office.outbox.recover(now=now, dead=["cut off"])
    office.outbox.advance(lease="slow", now=now, settled=[Settled(owed.id, "deferred", now, "given back unsent", now, unsent=True)])
    assert office.states() == {"uncertain": 1}


def test_a_mark_that_the_database_was_too_silent_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the time at which it answers, the lease has run out, and another may have taken the delivery back."""
    office, transport = PostOffice(tmp_path, people(1)), MemoryTransport()
    advance, marked = Outbox.advance, list[frozenset[int]]()

    def silent(self: Outbox, **more: Any) -> frozenset[int]:
        if more.get("sending"):
            if not marked:
                marked.append(frozenset())
                office.clock.now += 2 * LEASE
                raise UnavailableError("it is being restarted")
            marked.append(advance(self, **more))
            return marked[-1]
        return advance(self, **more)

    monkeypatch.setattr(Outbox, "advance", silent)
    office.post(transport)
    assert [len(each) for each in marked] == [0, 0, 1]
    assert len(transport.envelopes) == 1


def test_what_is_in_hand_is_not_given_back_as_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer to a claim was lost: what it leased is owed again at once, while the rest goes out."""
    office, transport = PostOffice(tmp_path, people(60)), MemoryTransport()
    claim, disown, lost = Outbox.claim, Outbox.disown, list[Owed]()

    class Steady(MemorySession):
        async def send(self, envelope: Envelope, *, following: Envelope | None = None) -> Receipt:
            await asyncio.sleep(0.02)
            return await super().send(envelope, following=following)

    def cut_off(self: Outbox, **more: Any) -> Claim:
        found = claim(self, **more)
        if transport.envelopes and found.owed and not lost:
            lost.extend(found.owed)
            raise UnavailableError("it is being restarted")
        return found

    def slow(self: Outbox, *, but: Collection[int], **more: Any) -> int:
        before = sorted(but)
        time.sleep(0.1)
        assert sorted(but) == before
        return disown(self, but=but, **more)

    monkeypatch.setattr(posting, "CHUNK", 20)
    monkeypatch.setattr(Outbox, "claim", cut_off)
    monkeypatch.setattr(Outbox, "disown", slow)
    monkeypatch.setattr(transport, "session", lambda: Steady(transport))
    office.post(transport, connections=1)
    assert len(lost) == 20
    assert recipients(transport) == sorted(people(60))


def test_a_server_that_hung_is_not_sent_all_that_was_drawn_meanwhile(tmp_path: Path) -> None:
    """What was drawn and not sent is drawn again: never more goes out at once than two buckets hold."""
    office = PostOffice(tmp_path, people(80))
    moments: list[datetime] = []

    class Hanging(MemoryTransport):
        def take(self, envelope: Envelope) -> Receipt:
            moments.append(office.clock.now)
            if len(moments) == 1:
                office.clock.now += timedelta(minutes=1)
            return super().take(envelope)

    transport = Hanging()
    for _ in range(2):
        office.post(transport, patience=0, connections=1, rate=read_rate("2/s"))
    after = [moment for moment in moments if moment > moments[0]]
    assert len(after) <= 21 + 2 * (after[-1] - after[0]).total_seconds()
    assert max(each.attempts for each in office.outbox.deliveries()) == 1


def test_many_for_whom_there_is_nothing_do_not_stop_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where one claim after the other has no letter in it: a session does not wait within a wait."""
    office, depths = PostOffice(tmp_path, people(30), topics="Cooking"), set[int]()
    addressed = Addressing.envelope

    def looked(self: Addressing, owed: Owed) -> Envelope | None:
        depths.add(len(inspect.stack(0)))
        return addressed(self, owed)

    monkeypatch.setattr(posting, "CHUNK", 1)
    monkeypatch.setattr(Addressing, "envelope", looked)
    office.post(MemoryTransport(), connections=1)
    assert office.states() == {"nothing": 30}
    assert len(depths) == 1
