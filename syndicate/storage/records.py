"""What the ledger hands out and takes in: plain values, one for each kind of row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

State = Literal["recorded", "sent", "empty", "skipped", "expired"]
Outcome = Literal["ran", "told", "passed", "late"]


@dataclass(frozen=True, slots=True)
class EditionRecord:
    """A window of a digest and what came of it.

    `recorded`: composed and frozen, its documents owed; `sent`: they stand where they belong; `empty`: nothing fitted; `skipped`:
    it closed before the digest began; `expired`: its time was missed, and `catch_up` says to let it be. `reason` says the same in words.
    `machine` composed it, and `content` is a hash of all that it decided about.
    """

    digest: str
    key: str
    start: datetime
    end: datetime
    state: State
    reason: str
    recorded_at: datetime
    settled_at: datetime | None = None
    subject: str = ""
    fingerprint: str = ""
    templates: str = ""
    machine: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class SightingRecord:
    """What another machine found for the edition called `key`, and in words what differs; nothing where all is the same."""

    key: str
    machine: str
    content: str
    at: datetime
    difference: str = ""


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """What became of an article in a digest, once and for all.

    `ran`: it stands in the edition; `told`: another copy of its story does; `passed`: there was no room for it; `late`: it turned up
    too late for any edition. `content` is a hash of all that was known of it.
    """

    article_id: str
    outcome: Outcome
    title: str
    url: str
    source: str
    published_at: datetime
    content: str
    section: str = ""
    reason: str = ""
    key: str = ""

    @property
    def verdict(self) -> str:
        """Why the article does not run again: `ran in weekly/2026-11-16`."""
        words = {"ran": "ran in", "told": "told in", "passed": "passed over in", "late": "too late for"}
        return f"{words[self.outcome]} {self.key}"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of a publication that left something to tell."""

    publication: str
    at: datetime
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class MailingRecord:
    """What the messages of an edition are made of, until when they are worth sending, and why sending is stopped, if it is."""

    body: bytes
    expires_at: datetime
    held: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """A delivery on its way: to whom, with the topics they want (labels, one a line), and the number of this try."""

    id: int
    edition_id: int
    subscriber_id: int
    address: str
    name: str
    topics: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery at a moment, and when it is to be tried again, if at all; `unsent`, if the try was none."""

    id: int
    state: str
    at: datetime
    reason: str
    next_at: datetime | None = None
    unsent: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery as the outbox shows it; without an address where the person was erased."""

    id: int
    key: str
    subscriber_id: int
    address: str | None
    state: str
    attempts: int
    next_at: datetime
    settled_at: datetime | None
    reason: str
