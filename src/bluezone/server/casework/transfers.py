"""Telling communes of the people who live there, and their taking over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, allowed, denied
from bluezone.server.casework.ground import Ground
from bluezone.server.casework.people import find_person
from bluezone.server.casework.standing import Change
from bluezone.server.casework.tables import transfers
from bluezone.server.units.service import Unit, find_unit


def to_tell(changes: Iterable[Change]) -> list[Change]:
    """Those of the changes of which a commune must know: whoever now has a level, or a graver one."""
    return [one for one in changes if one.after is not None and (one.before is None or one.after < one.before)]


def tell_communes(ground: Ground, connection: sa.Connection, account: Account, changes: Sequence[Change]) -> None:
    """Put each person into the list of the commune where they live; one's own commune knows already."""
    now = ground.now()
    units: dict[str, Unit | None] = {}
    for one in to_tell(changes):
        unit = units.setdefault(one.unit, find_unit(connection, one.unit))
        own = unit is not None and account.unit.code == unit.code
        connection.execute(
            sa.insert(transfers).values(
                id=ground.id(),
                person=one.person,
                unit=one.unit,
                level_before=one.before,
                level_after=one.after,
                told_at=now,
                told_by=account.id,
                told_by_name=account.name,
                note="",
                taken_at=now if own else None,
                taken_by=account.id if own else "",
            )
        )


def take_over(ground: Ground, connection: sa.Connection, account: Account, transfer: str) -> None:
    """The commune has seen it and follows the person. Raises AccessDenied."""
    row = connection.execute(sa.select(transfers).where(transfers.c.id == transfer)).one_or_none()
    if row is None or not allowed(account, Action.WORK_CASES, find_unit(connection, row.unit)):
        raise denied()
    find_person(connection, account, Action.WORK_CASES, row.person)
    if row.taken_at is None:
        connection.execute(
            sa.update(transfers).where(transfers.c.id == transfer).values(taken_at=ground.now(), taken_by=account.id)
        )
        ground.note(connection, account, "transfer_taken", unit=row.unit, subject=row.person)
