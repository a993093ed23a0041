"""The places room's tables: places, the sheets that hang at their doors, notices about them, and published files."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.protocol import DAY_SECONDS
from bluezone.server.ages import AGE, Age
from bluezone.server.database import KEPT_BACK, metadata

WITHDRAWN_SECONDS = 30 * DAY_SECONDS
"""How long a withdrawn place can still be warned about; phones keep visits for 14 days."""
NOTICE_SECONDS = 30 * DAY_SECONDS
FILE_SECONDS = 15 * DAY_SECONDS

_WITH_PLACE = {
    "vi": "Cùng địa điểm: 30 ngày sau khi thu hồi địa điểm; việc hủy chạy mỗi giờ.",
    "en": "With the place: 30 days after the place is withdrawn, by the hourly job.",
}

places = sa.Table(
    "places",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("unit", sa.String(20), sa.ForeignKey("units.code"), nullable=False, index=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("address", sa.String(100), nullable=False),
    sa.Column("folded", sa.String(260), nullable=False),
    sa.Column("kind", sa.Integer, nullable=False),
    sa.Column("stay_minutes", sa.Integer, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("valid_until", sa.Date, nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sa.Column("withdrawn_at", sa.BigInteger, nullable=True),
    info={
        "title": {"vi": "Địa điểm", "en": "Places"},
        "purpose": {
            "vi": "Cơ quan, cửa hàng, trường học, bến xe có mã treo ở cửa.",
            "en": "Offices, shops, schools and stations that have a code at the door.",
        },
        "destroyed": {
            "vi": "30 ngày sau khi thu hồi; việc hủy chạy mỗi giờ.",
            "en": "30 days after it is withdrawn, by the hourly job.",
        },
        "personal": False,
    },
)

place_sheets = sa.Table(
    "place_sheets",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("place", sa.String(32), sa.ForeignKey("places.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("zone", sa.String(60), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("short_id", sa.String(9), nullable=False, index=True),
    sa.Column("code", sa.LargeBinary, nullable=False, info={KEPT_BACK: True}),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("replaced_at", sa.BigInteger, nullable=True),
    sa.UniqueConstraint("place", "zone", "number"),
    info={
        "title": {"vi": "Tờ mã địa điểm", "en": "Sheets of places"},
        "purpose": {
            "vi": "Từng bản của tờ mã treo ở cửa, để báo cho người đã quét bản ấy.",
            "en": "Each version of the sheet at a door, so that whoever scanned it can be warned.",
        },
        "destroyed": _WITH_PLACE,
        "personal": False,
    },
)
"""`zone` is empty for the whole place; `code` is the place code as JSON, with the seed that only the sheet tells."""

place_notices = sa.Table(
    "place_notices",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("place", sa.String(32), sa.ForeignKey("places.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("zone", sa.String(60), nullable=True),
    sa.Column("landmark", sa.String(32), sa.ForeignKey("landmarks.id", ondelete="SET NULL"), nullable=True, index=True),
    sa.Column("unit", sa.String(20), sa.ForeignKey("units.code"), nullable=False, index=True),
    sa.Column("from_at", sa.BigInteger, nullable=False),
    sa.Column("to_at", sa.BigInteger, nullable=False),
    sa.Column("owner_name", sa.String(120), nullable=False, info={KEPT_BACK: True}),
    sa.Column("owner_phone", sa.String(20), nullable=False, info={KEPT_BACK: True}),
    sa.Column("made_at", sa.BigInteger, nullable=False),
    sa.Column("made_by", sa.String(32), nullable=False),
    sa.Column("published_at", sa.BigInteger, nullable=True),
    sa.Column("over_at", sa.BigInteger, nullable=True),
    sa.Column("over_published_at", sa.BigInteger, nullable=True),
    info={
        "title": {"vi": "Thông báo địa điểm", "en": "Place notices"},
        "purpose": {
            "vi": "Nơi nào, giờ nào được báo là có ca bệnh, và cán bộ nào trả lời người hỏi.",
            "en": "Which place was warned about for which hours, and which officer answers.",
        },
        "destroyed": {
            "vi": "30 ngày sau khi lập, hoặc cùng địa điểm; việc hủy chạy mỗi giờ.",
            "en": "30 days after it was made, or with the place, by the hourly job.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: row.made_at + NOTICE_SECONDS, born=lambda row: row.made_at),
    },
)
"""`zone` NULL is all of the place; `unit` is the desk's; `over_at` says when it was taken back."""

notice_files = sa.Table(
    "notice_files",
    metadata,
    sa.Column("name", sa.String(48), primary_key=True),
    sa.Column("start_at", sa.BigInteger, nullable=False),
    sa.Column("end_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False, info={KEPT_BACK: True}),
    info={
        "title": {"vi": "Tệp thông báo địa điểm", "en": "Files of place notices"},
        "purpose": {
            "vi": "Tệp đã ký mà mọi điện thoại tải về; người không đến nơi ấy chỉ thấy số ngẫu nhiên.",
            "en": "Signed files that every phone fetches; who was not there sees random numbers.",
        },
        "destroyed": {
            "vi": "15 ngày sau khi công bố; việc hủy chạy mỗi giờ.",
            "en": "15 days after publication, by the hourly job.",
        },
        "personal": False,
    },
)
