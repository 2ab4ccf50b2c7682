"""A year of articles and of a digest's fire times, made up and seeded, for the soaks to run through."""

from __future__ import annotations

import os
import random
import re
import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from syndicate.config import load_settings
from syndicate.emitters.leaves import unbound
from syndicate.publishing import read_catalogue
from syndicate.publishing.running import Desk, run
from syndicate.storage import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BEGIN = datetime(2026, 1, 1, 8, tzinfo=UTC)
SETTINGS = """
[site]
title = "Soak"
url = "https://soak.example.org"
[[digests]]
slug = "daily"
title = "Daily"
sender = "daily@soak.example.org"
schedule = "0 8 * * *"
limit = 1000
"""
ARTICLE = """---
title: "Story number {number}"
publishedDateTime: {date}
originalUrl: https://x.example/{number}
---
"""


@dataclass(frozen=True)
class Arrival:
    """A file that turns up at a moment, dated some time before."""

    name: str
    text: str
    at: datetime
    dated: datetime


def make_year(root: Path, *, days: int, articles: int, seed: int) -> list[Arrival]:
    """Lay out a workspace below `root`; what will turn up in it, in order. A third of it is late, none by more than 12 days."""
    dice = random.Random(seed)
    (root / "articles").mkdir(parents=True)
    (root / "syndicate.toml").write_text(SETTINGS, encoding="utf-8")
    arrivals = []
    for number in range(articles):
        dated = BEGIN + timedelta(minutes=dice.randrange((days - 14) * 1440))
        delay = timedelta(minutes=dice.randrange(12 * 1440) if dice.random() < 1 / 3 else dice.randrange(60))
        text = ARTICLE.format(number=number, date=dated.strftime("%Y-%m-%dT%H:%M:%SZ"))
        arrivals.append(Arrival(f"{number}.md", text, dated + delay, dated))
    return sorted(arrivals, key=lambda arrival: (arrival.at, arrival.name))


def live_through(root: Path, arrivals: list[Arrival], *, days: int, step: Callable[[str], None] = lambda name: None) -> None:
    """Run the digest at each of its fire times that the ledger has not settled, each file put in its place before its time."""
    settings = load_settings(root / "syndicate.toml")
    ledger = Ledger.open(settings.storage.url, root)
    for number in range(1, days + 1):
        now = BEGIN + timedelta(days=number)
        for arrival in arrivals:
            path = root / "articles" / arrival.name
            if arrival.at <= now and not path.exists():
                fresh = path.with_suffix(f".{os.getpid()}")
                fresh.write_text(arrival.text, encoding="utf-8")
                fresh.replace(path)
        bounds = ledger.bounds("daily")
        if bounds and bounds[1].end >= now and not ledger.editions("daily", state="recorded"):
            continue
        for event in run(Desk(settings, ledger, lambda *_: read_catalogue(settings), root / "out", step), now=now):
            if event.outcome == "failed":
                raise SystemExit(event.reason)
    ledger.close()


def faults(root: Path, arrivals: list[Arrival], *, days: int) -> list[str]:
    """Everything that is wrong after the year: articles skipped or run twice, windows with a gap, files half written or missing."""
    found = []
    ledger = sqlite3.connect(root / ".syndicate" / "syndicate.db")
    ran = Counter(source for (source,) in ledger.execute("SELECT source FROM edition_articles WHERE outcome = 'ran'"))
    found += [f"{arrival.name} ran {ran[f'articles/{arrival.name}']} times" for arrival in arrivals if ran[f"articles/{arrival.name}"] != 1]
    windows = list(ledger.execute("SELECT window_start, window_end, state FROM editions ORDER BY window_end"))
    found += [f"a gap or overlap before {start}" for (_, end, _), (start, _, _) in pairwise(windows) if start != end]
    found += [f"{end} is still {state}" for _, end, state in windows if state not in {"sent", "empty", "skipped"}]
    if len(windows) != days + 1:  # the digest begins after one that is skipped
        found.append(f"{len(windows)} windows, not {days} and the one before")
    owner = Ledger.open(f"sqlite:///{root}/.syndicate/syndicate.db", root)
    shown: Counter[str] = Counter()
    for record in owner.editions("daily", state="sent"):
        for document in owner.documents(record.key):
            path = root / "out" / document.name
            if not path.exists() or unbound(path.read_bytes()) != document.body:
                found.append(f"{document.name} is not what was recorded")
            if document.name.endswith(".html"):
                shown.update(set(re.findall(rb"https://x\.example/(\d+)\"", document.body)))
    found += [f"story {number!r} stands on {count} pages" for number, count in shown.items() if count != 1]
    found += [f"{path} was left over" for path in (root / "out").rglob(".*") if path.is_file()]
    owner.close()
    return found
