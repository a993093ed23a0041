"""Follow-up's tables: a result per person and day, what was corrected, and which row of a paper sheet is whose."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bluezone.server.ages import AGE, Age, Columns, Moment, earliest
from bluezone.server.casework.service import with_person
from bluezone.server.database import KEPT_BACK, metadata

DAY_SECONDS = 86400
SHEET_SECONDS = 14 * DAY_SECONDS
"""How long a paper sheet can be typed in."""

LONGEST_NOTE = 500


def _sheet_due(row: Columns) -> Moment:
    printed = sa.select(followup_sheets.c.printed_at).where(followup_sheets.c.number == row.sheet).scalar_subquery()
    return earliest(printed + SHEET_SECONDS, with_person(row.person))


def _columns(*, versioned: bool = False) -> list[sa.Column[Any]]:
    person = sa.ForeignKey("persons.id", ondelete="CASCADE")
    return [
        sa.Column("person", sa.String(32), person, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("result", sa.String(12), nullable=False),
        sa.Column("temperature", sa.Integer, nullable=True),
        sa.Column("note", sa.String(LONGEST_NOTE), nullable=False, info={KEPT_BACK: True}),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("version", sa.Integer, nullable=False, primary_key=versioned, autoincrement=False),
        sa.Column("corrects", sa.Integer, nullable=True),
    ]


_WITH_PERSON = {
    "vi": "Cùng hồ sơ của người đó: 90 ngày sau lần cuối có người làm việc với hồ sơ.",
    "en": "With the person's record: 90 days after anybody last worked on it.",
}

followups = sa.Table(
    "followups",
    metadata,
    *_columns(),
    sa.Index("ix_followups_day", "day"),
    sa.Index("ix_followups_at", "at"),
    info={
        "title": {"vi": "Theo dõi hằng ngày", "en": "Daily follow-up"},
        "purpose": {
            "vi": "Mỗi ngày, người tiếp xúc có gặp được không, có triệu chứng không, nhiệt độ bao nhiêu.",
            "en": "For each day: whether a contact was reached, had symptoms, and which temperature.",
        },
        "destroyed": _WITH_PERSON,
        "personal": True,
        AGE: Age(due=lambda row, _: with_person(row.person), born=lambda row: row.at),
    },
)
"""`temperature` in tenths of °C; `by` is an account; `corrects` is the version that this one corrected."""

followup_history = sa.Table(
    "followup_history",
    metadata,
    *_columns(versioned=True),
    info={
        "title": {"vi": "Kết quả theo dõi đã sửa", "en": "Corrected follow-up"},
        "purpose": {
            "vi": "Kết quả theo dõi trước khi sửa hay hoàn tác, để biết ai đã ghi gì.",
            "en": "Results as they were before they were corrected or undone, to know who entered what.",
        },
        "destroyed": _WITH_PERSON,
        "personal": True,
        AGE: Age(due=lambda row, _: with_person(row.person), born=lambda row: row.at),
    },
)
followup_sheets = sa.Table(
    "followup_sheets",
    metadata,
    sa.Column("number", sa.String(8), primary_key=True),
    sa.Column("unit", sa.String(20), sa.ForeignKey("units.code"), nullable=False, index=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("officer", sa.String(120), nullable=False),
    sa.Column("printed_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("printed_by", sa.String(32), nullable=False),
    info={
        "title": {"vi": "Phiếu theo dõi đã in", "en": "Printed follow-up sheets"},
        "purpose": {
            "vi": "Phiếu số mấy in cho xã, phường nào, ngày nào, để nhập lại kết quả ghi trên giấy.",
            "en": "Which sheet was printed for which commune and day, so that its results can be typed in.",
        },
        "destroyed": {
            "vi": "14 ngày sau khi in; việc hủy chạy mỗi giờ.",
            "en": "14 days after printing, by the hourly job.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: row.printed_at + SHEET_SECONDS, born=lambda row: row.printed_at),
    },
)

followup_sheet_rows = sa.Table(
    "followup_sheet_rows",
    metadata,
    sa.Column("sheet", sa.String(8), sa.ForeignKey("followup_sheets.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person", sa.String(32), sa.ForeignKey("persons.id", ondelete="CASCADE"), nullable=False, index=True),
    info={
        "title": {"vi": "Dòng của phiếu theo dõi", "en": "Rows of follow-up sheets"},
        "purpose": {
            "vi": "Dòng nào trên phiếu giấy là của ai.",
            "en": "Which row of a paper sheet is whose.",
        },
        "destroyed": {
            "vi": "Cùng phiếu, 14 ngày sau khi in, hoặc cùng hồ sơ của người đó.",
            "en": "With the sheet, 14 days after printing, or with the person's record.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: _sheet_due(row), born=None),
    },
)
