"""The ledger: editions, what became of articles in them, what was rendered, and runs of feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "editions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(200), nullable=False),
        sa.Column("key", sa.String(250), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("templates", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_editions"),
        sa.UniqueConstraint("key", name="uq_editions_key"),
        sa.UniqueConstraint("digest", "window_start", name="uq_editions_digest_window_start"),
        sa.UniqueConstraint("digest", "window_end", name="uq_editions_digest_window_end"),
        sa.CheckConstraint("state IN ('recorded', 'sent', 'empty', 'skipped', 'expired')", name="ck_editions_state"),
        sa.CheckConstraint("window_start < window_end", name="ck_editions_window"),
    )
    op.create_table(
        "edition_articles",
        sa.Column("edition_id", sa.Integer, nullable=False),
        sa.Column("article_id", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "article_id", name="pk_edition_articles"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_edition_articles_edition_id"),
        sa.UniqueConstraint("digest", "article_id", name="uq_edition_articles_digest_article_id"),
        sa.CheckConstraint("outcome IN ('ran', 'told', 'passed', 'late')", name="ck_edition_articles_outcome"),
    )
    op.create_table(
        "renderings",
        sa.Column("edition_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(250), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "name", name="pk_renderings"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_renderings_edition_id"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("publication", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_index("ix_runs_publication_at", "runs", ["publication", "at"])
