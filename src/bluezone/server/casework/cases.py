"""Cases and their landmarks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, denied
from bluezone.server.casework.errors import CaseOpen, RecordInvalid
from bluezone.server.casework.ground import Ground, is_id
from bluezone.server.casework.people import find_person, touch, update_row
from bluezone.server.casework.standing import Change, settle
from bluezone.server.casework.tables import cases, landmarks, persons
from bluezone.server.casework.terms import CaseStatus, Outcome
from bluezone.server.names import clean_name
from bluezone.server.units.service import find_unit

LONGEST_VISIT_SECONDS = 7 * 86400


@dataclass(frozen=True, slots=True)
class CaseData:
    """What is known of a case; `reference` is the number that the ministry gave it (BN1046)."""

    status: str
    onset: date | None = None
    test_date: date | None = None
    isolated_on: date | None = None
    reference: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class LandmarkData:
    """Where a case was from when to when (Unix seconds)."""

    place: str
    from_at: int
    to_at: int
    unit: str = ""
    note: str = ""


def checked_case(data: CaseData, today: date) -> CaseData:
    """The data, cleaned. Raises RecordInvalid with every fault."""
    faults = {}
    if data.status not in list(CaseStatus):
        faults["status"] = "choice_unknown"
    for field in ("onset", "test_date", "isolated_on"):
        day = getattr(data, field)
        if day is not None and day > today:
            faults[field] = "day_in_future"
        elif day is not None and (today - day).days > 365:
            faults[field] = "day_too_old"
    if data.isolated_on and data.onset and not faults and (data.onset - data.isolated_on).days > 60:
        faults["isolated_on"] = "isolated_long_before"
    if len(data.reference) > 40:
        faults["reference"] = "too_long"
    if len(data.note) > 4000:
        faults["note"] = "too_long"
    if faults:
        raise RecordInvalid(faults)
    return CaseData(
        CaseStatus(data.status),
        data.onset,
        data.test_date,
        data.isolated_on,
        clean_name(data.reference),
        data.note.strip(),
    )


def report_case(
    ground: Ground, connection: sa.Connection, account: Account, person: str, data: CaseData
) -> tuple[str, list[Change]]:
    """A case of somebody who is on record; its identifier and whose level becomes another.

    Raises AccessDenied, RecordInvalid, or CaseOpen when they have an open case.
    """
    row = find_person(connection, account, Action.WORK_CASES, person)
    data = checked_case(data, ground.today())
    query = sa.select(cases.c.id).where(cases.c.person == person, cases.c.closed_at.is_(None)).limit(1)
    if connection.execute(query).first() is not None:
        raise CaseOpen("This person has an open case already; work on that one, or close it first.")
    values = case_row(ground, next_number(connection), person, data, known_contact=row.level is not None)
    connection.execute(sa.insert(cases).values(values))
    case = str(values["id"])
    connection.execute(sa.update(persons).where(persons.c.id == person).values(closed_at=None))
    touch(ground, connection, [person])
    ground.note(connection, account, "case_reported", unit=row.unit, subject=person, case=case, status=data.status)
    return case, settle(connection, [person])


def case_row(ground: Ground, number: int, person: str, data: CaseData, *, known_contact: bool) -> dict[str, Any]:
    """The row of a new case of checked data, for one of many that are put in together."""
    now = ground.now()
    return {
        "id": ground.id(),
        "number": number,
        "person": person,
        "reported_at": now,
        "known_contact": known_contact,
        "outcome": "",
        "version": 1,
        "created_at": now,
        "changed_at": now,
        **asdict(data),
    }


def change_case(
    ground: Ground, connection: sa.Connection, account: Account, case: str, version: int, data: CaseData
) -> list[Change]:
    """Whose level becomes another. Raises AccessDenied, RecordInvalid or RecordChanged."""
    row, person = find_case(connection, account, Action.WORK_CASES, case)
    data = checked_case(data, ground.today())
    update_row(connection, cases, case, version, asdict(data) | {"changed_at": ground.now()})
    touch(ground, connection, [row.person])
    ground.note(
        connection, account, "case_changed", unit=person.unit, subject=row.person, case=case, status=data.status
    )
    return settle(connection, [row.person])


def close_case(
    ground: Ground, connection: sa.Connection, account: Account, case: str, version: int, outcome: Outcome
) -> list[Change]:
    """The end of a case; with the outcome `NO_CASE` it never was one. Raises AccessDenied or RecordChanged."""
    row, person = find_case(connection, account, Action.WORK_CASES, case)
    now = ground.now()
    values = {"closed_at": now, "outcome": outcome, "changed_at": now}
    if outcome is Outcome.NO_CASE:
        values["status"] = CaseStatus.DISCARDED
    update_row(connection, cases, case, version, values)
    touch(ground, connection, [row.person])
    ground.note(connection, account, "case_closed", unit=person.unit, subject=row.person, case=case, outcome=outcome)
    return settle(connection, [row.person])


def find_case(
    connection: sa.Connection, account: Account, action: Action, case: str
) -> tuple[sa.Row[Any], sa.Row[Any]]:
    """The rows of a case and its person, where the account may do this. Raises AccessDenied."""
    row = connection.execute(sa.select(cases).where(cases.c.id == case)).one_or_none() if is_id(case) else None
    if row is None:
        raise denied()
    return row, find_person(connection, account, action, row.person)


def mark_traced(ground: Ground, connection: sa.Connection, account: Account, case: str) -> None:
    """The case's contacts are all named: tracing is done. The first time counts."""
    row, person = find_case(connection, account, Action.WORK_CASES, case)
    if row.traced_at is None:
        connection.execute(sa.update(cases).where(cases.c.id == case).values(traced_at=ground.now()))
        ground.note(connection, account, "case_traced", unit=person.unit, subject=row.person, case=case)


def add_landmark(ground: Ground, connection: sa.Connection, account: Account, case: str, data: LandmarkData) -> str:
    """Raises AccessDenied or RecordInvalid."""
    row, _person = find_case(connection, account, Action.WORK_CASES, case)
    landmark, now = ground.id(), ground.now()
    values = _checked_landmark(connection, data, now)
    connection.execute(
        sa.insert(landmarks).values(id=landmark, case=case, version=1, created_at=now, changed_at=now, **values)
    )
    touch(ground, connection, [row.person])
    return landmark


def change_landmark(
    ground: Ground, connection: sa.Connection, account: Account, landmark: str, version: int, data: LandmarkData
) -> None:
    """Raises AccessDenied, RecordInvalid or RecordChanged."""
    row = find_landmark(connection, account, Action.WORK_CASES, landmark)
    now = ground.now()
    update_row(connection, landmarks, landmark, version, _checked_landmark(connection, data, now) | {"changed_at": now})
    case = connection.execute(sa.select(cases.c.person).where(cases.c.id == row.case)).scalar_one()
    touch(ground, connection, [case])


def remove_landmark(ground: Ground, connection: sa.Connection, account: Account, landmark: str, version: int) -> None:
    """Contacts that were found through it stay. Raises AccessDenied or RecordChanged."""
    row = find_landmark(connection, account, Action.WORK_CASES, landmark)
    update_row(connection, landmarks, landmark, version, {})
    connection.execute(sa.delete(landmarks).where(landmarks.c.id == landmark))
    case = connection.execute(sa.select(cases.c.person).where(cases.c.id == row.case)).scalar_one()
    touch(ground, connection, [case])


def find_landmark(connection: sa.Connection, account: Account, action: Action, landmark: str) -> sa.Row[Any]:
    """Raises AccessDenied."""
    row = None
    if is_id(landmark):
        row = connection.execute(sa.select(landmarks).where(landmarks.c.id == landmark)).one_or_none()
    if row is None:
        raise denied()
    find_case(connection, account, action, row.case)
    return row


def _checked_landmark(connection: sa.Connection, data: LandmarkData, now: int) -> dict[str, Any]:
    faults = {}
    place = clean_name(data.place)
    if not 2 <= len(place) <= 200:
        faults["place"] = "name_length"
    if data.from_at > now:
        faults["from_at"] = "day_in_future"
    if not data.from_at <= data.to_at <= data.from_at + LONGEST_VISIT_SECONDS:
        faults["to_at"] = "span_impossible"
    if data.unit and find_unit(connection, data.unit) is None:
        faults["unit"] = "unit_unknown"
    if len(data.note) > 4000:
        faults["note"] = "too_long"
    if faults:
        raise RecordInvalid(faults)
    return {
        "place": place,
        "unit": data.unit or None,
        "from_at": data.from_at,
        "to_at": data.to_at,
        "note": data.note.strip(),
    }


def next_number(connection: sa.Connection) -> int:
    """The next case number, for changes that take turns as those of `Casework.write` do."""
    highest: int = connection.execute(sa.select(sa.func.coalesce(sa.func.max(cases.c.number), 0))).scalar_one()
    return highest + 1
