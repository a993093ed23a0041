"""The gates room: gates and four counts a gate and hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "gates",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("unit", sa.String(20), sa.ForeignKey("units.code", name="fk_gates_unit"), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("registered_at", sa.BigInteger, nullable=False),
        sa.Column("link_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("link_until", sa.BigInteger, nullable=True),
        sa.Column("public_key", sa.LargeBinary(33), nullable=True),
        sa.Column("valid_until", sa.Date, nullable=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("tried_at", sa.BigInteger, nullable=True),
        sa.Column("heard_at", sa.BigInteger, nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("link_hash", name="uq_gates_link_hash"),
    )
    for column in ("unit", "withdrawn_at"):
        op.create_index(f"ix_gates_{column}", "gates", [column])
    gate = sa.ForeignKey("gates.id", name="fk_gate_counts_gate", ondelete="CASCADE")
    op.create_table(
        "gate_counts",
        sa.Column("gate", sa.String(16), gate, primary_key=True),
        sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("running", sa.Integer, nullable=False),
        sa.Column("helped", sa.Integer, nullable=False),
        sa.Column("without", sa.Integer, nullable=False),
        sa.Column("preferred_not", sa.Integer, nullable=False),
    )
    op.create_index("ix_gate_counts_hour", "gate_counts", ["hour"])
