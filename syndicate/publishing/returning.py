"""Take in what comes back: judge each report, and act on it. [I/O]

Acting twice on one report changes nothing more, so whoever is killed over a mailbox starts again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from syndicate.delivery.bounces import Report, judge_report
from syndicate.delivery.tokens import suppression_key
from syndicate.storage.people import Wish

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from syndicate.delivery.tokens import Keys
    from syndicate.storage import Outbox
    from syndicate.storage.people import Person
    from syndicate.storage.subscribers import Subscribers

SOFT = 5
"""Editions of which a passing fault came back, after which an address is taken for dead: a full mailbox that nobody empties."""


@dataclass(frozen=True, slots=True)
class Returned:
    """A message of the mailbox, how it was judged, and what was done: `nothing` also where the person is gone."""

    name: str
    report: Report
    done: Literal["suppressed", "noted", "unsubscribed", "nothing"]
    address: str = ""


def take_in(
    messages: Iterable[tuple[str, bytes]], subscribers: Subscribers, outbox: Outbox, keys: Keys, *, now: datetime
) -> Iterator[Returned]:
    """Judge `messages`, act on each before the next is asked for, and say what was done."""
    for name, body in messages:
        report = judge_report(body, keys)
        person = _person(report, subscribers, outbox)
        done = _act(report, person, subscribers, outbox, keys, now) if person else "nothing"
        yield Returned(name, report, done, person.address if person else report.address)


def _person(report: Report, subscribers: Subscribers, outbox: Outbox) -> Person | None:
    """Whom a report is about, where it proves itself and they are still on the list."""
    if report.delivery:
        number = outbox.subscriber_of(report.delivery.edition, report.delivery.delivery)
        return subscribers.numbered(number) if number is not None else None
    return subscribers.numbered(report.subscription.subscriber) if report.subscription else None


def _act(
    report: Report, person: Person, subscribers: Subscribers, outbox: Outbox, keys: Keys, now: datetime
) -> Literal["suppressed", "noted", "unsubscribed", "nothing"]:
    wish = None
    if report.delivery and report.action in {"suppress", "note"}:
        outbox.note_return(report.delivery.delivery, " ".join(filter(None, ("came back:", report.status, report.reason))))
    if report.action == "unsubscribe" and report.subscription:
        wish = Wish(person.mailbox, person.address, state="unsubscribed", digests=(report.subscription.digest,))
    elif report.action == "suppress":
        wish = Wish(person.mailbox, person.address, state="suppressed", cause=report.kind)
    elif report.action == "note" and report.delivery:
        if outbox.returns(person.number) < SOFT:
            return "noted"
        wish = Wish(person.mailbox, person.address, state="suppressed", cause="bounce")
    if wish is None:
        return "nothing"
    subscribers.note([wish], lambda mailbox: suppression_key(keys, mailbox), now=now)
    return "unsubscribed" if wish.state == "unsubscribed" else "suppressed"
