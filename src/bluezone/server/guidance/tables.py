"""The guidance room's tables: versions of the guidance, and what warned people told."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.protocol import DAY_SECONDS
from bluezone.server.ages import AGE, Age
from bluezone.server.database import metadata

TELL_DAYS = 14

guidance_versions = sa.Table(
    "guidance_versions",
    metadata,
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("document", sa.Text, nullable=False),
    info={
        "title": {"vi": "Hướng dẫn của tỉnh", "en": "The province's guidance"},
        "purpose": {
            "vi": "Những điều tỉnh muốn nói với người dân, giữ theo từng bản.",
            "en": "What the province wants people told, version by version.",
        },
        "destroyed": {
            "vi": "Mỗi khi có bản mới: chỉ giữ lại 50 bản gần nhất.",
            "en": "All but the latest 50, with each new version.",
        },
        "personal": False,
    },
)

# Without row numbers and with the hour of arrival alone, so that no log of connections tells who wrote a row.
tells = sa.Table(
    "tells",
    metadata,
    sa.Column("uuid", sa.String(36), primary_key=True),
    sa.Column("received_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("level", sa.String(2), nullable=False),
    sa.Column("exposure_days", sa.String(200), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("commune", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sqlite_with_rowid=False,
    info={
        "title": {"vi": "Lời nhắn cho bàn y tế", "en": "Notes to the health office"},
        "purpose": {
            "vi": "Những điều người được cảnh báo tự chọn gửi cho cơ quan y tế, để được gọi lại và giúp đỡ.",
            "en": "What warned people chose to tell the health office, so that it can call them and help.",
        },
        "destroyed": {
            "vi": "14 ngày sau khi nhận; việc hủy chạy mỗi giờ.",
            "en": "14 days after arrival, by the hourly destruction job.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: row.received_at + TELL_DAYS * DAY_SECONDS + 1, born=lambda row: row.received_at),
    },
)
"""`received_at` is Unix seconds, cut to the hour; `exposure_days` are ISO 8601 days with commas."""
