"""The letters that ask people to confirm: each goes out, once, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from syndicate.config import load_settings
from syndicate.delivery.tokens import suppression_key
from syndicate.delivery.transports.memory import MemoryTransport
from syndicate.delivery.transports.relays import Patience
from syndicate.letters import Letter
from syndicate.linter import lint
from syndicate.publishing.rules import Rules
from syndicate.publishing.running import Desk
from syndicate.publishing.sending import post_due
from syndicate.publishing.signup import Asked, Reception
from syndicate.publishing.signup.posting import Letterbox, message_of, post, post_signups
from syndicate.rates import read_rate
from syndicate.storage.people import Wish
from syndicate.storage.signups import PREFIX
from syndicate.storage.tables import buckets
from tests.delivery.relay import FaultyRelay, says, then_close
from tests.web.reception import DAILY, Clock, front

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.config import Settings
    from syndicate.delivery.envelopes import Receipt
    from syndicate.storage.signups import SignUp

HOME = "203.0.113.0/24"

pytestmark = pytest.mark.usefixtures("storage_url")


class Killed(BaseException):
    """The end of a program."""


class Deadly(MemoryTransport):
    """With which a program dies while it sends."""

    async def send(self, *_: Any, **__: Any) -> Receipt:
        """Die."""
        raise Killed

    def session(self) -> Any:
        """There is one."""
        return self

    async def close(self) -> None:
        """Nothing is open."""


class Office:
    """A workspace with sign-ups, and a hand to send what they owe."""

    def __init__(self, root: Path, **tables: str) -> None:
        made = front(root, **tables)
        self.clock: Clock = made.clock
        self.ledger = made.ledger
        self.settings: Settings = load_settings(root / "syndicate.toml")
        self.reception = Reception.open(self.settings, self.ledger)
        self.box = Letterbox.of(self.settings, self.ledger)

    def ask(self, *names: str) -> None:
        """Take sign-ups down, and send nothing."""
        for name in names:
            asked = Asked(f"{name}@example.org", {"weekly": ()}, network=HOME)
            assert self.reception.ask(asked, HOME, now=self.clock()) == "owed"

    def post(self, transport: Any, **rules: Any) -> Counter[str]:
        """Send what is due."""
        box = replace(self.box, transport=transport, rules=Rules(**rules))
        return post(box, clock=self.clock)

    def row(self, number: int = 1) -> SignUp:
        """A sign-up as it is."""
        found = self.reception.signups.find(number)
        assert found
        return found

    def by(self, **server: Any) -> tuple[Counter[str], FaultyRelay]:
        """Send what is due to a relay as described; gives it as it was left."""
        from syndicate.delivery.transports.smtp import SmtpTransport

        async def sent() -> tuple[Counter[str], FaultyRelay]:
            async with FaultyRelay(**server) as relay:
                box = replace(self.box, transport=SmtpTransport(relay.relay()))
                return await asyncio.to_thread(post, box, clock=self.clock), relay

        return asyncio.run(sent())


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with one digest."""
    return Office(tmp_path)


def test_each_letter_goes_out_once(office: Office) -> None:
    """And a second look finds nothing to do."""
    office.ask("ann", "bob")
    transport = MemoryTransport()
    assert office.post(transport) == Counter(sent=2)
    assert [envelope.recipient for envelope in transport.envelopes] == ["ann@example.org", "bob@example.org"]
    assert office.post(transport) == Counter()


def test_where_nothing_is_limited_no_bucket_is_left_behind(office: Office) -> None:
    """Anybody can think of addresses, each in a domain of its own."""
    office.ask("ann", "bob")
    office.post(MemoryTransport())
    with office.ledger.engine.connect() as connection:
        names = connection.execute(select(buckets.c.name)).scalars().all()
    assert [name for name in names if not name.startswith(PREFIX)] == []


def test_what_is_owed_goes_out_by_itself(office: Office) -> None:
    """`syndicate run` and `send` look after it too, whoever took it down; and say so."""
    office.ask("ann")
    desk = Desk(office.settings, office.ledger, lambda: pytest.fail("no articles are needed"), office.settings.root / "out")
    (event,) = post_due(desk.settings, desk.ledger, clock=office.clock)
    assert (event.publication, event.outcome, event.reason) == ("signups", "mailed", "1 sent")
    assert len(list((office.settings.root / "letters").rglob("*.eml"))) == 1


def test_another_try_is_the_same_message(office: Office) -> None:
    """To the byte, so that a mailbox shows it once; and another sign-up's is another."""
    office.ask("ann", "ann")
    first = message_of(office.box, office.row(1))
    office.clock.on(hours=3)
    assert message_of(office.box, office.row(1)) == first
    assert message_of(office.box, office.row(2)).body != first.body


@pytest.mark.parametrize(
    ("server", "state", "taken"),
    [
        ({"dot": ["550 5.1.1 no such user"]}, "refused", 0),
        ({"rcpt": ["450 4.2.0 later"]}, "deferred", 0),
        ({"greeting": ["421 4.3.2 not now"]}, "deferred", 0),
        ({"dot": [then_close("451 4.3.0 full")]}, "deferred", 0),
    ],
)
def test_what_a_server_says_is_written_down(office: Office, server: dict[str, Any], state: str, taken: int) -> None:
    """What was put off goes out later, when its time has come and not before."""
    office.ask("ann")
    done, relay = office.by(**server)
    assert (done, len(relay.taken), office.row().state) == (Counter({state: 1}), taken, state)
    assert office.by()[0] == Counter()
    office.clock.on(minutes=6)
    assert office.by()[0] == Counter({"sent": 1} if state == "deferred" else {})


def test_in_doubt_a_letter_goes_out_once_more(office: Office) -> None:
    """Where a server took it and did not say so: twice at most, and never a third time."""
    office.ask("ann")
    taken = 0
    for expected in ("deferred", "uncertain"):
        done, relay = office.by(dot=[replace(says("250 ok"), say=b"", close=True)])
        taken += len(relay.taken)
        assert done == Counter({expected: 1})
        office.clock.on(hours=1)
    assert office.by()[0] == Counter()
    assert taken == 2


def test_cut_off_a_letter_is_not_lost_nor_sent_many_times(office: Office) -> None:
    """A sender that dies with a letter in hand leaves it to the next, once its time is over; after two deaths it is let be."""
    office.ask("ann")
    for attempts in (1, 2):
        with pytest.raises(Killed):
            office.post(Deadly())
        assert (office.row().state, office.row().attempts) == ("sending", attempts)
        assert office.post(MemoryTransport()) == Counter()
        office.clock.on(seconds=office.box.lease.total_seconds() + 1)
    transport = MemoryTransport()
    assert office.post(transport) == Counter()
    assert (transport.envelopes, office.row().state, office.row().doubts) == ([], "uncertain", 2)


@pytest.mark.parametrize("doubt", ["cut off", "no answer"])
def test_put_off_before_a_letter_in_doubt_still_goes_out_once_more(office: Office, doubt: str) -> None:
    """That a server said "later" is no doubt, however often; the doubt after it is the first."""
    office.ask("ann")
    for _ in range(2):
        assert office.by(rcpt=["450 4.2.0 later"])[0] == Counter(deferred=1)
        office.clock.on(hours=1)
    if doubt == "cut off":
        with pytest.raises(Killed):
            office.post(Deadly())
    else:
        assert office.by(dot=[replace(says("250 ok"), say=b"", close=True)])[0] == Counter(deferred=1)
    office.clock.on(seconds=office.box.lease.total_seconds() + 1)
    assert office.post(MemoryTransport()) == Counter(sent=1)


@pytest.mark.parametrize("timeout", [1, 60, 600])
def test_no_letter_is_taken_for_cut_off_while_its_server_is_waited_for(tmp_path: Path, timeout: int) -> None:
    """However patient we are told to be: all replies of two connections fit into the time."""
    office = Office(tmp_path, more=f"[smtp]\ntimeout = {timeout}\n")
    office.ask("ann")
    with pytest.raises(Killed):
        office.post(Deadly())
    office.clock.on(seconds=14 * timeout + 2 * Patience().connect + 2 * Patience().final)
    assert office.post(MemoryTransport()) == Counter()
    office.clock.on(minutes=6)
    assert office.post(MemoryTransport()) == Counter(sent=1)


def test_who_is_suppressed_since_the_form_gets_no_letter(office: Office) -> None:
    """What they ask for last is what counts."""
    office.ask("ann", "bob")
    never = Wish("ann@example.org", "ann@example.org", state="suppressed", cause="complaint")
    office.reception.store.note([never], lambda mailbox: suppression_key(office.box.keys, mailbox), now=office.clock())
    transport = MemoryTransport()
    assert office.post(transport) == Counter(sent=1)
    assert [envelope.recipient for envelope in transport.envelopes] == ["bob@example.org"]
    assert office.row().state == "refused"


def test_what_was_not_confirmed_is_forgotten_in_time(office: Office) -> None:
    """By whoever looks for letters, though nobody sends another form."""
    office.ask("ann")
    office.post(MemoryTransport())
    office.clock.on(days=7)
    post_signups(office.settings, office.ledger, clock=office.clock)
    assert office.reception.signups.of("ann@example.org")
    office.clock.on(seconds=2)
    post_signups(office.settings, office.ledger, clock=office.clock)
    assert office.reception.signups.of("ann@example.org") == ()


def test_killed_before_it_went_out_a_letter_is_still_owed(office: Office) -> None:
    """The row is there before anything is sent."""
    office.ask("ann")
    again = Office(office.settings.root)
    transport = MemoryTransport()
    assert again.post(transport) == Counter(sent=1)


def test_letters_keep_to_the_rates_of_the_relay(office: Office) -> None:
    """The same buckets as those of digests, and where one is empty, the others' turn comes first."""
    office.ask("ann", "bob")
    transport = MemoryTransport()
    assert office.post(transport, rate=read_rate("1/m")) == Counter(sent=1)
    office.clock.on(seconds=61)
    assert office.post(transport, rate=read_rate("1/m")) == Counter(sent=1)


def test_a_relay_that_had_enough_is_left_alone(office: Office) -> None:
    """For five minutes, by digests as well."""
    office.ask("ann", "bob")
    done, relay = office.by(greeting=["421 4.3.2 not now"])
    assert (done, relay.connections) == (Counter(deferred=1), 1)
    assert office.by()[0] == Counter()
    office.clock.on(minutes=6)
    assert office.by()[0] == Counter(sent=2)


def test_who_was_erased_gets_no_letter(office: Office) -> None:
    """What they asked for is forgotten with them, also if they never confirmed."""
    office.ask("ann")
    office.reception.store.erase("ann@example.org", key=None, now=office.clock())
    assert office.post(MemoryTransport()) == Counter()
    assert office.reception.signups.of("ann@example.org") == ()


def test_a_template_at_work_keeps_a_letter_waiting(tmp_path: Path) -> None:
    """It goes out once the template is mended."""
    broken = tmp_path / "templates" / "messages" / "confirm.txt"
    broken.parent.mkdir(parents=True)
    broken.write_text("{{ nothing.at.all }}", encoding="utf-8")
    office = Office(tmp_path)
    office.ask("ann")
    assert office.post(MemoryTransport()) == Counter(deferred=1)
    broken.write_text("{{ link }}", encoding="utf-8")
    office.clock.on(minutes=6)
    assert office.post(MemoryTransport()) == Counter(sent=1)


@pytest.mark.parametrize("language", ["en-GB", "de", "fr"])
def test_the_letter_passes_the_linter(tmp_path: Path, language: str) -> None:
    """In every mail program that the linter knows, in light and dark; but that there is nothing to unsubscribe from."""
    from email import message_from_bytes, policy

    office = Office(tmp_path, site=f'language = "{language}"', more=DAILY)
    office.reception.ask(Asked("ann@example.org", {"daily": (), "weekly": ("Wind",)}, network=HOME), HOME, now=office.clock())
    message = message_from_bytes(message_of(office.box, office.row()).body, policy=policy.default)
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    assert html
    assert text
    assert "The daily" in text.get_content()
    assert "The weekly" in text.get_content()
    letter = Letter(str(message["Subject"]), "One click", html.get_content(), text.get_content())
    found = [each for each in lint(letter, address=office.settings.site.address) if each.rule not in {"unsubscribe", "preferences"}]
    assert found == []
