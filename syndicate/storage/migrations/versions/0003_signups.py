"""What people asked for on the web and have still to confirm: signups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

STATES = "'planned', 'sending', 'sent', 'deferred', 'refused', 'uncertain', 'expired', 'confirmed'"


def upgrade() -> None:
    """Make the table of sign-ups."""
    op.create_table(
        "signups",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("mailbox", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("choices", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("wording", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subscriber_id", sa.Integer),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("doubts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signups"),
        sa.CheckConstraint(f"state IN ({STATES})", name="ck_signups_state"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signups_mailbox", "signups", ["mailbox"])
    op.create_index("ix_signups_expires_at", "signups", ["expires_at"])
