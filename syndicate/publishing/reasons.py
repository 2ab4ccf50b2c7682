"""Sum up why an edition is empty, for whoever looks at an empty page and wonders. Pure."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from syndicate.model import Verdict
    from syndicate.windows import Window

MOST_REASONS = 4
GENERAL = (
    (re.compile(r"^(quality|heat) \S+ <"), r"\1 <"),
    (re.compile(r"^(topics|category|type|provider) .*: none of"), r"\1: none of"),
    (re.compile(r"^dated .* after now"), "dated after now"),
)
"""What one article's own figures in a reason are taken out of, so that reasons can be counted."""


def summary(verdicts: Iterable[Verdict], window: Window, newest: datetime | None, seen_from: datetime | None) -> str:
    """`no entries: of 70 articles 58 outside 2027-02-01..2027-05-02, 9 draft; the newest that fits is dated 2026-11-15: try --at ...`.

    `newest` is the date of the last article that only its date keeps out, `seen_from` a moment at which it would run.
    """
    counts = Counter(_general(verdict.reason) for verdict in verdicts)
    if not counts:
        return "no entries: there are no articles"
    reasons = ", ".join(f"{count} {reason}" for reason, count in counts.most_common(MOST_REASONS))
    text = f"no entries: of {counts.total()} articles {reasons}"
    if newest is None or seen_from is None:
        return f"{text}; none would fit at any date"
    zone = ZoneInfo(window.zone)
    hint = "" if newest in window else f": try --at {seen_from.astimezone(zone):%Y-%m-%dT%H:%M}"
    return f"{text}; the newest that fits is dated {newest.astimezone(zone).date()}{hint}"


def _general(reason: str) -> str:
    for pattern, general in GENERAL:
        reason = pattern.sub(general, reason)
    return reason
