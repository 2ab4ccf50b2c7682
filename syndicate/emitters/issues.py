"""The editions of a digest that stand in the folder of output, as pages list them and as the search over them knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Told:
    """A story that ran in an edition, as its page tells of it."""

    title: str
    excerpt: str = ""
    provider: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """An edition of a digest that stands in the folder of output: its subject, its date and its page, what else is in it, its stories."""

    title: str
    date: datetime
    href: str
    description: str = ""
    stories: tuple[Told, ...] = ()

    @property
    def name(self) -> str:
        """What it is called among its digest's editions: `2026-11-16`."""
        return self.href.rpartition("/")[2].removesuffix(".html")

    @property
    def time(self) -> str:
        """The time that its name tells, where a day may have several: `08:00`, or `08:00 UTC`; else nothing."""
        told = self.name.partition("T")[2]
        return f"{told[:2]}:{told[2:4]}{' UTC' if told.endswith('Z') else ''}" if told else ""


@dataclass(frozen=True, slots=True)
class Ways:
    """The editions before and after one, as far as there are any."""

    previous: Issue | None = None
    next: Issue | None = None


def issue_date(name: str, zone: str) -> datetime | None:
    """The date in the name of an edition (`2026-11-16`, `2026-11-16T0800`), or `None` where it has none."""
    try:
        return datetime.fromisoformat(name[: len("2026-11-16")]).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
