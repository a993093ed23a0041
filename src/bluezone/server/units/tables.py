"""The units room's tables: the tree as it is, and what units were called and where they belonged before."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.server.database import metadata

units = sa.Table(
    "units",
    metadata,
    sa.Column("code", sa.String(20), primary_key=True),
    sa.Column("type", sa.String(60), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("parent", sa.String(20), sa.ForeignKey("units.code"), nullable=True, index=True),
    sa.Column("path", sa.String(260), nullable=False, index=True),
    sa.Column("folded", sa.String(600), nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    info={
        "title": {"vi": "Đơn vị", "en": "Units"},
        "purpose": {
            "vi": "Cây đơn vị hành chính và cơ quan: mã, loại, tên, đơn vị cấp trên.",
            "en": "The tree of administrative units and offices: code, type, name, the unit above.",
        },
        "destroyed": {
            "vi": "Không hủy: là danh mục công khai, không có gì về con người.",
            "en": "Never: a public list, no word about people.",
        },
        "personal": False,
    },
)
"""`path` holds the codes from the top down to the unit itself (`/33/323/11950/`); `folded` is for searching."""

unit_history = sa.Table(
    "unit_history",
    metadata,
    sa.Column("code", sa.String(20), sa.ForeignKey("units.code"), primary_key=True),
    sa.Column("valid_to", sa.Date, primary_key=True),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("type", sa.String(60), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("parent", sa.String(20), nullable=True),
    info={
        "title": {"vi": "Tên cũ của đơn vị", "en": "Units' earlier names"},
        "purpose": {
            "vi": "Trước đây đơn vị tên gì, thuộc đâu, từ ngày nào đến ngày nào, để báo cáo cũ vẫn đọc được.",
            "en": "What units were called and where they belonged before, so that old reports stay readable.",
        },
        "destroyed": {
            "vi": "Không hủy: là danh mục công khai, không có gì về con người.",
            "en": "Never: a public list, no word about people.",
        },
        "personal": False,
    },
)
"""`valid_to` is the first day on which the entry no longer held."""
