"""The messages room's table: the outbox."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.server.ages import AGE, Age, Columns, Moment
from bluezone.server.database import KEPT_BACK, metadata
from bluezone.server.settings import Settings

RETENTION_SECONDS = 7 * 86400


def _due(row: Columns, _settings: Settings) -> Moment:
    """First number and text, then the row."""
    left_behind = sa.and_(row.state == "sending", row.next_at > row.valid_until)
    return sa.case(
        (row.ended_at.is_not(None), row.ended_at + RETENTION_SECONDS),
        (left_behind, row.next_at),
        else_=row.valid_until,
    )


text_messages = sa.Table(
    "text_messages",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=True, info={KEPT_BACK: True}),
    sa.Column("parts", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("attempts", sa.BigInteger, nullable=False),
    sa.Column("doubtful", sa.BigInteger, nullable=False),
    sa.Column("next_at", sa.Double, nullable=False),
    sa.Column("claimed_at", sa.Double, nullable=True, index=True),
    sa.Column("reference", sa.String(36), nullable=False, info={KEPT_BACK: True}),
    sa.Column("provider_id", sa.String(100), nullable=False, info={KEPT_BACK: True}),
    sa.Column("outcome", sa.String(40), nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("valid_until", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double, nullable=True, index=True),
    info={
        "title": {"vi": "Tin nhắn SMS", "en": "Text messages"},
        "purpose": {
            "vi": "Tin nhắn SMS chờ gửi và kết quả gửi; số máy và nội dung được mã hóa.",
            "en": "Text messages that wait to be sent, and what became of them; number and text are encrypted.",
        },
        "destroyed": {
            "vi": "Số máy và nội dung: ngay khi đã gửi, gửi hỏng, bị hủy hoặc hết hạn. Cả dòng: 7 ngày sau đó.",
            "en": "Number and text when it was sent, failed, was cancelled or ran out; the row 7 days later.",
        },
        "personal": True,
        AGE: Age(due=_due, born=lambda row: row.created_at),
    },
)
"""`sealed` holds number and text; `doubtful` counts tries of which it is not known whether the gateway took them."""
