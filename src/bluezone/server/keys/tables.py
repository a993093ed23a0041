"""The keys room's tables. Nothing in them says who uploaded a key, from where, or in which company of other keys."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.protocol import DAY_SECONDS
from bluezone.server.ages import AGE, Age
from bluezone.server.database import metadata

published_keys = sa.Table(
    "published_keys",
    metadata,
    # The key itself orders the rows, so that their place does not tell in which order they came.
    sa.Column("key", sa.LargeBinary(16), primary_key=True),
    sa.Column("rolling_start", sa.BigInteger, nullable=False),
    sa.Column("rolling_period", sa.SmallInteger, nullable=False),
    sa.Column("report_type", sa.SmallInteger, nullable=False),
    sa.Column("days_since_onset", sa.SmallInteger, nullable=False),  # protocol's NO_ONSET where unknown
    sa.Column("transmission_risk", sa.SmallInteger, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False, index=True),  # of arrival, truncated; later under embargo
    sa.Column("filler", sa.Boolean, nullable=False),
    sa.Column("revised_at", sa.BigInteger),
    sa.Column("revised_report_type", sa.SmallInteger),
    sa.Column("revised_days_since_onset", sa.SmallInteger),
    sa.Column("revised_transmission_risk", sa.SmallInteger),
    sqlite_with_rowid=False,
    info={
        "title": {"vi": "Khóa đã công bố", "en": "Published keys"},
        "purpose": {
            "vi": "Khóa theo ngày mà người bệnh và người tiếp xúc đã xác nhận đồng ý công bố, lẫn với khóa độn để"
            " không đếm được có bao nhiêu người.",
            "en": "Daily keys that ill people and confirmed contacts agreed to publish, and filler keys among them"
            " so that nobody can count people.",
        },
        "destroyed": {
            "vi": "Sau thời hạn lưu (14 ngày nếu tỉnh không đặt khác) kể từ giờ nhận; việc hủy chạy mỗi giờ.",
            "en": "After the retention time (14 days unless set otherwise) from their hour of arrival, by the"
            " hourly destruction job.",
        },
        "personal": True,
        AGE: Age(
            due=lambda row, settings: row.created_at + settings.retention_days * DAY_SECONDS + 1,
            born=lambda row: row.created_at,
        ),
    },
)

_revised = published_keys.c.revised_at.is_not(None)
sa.Index(None, published_keys.c.revised_at, sqlite_where=_revised, postgresql_where=_revised)

export_batches = sa.Table(
    "export_batches",
    metadata,
    sa.Column("end_at", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("start_at", sa.BigInteger, nullable=False),
    sa.Column("filled", sa.Boolean, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    info={
        "title": {"vi": "Đợt đóng tệp", "en": "Archive windows"},
        "purpose": {
            "vi": "Các khung giờ nhận khóa đã khép lại để đóng tệp, và mỗi đợt đã làm đến bước nào.",
            "en": "Times of arrival that archives cover, closed to further keys; how far their building has come.",
        },
        "destroyed": {
            "vi": "Sau thời hạn lưu (14 ngày nếu tỉnh không đặt khác) kể từ khi khung giờ kết thúc; riêng đợt mới"
            " nhất được giữ lại.",
            "en": "After the retention time (14 days unless set otherwise) from their end, but for the latest.",
        },
        "personal": False,
    },
)

archives = sa.Table(
    "archives",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("end_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("keys", sa.Integer, nullable=False),
    sa.Column("revised_keys", sa.Integer, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 of the file, hexadecimal
    info={
        "title": {"vi": "Tệp khóa đã ký", "en": "Signed archives"},
        "purpose": {
            "vi": "Các tệp khóa có chữ ký mà điện thoại được tải về: đúng những gì danh mục liệt kê.",
            "en": "Signed archives that phones may fetch: what the index lists.",
        },
        "destroyed": {
            "vi": "Sau thời hạn lưu (14 ngày nếu tỉnh không đặt khác) kể từ khi khung giờ của tệp kết thúc, cùng"
            " lúc với chính tệp đó.",
            "en": "After the retention time (14 days unless set otherwise) from the end of what they cover,"
            " together with their files.",
        },
        "personal": False,
    },
)
