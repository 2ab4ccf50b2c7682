"""The editions of a digest that stand in the folder of output, as pages list them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Issue:
    """An edition of a digest that stands in the folder of output: its subject, its date and its page."""

    title: str
    date: datetime
    href: str


def issue_date(name: str, zone: str) -> datetime | None:
    """The date in the name of an edition (`2026-11-16`, `2026-11-16T0800`), or `None` where it has none."""
    try:
        return datetime.fromisoformat(name[: len("2026-11-16")]).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
