"""The exchange room: imports and their rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "account",
            sa.String(32),
            sa.ForeignKey("accounts.id", name="fk_imports_account", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("said", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("worked_at", sa.BigInteger, nullable=True),
        sa.Column("finished_at", sa.BigInteger, nullable=True),
        sa.Column("failure", sa.String(40), nullable=False),
    )
    for column in ("account", "state", "created_at"):
        op.create_index(f"ix_imports_{column}", "imports", [column])
    op.create_table(
        "import_rows",
        sa.Column(
            "import_id",
            sa.String(32),
            sa.ForeignKey("imports.id", name="fk_import_rows_import_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("choice", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("person", sa.String(32), nullable=True),
        sa.Column("undo", sa.LargeBinary, nullable=True),
    )
