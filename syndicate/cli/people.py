"""How people on the list are shown: as lines for people, as records for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from syndicate.publishing.subscribing import Holding
    from syndicate.storage.people import Person, Subscription
    from syndicate.storage.records import DeliveryRecord

OUTCOMES = {
    "added": "added",
    "changed": "changed",
    "unchanged": "unchanged",
    "unsubscribed": "unsubscribed",
    "left": "had left, and stay out",
    "suppressed": "suppressed",
    "bad": "could not be used",
}
"""What came of rows, in the order it is told."""


def counted(tally: dict[str, int]) -> str:
    """`1,200 added, 3 unchanged`."""
    return ", ".join(f"{tally[outcome]:,} {words}" for outcome, words in OUTCOMES.items() if tally.get(outcome)) or "nobody in it"


def lines(held: Holding) -> Iterator[str]:
    """All that is held about an address, a line each."""
    if held.person:
        person = held.person
        yield _line("address", person.address)
        yield from (_line("name", person.name) for _ in person.name[:1])
        yield _line("state", f"{person.state}; on the list since {_moment(person.created_at)}, changed {_moment(person.changed_at)}")
        consent = [_moment(person.confirmed_at) or "no date known", person.consent_source, person.consent_wording]
        yield _line("consent", ": ".join(filter(None, consent)))
        yield from (_line("left" if each.ended_at else "gets", _subscription(each)) for each in person.subscriptions)
    if held.suppression:
        about = held.suppression
        yield _line("suppressed", f"{_moment(about.at)}: {': '.join(filter(None, (about.reason, about.detail)))}")
    yield from (_line("message", _delivery(each)) for each in held.deliveries)


def person_record(person: Person) -> dict[str, object]:
    """Somebody for programs."""
    return {
        "address": person.address,
        "mailbox": person.mailbox,
        "name": person.name,
        "state": person.state,
        "created": person.created_at.isoformat(),
        "changed": person.changed_at.isoformat(),
        "consent": {"at": _iso(person.confirmed_at), "source": person.consent_source, "wording": person.consent_wording},
        "subscriptions": [
            {"digest": each.digest, "topics": list(each.topics), "since": each.since.isoformat(), "ended": _iso(each.ended_at)}
            for each in person.subscriptions
        ],
    }


def holding_record(held: Holding) -> dict[str, object]:
    """All that is held about an address, for programs, and for whoever asks for what is held about them."""
    suppression = asdict(held.suppression) | {"at": held.suppression.at.isoformat()} if held.suppression else None
    messages = [
        {"edition": each.key, "state": each.state, "attempts": each.attempts, "settled": _iso(each.settled_at), "reason": each.reason}
        for each in held.deliveries
    ]
    return {"person": held.person and person_record(held.person), "suppression": suppression, "messages": messages}


def _line(label: str, text: str) -> str:
    return f"{label:12}{text}"


def _subscription(each: Subscription) -> str:
    topics = f", on {', '.join(each.topics)}" if each.topics else ""
    return f"{each.digest}, from {_moment(each.since)}{f' to {_moment(each.ended_at)}' if each.ended_at else ''}{topics}"


def _delivery(each: DeliveryRecord) -> str:
    return "  ".join(filter(None, (each.key, each.state, _moment(each.settled_at), each.reason)))


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
