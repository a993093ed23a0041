"""The desk room: cases and their codes, and what keeps guessers out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "desk_cases",
        sa.Column("uuid", sa.String(36), primary_key=True),
        sa.Column("issued_day", sa.Integer, nullable=False),
        sa.Column("test_type", sa.String(16), nullable=False),
        sa.Column("symptom_date", sa.Date),
        sa.Column("test_date", sa.Date),
        sa.Column("short_hash", sa.LargeBinary(32)),
        sa.Column("short_expires_at", sa.BigInteger, nullable=False),
        sa.Column("long_hash", sa.LargeBinary(32)),
        sa.Column("long_expires_at", sa.BigInteger, nullable=False),
        sa.Column("claimed", sa.Boolean, nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32)),
        sa.Column("keys_hash", sa.LargeBinary(32)),
        sa.Column("published", sa.Boolean, nullable=False),
        sa.UniqueConstraint("short_hash", name="uq_desk_cases_short_hash"),
        sa.UniqueConstraint("long_hash", name="uq_desk_cases_long_hash"),
        sa.UniqueConstraint("token_hash", name="uq_desk_cases_token_hash"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_desk_cases_issued_day", "desk_cases", ["issued_day"])
    op.create_index("ix_desk_cases_short_expires_at", "desk_cases", ["short_expires_at"])
    op.create_index("ix_desk_cases_keys_hash", "desk_cases", ["keys_hash"])
    op.create_table(
        "desk_minutes",
        sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("calls", sa.BigInteger, nullable=False),
        sa.Column("risk", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "desk_clients",
        sa.Column("client", sa.LargeBinary(16), primary_key=True),
        sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
