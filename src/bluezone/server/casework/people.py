"""The people of casework: keeping a record, finding who may be seen, and who is there twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, denied, roots
from bluezone.server.casework.errors import CaseOpen, RecordChanged, RecordInvalid
from bluezone.server.casework.ground import Ground, is_id
from bluezone.server.casework.tables import cases, persons
from bluezone.server.names import clean_name, sort_key
from bluezone.server.units.service import find_unit, fold, units_at

_PHONE = re.compile(r"0\d{8,10}", re.ASCII)
OLDEST_AGE = 125
SEXES = ("m", "f", "")


@dataclass(frozen=True, slots=True)
class PersonData:
    """What the desk keeps of somebody; `unit` is the commune's code, `sex` m, f or nothing."""

    name: str
    unit: str
    sex: str = ""
    birth_year: int | None = None
    phone: str = ""
    address: str = ""
    work: str = ""
    note: str = ""


def checked_person(connection: sa.Connection, data: PersonData, today: date) -> PersonData:
    """The data, cleaned. Raises RecordInvalid with every fault."""
    cleaned, faults = cleaned_person(data, today)
    if find_unit(connection, data.unit) is None:
        faults["unit"] = "unit_unknown"
    if faults:
        raise RecordInvalid(faults)
    return cleaned


def cleaned_person(data: PersonData, today: date) -> tuple[PersonData, dict[str, str]]:
    """The data, cleaned, and what is wrong with it; whether the unit is one is not looked at."""
    name = clean_name(data.name)
    phone = re.sub(r"[\s.\-()]", "", data.phone)
    phone = re.sub(r"^(\+84|84(?=\d{9}))", "0", phone)
    faults = {}
    if not 2 <= len(name) <= 120:
        faults["name"] = "name_length"
    if data.sex not in SEXES:
        faults["sex"] = "choice_unknown"
    if data.birth_year is not None and not today.year - OLDEST_AGE <= data.birth_year <= today.year:
        faults["birth_year"] = "year_impossible"
    if phone and not _PHONE.fullmatch(phone):
        faults["phone"] = "phone_malformed"
    for field, most in (("address", 200), ("work", 200), ("note", 4000)):
        if len(getattr(data, field)) > most:
            faults[field] = "too_long"
    cleaned = PersonData(
        name,
        data.unit,
        data.sex,
        data.birth_year,
        phone,
        clean_name(data.address),
        clean_name(data.work),
        data.note.strip(),
    )
    return cleaned, faults


def reachable(account: Account, action: Action) -> sa.ColumnElement[bool]:
    """The condition that a person lives in, or was registered by, a unit for which the account may do this."""
    reach = roots(account, action)
    if not reach:
        return sa.false()
    return sa.or_(persons.c.unit.in_(units_at(reach)), persons.c.desk.in_(units_at(reach)))


def find_person(connection: sa.Connection, account: Account, action: Action, person: str) -> sa.Row[Any]:
    """The row of somebody whom the account may see or work on. Raises AccessDenied, also for nobody."""
    query = sa.select(persons).where(persons.c.id == person, reachable(account, action))
    row = connection.execute(query).one_or_none() if is_id(person) else None
    if row is None:
        raise denied()
    return row


def home_desk(account: Account, action: Action) -> str:
    """The unit in whose name the account registers people: where it holds the role highest up."""
    return roots(account, action)[0].rstrip("/").rsplit("/", 1)[-1]


def add_person(ground: Ground, connection: sa.Connection, desk: str, data: PersonData) -> str:
    """A new record of checked data; returns its identifier."""
    row = person_row(ground, desk, data)
    connection.execute(sa.insert(persons).values(row))
    return str(row["id"])


def person_row(ground: Ground, desk: str, data: PersonData) -> dict[str, Any]:
    """The row of a new record, for one of many that are put in together."""
    now = ground.now()
    return {
        "id": ground.id(),
        "desk": desk,
        "version": 1,
        "created_at": now,
        "changed_at": now,
        "household": None,
        **person_values(data),
    }


def change_person(
    ground: Ground, connection: sa.Connection, account: Account, person: str, version: int, data: PersonData
) -> None:
    """Raises AccessDenied, RecordInvalid, or RecordChanged when it is no longer the version that was opened."""
    row = find_person(connection, account, Action.WORK_CASES, person)
    values = person_values(checked_person(connection, data, ground.today()))
    update_row(connection, persons, person, version, values | {"changed_at": ground.now()})
    ground.note(connection, account, "person_changed", unit=row.unit, subject=person)


def close_person(ground: Ground, connection: sa.Connection, account: Account, person: str, version: int) -> None:
    """Nothing more to be done for somebody. Raises AccessDenied, CaseOpen or RecordChanged."""
    row = find_person(connection, account, Action.WORK_CASES, person)
    query = sa.select(cases.c.id).where(cases.c.person == person, cases.c.closed_at.is_(None)).limit(1)
    if connection.execute(query).first() is not None:
        raise CaseOpen("Close the case first; the record stays open as long as its case is.")
    now = ground.now()
    update_row(connection, persons, person, version, {"closed_at": now, "changed_at": now})
    ground.note(connection, account, "person_closed", unit=row.unit, subject=person)


def reopen_person(ground: Ground, connection: sa.Connection, account: Account, person: str) -> None:
    """There is something to be done for somebody after all. Raises AccessDenied."""
    row = find_person(connection, account, Action.WORK_CASES, person)
    if row.closed_at is not None:
        update_row(connection, persons, person, row.version, {"closed_at": None, "changed_at": ground.now()})
        ground.note(connection, account, "person_reopened", unit=row.unit, subject=person)


def assign_officer(
    ground: Ground, connection: sa.Connection, account: Account, people: Sequence[str], officer: str | None
) -> None:
    """Who follows these people; None for nobody. Raises AccessDenied."""
    for person in people:
        row = find_person(connection, account, Action.WORK_CASES, person)
        if row.officer != officer:
            connection.execute(sa.update(persons).where(persons.c.id == person).values(officer=officer))
            ground.note(connection, account, "officer_assigned", unit=row.unit, subject=person, officer=officer or "")
    touch(ground, connection, people)


def touch(ground: Ground, connection: sa.Connection, people: Sequence[str]) -> None:
    """Somebody worked on these records; their time of destruction moves on."""
    connection.execute(sa.update(persons).where(persons.c.id.in_(people)).values(changed_at=ground.now()))


def alike(connection: sa.Connection, account: Account, data: PersonData) -> list[sa.Row[Any]]:
    """Whom of those in reach the data may already be: the same telephone number, or name and year of birth."""
    name = persons.c.sort_key == sort_key(data.name)
    year = persons.c.birth_year.is_(None) | (persons.c.birth_year == data.birth_year)
    same = sa.and_(name, year if data.birth_year is not None else sa.true())
    if data.phone:
        same = sa.or_(same, persons.c.phone == data.phone)
    query = sa.select(persons).where(same, reachable(account, Action.SEE_CASES)).order_by(persons.c.id).limit(20)
    return list(connection.execute(query))


def update_row(connection: sa.Connection, table: sa.Table, row: str, version: int, values: dict[str, Any]) -> None:
    """Change a row that is still at this version. Raises RecordChanged."""
    done = connection.execute(
        sa.update(table).where(table.c.id == row, table.c.version == version).values(version=version + 1, **values)
    )
    if done.rowcount == 0:
        raise RecordChanged("Somebody else changed this record meanwhile; compare and send it again.")


def person_values(data: PersonData) -> dict[str, Any]:
    """The columns of checked data."""
    return {
        "name": data.name,
        "sort_key": sort_key(data.name),
        "folded": f"{fold(data.name)} {data.phone}".strip(),
        "sex": data.sex,
        "birth_year": data.birth_year,
        "phone": data.phone,
        "unit": data.unit,
        "address": data.address,
        "work": data.work,
        "note": data.note,
    }
