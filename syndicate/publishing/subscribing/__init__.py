"""The people on the list: put on it, taken off, shown, forgotten, by hand or by the file. The order of steps stands here. [I/O]"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.delivery.tokens import suppression_key
from syndicate.errors import ConfigurationError
from syndicate.publishing.subscribing.addresses import Address, read_address
from syndicate.publishing.subscribing.columns import Terms, one_line, places_of, split, state_of_file, strictest
from syndicate.publishing.subscribing.sheets import opened, replaced, write_sheet
from syndicate.publishing.subscribing.transfer import export_rows, import_people
from syndicate.storage.people import Wish
from syndicate.storage.signups import Signups

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from typing import BinaryIO

    from syndicate.config import Settings
    from syndicate.delivery.tokens import Keys
    from syndicate.storage.people import Outcome, Person, Suppression
    from syndicate.storage.records import DeliveryRecord
    from syndicate.storage.signups import SignUp
    from syndicate.storage.subscribers import Subscribers

__all__ = ["Address", "Holding", "Terms", "add", "chosen_digests", "erase", "export_file", "hold", "import_file", "read_address", "remove"]

BY_HAND = "added by hand"
"""Where a consent comes from that somebody at a keyboard vouches for."""


@dataclass(frozen=True, slots=True)
class Holding:
    """All that is held about an address."""

    person: Person | None
    suppression: Suppression | None
    deliveries: tuple[DeliveryRecord, ...] = ()
    signups: tuple[SignUp, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.person or self.suppression or self.signups)


def add(
    store: Subscribers,
    keys: Keys,
    address: Address,
    digests: Sequence[str],
    *,
    now: datetime,
    name: str = "",
    topics: Sequence[str] = (),
    pending: bool = False,
    consent: str = "",
) -> Outcome:
    """Put somebody on the list, or give them more. Who has left comes back only by a `consent`: the wording of their wish."""
    wish = Wish(
        address.mailbox,
        address.text,
        state="pending" if pending else "active",
        digests=tuple(digests),
        topics=split(";".join(topics)),
        name=one_line(name),
        consent_at=now,
        consent_source=BY_HAND,
        consent_wording=one_line(consent),
        again=bool(consent),
    )
    return _note(store, keys, wish, now)


def remove(store: Subscribers, keys: Keys, address: Address, digests: Sequence[str], *, now: datetime) -> Person | None:
    """End what somebody gets, or some of it, and keep who they are; `None` where there is nobody."""
    if store.person(address.mailbox) is None:
        return None
    _note(store, keys, Wish(address.mailbox, address.text, state="unsubscribed", digests=tuple(digests)), now)
    return store.person(address.mailbox)


def hold(store: Subscribers, keys: Keys, address: Address) -> Holding:
    """All that is held about somebody."""
    person = store.person(address.mailbox)
    deliveries = store.deliveries(person) if person else ()
    return Holding(person, store.suppression(suppression_key(keys, address.mailbox)), deliveries, Signups(store.engine).of(address.mailbox))


def erase(store: Subscribers, keys: Keys, address: Address, *, suppress: bool, now: datetime) -> bool:
    """Forget somebody, in the database and in the copy of it that lies beside it; false where there was nobody."""
    return store.erase(address.mailbox, key=suppression_key(keys, address.mailbox) if suppress else None, now=now)


def import_file(
    store: Subscribers,
    path: Path,
    terms: Terms,
    keys: Keys,
    *,
    now: datetime,
    tell: Callable[[str], None],
    progress: Callable[[int, int], None],
    rehearsal: bool = False,
    strange: Callable[[Sequence[str]], Sequence[str]] = lambda topics: (),  # noqa: ARG005
) -> Counter[str]:
    """Take in the people of a CSV file, and count what came of its rows; `tell` is told what to know about it, and of each bad row.

    `strange` says which of the topics that people ask for look wrong, a line for each.
    """
    terms = replace(terms, source=terms.source or f"imported from {path.name}", state=strictest(terms.state, state_of_file(path.name)))
    if terms.state != "active":
        tell(f"{path.name}: taken for people who are {terms.state}, all of them, or worse where their row says so")
    with opened(path) as sheet:
        if sheet.encoding == "cp1252":
            tell(f"{path.name}: is not in UTF-8; read as Windows-1252, so look at a name with accents")
        if unused := ", ".join(filter(None, places_of(sheet.header)[1])):
            tell(f"{path.name}: columns of no use here: {unused}")
        topics: set[str] = set()
        tally = import_people(
            store,
            sheet,
            terms,
            keys,
            now=now,
            tell=lambda problem: tell(str(problem)),
            progress=progress,
            rehearsal=rehearsal,
            topics=topics,
        )
    for line in strange(sorted(topics)):
        tell(f"{path.name}: {line}")
    return tally


def export_file(store: Subscribers, target: Path | BinaryIO, progress: Callable[[int, int], None]) -> None:
    """Write everybody as CSV, to a stream, or to a file that takes its place once it is whole. Raises `OutputError`."""
    rows = export_rows(store, progress)
    if isinstance(target, Path):
        with replaced(target) as file:
            write_sheet(file, rows)
    else:
        write_sheet(target, rows)


def chosen_digests(settings: Settings, asked: Sequence[str]) -> tuple[str, ...]:
    """The digests that are `asked` for, else the only one there is; none where there are several.

    Raises `UnknownPublicationError`, and `ConfigurationError` where there is no digest.
    """
    if not settings.digests:
        raise ConfigurationError([f"{settings.file}: has no digest that anybody could get; add one under [[digests]]"])
    for slug in asked:
        settings.digest(slug)
    slugs = tuple(table.slug for table in settings.digests)
    return tuple(dict.fromkeys(asked)) or (slugs if len(slugs) == 1 else ())


def _note(store: Subscribers, keys: Keys, wish: Wish, now: datetime) -> Outcome:
    return store.note([wish], lambda mailbox: suppression_key(keys, mailbox), now=now)[0]
