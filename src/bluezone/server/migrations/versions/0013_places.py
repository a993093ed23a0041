"""The places room: places, their sheets, notices and the files of notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("unit", sa.String(20), sa.ForeignKey("units.code", name="fk_places_unit"), nullable=False),
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
    )
    op.create_index("ix_places_unit", "places", ["unit"])
    op.create_table(
        "place_sheets",
        sa.Column("id", sa.String(32), primary_key=True),
        _place("place_sheets"),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("short_id", sa.String(9), nullable=False),
        sa.Column("code", sa.LargeBinary, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("replaced_at", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("place", "zone", "number", name="uq_place_sheets_place"),
    )
    for column in ("place", "short_id"):
        op.create_index(f"ix_place_sheets_{column}", "place_sheets", [column])
    landmark = sa.ForeignKey("landmarks.id", name="fk_place_notices_landmark", ondelete="SET NULL")
    op.create_table(
        "place_notices",
        sa.Column("id", sa.String(32), primary_key=True),
        _place("place_notices"),
        sa.Column("zone", sa.String(60), nullable=True),
        sa.Column("landmark", sa.String(32), landmark, nullable=True),
        sa.Column("unit", sa.String(20), sa.ForeignKey("units.code", name="fk_place_notices_unit"), nullable=False),
        sa.Column("from_at", sa.BigInteger, nullable=False),
        sa.Column("to_at", sa.BigInteger, nullable=False),
        sa.Column("owner_name", sa.String(120), nullable=False),
        sa.Column("owner_phone", sa.String(20), nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("made_by", sa.String(32), nullable=False),
        sa.Column("published_at", sa.BigInteger, nullable=True),
        sa.Column("over_at", sa.BigInteger, nullable=True),
        sa.Column("over_published_at", sa.BigInteger, nullable=True),
    )
    for column in ("place", "landmark", "unit"):
        op.create_index(f"ix_place_notices_{column}", "place_notices", [column])
    op.create_table(
        "notice_files",
        sa.Column("name", sa.String(48), primary_key=True),
        sa.Column("start_at", sa.BigInteger, nullable=False),
        sa.Column("end_at", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_notice_files_end_at", "notice_files", ["end_at"])


def _place(table: str) -> sa.Column[str]:
    points = sa.ForeignKey("places.id", name=f"fk_{table}_place", ondelete="CASCADE")
    return sa.Column("place", sa.String(32), points, nullable=False)
