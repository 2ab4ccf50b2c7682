"""Keep the facts: what was sent, what ran in it, what was rendered. SQLAlchemy Core, over SQLite or PostgreSQL. [I/O]"""

from __future__ import annotations

from syndicate.storage.ledger import Ledger
from syndicate.storage.records import ArticleRecord, EditionRecord, RunRecord

__all__ = ["ArticleRecord", "EditionRecord", "Ledger", "RunRecord"]
