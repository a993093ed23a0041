"""Accounts, roles and invitations in the database; the rules of who may are in `access`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Holding, Role
from bluezone.server.accounts.errors import PersonMalformed
from bluezone.server.accounts.tables import account_invitations, account_roles, accounts
from bluezone.server.units.service import Unit, find_unit, units_at

LONGEST_NAME = 120
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An open invitation; `renews` says that it renews how somebody signs in who has an account already."""

    id: str
    login: str
    name: str
    unit: Unit
    role: Role | None
    renews: str | None
    invited_by: str
    expires_at: int


def plain_login(text: str) -> str:
    """A user name as it is kept. Raises PersonMalformed."""
    login = text.strip().lower()
    if not _LOGIN.fullmatch(login):
        raise PersonMalformed("A user name has 2 to 64 small letters, digits, dots, dashes, underscores or an @.")
    return login


def plain_name(text: str) -> str:
    """A person's name as it is kept. Raises PersonMalformed."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 2 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise PersonMalformed(f"Write the person's name, 2 to {LONGEST_NAME} characters.")
    return name


def read_account(connection: sa.Connection, account_id: str) -> Account | None:
    """The account with its roles, open or closed."""
    found = _accounts(connection, accounts.c.id == account_id)
    return found[0] if found else None


def people_at(connection: sa.Connection, roots: Sequence[str]) -> list[Account]:
    """Whoever belongs to, or holds a role at, a unit at or below these paths; by name."""
    here = units_at(roots)
    holders = sa.select(account_roles.c.account).where(account_roles.c.unit.in_(here))
    found = _accounts(connection, sa.or_(accounts.c.unit.in_(here), accounts.c.id.in_(holders)))
    return sorted(found, key=lambda account: (account.closed_at is not None, *vietnamese_order(account.name)))


def invitations_at(connection: sa.Connection, roots: Sequence[str], now: float) -> list[Invitation]:
    """Open invitations to units at or below these paths, soonest to expire first."""
    here = account_invitations.c.unit.in_(units_at(roots)), account_invitations.c.expires_at > now
    rows = connection.execute(sa.select(account_invitations).where(*here).order_by(account_invitations.c.expires_at))
    return [invitation for row in rows.all() if (invitation := read_invitation(connection, row)) is not None]


def read_invitation(connection: sa.Connection, row: Any) -> Invitation | None:
    """An invitation of a row; None when its unit is gone."""
    unit = find_unit(connection, row.unit)
    if unit is None:
        return None
    role = Role(row.role) if row.role else None
    return Invitation(row.id, row.login, row.name, unit, role, row.account, row.invited_by, row.expires_at)


def add_role(connection: sa.Connection, account: str, role: Role, unit: str, now: float) -> bool:
    """True when the account did not hold it yet."""
    held = [account_roles.c.account == account, account_roles.c.role == role.value, account_roles.c.unit == unit]
    if connection.execute(sa.select(account_roles.c.role).where(*held)).first() is not None:
        return False
    connection.execute(
        sa.insert(account_roles).values(account=account, role=role.value, unit=unit, granted_at=int(now))
    )
    return True


def remove_role(connection: sa.Connection, account: str, role: Role, unit: str) -> bool:
    """True when the account held it."""
    held = [account_roles.c.account == account, account_roles.c.role == role.value, account_roles.c.unit == unit]
    return connection.execute(sa.delete(account_roles).where(*held)).rowcount > 0


def vietnamese_order(name: str) -> tuple[str, str]:
    """How a list of people is sorted: by given name, which comes last, then by the whole."""
    return name.rpartition(" ")[2].casefold(), name.casefold()


def _accounts(connection: sa.Connection, where: sa.ColumnElement[bool]) -> list[Account]:
    rows = connection.execute(sa.select(accounts).where(where)).all()
    roles = connection.execute(
        sa.select(account_roles).where(account_roles.c.account.in_([row.id for row in rows]))
    ).all()
    codes = {row.unit for row in rows} | {role.unit for role in roles}
    units = {code: unit for code in codes if (unit := find_unit(connection, code)) is not None}
    held: dict[str, list[Holding]] = {row.id: [] for row in rows}
    for role in roles:
        held[role.account].append(Holding(Role(role.role), units[role.unit]))
    return [
        Account(
            id=row.id,
            login=row.login,
            name=row.name,
            unit=units[row.unit],
            holdings=tuple(sorted(held[row.id], key=lambda one: (one.unit.path, one.role))),
            closed_at=row.closed_at,
        )
        for row in rows
    ]
