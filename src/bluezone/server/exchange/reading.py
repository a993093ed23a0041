"""From the rows of a sheet to entries: each value cleaned and checked, every fault with its cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from bluezone.server.casework.service import (
    CaseData,
    Closeness,
    ContactData,
    Origin,
    PersonData,
    RecordInvalid,
    checked_case,
    cleaned_person,
    contact_faults,
)
from bluezone.server.exchange.columns import ListKind
from bluezone.server.exchange.entries import CasePart, ContactPart, Entry, Flaw, VisitPart
from bluezone.server.exchange.places import Places, PlaceUnclear
from bluezone.server.names import clean_name
from bluezone.sheets import Record, Table

_YEAR = re.compile(r"(?:19|20)\d\d(?=\D*$)", re.ASCII)
_COLDEST, _HOTTEST = 300, 450


class Reader:
    """Reads the records of one table; `usual_unit` is where people live of whom the list does not say it."""

    def __init__(self, kind: ListKind, table: Table, places: Places, usual_unit: str, today: date) -> None:
        self._kind = kind
        self._found = table.found
        self._places = places
        self._usual_unit = usual_unit
        self._today = today

    def read(self, record: Record) -> Entry:
        """The entry, with its flaws."""
        values = record.values
        entry = Entry(record.row, flaws=[Flaw(one.code, one.place, one.column, one.value) for one in record.faults])
        flawed = {one.column for one in entry.flaws}
        self._read_person(entry, values, flawed)
        match self._kind:
            case ListKind.CASES:
                self._read_case(entry, values)
            case ListKind.CONTACTS:
                self._read_contact(entry, values, flawed)
            case ListKind.FOLLOW_UPS:
                self._read_visit(entry, values)
        return entry

    def _flaw(self, entry: Entry, column: str, code: str, value: object) -> None:
        place = f"{re.sub(r'[0-9]', '', self._found[column].place)}{entry.row}" if column in self._found else ""
        shown = f"{value.day}/{value.month}/{value.year}" if isinstance(value, date) else str(value)
        entry.flaws.append(Flaw(code, place, column, shown[:200]))

    def _read_person(self, entry: Entry, values: Mapping[str, Any], flawed: set[str]) -> None:
        year, sex = values.get("birth_year"), values.get("sex") or ""
        for column, letter in (("male", "m"), ("female", "f")):
            if said := values.get(column):
                sex = sex or letter
                found = _YEAR.search(str(said))
                year = year or (int(found[0]) if found else None)
        age = values.get("age")
        if year is None and age is not None:
            year = self._today.year - int(age)
        address = str(values.get("address") or "").replace("\n", ", ")
        unit, rest = self._usual_unit, address
        told = [str(values.get(name) or "") for name in ("commune", "district", "province")]
        try:
            code, rest = self._places.find(told[0], told[1], told[2], address)
            unit = code or unit
        except PlaceUnclear as error:
            self._flaw(entry, "commune" if told[0] else "address", error.fault, told[0] or address)
        data, faults = cleaned_person(
            PersonData(
                name=str(values.get("name") or ""),
                unit=unit,
                sex=str(sex),
                birth_year=year,
                phone=str(values.get("phone") or ""),
                address=rest,
                work=str(values.get("work") or "").replace("\n", ", "),
                note=str(values.get("note") or ""),
            ),
            self._today,
        )
        for field, fault in faults.items():
            if field not in flawed:
                self._flaw(entry, field, fault, getattr(data, field))
        for field in PersonData.__slots__:
            setattr(entry, field, getattr(data, field))
        entry.level = str(values.get("level") or "")

    def _read_case(self, entry: Entry, values: Mapping[str, Any]) -> None:
        status = str(values.get("status") or ("confirmed" if entry.level in {"", "0"} else "suspected"))
        data = CaseData(
            status,
            values.get("onset"),
            values.get("test_date"),
            values.get("isolated_on"),
            str(values.get("reference") or ""),
        )
        try:
            data = checked_case(data, self._today)
        except RecordInvalid as error:
            for field, fault in error.faults.items():
                self._flaw(entry, field, fault, getattr(data, field) or "")
        entry.case = CasePart(data.status, data.onset, data.test_date, data.isolated_on, data.reference)

    def _read_contact(self, entry: Entry, values: Mapping[str, Any], flawed: set[str]) -> None:
        entry.source_said = clean_name(str(values.get("source") or ""))
        last = values.get("last_day")
        if last is None:
            if "last_day" not in flawed:
                self._flaw(entry, "last_day", "required", "")
            return
        data = ContactData(
            first_day=values.get("first_day") or last,
            last_day=last,
            closeness=str(values.get("closeness") or Closeness.CLOSE),
            origin=str(values.get("origin") or Origin.INTERVIEW),
            place=clean_name(str(values.get("place") or "")),
        )
        for field, fault in contact_faults(data, self._today).items():
            shown = "last_day" if field == "first_day" and not values.get("first_day") else field
            self._flaw(entry, shown, fault, getattr(data, field))
        entry.contact = ContactPart(data.first_day, data.last_day, data.place, data.closeness, data.origin)

    def _read_visit(self, entry: Entry, values: Mapping[str, Any]) -> None:
        day, result, warm = values.get("day"), values.get("result"), values.get("temperature")
        tenths = None if warm is None else round(float(warm) * 10)
        if day is not None and day > self._today:
            self._flaw(entry, "day", "day_in_future", day)
        if tenths is not None and not _COLDEST <= tenths <= _HOTTEST:
            self._flaw(entry, "temperature", "number_unclear", warm)
        if day is not None and result is not None:
            entry.visit = VisitPart(day, str(result), tenths)
