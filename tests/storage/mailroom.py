"""An edition that people are owed, in a ledger: what the tests of the outbox begin with."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from syndicate.storage import EditionRecord, MailingRecord, Outbox
from syndicate.storage.people import Wish
from syndicate.storage.subscribers import Subscribers
from tests.vocabulary import moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from syndicate.storage import Ledger
    from syndicate.storage.rations import Claim, Ration

NOW = moment("2026-11-16T08:00")
DAY = timedelta(days=1)


def key_of(mailbox: str) -> bytes:
    """The key under which a mailbox is suppressed."""
    return mailbox.encode()


def people(count: int) -> list[str]:
    """So many addresses, in three domains."""
    return [f"reader{number}@{('one', 'two', 'three')[number % 3]}.example" for number in range(count)]


def enlist(ledger: Ledger, addresses: Iterable[str], **said: str) -> None:
    """Put people on the list of the weekly."""
    Subscribers(ledger.engine).note([Wish(each.lower(), each, digests=("weekly",), **said) for each in addresses], key_of, now=NOW)  # type: ignore[arg-type]


def edition(week: int = 0) -> EditionRecord:
    """An edition of the weekly, so many weeks from now."""
    end = NOW + timedelta(weeks=week)
    return EditionRecord("weekly", f"weekly/{end:%Y-%m-%d}", end - timedelta(weeks=1), end, "recorded", "on time", NOW)


def owe(ledger: Ledger, week: int = 0) -> bool:
    """Record an edition, and owe it to everybody who gets the weekly."""
    return ledger.record(edition(week), mailing=MailingRecord(b"a letter", NOW + DAY))


def claim(ledger: Ledger, lease: str, *, limit: int = 10, now: datetime = NOW, **more: Ration) -> Claim:
    """Lease what is due."""
    return Outbox(ledger.engine).claim(lease=lease, until=now + DAY / 24, now=now, limit=limit, suppressed=key_of, **more)
