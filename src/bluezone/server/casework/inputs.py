"""From the fields of a form to the data of the core and back; every fault at its field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from bluezone.server.casework.cases import CaseData, LandmarkData, checked_case
from bluezone.server.casework.contacts import ContactData
from bluezone.server.casework.errors import RecordInvalid
from bluezone.server.casework.people import PersonData, checked_person
from bluezone.server.casework.typed import Typed, day_text, moment_text, unit_text
from bluezone.server.units.service import find_unit, fold

MOST_LINES = 40
_LINE = re.compile(r"(?:name|person|phone)_(\d{1,3})", re.ASCII)


def person_data(connection: sa.Connection, typed: Typed, today: date) -> PersonData:
    """Raises RecordInvalid with every fault."""
    data = PersonData(
        name=typed.text("name"),
        unit=typed.unit(connection, "unit"),
        sex=typed.text("sex"),
        birth_year=typed.birth_year("birth_year"),
        phone=typed.text("phone"),
        address=typed.text("address"),
        work=typed.text("work"),
        note=typed.text("note"),
    )
    try:
        data = checked_person(connection, data, today)
    except RecordInvalid as error:
        typed.faults = error.faults | typed.faults
    if typed.faults:
        raise RecordInvalid(typed.faults)
    return data


def case_data(typed: Typed, today: date, *, note: str = "note") -> CaseData:
    """`note` is the name of the note's field. Raises RecordInvalid with every fault."""
    data = CaseData(
        status=typed.text("status"),
        onset=typed.day("onset"),
        test_date=typed.day("test_date"),
        isolated_on=typed.day("isolated_on"),
        reference=typed.text("reference"),
        note=typed.text(note),
    )
    try:
        data = checked_case(data, today)
    except RecordInvalid as error:
        typed.faults = error.faults | typed.faults
    if typed.faults:
        raise RecordInvalid(typed.faults)
    return data


def contact_data(typed: Typed) -> ContactData:
    """One day alone is first and last. Raises RecordInvalid; the core checks the rest."""
    first = typed.day("first_day", missing="day_missing")
    last = typed.day("last_day") or first
    if typed.faults or first is None or last is None:
        raise RecordInvalid(typed.faults)
    return ContactData(
        first_day=first,
        last_day=last,
        closeness=typed.text("closeness"),
        origin=typed.text("origin"),
        place=typed.text("place"),
        landmark=typed.text("landmark"),
        confirmed=typed.ticked("confirmed"),
        note=typed.text("note"),
    )


def landmark_data(connection: sa.Connection, typed: Typed) -> LandmarkData:
    """Raises RecordInvalid; the core checks the rest."""
    unit = typed.unit(connection, "unit") if typed.text("unit") else ""
    data = LandmarkData(typed.text("place"), typed.moment("from_at"), typed.moment("to_at"), unit, typed.text("note"))
    if typed.faults:
        raise RecordInvalid(typed.faults)
    return data


def person_fields(connection: sa.Connection, row: Any) -> dict[str, str]:
    """A person's row as its form shows it."""
    year = "" if row.birth_year is None else str(row.birth_year)
    told = {name: getattr(row, name) for name in ("name", "sex", "phone", "address", "work", "note")}
    return told | {"birth_year": year, "unit": unit_text(find_unit(connection, row.unit))}


def case_fields(row: Any) -> dict[str, str]:
    """A case's row as its form shows it."""
    days = {name: day_text(getattr(row, name)) for name in ("onset", "test_date", "isolated_on")}
    return {"status": row.status, **days, "reference": row.reference, "note": row.note}


def contact_fields(row: Any) -> dict[str, str]:
    """A contact's row as its form shows it."""
    return {
        "first_day": day_text(row.first_day),
        "last_day": day_text(row.last_day),
        "closeness": row.closeness,
        "origin": row.origin,
        "place": row.place,
        "landmark": row.landmark or "",
        "confirmed": "" if row.confirmed_at is None else "1",
        "note": row.note,
    }


def landmark_fields(connection: sa.Connection, row: Any) -> dict[str, str]:
    """A landmark's row as its form shows it."""
    unit = unit_text(find_unit(connection, row.unit)) if row.unit else ""
    spans = {name: moment_text(getattr(row, name)) for name in ("from_at", "to_at")}
    return {"place": row.place, "unit": unit, **spans, "note": row.note}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the form for many contacts: somebody on record (`person`) or somebody new, and how they met."""

    number: str
    person: str
    new: bool
    """Whether the official said that it is nobody of those who are alike."""
    same_household: bool
    data: PersonData | None
    contact: ContactData


def lines(
    connection: sa.Connection, fields: Mapping[str, str], today: date, home: PersonData
) -> tuple[list[Line], dict[str, str]]:
    """The lines that were filled in, and what is wrong, by the field's name with the line's number.

    `home` is the source's own data: a line of the same household has their commune and address.
    """
    numbers = sorted({found[1] for name in fields if (found := _LINE.fullmatch(name))}, key=int)
    read: list[Line] = []
    faults: dict[str, str] = {}
    for number in numbers[:MOST_LINES]:
        typed = Typed(fields, today, f"_{number}")
        person = typed.text("person")
        if not (person or typed.text("name") or typed.text("phone")):
            continue
        same = typed.ticked("same")
        data: PersonData | None = None
        try:
            if not person:
                data = _line_person(connection, typed, today, home if same else None)
            contact = contact_data(typed)
        except RecordInvalid:
            typed.day("first_day", missing="day_missing")
            faults |= {f"{field}_{number}": fault for field, fault in typed.faults.items()}
            continue
        read.append(Line(number, person, typed.ticked("new"), same, data, contact))
    return read, faults


def twice(read: Sequence[Line]) -> dict[str, str]:
    """Lines that name somebody of a line before them: the same record, telephone number, or name and year of birth."""
    seen: set[object] = set()
    faults: dict[str, str] = {}
    for line in read:
        signs: set[object] = set()
        if line.person:
            signs.add(line.person)
        elif line.data is not None and not line.new:
            signs.add((fold(line.data.name), line.data.birth_year))
            if line.data.phone:
                signs.add(line.data.phone)
        if signs & seen:
            faults[f"name_{line.number}"] = "line_twice"
        seen |= signs
    return faults


def _line_person(connection: sa.Connection, typed: Typed, today: date, home: PersonData | None) -> PersonData:
    unit = home.unit if home is not None else typed.unit(connection, "unit")
    address = home.address if home is not None and not typed.text("address") else typed.text("address")
    data = PersonData(
        name=typed.text("name"),
        unit=unit,
        sex=typed.text("sex"),
        birth_year=typed.birth_year("birth_year"),
        phone=typed.text("phone"),
        address=address,
    )
    try:
        data = checked_person(connection, data, today)
    except RecordInvalid as error:
        typed.faults = error.faults | typed.faults
    if typed.faults:
        raise RecordInvalid(typed.faults)
    return data


def home_data(row: Any) -> PersonData:
    """What a household has in common, of one of its people's rows."""
    return PersonData(name=row.name, unit=row.unit, address=row.address)
