"""The guidance room: what people are told and what they tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "guidance_versions",
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "tells",
        sa.Column("uuid", sa.String(36), primary_key=True),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("level", sa.String(2), nullable=False),
        sa.Column("exposure_days", sa.String(200), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("commune", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tells_received_at", "tells", ["received_at"])
