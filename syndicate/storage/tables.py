"""The tables of the ledger, as they are now. How they came to be stands in `migrations/`; a test holds the two equal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

STATES = ("recorded", "sent", "empty", "skipped", "expired")
OUTCOMES = ("ran", "told", "passed", "late")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. SQLite knows no offsets, so there it is stored without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database: in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002  the signature is SQLAlchemy's
        """From the database: aware, in UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _one_of(column: str, names: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(name) for name in names)})", name=column)


# A digest's windows tile time: no two begin or end at one moment, so two schedulers cannot record one window twice.
editions = Table(
    "editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", String(200), nullable=False),
    Column("key", String(250), nullable=False, unique=True),
    Column("window_start", Moment, nullable=False),
    Column("window_end", Moment, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("settled_at", Moment),
    Column("subject", Text, nullable=False, default=""),
    Column("fingerprint", String(64), nullable=False, default=""),
    Column("templates", String(64), nullable=False, default=""),
    UniqueConstraint("digest", "window_start"),
    UniqueConstraint("digest", "window_end"),
    _one_of("state", STATES),
    CheckConstraint("window_start < window_end", name="window"),
)

# What became of an article in a digest is settled once: the constraint, not the program, is what keeps it from running twice.
edition_articles = Table(
    "edition_articles",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("article_id", String(200), primary_key=True),
    Column("digest", String(200), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("position", Integer, nullable=False),
    Column("section", Text, nullable=False, default=""),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("content", String(64), nullable=False),
    UniqueConstraint("digest", "article_id"),
    _one_of("outcome", OUTCOMES),
)

renderings = Table(
    "renderings",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("name", String(250), primary_key=True),
    Column("media_type", String(100), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("publication", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "publication", "at"),
)
