"""The gates' tables: which gates there are, and four counts a gate and hour. No person is in either."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.protocol import DAY_SECONDS
from bluezone.server.database import KEPT_BACK, metadata

KEEP_SECONDS = 90 * DAY_SECONDS
"""How long counts are kept after their hour, and a gate after it was withdrawn."""

gates = sa.Table(
    "gates",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("unit", sa.String(20), sa.ForeignKey("units.code"), nullable=False, index=True),
    sa.Column("label", sa.String(40), nullable=False),
    sa.Column("registered_at", sa.BigInteger, nullable=False),
    sa.Column("link_hash", sa.LargeBinary(32), nullable=True, unique=True, info={KEPT_BACK: True}),
    sa.Column("link_until", sa.BigInteger, nullable=True),
    sa.Column("public_key", sa.LargeBinary(33), nullable=True),
    sa.Column("valid_until", sa.Date, nullable=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("tried_at", sa.BigInteger, nullable=True),
    sa.Column("heard_at", sa.BigInteger, nullable=True),
    sa.Column("withdrawn_at", sa.BigInteger, nullable=True, index=True),
    info={
        "title": {"vi": "Cổng", "en": "Gates"},
        "purpose": {
            "vi": "Cổng nào của đơn vị nào được hỏi điện thoại có đang chạy Bluezone không, và khóa công khai của máy"
            " đặt ở cổng đó.",
            "en": "Which gate of which unit may ask phones whether they run, and the public key of the device there.",
        },
        "destroyed": {
            "vi": "90 ngày sau khi cổng bị thu hồi; việc hủy chạy mỗi giờ.",
            "en": "90 days after a gate was withdrawn, by the hourly job.",
        },
        "personal": False,
    },
)
"""`sequence` is the last batch of counts that was taken; `tried_at` when a test visitor passed, `heard_at` when the
device was last heard of; times are Unix seconds."""

gate_counts = sa.Table(
    "gate_counts",
    metadata,
    sa.Column("gate", sa.String(16), sa.ForeignKey("gates.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("hour", sa.BigInteger, primary_key=True, autoincrement=False, index=True),
    sa.Column("running", sa.Integer, nullable=False),
    sa.Column("helped", sa.Integer, nullable=False),
    sa.Column("without", sa.Integer, nullable=False),
    sa.Column("preferred_not", sa.Integer, nullable=False),
    info={
        "title": {"vi": "Số lượt ở cổng", "en": "Counts at gates"},
        "purpose": {
            "vi": "Mỗi giờ ở mỗi cổng có bao nhiêu người đang chạy Bluezone, được giúp cài, không có điện thoại thông"
            " minh, chưa muốn cài. Chỉ là số đếm, không có ai trong đó.",
            "en": "How many people an hour and gate were running Bluezone, were helped, have no smartphone, or"
            " preferred not to. Four numbers and nobody in them.",
        },
        "destroyed": {
            "vi": "90 ngày sau giờ đó; việc hủy chạy mỗi giờ.",
            "en": "90 days after the hour, by the hourly job.",
        },
        "personal": False,
    },
)
"""`hour` is the Unix time of its beginning."""
