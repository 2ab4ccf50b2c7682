"""Many machines: what each saw of an edition, and indexes that find what is due of each edition, however long another's list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

DUE = "state IN ('planned', 'deferred')"


def upgrade() -> None:
    """Make the table, its columns' kin, and the indexes."""
    op.add_column("editions", sa.Column("machine", sa.String(100), nullable=False, server_default=""))
    op.add_column("editions", sa.Column("content", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "sightings",
        sa.Column("edition_id", sa.Integer, nullable=False),
        sa.Column("machine", sa.String(100), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("difference", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "machine", name="pk_sightings"),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_sightings_edition_id"),
    )
    op.drop_index("ix_deliveries_due", "deliveries")
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["edition_id", "next_at", "id"],
        sqlite_where=sa.text(DUE),
        postgresql_where=sa.text(DUE),
    )
    op.create_index("ix_mailings_expires_at", "mailings", ["expires_at"])
