"""People, what they asked for, and the outbox: subscribers, subscriptions, suppressions, mailings, deliveries, rates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

STATES = "'planned', 'leased', 'sending', 'sent', 'deferred', 'refused', 'suppressed', 'uncertain', 'expired', 'cancelled', 'nothing'"


def upgrade() -> None:
    """Make the tables of delivery."""
    _people()
    _outbox()


def _people() -> None:
    op.create_table(
        "subscribers",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("consent_source", sa.Text, nullable=False),
        sa.Column("consent_wording", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("mailbox", name="uq_subscribers_mailbox"),
        sa.CheckConstraint("state IN ('pending', 'active', 'unsubscribed', 'suppressed')", name="ck_subscribers_state"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "subscriptions",
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(200), nullable=False),
        sa.Column("topics", sa.Text, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("subscriber_id", "digest", name="pk_subscriptions"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscribers.id"], name="fk_subscriptions_subscriber_id", ondelete="CASCADE"),
    )
    op.create_index("ix_subscriptions_digest_subscriber_id", "subscriptions", ["digest", "subscriber_id"])
    op.create_table(
        "suppressions",
        sa.Column("key", sa.LargeBinary(32), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_suppressions"),
    )


def _outbox() -> None:
    op.create_table(
        "mailings",
        sa.Column("edition_id", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("edition_id", name="pk_mailings"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_mailings_edition_id"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("edition_id", sa.Integer, nullable=False),
        sa.Column("subscriber_id", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.String(64)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_deliveries_edition_id"),
        sa.UniqueConstraint("edition_id", "subscriber_id", name="uq_deliveries_edition_id_subscriber_id"),
        sa.CheckConstraint(f"state IN ({STATES})", name="ck_deliveries_state"),
    )
    _partial_index("ix_deliveries_due", ["next_at", "id"], "state IN ('planned', 'deferred')")
    _partial_index("ix_deliveries_open", ["lease_until"], "state IN ('leased', 'sending')")
    _partial_index("ix_deliveries_doubt", ["edition_id"], "state = 'uncertain'")
    op.create_table(
        "facts",
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
    )
    op.create_table(
        "buckets",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("tokens", sa.Float, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name", name="pk_buckets"),
    )


def _partial_index(name: str, columns: list[str], condition: str) -> None:
    op.create_index(name, "deliveries", columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
