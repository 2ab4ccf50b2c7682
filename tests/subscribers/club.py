"""A small club with two digests: its list, its keys, and the words to work with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syndicate.delivery.tokens import Keys, suppression_key
from syndicate.publishing.subscribing.addresses import read_address
from syndicate.publishing.subscribing.columns import Terms
from syndicate.publishing.subscribing.sheets import opened
from syndicate.publishing.subscribing.transfer import export_rows, import_people
from syndicate.storage import Ledger
from syndicate.storage.people import Wish
from syndicate.storage.subscribers import Subscribers
from syndicate.storage.tables import subscribers, subscriptions, suppressions
from tests.databases import SQLITE
from tests.vocabulary import moment

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from syndicate.storage.people import Outcome, Person

SECRET = "a-secret-of-the-club"  # noqa: S105  of nobody
KEYS = Keys.of(SECRET)
TERMS = Terms(("daily", "weekly"), ("weekly",), source="imported")
NOW = moment("2026-11-16T08:00")
LATER = moment("2026-11-17T08:00")
SETTINGS = """
[site]
title = "Club"
url = "https://club.example.org"
[[digests]]
slug = "daily"
title = "Daily"
sender = "daily@club.example.org"
schedule = "0 8 * * *"
[[digests]]
slug = "weekly"
title = "Weekly"
sender = "weekly@club.example.org"
schedule = "0 8 * * mon"
"""


def key_of(mailbox: str) -> bytes:
    """The key under which a mailbox is suppressed."""
    return suppression_key(KEYS, mailbox)


def wish(text: str, *digests: str, **said: Any) -> Wish:
    """A wish for `text`, an address, to get digests."""
    address = read_address(text)
    return Wish(address.mailbox, address.text, digests=digests, **said)


class Club:
    """A list in a folder, and a hand to work it with."""

    def __init__(self, root: Path, url: str = SQLITE) -> None:
        self.root = root
        self.ledger = Ledger.open(url, root)
        self.store = Subscribers(self.ledger.engine)
        self.told: list[str] = []

    def emptied(self) -> Club:
        """The club, with nobody in it any more."""
        with self.ledger.engine.begin() as connection:
            for table in (subscriptions, subscribers, suppressions):
                connection.execute(table.delete())
        self.told.clear()
        return self

    def note(self, *wishes: Wish, now: datetime = NOW) -> tuple[Outcome, ...]:
        """Answer wishes."""
        return self.store.note(wishes, key_of, now=now)

    def person(self, text: str) -> Person:
        """Somebody who is on the list."""
        found = self.store.person(read_address(text).mailbox)
        assert found
        return found

    def take_in(self, text: str | bytes, terms: Terms = TERMS, *, name: str = "people.csv", rehearsal: bool = False) -> dict[str, int]:
        """Import a file with this in it, and count what came of its rows."""
        path = self.root / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with opened(path) as sheet:
            tell = self.told.append
            return dict(
                import_people(self.store, sheet, terms, KEYS, now=NOW, tell=lambda problem: tell(str(problem)), rehearsal=rehearsal)
            )

    def rows(self) -> list[list[str]]:
        """The rows of an export, without the names of its columns."""
        return [list(row) for row in export_rows(self.store)][1:]
