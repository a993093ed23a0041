"""The audit room's table. The database itself refuses to change an entry, or to delete one within two years."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.server.ages import AGE, Age
from bluezone.server.database import metadata

RETENTION_SECONDS = 2 * 365 * 86400

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("actor", sa.String(32), nullable=False),
    sa.Column("actor_name", sa.String(200), nullable=False),
    sa.Column("unit", sa.String(20), nullable=False, index=True),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("seal", sa.LargeBinary(32), nullable=False),
    info={
        "title": {"vi": "Nhật ký kiểm tra", "en": "Audit log"},
        "purpose": {
            "vi": "Ai đã làm gì với tài khoản và dữ liệu, cho đơn vị nào, lúc nào; nối chuỗi để không sửa lén được.",
            "en": "Who did what to accounts and data, for which unit and when; chained, so that changes show.",
        },
        "destroyed": {
            "vi": "Hai năm sau khi ghi; việc hủy chạy mỗi giờ. Trước đó cơ sở dữ liệu từ chối xóa.",
            "en": "Two years after it was written, by the hourly job; until then the database refuses to delete it.",
        },
        "personal": True,
        # The chain is destroyed from its beginning: an entry goes when it and all before it are old enough.
        AGE: Age(
            due=lambda row, _: sa.func.max(row.at).over(order_by=row.number) + RETENTION_SECONDS + 1,
            born=lambda row: row.at,
        ),
    },
)
"""`seal` is HMAC-SHA256 over the entry and the seal before it; `actor` is empty for whoever is not signed in."""
