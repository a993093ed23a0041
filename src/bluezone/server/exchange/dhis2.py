"""A week's figures of each unit for DHIS2: counts alone, nobody's name, and the metadata under which they are kept.

Codes of units and data elements connect both systems (identifier scheme CODE). Periods are ISO weeks as DHIS2 writes
them (2020W32, and 2020W5 without a zero).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bluezone.server.casework.service import CaseStatus, Level, cases, persons
from bluezone.server.exchange.link_errors import WeekUnknown
from bluezone.server.followup.service import REACHED, Result, followups, on_list
from bluezone.server.language import VIETNAM
from bluezone.server.units.service import Unit, units_at

DATA_SET = "BZ_WEEKLY"
DAY_SECONDS = 86400
_WEEK = re.compile(r"(\d{4})-?[Ww](\d{1,2})", re.ASCII)
_ILL = (CaseStatus.CONFIRMED, CaseStatus.CLINICAL)
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LONGEST_NAME, _LONGEST_SHORT = 230, 50


class Element(StrEnum):
    """What is counted, by its code at DHIS2."""

    CASES_NEW = "BZ_CASES_NEW"
    CASES_KNOWN = "BZ_CASES_KNOWN"
    CASES_DUE_24H = "BZ_CASES_DUE_24H"
    CASES_TRACED_24H = "BZ_CASES_TRACED_24H"
    F1_NEW = "BZ_F1_NEW"
    F2_NEW = "BZ_F2_NEW"
    DAYS_DUE = "BZ_DAYS_DUE"
    DAYS_SEEN = "BZ_DAYS_SEEN"
    SYMPTOMS = "BZ_SYMPTOMS"
    LOST = "BZ_LOST"


NAMES: Mapping[Element, str] = {
    Element.CASES_NEW: "Ca bệnh mới (khẳng định, lâm sàng)",
    Element.CASES_KNOWN: "Ca bệnh mới đã được theo dõi từ trước",
    Element.CASES_DUE_24H: "Ca bệnh đã qua 24 giờ đầu",
    Element.CASES_TRACED_24H: "Ca bệnh truy vết xong trong 24 giờ",
    Element.F1_NEW: "F1 mới ghi nhận",
    Element.F2_NEW: "F2 mới ghi nhận",
    Element.DAYS_DUE: "Lượt người-ngày phải theo dõi",
    Element.DAYS_SEEN: "Lượt người-ngày đã gặp",
    Element.SYMPTOMS: "Lượt người-ngày có triệu chứng",
    Element.LOST: "Lượt người-ngày mất liên lạc",
}
"""As DHIS2 shows them; docs/en/integrations.md defines each in both languages."""


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO week."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> Week:
        """Of "2020W32", "2020W05" or "2020-W5". Raises WeekUnknown."""
        found = _WEEK.fullmatch(text.strip())
        if found:
            try:
                date.fromisocalendar(int(found[1]), int(found[2]), 1)
            except ValueError:
                found = None
        if not found:
            raise WeekUnknown(f"There is no week {text!r}; write it as 2020W32.")
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year}W{self.number}"

    @property
    def days(self) -> list[date]:
        """Monday to Sunday."""
        first = date.fromisocalendar(self.year, self.number, 1)
        return [first + timedelta(days=number) for number in range(7)]


Figures = Mapping[str, Mapping[Element, int]]
"""Counts by a unit's code."""


def weekly(connection: sa.Connection, root: str, week: Week, levels: Collection[Level], now: int) -> Figures:
    """Every element of every unit at or below a path, zero where nothing happened, so that what is taken back goes.

    Counted is where people live. Days after `now` count nothing.
    """
    here = persons.c.unit.in_(units_at([root]))
    days = week.days
    first, end = (int(datetime.combine(day, time(), VIETNAM).timestamp()) for day in (days[0], days[-1]))
    end += DAY_SECONDS
    found: dict[str, dict[Element, int]] = {
        str(code): dict.fromkeys(Element, 0) for code in connection.execute(units_at([root])).scalars().all()
    }
    for element, query in _queries(here, first, end, min(end, now + 1)):
        for unit, count in connection.execute(query.group_by(persons.c.unit)).all():
            found[unit][element] += count
    today = datetime.fromtimestamp(now, VIETNAM).date()
    for day in days:
        if day > today:
            break
        listed = persons.c.id.in_(on_list(day, levels))
        due: sa.Select[Any] = sa.select(persons.c.unit, sa.func.count()).where(here, listed)
        for unit, count in connection.execute(due.group_by(persons.c.unit)).all():
            found[unit][Element.DAYS_DUE] += count
    return found


def _queries(
    here: sa.ColumnElement[bool], first: int, end: int, over_until: int
) -> Iterator[tuple[Element, sa.Select[Any]]]:
    count = sa.select(persons.c.unit, sa.func.count()).where(here)
    ill = count.join(cases, cases.c.person == persons.c.id).where(cases.c.status.in_(_ILL))
    new = ill.where(cases.c.reported_at >= first, cases.c.reported_at < end)
    yield Element.CASES_NEW, new
    yield Element.CASES_KNOWN, new.where(cases.c.known_contact)
    over = cases.c.reported_at + DAY_SECONDS
    due = ill.where(over >= first, over < over_until)
    yield Element.CASES_DUE_24H, due
    yield Element.CASES_TRACED_24H, due.where(cases.c.traced_at <= over)
    registered = count.where(persons.c.created_at >= first, persons.c.created_at < end)
    yield Element.F1_NEW, registered.where(persons.c.level == Level.F1)
    yield Element.F2_NEW, registered.where(persons.c.level == Level.F2)
    days = [datetime.fromtimestamp(moment, VIETNAM).date() for moment in (first, end)]
    visited = count.join(followups, followups.c.person == persons.c.id).where(
        followups.c.day >= days[0], followups.c.day < days[1]
    )
    yield Element.DAYS_SEEN, visited.where(followups.c.result.in_(REACHED))
    yield Element.SYMPTOMS, visited.where(followups.c.result == Result.SYMPTOMS)
    yield Element.LOST, visited.where(followups.c.result == Result.LOST)


def data_values(figures: Figures, week: Week) -> list[dict[str, str]]:
    """The values of a data value set, each naming its element and unit by code."""
    return [
        {"dataElement": str(element), "period": str(week), "orgUnit": unit, "value": str(count)}
        for unit, counts in sorted(figures.items())
        for element, count in counts.items()
    ]


def metadata(units: Iterable[Unit], opened: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Units, data elements and the weekly data set, to be imported once.

    Identifiers are made from codes, so that the same is the same each time; `opened` are identifiers of units that the
    other system has already, by code: they are referred to and stay as they are there.
    """
    known = opened or {}
    places = sorted(units, key=lambda one: (one.path.count("/"), one.code))
    ids = {unit.code: known.get(unit.code) or uid(f"unit/{unit.code}") for unit in places}
    return {
        "organisationUnits": [
            {
                "id": ids[unit.code],
                "code": unit.code,
                "name": unit.title[:_LONGEST_NAME],
                "shortName": unit.title[:_LONGEST_SHORT],
                "openingDate": unit.valid_from.isoformat(),
                **({"parent": {"id": ids[unit.parent]}} if unit.parent in ids else {}),
            }
            for unit in places
            if unit.code not in known
        ],
        "dataElements": [
            {
                "id": uid(f"element/{element}"),
                "code": str(element),
                "name": f"Bluezone: {name}",
                "shortName": name[:_LONGEST_SHORT],
                "domainType": "AGGREGATE",
                "valueType": "INTEGER_ZERO_OR_POSITIVE",
                "aggregationType": "SUM",
                "zeroIsSignificant": True,
            }
            for element, name in NAMES.items()
        ],
        "dataSets": [
            {
                "id": uid(f"set/{DATA_SET}"),
                "code": DATA_SET,
                "name": "Bluezone: báo cáo tuần",
                "shortName": "Bluezone tuần",
                "periodType": "Weekly",
                "dataSetElements": [{"dataElement": {"id": uid(f"element/{element}")}} for element in Element],
                "organisationUnits": [{"id": identifier} for identifier in ids.values()],
            }
        ],
    }


def uid(name: str) -> str:
    """An identifier as DHIS2 has them: eleven letters and digits, a letter first; the same for the same name."""
    number = int.from_bytes(hashlib.sha256(f"bluezone/{name}".encode()).digest()[:16], "big")
    letters = _LETTERS + "0123456789"
    number, first = divmod(number, len(_LETTERS))
    text = _LETTERS[first]
    for _ in range(10):
        number, digit = divmod(number, len(letters))
        text += letters[digit]
    return text
