"""The audit room: entries that the database itself refuses to change, or to delete within two years."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_TOO_YOUNG = "OLD.at > (SELECT max(at) FROM audit_entries) - 63072000"  # two years of 365 days
_SQLITE = (
    """CREATE TRIGGER audit_entries_keep BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END""",
    f"""CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries WHEN {_TOO_YOUNG}
    BEGIN SELECT RAISE(ABORT, 'audit entries are kept for two years'); END""",
)
_POSTGRESQL = (
    f"""CREATE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN RAISE EXCEPTION 'audit entries are never changed'; END IF;
        IF {_TOO_YOUNG} THEN RAISE EXCEPTION 'audit entries are kept for two years'; END IF;
        RETURN OLD;
    END $$""",
    """CREATE TRIGGER audit_entries_keep BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_refuse()""",
)


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("actor_name", sa.String(200), nullable=False),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("seal", sa.LargeBinary(32), nullable=False),
    )
    op.create_index("ix_audit_entries_unit", "audit_entries", ["unit"])
    for statement in _SQLITE if op.get_context().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
