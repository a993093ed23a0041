"""A row of a list that is brought in: what it says, what is wrong with it, whom it may mean, what becomes of it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from bluezone.server.casework.service import PersonData


class Verdict(StrEnum):
    """What would become of a row."""

    NEW = "new"
    ADDS = "adds"
    DIFFERS = "differs"
    ALIKE = "alike"
    SAME = "same"
    FAULT = "fault"


class Flaw(msgspec.Struct, frozen=True, array_like=True):
    """What keeps a row from being taken; `place` is the cell as a spreadsheet calls it."""

    code: str
    place: str
    column: str
    value: str


class Candidate(msgspec.Struct, frozen=True, array_like=True):
    """Somebody whom a row may mean: a person on record, or an earlier row of the same file (`row`)."""

    person: str
    row: int
    name: str
    birth_year: int | None
    phone: str
    unit: str
    level: int | None


class CasePart(msgspec.Struct, frozen=True, array_like=True):
    """A case as a row tells it."""

    status: str
    onset: date | None
    test_date: date | None
    isolated_on: date | None
    reference: str


class ContactPart(msgspec.Struct, frozen=True, array_like=True):
    """How somebody met whoever the row names as source."""

    first_day: date
    last_day: date
    place: str
    closeness: str
    origin: str


class VisitPart(msgspec.Struct, frozen=True, array_like=True):
    """What a day's visit or call found; the temperature in tenths of a degree."""

    day: date
    result: str
    temperature: int | None


class Entry(msgspec.Struct):
    """A whole row.

    `person` is who it certainly means, `same_row` the earlier row that certainly means the same; `source` and
    `source_row` are the same of whom they met. `fills` and `conflicts` are by column: what the record lacks, and what
    it says otherwise (record, file). `known`: the case, contact or result is on record, or in an earlier row, already.
    """

    row: int
    name: str = ""
    unit: str = ""
    sex: str = ""
    birth_year: int | None = None
    phone: str = ""
    address: str = ""
    work: str = ""
    note: str = ""
    level: str = ""
    case: CasePart | None = None
    contact: ContactPart | None = None
    visit: VisitPart | None = None
    source_said: str = ""
    source: str = ""
    source_row: int = 0
    person: str = ""
    same_row: int = 0
    known_case: str = ""
    version: int = 0
    case_version: int = 0
    known: bool = False
    flaws: list[Flaw] = []
    candidates: list[Candidate] = []
    fills: dict[str, str] = {}
    conflicts: dict[str, tuple[str, str]] = {}

    @property
    def data(self) -> PersonData:
        return PersonData(
            self.name, self.unit, self.sex, self.birth_year, self.phone, self.address, self.work, self.note
        )

    @property
    def verdict(self) -> Verdict:
        if self.flaws:
            return Verdict.FAULT
        if self.candidates and not (self.person or self.same_row):
            return Verdict.ALIKE
        if not (self.person or self.same_row):
            return Verdict.NEW
        if self.conflicts:
            return Verdict.DIFFERS
        return Verdict.SAME if self.known and not self.fills else Verdict.ADDS
