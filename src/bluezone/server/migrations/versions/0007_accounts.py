"""The accounts room: people, roles, proofs, sessions, invitations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def _account(table: str, *, primary_key: bool = False, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(
        "account",
        sa.String(32),
        sa.ForeignKey("accounts.id", name=f"fk_{table}_account", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=nullable,
    )


def _unit(table: str, *, primary_key: bool = False) -> sa.Column[str]:
    place = sa.ForeignKey("units.code", name=f"fk_{table}_unit")
    return sa.Column("unit", sa.String(20), place, primary_key=primary_key, nullable=False)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        _unit("accounts"),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(64), nullable=True),
        sa.Column("totp_step", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("login", name="uq_accounts_login"),
    )
    op.create_index("ix_accounts_unit", "accounts", ["unit"])
    op.create_table(
        "account_roles",
        _account("account_roles", primary_key=True),
        sa.Column("role", sa.String(20), primary_key=True),
        _unit("account_roles", primary_key=True),
        sa.Column("granted_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_account_roles_unit", "account_roles", ["unit"])
    op.create_table(
        "account_passkeys",
        sa.Column("credential", sa.LargeBinary(1023), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False),
        _account("account_passkeys"),
        sa.Column("public_key", sa.LargeBinary(1024), nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("id", name="uq_account_passkeys_id"),
    )
    op.create_index("ix_account_passkeys_account", "account_passkeys", ["account"])
    op.create_table(
        "account_recovery",
        _account("account_recovery", primary_key=True),
        sa.Column("hash", sa.LargeBinary(32), primary_key=True),
    )
    op.create_table(
        "account_sessions",
        sa.Column("hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False),
        _account("account_sessions"),
        sa.Column("stage", sa.String(10), nullable=False),
        sa.Column("device", sa.String(60), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("proved_at", sa.BigInteger, nullable=False),
        sa.Column("pending", sa.LargeBinary(64), nullable=True),
        sa.UniqueConstraint("id", name="uq_account_sessions_id"),
    )
    op.create_index("ix_account_sessions_account", "account_sessions", ["account"])
    op.create_table(
        "account_invitations",
        sa.Column("hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("login", sa.String(64), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        _unit("account_invitations"),
        sa.Column("role", sa.String(20), nullable=False),
        _account("account_invitations", nullable=True),
        sa.Column("invited_by", sa.String(120), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("id", name="uq_account_invitations_id"),
        sa.UniqueConstraint("login", name="uq_account_invitations_login"),
    )
    op.create_index("ix_account_invitations_unit", "account_invitations", ["unit"])
    op.create_table(
        "account_challenges",
        sa.Column("hash", sa.LargeBinary(32), primary_key=True),
        _account("account_challenges", nullable=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "account_tries",
        sa.Column("subject", sa.LargeBinary(16), primary_key=True),
        sa.Column("minute", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("tries", sa.BigInteger, nullable=False),
    )
