"""Keep the facts: what was sent, what ran in it, what was rendered. SQLAlchemy Core, over SQLite or PostgreSQL. [I/O]"""

from __future__ import annotations

from syndicate.storage.guests import installed as installed_tables
from syndicate.storage.ledger import Ledger
from syndicate.storage.outbox import Outbox
from syndicate.storage.rations import Claim, Share
from syndicate.storage.records import ArticleRecord, DeliveryRecord, EditionRecord, MailingRecord, Owed, RunRecord, Settled, SightingRecord

__all__ = [
    "ArticleRecord",
    "Claim",
    "DeliveryRecord",
    "EditionRecord",
    "Ledger",
    "MailingRecord",
    "Outbox",
    "Owed",
    "RunRecord",
    "Settled",
    "Share",
    "SightingRecord",
    "installed_tables",
]
