"""What was fetched from Go.Data, as workbooks for the import page: an official looks before anything is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from bluezone.server.exchange.columns import COLUMNS, ListKind
from bluezone.server.exchange.extract import Extract, Subject
from bluezone.server.exchange.places import Places, PlaceUnclear
from bluezone.server.language import VIETNAM
from bluezone.sheets import Mark, Value, WrittenColumn, WrittenSheet, write_workbook

FILES: Mapping[ListKind, str] = {
    ListKind.CASES: "ca-benh.xlsx",
    ListKind.CONTACTS: "tiep-xuc.xlsx",
    ListKind.FOLLOW_UPS: "theo-doi.xlsx",
}
_TITLES: Mapping[ListKind, str] = {
    ListKind.CASES: "Ca bệnh",
    ListKind.CONTACTS: "Người tiếp xúc",
    ListKind.FOLLOW_UPS: "Kết quả theo dõi",
}
_PERSON = ("name", "birth_year", "sex", "phone", "commune", "district", "province", "address")
_COLUMNS: Mapping[ListKind, Sequence[str]] = {
    ListKind.CASES: (*_PERSON, "reference", "status", "onset", "isolated_on"),
    ListKind.CONTACTS: (*_PERSON, "level", "source", "first_day", "last_day", "place", "closeness", "origin"),
    ListKind.FOLLOW_UPS: (*_PERSON, "day", "result", "temperature"),
}
_KINDS: Mapping[str, Literal["text", "date", "number"]] = {"date": "date", "number": "number"}
_NUMBERED = re.compile(r"BN\s*\d+", re.ASCII | re.IGNORECASE)


def lists(extract: Extract, now: float) -> dict[ListKind, bytes]:
    """A workbook of each kind of which there is anything, its columns as the import page reads them."""
    made = {}
    for kind, rows in (
        (ListKind.CASES, _cases(extract)),
        (ListKind.CONTACTS, _contacts(extract)),
        (ListKind.FOLLOW_UPS, _visits(extract)),
    ):
        found = [_row(kind, row) for row in rows]
        if found:
            columns = {column.key: column for column in COLUMNS[kind]}
            sheet = WrittenSheet(
                _TITLES[kind],
                [
                    WrittenColumn(columns[key].titles[0], _KINDS.get(columns[key].kind, "text"))
                    for key in _COLUMNS[kind]
                ],
                found,
            )
            mark = Mark("Go.Data", datetime.fromtimestamp(now, VIETNAM), "nhập vào bàn y tế")
            made[kind] = write_workbook([sheet], mark=mark)
    return made


Row = Mapping[str, Value]


def _row(kind: ListKind, row: Row) -> list[Value]:
    """The values in the order of the columns; of a choice the first word that stands for it."""
    words = {column.key: column.choices for column in COLUMNS[kind]}
    return [
        words[key][str(row[key])][0] if words[key] and str(row.get(key) or "") in words[key] else row.get(key)
        for key in _COLUMNS[kind]
    ]


def _cases(extract: Extract) -> Iterator[Row]:
    people, places = _people(extract)
    for one in extract.cases:
        yield {
            **_person(people[one.person], extract, places),
            "reference": one.reference,
            "status": one.status,
            "onset": one.onset,
            "isolated_on": one.isolated_on,
        }


def _contacts(extract: Extract) -> Iterator[Row]:
    people, places = _people(extract)
    numbers = {one.person: one.reference for one in extract.cases if _NUMBERED.fullmatch(one.reference)}
    for one in extract.contacts:
        exposed, source = people[one.exposed], people[one.source]
        year = "" if source.born is None else f" ({source.born})"
        yield {
            **_person(exposed, extract, places),
            "level": "" if exposed.level is None else str(exposed.level),
            "source": numbers.get(source.id) or f"{source.name}{year}",
            "first_day": one.first_day,
            "last_day": one.last_day,
            "place": one.place,
            "closeness": one.closeness,
            "origin": one.origin,
        }


def _visits(extract: Extract) -> Iterator[Row]:
    people, places = _people(extract)
    for one in extract.visits:
        yield {
            **_person(people[one.person], extract, places),
            "day": one.day,
            "result": one.result,
            "temperature": one.temperature,
        }


def _people(extract: Extract) -> tuple[dict[str, Subject], Places]:
    return {one.id: one for one in extract.persons}, Places(extract.units.values())


def _person(one: Subject, extract: Extract, places: Places) -> Row:
    home = extract.units.get(one.unit)
    line = [extract.units[code] for code in reversed(home.path.strip("/").split("/"))] if home else []
    commune, district, province = (*(unit.title for unit in line), "", "", "")[:3]
    try:
        told = places.find(commune, district, province, "")[0] == one.unit if home else True
    except PlaceUnclear:
        told = False
    if not told:
        # A place that is not called as no other is: its code is read as well.
        commune = one.unit
    return {
        "name": one.name,
        "birth_year": None if one.born is None else str(one.born),
        "sex": one.sex,
        "phone": one.phone,
        "commune": commune,
        "district": district,
        "province": province,
        "address": one.address,
    }
