"""The casework room: people, cases, landmarks, contacts, transfers, codes, drafts and what can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def _points(table: str, column: str, to: str, ondelete: str | None = None, **kind: bool) -> sa.Column[str]:
    length = 20 if to == "units.code" else 32
    place = sa.ForeignKey(to, name=f"fk_{table}_{column}", ondelete=ondelete)
    return sa.Column(
        column, sa.String(length), place, primary_key=kind.get("key", False), nullable=kind.get("empty", False)
    )


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def upgrade() -> None:
    op.create_table(
        "persons",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("sort_key", sa.LargeBinary(500), nullable=False),
        sa.Column("folded", sa.String(300), nullable=False),
        sa.Column("sex", sa.String(1), nullable=False),
        sa.Column("birth_year", sa.Integer, nullable=True),
        sa.Column("phone", sa.String(15), nullable=False),
        _points("persons", "unit", "units.code"),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("work", sa.String(200), nullable=False),
        sa.Column("household", sa.String(32), nullable=True),
        _points("persons", "desk", "units.code"),
        _points("persons", "officer", "accounts.id", "SET NULL", empty=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("level", sa.SmallInteger, nullable=True),
        sa.Column("exposed_first", sa.Date, nullable=True),
        sa.Column("exposed_last", sa.Date, nullable=True),
        sa.Column("via", sa.String(32), nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
    )
    _index(
        "persons", "sort_key", "phone", "unit", "household", "desk", "officer", "level", "exposed_last", "changed_at"
    )
    op.create_index("ix_persons_search", "persons", ["id", "folded", "unit", "desk", "sort_key"])
    op.create_table(
        "cases",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("reference", sa.String(40), nullable=False),
        _points("cases", "person", "persons.id", "CASCADE"),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("onset", sa.Date, nullable=True),
        sa.Column("test_date", sa.Date, nullable=True),
        sa.Column("isolated_on", sa.Date, nullable=True),
        sa.Column("reported_at", sa.BigInteger, nullable=False),
        sa.Column("traced_at", sa.BigInteger, nullable=True),
        sa.Column("known_contact", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("number", name="uq_cases_number"),
    )
    _index("cases", "reference", "person", "status", "reported_at")
    op.create_table(
        "landmarks",
        sa.Column("id", sa.String(32), primary_key=True),
        _points("landmarks", "case", "cases.id", "CASCADE"),
        sa.Column("place", sa.String(200), nullable=False),
        _points("landmarks", "unit", "units.code", empty=True),
        sa.Column("from_at", sa.BigInteger, nullable=False),
        sa.Column("to_at", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    _index("landmarks", "case", "unit")
    op.create_table(
        "contacts",
        sa.Column("id", sa.String(32), primary_key=True),
        _points("contacts", "source", "persons.id", "CASCADE"),
        _points("contacts", "exposed", "persons.id", "CASCADE"),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        _points("contacts", "landmark", "landmarks.id", "SET NULL", empty=True),
        sa.Column("closeness", sa.String(12), nullable=False),
        sa.Column("origin", sa.String(12), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger, nullable=True),
        sa.Column("confirmed_by", sa.String(32), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    _index("contacts", "source", "exposed", "landmark")
    op.create_table(
        "transfers",
        sa.Column("id", sa.String(32), primary_key=True),
        _points("transfers", "person", "persons.id", "CASCADE"),
        _points("transfers", "unit", "units.code"),
        sa.Column("level_before", sa.SmallInteger, nullable=True),
        sa.Column("level_after", sa.SmallInteger, nullable=True),
        sa.Column("told_at", sa.BigInteger, nullable=False),
        sa.Column("told_by", sa.String(32), nullable=False),
        sa.Column("told_by_name", sa.String(120), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("taken_at", sa.BigInteger, nullable=True),
        sa.Column("taken_by", sa.String(32), nullable=False),
    )
    _index("transfers", "person", "unit", "told_at")
    op.create_table(
        "case_codes",
        sa.Column("uuid", sa.String(36), primary_key=True),
        _points("case_codes", "person", "persons.id", "CASCADE"),
        _points("case_codes", "case", "cases.id", "CASCADE", empty=True),
        _points("case_codes", "unit", "units.code"),
        sa.Column("test_type", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.Column("issued_by", sa.String(32), nullable=False),
        sa.Column("message", sa.String(32), nullable=True),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
    )
    _index("case_codes", "person", "case", "unit", "issued_at")
    op.create_table(
        "drafts",
        _points("drafts", "account", "accounts.id", "CASCADE", key=True),
        sa.Column("form", sa.String(120), primary_key=True),
        sa.Column("fields", sa.LargeBinary, nullable=False),
        sa.Column("saved_at", sa.BigInteger, nullable=False),
    )
    _index("drafts", "saved_at")
    op.create_table(
        "openings",
        _points("openings", "account", "accounts.id", "CASCADE", key=True),
        _points("openings", "person", "persons.id", "CASCADE", key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    _index("openings", "until")
    op.create_table(
        "undos",
        sa.Column("id", sa.String(32), primary_key=True),
        _points("undos", "account", "accounts.id", "CASCADE"),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("rows", sa.LargeBinary, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    _index("undos", "account", "until")
