"""What the columns of a table of subscribers say, in our words and in those of Mailchimp, listmonk, Buttondown and Ghost. Pure.

Where a row says several things of somebody's standing, the strictest counts: who has left elsewhere, or could not be reached there, must
not be written to from here by mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from unicodedata import normalize

from syndicate.errors import Problem, UndeliverableError
from syndicate.hints import hint
from syndicate.model import folded
from syndicate.publishing.subscribing.addresses import read_address
from syndicate.storage.people import Wish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from syndicate.publishing.subscribing.addresses import Address
    from syndicate.publishing.subscribing.sheets import Row
    from syndicate.storage.people import Person, Standing

COLUMNS = ("address", "name", "digests", "topics", "state", "consent_at", "consent_source", "consent_wording")
"""What is exported."""

NAMES: Mapping[str, tuple[str, ...]] = {
    "address": ("email_address", "email", "e_mail", "e_mail_address", "mail", "address"),
    "name": ("name", "full_name"),
    "first_name": ("first_name", "firstname"),
    "last_name": ("last_name", "lastname", "surname"),
    "digests": ("digests", "digest"),
    "topics": ("topics", "topic"),
    "state": ("status", "state", "subscribed_to_emails", "subscriber_type", "type"),
    "unsub_time": ("unsub_time",),
    "deleted_at": ("deleted_at",),
    "clean_time": ("clean_time",),
    "consent_at": ("consent_at", "confirm_time", "optin_time"),
    "consent_source": ("consent_source",),
    "consent_wording": ("consent_wording",),
}
"""How columns are called, in small letters and with underscores; of several the first counts: an `address` may also be a street."""

WORDS: Mapping[str, Standing] = {
    **dict.fromkeys(("active", "subscribed", "enabled", "confirmed", "true", "yes", "1"), "active"),
    **dict.fromkeys(("regular", "premium", "gifted", "trialed", "unpaid", "churning", "past_due", "paused"), "active"),
    **dict.fromkeys(("pending", "unconfirmed", "unactivated"), "pending"),
    **dict.fromkeys(("unsubscribed", "disabled", "inactive", "removed", "archived", "non_subscribed"), "unsubscribed"),
    **dict.fromkeys(("false", "no", "0"), "unsubscribed"),
    **dict.fromkeys(("suppressed", "cleaned", "bounced", "undeliverable", "complained"), "suppressed"),
    **dict.fromkeys(("blocklisted", "blacklisted", "blocked", "spammy"), "suppressed"),
}
"""How somebody's standing is called."""

DATED: Mapping[str, Standing] = {"unsub_time": "unsubscribed", "deleted_at": "unsubscribed", "clean_time": "suppressed"}
"""Columns that hold a date for those who left or could not be reached, and nothing for the others."""

FILES: Mapping[str, Standing] = {"unsubscribed_": "unsubscribed", "nonsubscribed_": "unsubscribed", "cleaned_": "suppressed"}
"""How the files begin that Mailchimp makes for those who are not subscribed: the rows themselves need not say it."""

STRICTNESS: tuple[Standing, ...] = ("active", "pending", "unsubscribed", "suppressed")

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
"""What ends a line, reorders what stands beside it, or is no character at all."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all rows of a table: the digests there are, those for rows that name none, and what rows leave unsaid.

    No row is taken for less strict than `state`.
    """

    digests: tuple[str, ...]
    chosen: tuple[str, ...] = ()
    state: Standing = "active"
    source: str = ""
    wording: str = ""


def places_of(header: Sequence[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """In which place of a row stands what, by our names; and the columns that are of no use here."""
    there = {_plain(name): place for place, name in reversed(list(enumerate(header)))}
    known = {field: next((there[name] for name in names if name in there), -1) for field, names in NAMES.items()}
    places = {field: place for field, place in known.items() if place >= 0}
    return places, tuple(one_line(name) for place, name in enumerate(header) if place not in places.values())


def state_of_file(name: str) -> Standing:
    """The standing that the name of a file says all of its rows have."""
    return next((state for start, state in FILES.items() if name.lower().startswith(start)), "active")


def strictest(*states: Standing) -> Standing:
    """The one of them that keeps most mail away."""
    return max(states, key=STRICTNESS.index)


def read_row(row: Row, places: Mapping[str, int], width: int, terms: Terms, file: str) -> Wish | Problem:
    """What a row of a table with `width` columns asks for, or what is wrong with it."""
    try:
        if any(row.cells[width:]):
            raise _Unfit("", f"has {len(row.cells)} cells, and there are {width} columns; put a cell that holds the separator in quotes")  # noqa: TRY301
        return _wish({field: row.cells[place] for field, place in places.items() if place < len(row.cells)}, terms)
    except _Unfit as unfit:
        return Problem(file, row.line, unfit.field, unfit.message)


def rows_of(person: Person) -> list[list[str]]:
    """The rows that say all of somebody: one for each choice of topics, what they get before what they have left.

    Read in that order, they lead to the same person: what somebody has left stays left. Who is suppressed has no choice any more.
    """
    groups: dict[tuple[Standing, tuple[str, ...]], list[str]] = {}
    for each in sorted(person.subscriptions, key=lambda each: each.ended_at is not None):
        state: Standing = "suppressed" if person.state == "suppressed" else "unsubscribed" if each.ended_at else person.state
        groups.setdefault((state, each.topics if state != "suppressed" else ()), []).append(each.digest)
    consent = [person.confirmed_at.isoformat() if person.confirmed_at else "", person.consent_source, person.consent_wording]
    return [
        [person.address, person.name, ";".join(slugs), ";".join(topics), state, *consent]
        for (state, topics), slugs in (groups or {(person.state, ()): []}).items()
    ]


def split(cell: str) -> tuple[str, ...]:
    """The labels in a cell, parted by `;` or `|`, each once whatever its case, their accents written one way (Unicode's NFC)."""
    if not cell:
        return ()
    labels: dict[str, str] = {}
    for label in filter(None, map(one_line, re.split(r"[;|\n]", cell))):
        labels.setdefault(folded(label), normalize("NFC", label))
    return tuple(labels.values())


def one_line(text: str) -> str:
    """Text as it may stand in a header or a list: on one line, without what does not show."""
    return text if text.isprintable() and "  " not in text and text == text.strip() else " ".join(UNSEEN.sub(" ", text).split())


class _Unfit(Exception):  # noqa: N818  it never leaves this module
    """A cell that cannot be used."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def _wish(cells: Mapping[str, str], terms: Terms) -> Wish:
    """What cells ask for. Raises `_Unfit`."""
    address, state = _address(cells.get("address", "")), _state(cells, terms)
    return Wish(
        address.mailbox,
        address.text,
        state,
        _digests(cells.get("digests", ""), state, terms),
        split(cells.get("topics", "")),
        one_line(cells.get("name") or " ".join(filter(None, (cells.get("first_name"), cells.get("last_name"))))),
        _moment(cells.get("consent_at", "")),
        one_line(cells.get("consent_source", "")) or terms.source,
        one_line(cells.get("consent_wording", "")) or terms.wording,
    )


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def _address(cell: str) -> Address:
    try:
        return read_address(cell)
    except UndeliverableError as error:
        raise _Unfit("address", str(error)) from None


def _state(cells: Mapping[str, str], terms: Terms) -> Standing:
    """The strictest that a row says."""
    word = cells.get("state", "")
    state = WORDS.get(_plain(word)) if word else "active"
    if state is None:
        raise _Unfit("state", f"must be one of {', '.join(STRICTNESS)}, or another program's word for it, got {word!r}")
    dated = (state for field, state in DATED.items() if cells.get(field))
    return strictest(state, terms.state, *dated)


def _digests(cell: str, state: Standing, terms: Terms) -> tuple[str, ...]:
    """The digests that a row names, else those that are chosen for it."""
    slugs, there = split(cell) or terms.chosen, ", ".join(terms.digests)
    for slug in slugs:
        if slug not in terms.digests:
            raise _Unfit("digests", f"there is no digest {slug!r}; {hint(slug, terms.digests)}")
    if not slugs and state in {"active", "pending"}:
        raise _Unfit("digests", f"says nothing; name some of {there}, or give them with --digest")
    return slugs


def _moment(cell: str) -> datetime | None:
    """A moment in ISO 8601, in UTC where it names no zone."""
    if not cell:
        return None
    try:
        moment = datetime.fromisoformat(cell)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Unfit("consent_at", f"must be a moment such as 2026-11-16T08:00Z, got {cell!r}") from None
