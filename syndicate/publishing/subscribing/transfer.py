"""The list as CSV, in and out: chunk by chunk, so that its length costs no memory. [I/O]

An import that was cut off is run again: every chunk is one transaction, and a row that says what is known already changes nothing. So
there is nothing to remember about how far it came, and nothing that could be wrong about it.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from syndicate.delivery.tokens import suppression_key
from syndicate.errors import Problem
from syndicate.publishing.subscribing.columns import COLUMNS, one_line, places_of, read_row, rows_of
from syndicate.storage.subscribers import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from syndicate.delivery.tokens import Keys
    from syndicate.publishing.subscribing.columns import Terms
    from syndicate.publishing.subscribing.sheets import Sheet
    from syndicate.storage.people import Wish
    from syndicate.storage.subscribers import Subscribers

BAD = "bad"
"""What rows are counted under that cannot be used."""


def import_people(
    store: Subscribers,
    sheet: Sheet,
    terms: Terms,
    keys: Keys,
    *,
    now: datetime,
    tell: Callable[[Problem], None],
    progress: Callable[[int, int], None] = lambda done, of: None,  # noqa: ARG005
    rehearsal: bool = False,
    topics: set[str] | None = None,
) -> Counter[str]:
    """Take in the people of a table, and count what came of its rows; `tell` is told of each that cannot be used.

    `progress` hears how many bytes are read, out of how many. A rehearsal writes nothing; somebody who stands in two of its chunks is new
    to both. The topics that people ask for are put into `topics`.
    """
    places, _ = places_of(sheet.header)
    tally: Counter[str] = Counter()
    if sheet.header and (lacking := _lacking(sheet, places, terms)):
        tell(lacking)
        return Counter({BAD: 1})
    items = (item if isinstance(item, Problem) else read_row(item, places, len(sheet.header), terms, sheet.name) for item in sheet.rows)
    while chunk := list(islice(items, CHUNK)):
        wishes: list[Wish] = []
        for item in chunk:
            if isinstance(item, Problem):
                tell(item)
                tally[BAD] += 1
            else:
                wishes.append(item)
                if topics is not None:
                    topics.update(item.topics)
        tally.update(store.note(wishes, lambda mailbox: suppression_key(keys, mailbox), now=now, rehearsal=rehearsal))
        progress(sheet.read_bytes(), sheet.size)
    return tally


def export_rows(
    store: Subscribers,
    progress: Callable[[int, int], None] = lambda done, of: None,  # noqa: ARG005
) -> Iterator[Sequence[str]]:
    """The names of the columns, then everybody, in the order they came; `progress` hears how many people, out of how many."""
    yield COLUMNS
    total, done, last = store.count(), 0, 0
    while people := store.page(last):
        for person in people:
            yield from rows_of(person)
        done, last = done + len(people), people[-1].number
        progress(done, total)


def _lacking(sheet: Sheet, places: Mapping[str, int], terms: Terms) -> Problem | None:
    """What no row could be read without."""
    if "address" not in places:
        there = ", ".join(filter(None, map(one_line, sheet.header)))
        return Problem(sheet.name, 1, "address", f"no column is called address or email; rename the one that holds them: there are {there}")
    if "digests" not in places and not terms.chosen and terms.state in {"active", "pending"}:
        return Problem(sheet.name, 1, "digests", f"no column names any; give some of {', '.join(terms.digests)} with --digest")
    return None
