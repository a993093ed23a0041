"""Telling communes of the people who live there, and their taking over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, allowed, denied, roots
from bluezone.server.casework.ground import Ground, is_id
from bluezone.server.casework.people import find_person
from bluezone.server.casework.standing import Change
from bluezone.server.casework.tables import persons, transfers
from bluezone.server.units.service import Unit, find_unit, units_at


def to_tell(changes: Iterable[Change]) -> list[Change]:
    """Those of the changes of which a commune must know: whoever now has a level, or a graver one."""
    return [one for one in changes if one.after is not None and (one.before is None or one.after < one.before)]


def tell_communes(ground: Ground, connection: sa.Connection, account: Account, changes: Sequence[Change]) -> list[str]:
    """Put each person into the list of the commune where they live; one's own commune knows already.

    Returns the transfers' identifiers.
    """
    now = ground.now()
    made: list[dict[str, Any]] = []
    units: dict[str, Unit | None] = {}
    for one in to_tell(changes):
        if one.unit not in units:
            units[one.unit] = find_unit(connection, one.unit)
        unit = units[one.unit]
        own = unit is not None and account.unit.code == unit.code
        made.append(
            {
                "id": ground.id(),
                "person": one.person,
                "unit": one.unit,
                "level_before": one.before,
                "level_after": one.after,
                "told_at": now,
                "told_by": account.id,
                "told_by_name": account.name,
                "note": "",
                "taken_at": now if own else None,
                "taken_by": account.id if own else "",
            }
        )
    if made:
        connection.execute(sa.insert(transfers), made)
    return [row["id"] for row in made]


def take_over(ground: Ground, connection: sa.Connection, account: Account, transfer: str) -> None:
    """The commune has seen it and follows the person. Raises AccessDenied."""
    row = None
    if is_id(transfer):
        row = connection.execute(sa.select(transfers).where(transfers.c.id == transfer)).one_or_none()
    if row is None or not allowed(account, Action.WORK_CASES, find_unit(connection, row.unit)):
        raise denied()
    find_person(connection, account, Action.WORK_CASES, row.person)
    if row.taken_at is None:
        connection.execute(
            sa.update(transfers).where(transfers.c.id == transfer).values(taken_at=ground.now(), taken_by=account.id)
        )
        ground.note(connection, account, "transfer_taken", unit=row.unit, subject=row.person)


def to_take(account: Account) -> sa.ColumnElement[bool]:
    """The condition of transfers that wait for this account's units."""
    return sa.and_(transfers.c.taken_at.is_(None), transfers.c.unit.in_(units_at(roots(account, Action.WORK_CASES))))


def count_to_take(connection: sa.Connection, account: Account) -> int:
    """How many transfers wait for this account's units."""
    count: int = connection.execute(sa.select(sa.func.count()).where(to_take(account))).scalar_one()
    return count


def waiting(connection: sa.Connection, account: Account, *, most: int = 200) -> list[sa.Row[Any]]:
    """Transfers that wait for this account's units, with the people concerned, oldest first."""
    c = persons.c
    query = (
        sa.select(transfers, c.name, c.level, c.birth_year, c.phone, c.address, c.exposed_last)
        .select_from(transfers.join(persons, c.id == transfers.c.person))
        .where(to_take(account))
        .order_by(transfers.c.told_at, transfers.c.id)
        .limit(most)
    )
    return list(connection.execute(query))
