"""Who met whom: the edges from which the levels are computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, denied
from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.casework.errors import RecordInvalid
from bluezone.server.casework.ground import Ground, is_id
from bluezone.server.casework.people import find_person, touch, update_row
from bluezone.server.casework.standing import Change, settle
from bluezone.server.casework.tables import cases, contacts, landmarks
from bluezone.server.casework.terms import Closeness, Origin
from bluezone.server.names import clean_name


@dataclass(frozen=True, slots=True)
class ContactData:
    """How two people met; `landmark` is one of the source's, or nothing."""

    first_day: date
    last_day: date
    closeness: str
    origin: str
    place: str = ""
    landmark: str = ""
    confirmed: bool = False
    note: str = ""


def checked_contact(connection: sa.Connection, source: str, data: ContactData, today: date) -> dict[str, Any]:
    """The columns, cleaned. Raises RecordInvalid with every fault."""
    faults = contact_faults(data, today)
    if data.landmark:
        theirs = sa.select(landmarks.c.id).join(cases, cases.c.id == landmarks.c.case)
        query = theirs.where(landmarks.c.id == data.landmark, cases.c.person == source)
        if connection.execute(query).first() is None:
            faults["landmark"] = "landmark_unknown"
    if faults:
        raise RecordInvalid(faults)
    return {
        "first_day": data.first_day,
        "last_day": data.last_day,
        "closeness": Closeness(data.closeness),
        "origin": Origin(data.origin),
        "place": clean_name(data.place),
        "landmark": data.landmark or None,
        "note": data.note.strip(),
    }


def contact_faults(data: ContactData, today: date) -> dict[str, str]:
    """What is wrong with the data, by field; the landmark is not looked at."""
    faults = {}
    if data.first_day > today:
        faults["first_day"] = "day_in_future"
    elif (today - data.first_day).days > 365:
        faults["first_day"] = "day_too_old"
    if data.last_day > today:
        faults["last_day"] = "day_in_future"
    elif data.last_day < data.first_day:
        faults["last_day"] = "span_impossible"
    if data.closeness not in list(Closeness):
        faults["closeness"] = "choice_unknown"
    if data.origin not in list(Origin):
        faults["origin"] = "choice_unknown"
    for field, most in (("place", 200), ("note", 4000)):
        if len(getattr(data, field)) > most:
            faults[field] = "too_long"
    return faults


def add_contact(
    ground: Ground, connection: sa.Connection, account: Account, source: str, exposed: str, data: ContactData
) -> tuple[str, list[Change]]:
    """`source` met `exposed`; the contact's identifier and whose level becomes another.

    Raises AccessDenied or RecordInvalid.
    """
    contact = insert_contact(ground, connection, account, source, exposed, data)
    return contact, settle(connection, [source, exposed])


def insert_contact(
    ground: Ground, connection: sa.Connection, account: Account, source: str, exposed: str, data: ContactData
) -> str:
    """As `add_contact` for one of many; whoever calls it settles both people afterwards."""
    if source == exposed:
        raise RecordInvalid({"exposed": "met_themselves"})
    row = find_person(connection, account, Action.WORK_CASES, source)
    find_person(connection, account, Action.WORK_CASES, exposed)
    values = checked_contact(connection, source, data, ground.today())
    new = contact_row(ground, account, source, exposed, values, confirmed=data.confirmed)
    connection.execute(sa.insert(contacts).values(new))
    touch(ground, connection, [source, exposed])
    ground.note(connection, account, "contact_added", unit=row.unit, subject=source, exposed=exposed)
    return str(new["id"])


def contact_row(
    ground: Ground, account: Account, source: str, exposed: str, values: dict[str, Any], *, confirmed: bool
) -> dict[str, Any]:
    """The row of a new contact of checked columns, for one of many that are put in together."""
    now = ground.now()
    return {
        "id": ground.id(),
        "source": source,
        "exposed": exposed,
        "version": 1,
        "created_at": now,
        "changed_at": now,
        **values,
        **_confirmation(ground, account, confirmed),
    }


def change_contact(
    ground: Ground, connection: sa.Connection, account: Account, contact: str, version: int, data: ContactData
) -> list[Change]:
    """Raises AccessDenied, RecordInvalid or RecordChanged."""
    row = find_contact(connection, account, Action.WORK_CASES, contact)
    values = checked_contact(connection, row.source, data, ground.today())
    if data.confirmed != (row.confirmed_at is not None):
        values |= _confirmation(ground, account, data.confirmed)
    update_row(connection, contacts, contact, version, values | {"changed_at": ground.now()})
    touch(ground, connection, [row.source, row.exposed])
    ground.note(connection, account, "contact_changed", unit=_unit(connection, account, row), subject=row.source)
    return settle(connection, [row.source, row.exposed])


def remove_contact(
    ground: Ground, connection: sa.Connection, account: Account, contact: str, version: int
) -> list[Change]:
    """Raises AccessDenied or RecordChanged."""
    row = find_contact(connection, account, Action.WORK_CASES, contact)
    update_row(connection, contacts, contact, version, {})
    connection.execute(sa.delete(contacts).where(contacts.c.id == contact))
    touch(ground, connection, [row.source, row.exposed])
    ground.note(connection, account, "contact_removed", unit=_unit(connection, account, row), subject=row.source)
    return settle(connection, [row.source, row.exposed])


def find_contact(connection: sa.Connection, account: Account, action: Action, contact: str) -> sa.Row[Any]:
    """A contact of which the account may reach either end. Raises AccessDenied."""
    row = (
        connection.execute(sa.select(contacts).where(contacts.c.id == contact)).one_or_none()
        if is_id(contact)
        else None
    )
    if row is None:
        raise denied()
    _unit(connection, account, row, action)
    return row


def _unit(connection: sa.Connection, account: Account, row: sa.Row[Any], action: Action = Action.WORK_CASES) -> str:
    """The unit of the end that the account reaches."""
    try:
        return str(find_person(connection, account, action, row.source).unit)
    except AccessDenied:
        return str(find_person(connection, account, action, row.exposed).unit)


def _confirmation(ground: Ground, account: Account, confirmed: bool) -> dict[str, Any]:
    return {
        "confirmed_at": ground.now() if confirmed else None,
        "confirmed_by": account.id if confirmed else "",
    }
