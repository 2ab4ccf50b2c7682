"""What people do on the web about what they get: ask for it, confirm, choose anew, leave, come back at once, be forgotten. [I/O]

Whoever asks is nobody until they have confirmed: what they asked for stands in a table of its own, and the list is not touched. Everything
else is done by a link that proves itself. One that proves nothing, and one of somebody who was erased, lead to the same: nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from syndicate.delivery.policy import domain_of
from syndicate.delivery.tokens import read, sign, suppression_key
from syndicate.errors import TokenError, UndeliverableError
from syndicate.model import EPOCH
from syndicate.publishing.secrets import keys_of
from syndicate.publishing.signup.gate import Gate, Refusal
from syndicate.publishing.signup.limits import Allowance
from syndicate.publishing.signup.offers import Offer, Subject, offers_of
from syndicate.publishing.signup.stamps import is_human, stamp
from syndicate.publishing.subscribing import hold, read_address
from syndicate.publishing.subscribing.columns import one_line
from syndicate.storage.people import Wish, chosen, departed
from syndicate.storage.signups import SignUp, Signups, Wait
from syndicate.storage.subscribers import Subscribers

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from syndicate.config import Settings
    from syndicate.delivery.tokens import Keys
    from syndicate.publishing.subscribing import Address, Holding
    from syndicate.storage import Ledger
    from syndicate.storage.people import Person

__all__ = ["Asked", "Offer", "Reader", "Reception", "Refusal", "Subject", "is_human", "stamp"]

UNDO = timedelta(days=1)
"""How long the page on which somebody has left lets them take it back."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form says: an address as it was typed, a name, digests with the topics wanted of each (none: everything).

    `network` is where it came from, `wording` what they agreed to.
    """

    address: str
    choices: Mapping[str, tuple[str, ...]]
    name: str = ""
    network: str = ""
    wording: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whose link has proved itself, and the digest it was about; `is_new`, if by that very link they have just confirmed."""

    person: Person
    slug: str
    is_new: bool = False

    @property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """What they get: digests with the topics of each."""
        return {each.digest: each.topics for each in self.person.open}


@dataclass
class Reception:
    """Where people come to, in a workspace. Every method may raise `StorageError`."""

    settings: Settings
    keys: Keys
    store: Subscribers
    signups: Signups
    offers: Mapping[str, Offer]
    gate: Gate

    @classmethod
    def open(cls, settings: Settings, ledger: Ledger) -> Reception:
        """The reception of a workspace. Raises `ConfigurationError`, `StorageError`."""
        keys = keys_of(settings, ledger)
        gate = Gate(settings.signup, keys)
        return cls(settings, keys, Subscribers(ledger.engine), Signups(ledger.engine), offers_of(settings), gate)

    def ask(self, asked: Asked | None, network: str, *, now: datetime) -> Literal["owed", "nothing"] | Refusal:
        """Take down what somebody asks for, so that a letter is owed to them, where that may be; or why they have to wait.

        It is for us alone to know whether a letter goes out: they are told the same. `None` is what a program asked for.
        """
        wanted = self._wanted(asked, now) if asked else None
        limits = self.gate.limits(network, domain_of(wanted.mailbox if wanted else asked.address) if asked else "")
        if refusal := self.gate.refusal(limits, now):
            return refusal
        each = Allowance.of(self.settings.signup.per_address)
        answer = self.signups.ask(
            wanted,
            key=suppression_key(self.keys, wanted.mailbox if wanted else ""),
            names=list(limits),
            ration=self.gate.ration(limits, now, owing=wanted is not None),
            since=now - each.period,
            most=each.count,
            now=now,
        )
        return self.gate.close(limits, answer, now) if isinstance(answer, Wait) else answer

    def requested(self, slug: str, token: str, *, now: datetime) -> SignUp | None:
        """What a link in a confirmation is about, while it holds; confirmed already, it still is, for who it was is on the list."""
        try:
            number = read(self.keys, "confirm", slug, token, now=EPOCH)  # whether it still holds, the row says
        except TokenError:
            return None
        found = self.signups.find(number)
        if found is None or found.expires_at <= now or found.digest != slug:
            return None
        if found.state == "confirmed" and (found.subscriber is None or self.store.numbered(found.subscriber) is None):
            return None
        return found

    def confirm(self, slug: str, token: str, network: str, *, now: datetime) -> Reader | None:
        """Do what was asked for, now that it is confirmed; once, however often that is said."""
        found = self.requested(slug, token, now=now)
        if found is None:
            return None
        if found.subscriber is not None:
            person = self.store.numbered(found.subscriber)
            return Reader(person, slug) if person else None
        source = f"{found.source}, confirmed from {network}"
        wishes = [
            Wish(found.mailbox, found.address, "active", (digest,), topics, found.name, now, source, found.wording, again=True)
            for digest, topics in found.choices.items()
        ]
        outcomes = self.store.note(wishes, lambda mailbox: suppression_key(self.keys, mailbox), now=now)
        person = self.store.person(found.mailbox)
        if person is None or "suppressed" in outcomes:
            return None
        # A wish leaves topics as they are where it names none; here, none was said to mean everything.
        person = self.store.change(
            person.number, lambda known: chosen(known, dict(found.choices), (), now, source=source, wording=found.wording)
        )
        self.signups.confirm(found.number, person.number if person else 0)
        return Reader(person, slug, is_new=True) if person else None

    def reader(
        self, purpose: Literal["unsubscribe", "preferences"], slug: str, token: str, *, until: datetime | None = None
    ) -> Reader | None:
        """Whose link this is, where it is one; given `until`, one that has an end, and has not come to it by then."""
        try:
            person = self.store.numbered(read(self.keys, purpose, slug, token, now=until))
        except (TokenError, OverflowError):
            return None
        return Reader(person, slug) if person else None

    def leave(self, reader: Reader, digests: Collection[str], *, now: datetime) -> Reader | None:
        """End what somebody gets of these digests; of all, where none is named."""
        return self._changed(reader, self.store.change(reader.person.number, lambda person: departed(person, digests, now)))

    def choose(self, reader: Reader, choices: Mapping[str, tuple[str, ...]], source: str, wording: str, *, now: datetime) -> Reader | None:
        """Have somebody get what they say now, of all that is offered."""
        offered = tuple(self.offers)
        return self._changed(
            reader,
            self.store.change(reader.person.number, lambda person: chosen(person, choices, offered, now, source=source, wording=wording)),
        )

    def take_back(self, reader: Reader, *, now: datetime) -> Reader | None:
        """Have somebody get again what they have just left, as they had it."""
        topics = {each.digest: each.topics for each in reader.person.subscriptions}.get(reader.slug, ())
        source = "came back at once, on the page on which they had left"
        return self._changed(
            reader,
            self.store.change(
                reader.person.number, lambda person: chosen(person, {reader.slug: topics}, (), now, source=source, wording="")
            ),
        )

    def holding(self, reader: Reader) -> Holding:
        """All that is held about somebody."""
        return hold(self.store, self.keys, self._address(reader))

    def erase(self, reader: Reader, *, suppress: bool, now: datetime) -> None:
        """Forget somebody, and where they want to be left alone for ever, know their address by its fingerprint."""
        mailbox = reader.person.mailbox
        self.store.erase(mailbox, key=suppression_key(self.keys, mailbox) if suppress else None, now=now)

    def link(self, purpose: Literal["unsubscribe", "preferences"], reader: Reader, *, until: datetime | None = None) -> str:
        """A token that proves that whoever has it is `reader`: for ever, or until a moment."""
        return sign(self.keys, purpose, reader.slug, reader.person.number, until=until)

    def _wanted(self, asked: Asked, now: datetime) -> SignUp | None:
        """What is taken down; nothing, where no letter could reach the address."""
        try:
            address = read_address(asked.address)
        except UndeliverableError:
            return None
        source = f"sign-up form, {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC, from {asked.network}"
        until = (now + self.settings.signup.expires).replace(microsecond=0) + timedelta(seconds=1)
        return SignUp(address.mailbox, address.text, asked.choices, now, until, one_line(asked.name), source, asked.wording)

    def _changed(self, reader: Reader, person: Person | None) -> Reader | None:
        return replace(reader, person=person) if person else None

    def _address(self, reader: Reader) -> Address:
        from syndicate.publishing.subscribing import Address

        return Address(reader.person.address, reader.person.mailbox)
