"""Keys: what was published, and the archives made of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "published_keys",
        sa.Column("key", sa.LargeBinary(16), primary_key=True),
        sa.Column("rolling_start", sa.BigInteger, nullable=False),
        sa.Column("rolling_period", sa.SmallInteger, nullable=False),
        sa.Column("report_type", sa.SmallInteger, nullable=False),
        sa.Column("days_since_onset", sa.SmallInteger, nullable=False),
        sa.Column("transmission_risk", sa.SmallInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("filler", sa.Boolean, nullable=False),
        sa.Column("revised_at", sa.BigInteger),
        sa.Column("revised_report_type", sa.SmallInteger),
        sa.Column("revised_days_since_onset", sa.SmallInteger),
        sa.Column("revised_transmission_risk", sa.SmallInteger),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_published_keys_created_at", "published_keys", ["created_at"])
    revised = sa.text("revised_at IS NOT NULL")
    op.create_index(
        "ix_published_keys_revised_at",
        "published_keys",
        ["revised_at"],
        sqlite_where=revised,
        postgresql_where=revised,
    )
    op.create_table(
        "export_batches",
        sa.Column("end_at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("start_at", sa.BigInteger, nullable=False),
        sa.Column("filled", sa.Boolean, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
    )
    op.create_table(
        "archives",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("end_at", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("keys", sa.Integer, nullable=False),
        sa.Column("revised_keys", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_index("ix_archives_end_at", "archives", ["end_at"])
