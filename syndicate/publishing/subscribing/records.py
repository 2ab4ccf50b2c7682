"""People on the list as records: for programs, and for whoever asks what is held about them. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.publishing.subscribing import Holding
    from syndicate.storage.people import Person


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
    asked = [
        {
            "address": each.address,
            "name": each.name,
            "digests": {slug: list(topics) for slug, topics in each.choices.items()},
            "at": each.asked_at.isoformat(),
            "forgotten": each.expires_at.isoformat(),
            "source": each.source,
            "wording": each.wording,
        }
        for each in held.signups
    ]
    person = held.person and person_record(held.person)
    return {"person": person, "suppression": suppression, "messages": messages, "unconfirmed": asked}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
