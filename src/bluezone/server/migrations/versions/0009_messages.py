"""The messages room: the outbox of text messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "text_messages",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=True),
        sa.Column("parts", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("doubtful", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.Double, nullable=False),
        sa.Column("claimed_at", sa.Double, nullable=True),
        sa.Column("reference", sa.String(36), nullable=False),
        sa.Column("provider_id", sa.String(100), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("valid_until", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double, nullable=True),
    )
    for column in ("state", "claimed_at", "ended_at"):
        op.create_index(f"ix_text_messages_{column}", "text_messages", [column])
