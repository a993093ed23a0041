"""The exchange room's tables: imports, and the rows of the files that were brought."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.server.ages import AGE, Age, Moment
from bluezone.server.database import KEPT_BACK, metadata

IMPORT_SECONDS = 7 * 86400
"""An import with all its rows is destroyed this long after its file was brought."""

_PRIVATE = {KEPT_BACK: True}
_DESTROYED = {
    "vi": "7 ngày sau khi đưa tệp vào; việc hủy chạy mỗi giờ. Tệp gốc không được giữ lại.",
    "en": "7 days after the file was brought, by the hourly job. The file itself is not kept.",
}


def _brought(import_id: Moment) -> Moment:
    return sa.select(imports.c.created_at).where(imports.c.id == import_id).scalar_subquery()


imports = sa.Table(
    "imports",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("name", sa.String(120), nullable=False, info=_PRIVATE),
    sa.Column("state", sa.String(12), nullable=False, index=True),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("said", sa.LargeBinary, nullable=False, info=_PRIVATE),
    sa.Column("created_at", sa.BigInteger, nullable=False, index=True),
    sa.Column("worked_at", sa.BigInteger, nullable=True),
    sa.Column("finished_at", sa.BigInteger, nullable=True),
    sa.Column("failure", sa.String(40), nullable=False),
    info={
        "title": {"vi": "Lần nhập danh sách", "en": "Imports"},
        "purpose": {
            "vi": "Danh sách nào đang được đưa vào, của cán bộ nào, đến dòng nào, để làm tiếp khi máy chủ khởi động lại"
            " và để hoàn tác.",
            "en": "Which list is being brought in, by whom and how far, to go on after a restart and to undo it.",
        },
        "destroyed": _DESTROYED,
        "personal": True,
        AGE: Age(due=lambda row, _: row.created_at + IMPORT_SECONDS, born=lambda row: row.created_at),
    },
)
"""`state`: previewed, running, done, failed or undone; `name` is what the file was called, `said` what it said about
itself, sealed."""

import_rows = sa.Table(
    "import_rows",
    metadata,
    sa.Column("import_id", sa.String(32), sa.ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("entry", sa.LargeBinary, nullable=False, info=_PRIVATE),
    sa.Column("verdict", sa.String(10), nullable=False),
    sa.Column("choice", sa.String(40), nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("person", sa.String(32), nullable=True),
    sa.Column("undo", sa.LargeBinary, nullable=True, info=_PRIVATE),
    info={
        "title": {"vi": "Dòng của danh sách nhập", "en": "Rows of imports"},
        "purpose": {
            "vi": "Từng dòng của danh sách đưa vào, mã hóa: sẽ thành gì, cán bộ chọn gì, đã thành gì.",
            "en": "Each row of a list brought in, encrypted: what would become of it, what was chosen, what became.",
        },
        "destroyed": _DESTROYED,
        "personal": True,
        AGE: Age(due=lambda row, _: _brought(row.import_id) + IMPORT_SECONDS, born=lambda row: _brought(row.import_id)),
    },
)
"""`number` is the row as the file counts it; `outcome` is empty until the row was worked on, `person` who it became."""
