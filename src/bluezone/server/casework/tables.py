"""Casework's tables: people, cases, their landmarks, who met whom, and what was handed over."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.protocol import DAY_SECONDS
from bluezone.server.ages import AGE, Age, Moment, earliest
from bluezone.server.database import KEPT_BACK, metadata

KEEP_DAYS = 90
"""A person's record, with all that hangs on it, is destroyed this long after anybody last worked on it."""

WATCH_DAYS = 14
"""Somebody exposed is followed for this many days from their latest exposure (5053/QĐ-BYT)."""

_PRIVATE = {KEPT_BACK: True}
_WITH_PERSON = {
    "vi": "Cùng hồ sơ của người đó: 90 ngày sau lần cuối có người làm việc với hồ sơ.",
    "en": "With the person's record: 90 days after anybody last worked on it.",
}


def with_person(person: Moment) -> Moment:
    """When what hangs on this person's record is due to be destroyed with it."""
    changed = sa.select(persons.c.changed_at).where(persons.c.id == person).scalar_subquery()
    return changed + KEEP_DAYS * DAY_SECONDS


def _patient(case: Moment) -> Moment:
    # Said out loud: within another subquery a row of `landmarks` is not taken for the outer one by itself.
    return sa.select(cases.c.person).where(cases.c.id == case).correlate_except(cases).scalar_subquery()


def _person(name: str = "person", *, nullable: bool = False) -> sa.Column[str]:
    place = sa.ForeignKey("persons.id", ondelete="CASCADE")
    return sa.Column(name, sa.String(32), place, nullable=nullable, index=True)


def _unit(name: str = "unit", *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(20), sa.ForeignKey("units.code"), nullable=nullable, index=True)


persons = sa.Table(
    "persons",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.String(120), nullable=False, info=_PRIVATE),
    sa.Column("sort_key", sa.LargeBinary(500), nullable=False, index=True, info=_PRIVATE),
    sa.Column("folded", sa.String(300), nullable=False, info=_PRIVATE),
    sa.Column("sex", sa.String(1), nullable=False),
    sa.Column("birth_year", sa.Integer, nullable=True, info=_PRIVATE),
    sa.Column("phone", sa.String(15), nullable=False, index=True, info=_PRIVATE),
    _unit(),
    sa.Column("address", sa.String(200), nullable=False, info=_PRIVATE),
    sa.Column("work", sa.String(200), nullable=False, info=_PRIVATE),
    sa.Column("household", sa.String(32), nullable=True, index=True),
    _unit("desk"),
    sa.Column("officer", sa.String(32), sa.ForeignKey("accounts.id", ondelete="SET NULL"), nullable=True, index=True),
    sa.Column("note", sa.Text, nullable=False, info=_PRIVATE),
    sa.Column("level", sa.SmallInteger, nullable=True, index=True),
    sa.Column("exposed_first", sa.Date, nullable=True),
    sa.Column("exposed_last", sa.Date, nullable=True, index=True),
    sa.Column("via", sa.String(32), nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("closed_at", sa.BigInteger, nullable=True),
    # Lists and searches read this alone of people, who are ten times as many as the cases.
    sa.Index("ix_persons_search", "id", "folded", "unit", "desk", "sort_key"),
    info={
        "title": {"vi": "Người được theo dõi", "en": "People in casework"},
        "purpose": {
            "vi": "Ca bệnh và người tiếp xúc mà bàn y tế theo dõi, vừa đủ để gọi và đến thăm: họ tên, năm sinh, giới,"
            " điện thoại, nơi ở, nơi làm việc; mức F0, F1, F2 do hệ thống tính. Lấy từ lời kể, không lấy từ Bluetooth.",
            "en": "Cases and contacts that the desk follows, as much as it takes to call and visit them; F0, F1, F2 are"
            " computed. Known from interviews, never from Bluetooth.",
        },
        "destroyed": {
            "vi": "90 ngày sau lần cuối có người làm việc với hồ sơ; việc hủy chạy mỗi giờ.",
            "en": "90 days after anybody last worked on the record, by the hourly job.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: row.changed_at + KEEP_DAYS * DAY_SECONDS, born=lambda row: row.created_at),
    },
)
"""`unit` is where they live, `desk` the unit that registered them; `level`, `exposed_*` and `via` (the person through
whom) are computed by `standing`; times are Unix seconds; `folded` is name and telephone number without marks."""

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("reference", sa.String(40), nullable=False, index=True),
    _person(),
    sa.Column("status", sa.String(12), nullable=False, index=True),
    sa.Column("onset", sa.Date, nullable=True),
    sa.Column("test_date", sa.Date, nullable=True),
    sa.Column("isolated_on", sa.Date, nullable=True),
    sa.Column("reported_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("traced_at", sa.BigInteger, nullable=True),
    sa.Column("known_contact", sa.Boolean, nullable=False),
    sa.Column("outcome", sa.String(12), nullable=False),
    sa.Column("note", sa.Text, nullable=False, info=_PRIVATE),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sa.Column("closed_at", sa.BigInteger, nullable=True),
    info={
        "title": {"vi": "Ca bệnh", "en": "Cases"},
        "purpose": {
            "vi": "Ngày khởi phát, lấy mẫu, cách ly của ca bệnh; từ đó tính những ngày có thể lây cho người khác.",
            "en": "Days of onset, test and isolation of a case; they tell on which days others were exposed.",
        },
        "destroyed": _WITH_PERSON,
        "personal": True,
        AGE: Age(due=lambda row, _: with_person(row.person), born=lambda row: row.created_at),
    },
)
"""`traced_at` is when the list of contacts was first complete; `known_contact`: followed already when reported."""

landmarks = sa.Table(
    "landmarks",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("case", sa.String(32), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("place", sa.String(200), nullable=False, info=_PRIVATE),
    _unit(nullable=True),
    sa.Column("from_at", sa.BigInteger, nullable=False),
    sa.Column("to_at", sa.BigInteger, nullable=False),
    sa.Column("note", sa.Text, nullable=False, info=_PRIVATE),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    info={
        "title": {"vi": "Mốc dịch tễ", "en": "Landmarks"},
        "purpose": {
            "vi": "Nơi và lúc ca bệnh đã đến, theo lời kể, để tìm người có mặt cùng lúc.",
            "en": "Where and when a case was, by their own account, to find who else was there.",
        },
        "destroyed": _WITH_PERSON,
        "personal": True,
        AGE: Age(due=lambda row, _: with_person(_patient(row.case)), born=lambda row: row.created_at),
    },
)

contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    _person("source"),
    _person("exposed"),
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    sa.Column("place", sa.String(200), nullable=False, info=_PRIVATE),
    sa.Column("landmark", sa.String(32), sa.ForeignKey("landmarks.id", ondelete="SET NULL"), nullable=True, index=True),
    sa.Column("closeness", sa.String(12), nullable=False),
    sa.Column("origin", sa.String(12), nullable=False),
    sa.Column("confirmed_at", sa.BigInteger, nullable=True),
    sa.Column("confirmed_by", sa.String(32), nullable=False),
    sa.Column("note", sa.Text, nullable=False, info=_PRIVATE),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    info={
        "title": {"vi": "Tiếp xúc", "en": "Contacts"},
        "purpose": {
            "vi": "Ai đã gặp ai, ở đâu, ngày nào, gần đến mức nào và do đâu bàn y tế biết: do người trong cuộc kể.",
            "en": "Who met whom, where, on which days, how close, and how the desk knows: as those concerned told it.",
        },
        "destroyed": {
            "vi": "Cùng hồ sơ của một trong hai người: 90 ngày sau lần cuối có người làm việc với hồ sơ đó.",
            "en": "With the record of either person: 90 days after anybody last worked on it.",
        },
        "personal": True,
        AGE: Age(
            due=lambda row, _: earliest(with_person(row.source), with_person(row.exposed)),
            born=lambda row: row.created_at,
        ),
    },
)
"""An edge from who may have been ill to who was exposed; confirmed when the desk has checked it with the people."""

transfers = sa.Table(
    "transfers",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    _person(),
    _unit(),
    sa.Column("level_before", sa.SmallInteger, nullable=True),
    sa.Column("level_after", sa.SmallInteger, nullable=True),
    sa.Column("told_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("told_by", sa.String(32), nullable=False),
    sa.Column("told_by_name", sa.String(120), nullable=False),
    sa.Column("note", sa.Text, nullable=False, info=_PRIVATE),
    sa.Column("taken_at", sa.BigInteger, nullable=True),
    sa.Column("taken_by", sa.String(32), nullable=False),
    info={
        "title": {"vi": "Báo về địa phương", "en": "Handed to a commune"},
        "purpose": {
            "vi": "Xã, phường nào được báo về người nào, vì mức nào đổi, và đã nhận chưa.",
            "en": "Which commune was told of whom, because of which change of level, and whether it has taken over.",
        },
        "destroyed": _WITH_PERSON,
        "personal": True,
        AGE: Age(due=lambda row, _: with_person(row.person), born=lambda row: row.told_at),
    },
)

case_codes = sa.Table(
    "case_codes",
    metadata,
    sa.Column("uuid", sa.String(36), primary_key=True),
    _person(),
    sa.Column("case", sa.String(32), sa.ForeignKey("cases.id", ondelete="CASCADE"), nullable=True, index=True),
    _unit(),
    sa.Column("test_type", sa.String(16), nullable=False),
    sa.Column("channel", sa.String(8), nullable=False),
    sa.Column("issued_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("issued_by", sa.String(32), nullable=False),
    sa.Column("message", sa.String(32), nullable=True),
    sa.Column("revoked_at", sa.BigInteger, nullable=True),
    info={
        "title": {"vi": "Mã của ca bệnh", "en": "Codes of cases"},
        "purpose": {
            "vi": "Mã nào (chỉ số hiệu ngẫu nhiên) đã cấp cho ai, qua đường nào, để cấp lại hay thu hồi. Máy chủ khóa"
            " không biết bảng này; từ đây không ra được khóa nào.",
            "en": "Which code (its random number alone) was issued to whom and how, to renew or revoke it. No key can"
            " be found from here.",
        },
        "destroyed": {
            "vi": "14 ngày sau khi cấp; việc hủy chạy mỗi giờ.",
            "en": "14 days after issue, by the hourly job.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: row.issued_at + CODE_SECONDS, born=lambda row: row.issued_at),
    },
)
"""`uuid` is the desk's identifier of an issued code (`desk_cases.uuid`); never the code itself."""

CODE_SECONDS = 14 * 86400

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("form", sa.String(120), primary_key=True),
    sa.Column("fields", sa.LargeBinary, nullable=False, info=_PRIVATE),
    sa.Column("saved_at", sa.BigInteger, nullable=False, index=True),
    info={
        "title": {"vi": "Bản nháp", "en": "Drafts"},
        "purpose": {
            "vi": "Chữ cán bộ đang gõ dở, mã hóa, để không mất khi phiên hết hạn hay máy tắt.",
            "en": "What an official was typing, encrypted, so that it is not lost when the session or the power ends.",
        },
        "destroyed": {
            "vi": "Khi biểu được gửi; muộn nhất sau 7 ngày.",
            "en": "When the form is sent; after 7 days at the latest.",
        },
        "personal": True,
        AGE: Age(due=lambda row, _: row.saved_at + DRAFT_SECONDS, born=lambda row: row.saved_at),
    },
)
DRAFT_SECONDS = 7 * 86400

openings = sa.Table(
    "openings",
    metadata,
    sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("person", sa.String(32), sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("until", sa.BigInteger, nullable=False, index=True),
    info={
        "title": {"vi": "Hồ sơ đã đóng được mở", "en": "Closed records opened"},
        "purpose": {
            "vi": "Cán bộ nào đang được xem lại hồ sơ đã đóng nào, sau khi ghi lý do vào nhật ký kiểm tra.",
            "en": "Who may look at which closed record now, after writing a reason into the audit log.",
        },
        "destroyed": {"vi": "15 phút sau khi mở.", "en": "15 minutes after it was opened."},
        "personal": True,
        AGE: Age(due=lambda row, _: row.until, born=lambda row: row.until - OPEN_SECONDS),
    },
)
OPEN_SECONDS = 15 * 60

undos = sa.Table(
    "undos",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("what", sa.String(40), nullable=False),
    sa.Column("rows", sa.LargeBinary, nullable=False, info=_PRIVATE),
    sa.Column("until", sa.BigInteger, nullable=False, index=True),
    info={
        "title": {"vi": "Việc có thể hoàn tác", "en": "What can be undone"},
        "purpose": {
            "vi": "Dữ liệu trước một thay đổi, mã hóa, để cán bộ hoàn tác được.",
            "en": "How rows were before a change, encrypted, so that its author can undo it.",
        },
        "destroyed": {"vi": "30 phút sau thay đổi.", "en": "30 minutes after the change."},
        "personal": True,
        AGE: Age(due=lambda row, _: row.until, born=lambda row: row.until - UNDO_SECONDS),
    },
)
UNDO_SECONDS = 30 * 60
