"""The tables that belong to no room."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.server.database import metadata

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(32), nullable=False),
    sa.Column("generation", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
    sa.Column("due_at", sa.Double, nullable=False),
    sa.Column("last_success", sa.Double, nullable=True),
    info={
        "title": {"vi": "Việc định kỳ", "en": "Recurring jobs"},
        "purpose": {
            "vi": "Tiến trình nào đang làm một việc định kỳ, bao giờ làm lần tới và lần gần nhất làm xong lúc nào.",
            "en": "Which process does a recurring job now, when it is due again and when it last succeeded.",
        },
        "destroyed": {
            "vi": "Không hủy: mỗi loại việc một dòng, không có gì về con người.",
            "en": "Never: one row a kind of job, no word about people.",
        },
        "personal": False,
    },
)
