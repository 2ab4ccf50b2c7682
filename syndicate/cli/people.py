"""How people on the list are shown, a line for each thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from syndicate.publishing.subscribing import Holding
    from syndicate.storage.people import Subscription
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
    yield from (_line("asked for", f"{', '.join(each.choices)}, {_moment(each.asked_at)}, not confirmed") for each in held.signups)
    yield from (_line("message", _delivery(each)) for each in held.deliveries)


def _line(label: str, text: str) -> str:
    return f"{label:12}{text}"


def _subscription(each: Subscription) -> str:
    topics = f", on {', '.join(each.topics)}" if each.topics else ""
    return f"{each.digest}, from {_moment(each.since)}{f' to {_moment(each.ended_at)}' if each.ended_at else ''}{topics}"


def _delivery(each: DeliveryRecord) -> str:
    return "  ".join(filter(None, (each.key, each.state, _moment(each.settled_at), each.reason)))


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else ""
