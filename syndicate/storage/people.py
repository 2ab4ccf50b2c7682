"""People on the list, and what becomes of them by a wish in their name. Pure.

What a wish does, by the first rule that applies:

1. who is suppressed stays so; who is suppressed and not known is not let in;
2. a wish to be suppressed is granted;
3. a wish to leave ends the digests that it names, all where it names none; who gets none any more is unsubscribed;
4. what somebody has left, a digest or all of them, stays left, unless they asked to come `again`;
5. digests are added; a name and topics take the place of those that are known; a consent is kept, unless there was none;
6. who is pending becomes active by a wish that says so, with the consent it brings; who is active never becomes pending.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple, assert_never

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import datetime

Standing = Literal["active", "pending", "unsubscribed", "suppressed"]
Outcome = Literal["added", "changed", "unchanged", "unsubscribed", "left", "suppressed"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A digest that somebody gets, or got until `ended_at`. `topics` are labels; none: everything."""

    digest: str
    since: datetime
    topics: tuple[str, ...] = ()
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the list, with their subscriptions in the order of the digests' slugs.

    `mailbox` tells people apart: the address in small letters, its domain as DNS has it. `confirmed_at` is when they consented, where
    that is known; `number` is the row they stand in, once they do.
    """

    mailbox: str
    address: str
    state: Standing
    created_at: datetime
    changed_at: datetime
    name: str = ""
    confirmed_at: datetime | None = None
    consent_source: str = ""
    consent_wording: str = ""
    subscriptions: tuple[Subscription, ...] = ()
    number: int = 0

    @property
    def open(self) -> tuple[Subscription, ...]:
        """The subscriptions that have not ended."""
        return tuple(each for each in self.subscriptions if each.ended_at is None)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for in somebody's name; what is empty is not spoken of.

    `again`: they asked themselves, so that what they once left is open to them. `cause`: why they are to be suppressed.
    """

    mailbox: str
    address: str
    state: Standing = "active"
    digests: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    name: str = ""
    consent_at: datetime | None = None
    consent_source: str = ""
    consent_wording: str = ""
    again: bool = False
    cause: str = "imported"


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address never to be written to again: `erased`, `imported`, or what a report said of it."""

    reason: str
    at: datetime
    detail: str = ""


class Answer(NamedTuple):
    """Who somebody is after a wish, and what it did. `left`: it asked for what they have left, and that was all there was to it."""

    person: Person | None
    outcome: Outcome


def answer(wish: Wish, known: Person | None, *, suppressed: bool, now: datetime) -> Answer:
    """What comes of a wish for somebody who may be `known`, and whose address may be `suppressed`."""
    if suppressed or (known and known.state == "suppressed"):
        return Answer(known and _stamped(_without(known, (), "suppressed", now), known, now), "suppressed")
    if known is None:
        return Answer(_newcomer(wish, now), "added" if wish.state in {"active", "pending"} else wish.state)  # type: ignore[arg-type]  # mypy forgets what is left
    match wish.state:
        case "suppressed":
            return Answer(_stamped(_without(_told(known, wish, now), (), "suppressed", now), known, now), "suppressed")
        case "unsubscribed":
            after = _stamped(_without(_told(known, wish, now), wish.digests, "unsubscribed", now), known, now)
            return Answer(after, "unchanged" if after is known else "unsubscribed")
        case "active" | "pending":
            return _welcomed(wish, known, now)
        case _:
            assert_never(wish.state)


def departed(person: Person, digests: Collection[str], now: datetime) -> Person:
    """Who somebody is who leaves these digests by themselves; all of them, where none is named."""
    return person if person.state == "suppressed" else _stamped(_without(person, digests, "unsubscribed", now), person, now)


def chosen(
    person: Person, choices: Mapping[str, tuple[str, ...]], offered: Collection[str], now: datetime, *, source: str, wording: str
) -> Person:
    """Who somebody is who says by themselves which of the digests `offered` they get, and which topics of each (none: everything).

    Digests that they were not asked about stay as they are. Whoever got nothing before has consented anew, in these words.
    """
    if person.state == "suppressed":
        return person
    known = {each.digest: each for each in person.open}
    fresh = [replace(known.get(slug) or Subscription(slug, now), topics=topics) for slug, topics in choices.items()]
    refused = {slug for slug in offered if slug not in choices and slug in known}
    after = _with(person, (*fresh, *(replace(known[slug], ended_at=now) for slug in refused)))
    if not after.open:
        return _stamped(replace(after, state="unsubscribed"), person, now)
    if person.state != "active" or not person.open:
        after = replace(after, state="active", confirmed_at=now, consent_source=source, consent_wording=wording)
    return _stamped(after, person, now)


def _welcomed(wish: Wish, known: Person, now: datetime) -> Answer:
    if known.state == "unsubscribed" and not wish.again:
        return Answer(known, "left")
    after = _stamped(_joined(known, wish, now), known, now)
    wants_left = {each.digest for each in after.subscriptions if each.ended_at} & set(wish.digests)
    return Answer(after, "changed" if after is not known else "left" if wants_left else "unchanged")


def _newcomer(wish: Wish, now: datetime) -> Person:
    ended_at = None if wish.state in {"active", "pending"} else now
    return Person(
        wish.mailbox,
        wish.address,
        wish.state,
        now,
        now,
        wish.name,
        None if wish.state == "pending" else wish.consent_at,
        wish.consent_source,
        wish.consent_wording,
        tuple(Subscription(slug, now, wish.topics, ended_at) for slug in sorted({*wish.digests})),
    )


def _told(person: Person, wish: Wish, now: datetime) -> Person:
    """With the digests of a wish to leave that are news to us: what somebody left elsewhere is left here too."""
    known = {each.digest for each in person.subscriptions}
    return _with(person, (Subscription(slug, now, wish.topics, now) for slug in wish.digests if slug not in known))


def _without(person: Person, digests: Collection[str], state: Standing, now: datetime) -> Person:
    """With subscriptions ended, all where none is named; in `state` where none is open then."""
    ended = tuple(
        replace(each, ended_at=now) if each.ended_at is None and (not digests or each.digest in digests) else each
        for each in person.subscriptions
    )
    return replace(person, subscriptions=ended, state=person.state if any(each.ended_at is None for each in ended) else state)


def _joined(person: Person, wish: Wish, now: datetime) -> Person:
    anew = wish.again or (person.state == "pending" and wish.state == "active")
    state = "active" if person.state == "active" else wish.state
    subscriptions = {each.digest: each for each in person.subscriptions}
    fresh = [_subscribed(subscriptions.get(slug), slug, wish, now) for slug in wish.digests]
    joined = replace(_with(person, fresh), state=state, name=wish.name or person.name)
    if not anew and (person.confirmed_at or person.consent_source):
        return joined
    consent_at = None if state == "pending" else wish.consent_at
    return replace(joined, confirmed_at=consent_at, consent_source=wish.consent_source, consent_wording=wish.consent_wording)


def _subscribed(known: Subscription | None, slug: str, wish: Wish, now: datetime) -> Subscription:
    if known is None or (known.ended_at and wish.again):
        return Subscription(slug, now, wish.topics)
    return known if known.ended_at else replace(known, topics=wish.topics or known.topics)


def _with(person: Person, fresh: Iterable[Subscription]) -> Person:
    subscriptions = {each.digest: each for each in (*person.subscriptions, *fresh)}
    return replace(person, subscriptions=tuple(subscriptions[slug] for slug in sorted(subscriptions)))


def _stamped(person: Person, known: Person, now: datetime) -> Person:
    return known if person == known else replace(person, changed_at=now)
