"""The tables of the ledger, as they are now. How they came to be stands in `migrations/`; a test holds the two equal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
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
    text,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

PEOPLE = ("pending", "active", "unsubscribed", "suppressed")
DELIVERIES = ("planned", "leased", "sending", "sent", "deferred", "refused", "suppressed", "uncertain", "expired", "cancelled", "nothing")
STATES = ("recorded", "sent", "empty", "skipped", "expired")
OUTCOMES = ("ran", "told", "passed", "late")
SIGNUPS = ("planned", "sending", "sent", "deferred", "refused", "uncertain", "expired", "confirmed")

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
    Column("machine", String(100), nullable=False, default=""),
    Column("content", String(64), nullable=False, default=""),
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

# What other machines found for an edition, where each reads articles of its own: a hash, and in words what differs from what was composed.
sightings = Table(
    "sightings",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("machine", String(100), primary_key=True),
    Column("content", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("difference", Text, nullable=False, default=""),
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

# One row for each person; `mailbox` is their address as mail servers see it, so that nobody is on the list twice.
subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("mailbox", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, default=""),
    Column("state", String(20), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("consent_source", Text, nullable=False, default=""),
    Column("consent_wording", Text, nullable=False, default=""),
    _one_of("state", PEOPLE),
    sqlite_autoincrement=True,  # the number of somebody who was erased is nobody else's: links and deliveries name it
)

# Which digests a person gets; `topics` are labels, one a line, and none means everything. Who left has an end, and no row is lost.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscriber_id", ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String(200), primary_key=True),
    Column("topics", Text, nullable=False, default=""),
    Column("since", Moment, nullable=False),
    Column("ended_at", Moment),
    Index(None, "digest", "subscriber_id"),
)

# Addresses never to be written to again, known by their HMAC alone: a row outlives the person's own, and says nothing to a thief.
suppressions = Table(
    "suppressions",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("reason", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("detail", Text, nullable=False, default=""),
)

# What an edition needs to be mailed: its rendering in pieces, frozen, and whether mailing goes on.
mailings = Table(
    "mailings",
    metadata,
    Column("edition_id", ForeignKey("editions.id"), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("held", Text, nullable=False, default=""),
    Index(None, "expires_at"),  # SQLite would read through the bodies of all that ever were
)

# The outbox: one row for each edition and subscriber, unique, so that nobody is owed an edition twice. A person's row may be erased;
# the number that stands here then leads nowhere.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("edition_id", ForeignKey("editions.id"), nullable=False),
    Column("subscriber_id", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Moment, nullable=False),
    Column("lease", String(64)),
    Column("lease_until", Moment),
    Column("settled_at", Moment),
    Column("reason", Text, nullable=False, default=""),
    UniqueConstraint("edition_id", "subscriber_id"),
    Index(
        "ix_deliveries_due",
        "edition_id",
        "next_at",
        "id",
        sqlite_where=text("state IN ('planned', 'deferred')"),
        postgresql_where=text("state IN ('planned', 'deferred')"),
    ),
    Index(
        "ix_deliveries_open",
        "lease_until",
        sqlite_where=text("state IN ('leased', 'sending')"),
        postgresql_where=text("state IN ('leased', 'sending')"),
    ),
    Index("ix_deliveries_doubt", "edition_id", sqlite_where=text("state = 'uncertain'"), postgresql_where=text("state = 'uncertain'")),
    _one_of("state", DELIVERIES),
)

# What is true of the database as a whole: under which secret its links and suppressions were made.
facts = Table(
    "facts",
    metadata,
    Column("name", String(50), primary_key=True),
    Column("value", Text, nullable=False),
)

# How much may be sent just now: a token bucket for the relay and for each recipient domain, kept over restarts.
buckets = Table(
    "buckets",
    metadata,
    Column("name", String(300), primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("at", Moment, nullable=False),
    Column("closed_until", Moment),
)

# What somebody asked for on the web and has still to confirm, with the letter that asks them to: the row is there before the letter goes
# out. Once it is confirmed, the row says who it became, and no address; it is deleted when its link has run out.
signups = Table(
    "signups",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False, default=""),
    Column("choices", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("subscriber_id", Integer),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("doubts", Integer, nullable=False, default=0),
    Column("next_at", Moment, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Index(None, "mailbox"),
    Index(None, "expires_at"),
    _one_of("state", SIGNUPS),
    sqlite_autoincrement=True,  # the number of one that is gone is nobody else's: links name it
)
