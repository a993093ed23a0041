"""The units room: the tree and its history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "units",
        sa.Column("code", sa.String(20), primary_key=True),
        sa.Column("type", sa.String(60), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("parent", sa.String(20), sa.ForeignKey("units.code", name="fk_units_parent"), nullable=True),
        sa.Column("path", sa.String(260), nullable=False),
        sa.Column("folded", sa.String(600), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
    )
    op.create_index("ix_units_parent", "units", ["parent"])
    op.create_index("ix_units_path", "units", ["path"])
    op.create_table(
        "unit_history",
        sa.Column("code", sa.String(20), sa.ForeignKey("units.code", name="fk_unit_history_code"), primary_key=True),
        sa.Column("valid_to", sa.Date, primary_key=True),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("type", sa.String(60), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("parent", sa.String(20), nullable=True),
    )
