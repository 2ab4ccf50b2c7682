"""Whether machines that share a ledger see the same articles: each edition is composed by one, and looked at by the others. [I/O: reads]

A machine that was not at work when an edition was composed has nothing to say about it: its articles may have changed since, rightly.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from syndicate.publishing.deciding import compose_due, content_of
from syndicate.storage import SightingRecord
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from syndicate.catalogue import Holdings
    from syndicate.config import Digest
    from syndicate.storage import ArticleRecord, EditionRecord, Ledger

GRACE = timedelta(minutes=10)
"""How long ago an edition may have been composed by another when a program starts, as cron starts one on each of several machines."""

NAMED = 3
"""Articles of each kind that are called by their names; the others are counted."""


def sight(
    digest: Digest, catalogue: Callable[[], Holdings], ledger: Ledger, *, machine: str, since: datetime | None, now: datetime
) -> SightingRecord | None:
    """What this machine sees of the last edition; `None` where there is nothing to compare, or that was done."""
    record = next(iter(ledger.editions(digest.publication.slug, limit=1)), None)
    if record is None or since is None or not _is_anothers(record, machine, since):
        return None
    if any(each.machine == machine for each in ledger.sightings(record.key)):
        return None
    window = Window(record.start, record.end, digest.cadence.zone)
    mine = compose_due(digest, catalogue(), window, ledger, now=record.recorded_at, name=record.key.partition("/")[2]).fates
    content = content_of(mine)
    said = "" if content == record.content else "; ".join(differences(ledger.articles(record.key), mine))
    return SightingRecord(record.key, machine, content, now, said and f"{record.machine} composed it from other articles: {said}")


def differences(theirs: Iterable[ArticleRecord], mine: Iterable[ArticleRecord]) -> Iterator[str]:
    """In words, what another machine decided about that we do not have, what we have besides, and what is not the same."""
    there, here = ({each.article_id: each for each in fates} for fates in (theirs, mine))
    for said, found in (
        ("not here", [fate for number, fate in there.items() if number not in here]),
        ("only here", [fate for number, fate in here.items() if number not in there]),
        ("changed", [fate for number, fate in here.items() if number in there and there[number].content != fate.content]),
    ):
        if found:
            names = ", ".join(f"{fate.title} ({fate.source})" for fate in found[:NAMED])
            yield f"{said}: {names}" + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")


def _is_anothers(record: EditionRecord, machine: str, since: datetime) -> bool:
    """Whether another machine composed it while this one was at work."""
    return bool(record.content) and record.machine != machine and record.recorded_at >= since - GRACE
