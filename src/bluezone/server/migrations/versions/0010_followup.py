"""The follow-up room: results a day, their history, and paper sheets."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def _results(table: str, *, with_version: bool) -> None:
    columns: list[sa.Column[Any]] = [
        _person(table, key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("result", sa.String(12), nullable=False),
        sa.Column("temperature", sa.Integer, nullable=True),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("version", sa.Integer, primary_key=with_version, nullable=False, autoincrement=False),
        sa.Column("corrects", sa.Integer, nullable=True),
    ]
    op.create_table(table, *columns)


def _person(table: str, *, key: bool = False) -> sa.Column[str]:
    points = sa.ForeignKey("persons.id", name=f"fk_{table}_person", ondelete="CASCADE")
    return sa.Column("person", sa.String(32), points, primary_key=key, nullable=False)


def upgrade() -> None:
    _results("followups", with_version=False)
    op.create_index("ix_followups_day", "followups", ["day"])
    op.create_index("ix_followups_at", "followups", ["at"])
    _results("followup_history", with_version=True)
    unit = sa.ForeignKey("units.code", name="fk_followup_sheets_unit")
    op.create_table(
        "followup_sheets",
        sa.Column("number", sa.String(8), primary_key=True),
        sa.Column("unit", sa.String(20), unit, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("officer", sa.String(120), nullable=False),
        sa.Column("printed_at", sa.BigInteger, nullable=False),
        sa.Column("printed_by", sa.String(32), nullable=False),
    )
    for column in ("unit", "printed_at"):
        op.create_index(f"ix_followup_sheets_{column}", "followup_sheets", [column])
    sheet = sa.ForeignKey("followup_sheets.number", name="fk_followup_sheet_rows_sheet", ondelete="CASCADE")
    op.create_table(
        "followup_sheet_rows",
        sa.Column("sheet", sa.String(8), sheet, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        _person("followup_sheet_rows"),
    )
    op.create_index("ix_followup_sheet_rows_person", "followup_sheet_rows", ["person"])
