"""The desk room's tables: cases with their codes, and the wrong codes of the last hour."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.protocol import DAY_SECONDS
from bluezone.server.ages import AGE, Age, Columns, Moment
from bluezone.server.database import metadata
from bluezone.server.desk.rules import CASE_SECONDS
from bluezone.server.settings import Settings

WINDOW_MINUTES = 60
"""How long wrong codes are counted."""


def _case_due(row: Columns, settings: Settings) -> Moment:
    """First the hashes and days, then the row."""
    return sa.case(
        (row.long_hash.is_not(None), (row.issued_day + 1) * DAY_SECONDS + CASE_SECONDS),
        else_=(row.issued_day + settings.retention_days + 1) * DAY_SECONDS,
    )


# Without row numbers, so that nothing but the random identifier orders the cases.
desk_cases = sa.Table(
    "desk_cases",
    metadata,
    sa.Column("uuid", sa.String(36), primary_key=True),
    sa.Column("issued_day", sa.Integer, nullable=False, index=True),
    sa.Column("test_type", sa.String(16), nullable=False),
    sa.Column("symptom_date", sa.Date),
    sa.Column("test_date", sa.Date),
    sa.Column("short_hash", sa.LargeBinary(32), unique=True),
    sa.Column("short_expires_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("long_hash", sa.LargeBinary(32), unique=True),
    sa.Column("long_expires_at", sa.BigInteger, nullable=False),
    sa.Column("claimed", sa.Boolean, nullable=False),
    sa.Column("token_hash", sa.LargeBinary(32), unique=True),
    sa.Column("keys_hash", sa.LargeBinary(32), index=True),
    sa.Column("published", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
    info={
        "title": {"vi": "Mã đã cấp", "en": "Codes issued"},
        "purpose": {
            "vi": "Mỗi ca được bàn y tế cấp mã: loại xét nghiệm và ngày, dấu băm có khóa của mã, thẻ và khóa, mã đã"
            " dùng và khóa đã công bố hay chưa. Không có tên, số điện thoại hay chính mã đó.",
            "en": "One case the desk issued a code for: test type and days, keyed hashes of code, token and keys,"
            " whether the code was used and keys were published. No name, no number, no code.",
        },
        "destroyed": {
            "vi": "Dấu băm, ngày và giờ: hai ngày sau khi cấp. Cả dòng: sau thời hạn lưu (14 ngày).",
            "en": "Hashes, days and times of day two days after issue; the row after the retention time (14 days).",
        },
        "personal": True,
        AGE: Age(due=_case_due, born=lambda row: row.issued_day * DAY_SECONDS),
    },
)
"""`issued_day` counts UTC days; times are Unix seconds; hashes are HMAC-SHA256 under the pepper (32 bytes)."""

desk_minutes = sa.Table(
    "desk_minutes",
    metadata,
    sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("calls", sa.BigInteger, nullable=False),
    sa.Column("risk", sa.BigInteger, nullable=False),
    info={
        "title": {"vi": "Lượt gọi theo phút", "en": "Calls by the minute"},
        "purpose": {
            "vi": "Mỗi phút có bao nhiêu lượt gọi, thật và giả, và các mã sai đã gõ có bao nhiêu khả năng trúng.",
            "en": "How many calls, real and fake, came in each minute, and how likely wrong short codes were to hit.",
        },
        "destroyed": {"vi": "Sau một giờ.", "en": "After an hour."},
        "personal": False,
    },
)
"""`risk` is in hundred-millionths: the sum, over tries, of the codes that were good at that moment."""

desk_clients = sa.Table(
    "desk_clients",
    metadata,
    sa.Column("client", sa.LargeBinary(16), primary_key=True),
    sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("tries", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
    info={
        "title": {"vi": "Mã sai theo địa chỉ", "en": "Wrong codes by address"},
        "purpose": {
            "vi": "Nơi đã gửi mã sai, chỉ lưu dưới dạng dấu băm của địa chỉ mạng với khóa riêng của ngày hôm đó.",
            "en": "Clients that sent wrong short codes, as hashes of their addresses under a key of the day.",
        },
        "destroyed": {
            "vi": "Sau một giờ; khóa của ngày nằm trong một tệp, không nằm trong bản sao lưu cơ sở dữ liệu, và bị"
            " hủy sau một ngày.",
            "en": "After an hour; the day's key, in a file and in no backup of the database, after a day.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: (row.minute + WINDOW_MINUTES + 1) * 60, born=lambda row: row.minute * 60),
    },
)
