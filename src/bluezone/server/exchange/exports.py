"""Lists taken out: without names unless there is a reason, rows read as they are written, marked with who and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, require_somewhere
from bluezone.server.casework.service import Ground, cases, contacts, home_desk, persons, reachable
from bluezone.server.exchange.columns import TITLES
from bluezone.server.exchange.errors import ReasonMissing
from bluezone.server.exchange.extract import BAND_YEARS, pseudonym, wide_enough
from bluezone.server.exchange.words import FIELD_VALUES, RESULTS
from bluezone.server.followup.service import followups
from bluezone.server.language import N_, VIETNAM, Language, translations
from bluezone.server.units.service import Unit, every_unit, find_unit
from bluezone.sheets import (
    ENGLISH,
    VIETNAMESE,
    Mark,
    Value,
    WrittenColumn,
    WrittenSheet,
    write_csv,
    write_workbook,
)

SHORTEST_REASON = 10
LONGEST_REASON = 200
_AT_ONCE = 2_000


class What(StrEnum):
    """Which list."""

    CASES = "cases"
    CONTACTS = "contacts"
    FOLLOW_UPS = "followups"


class Form(StrEnum):
    """As which kind of file."""

    XLSX = "xlsx"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is taken out, and why."""

    what: What
    form: Form
    named: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its title and meaning, the value for a row, and whether it tells who somebody is."""

    title: str
    meaning: str
    value: Callable[[Any, _Told], Value]
    kind: str = "text"
    tells: bool = False


class _Told:
    """How one file tells people, places and words."""

    def __init__(self, named: bool, key: bytes, units: Mapping[str, Unit], lives: Mapping[str, int], said: Any) -> None:
        self.named = named
        self.said: Callable[[str], str] = said
        self._key, self._units = key, units
        self._wide = {} if named else wide_enough(lives, units)

    def who(self, identifier: str) -> str:
        return identifier if self.named else pseudonym(self._key, identifier)

    def born(self, year: int | None) -> Value:
        if year is None or self.named:
            return year
        first = year - year % BAND_YEARS
        return f"{first}–{first + BAND_YEARS - 1}"

    def place(self, code: str) -> str:
        unit = self._units.get(code if self.named else self._wide.get(code, ""))
        return "" if unit is None else unit.title

    def above(self, code: str) -> str:
        """The unit above where they live, as far as that is told."""
        unit = self._units.get(code if self.named else self._wide.get(code, ""))
        above = self._units.get(unit.parent) if unit is not None and unit.parent else None
        return "" if above is None else above.title

    def word(self, words: Mapping[str, str], value: str) -> str:
        return self.said(words[value]) if value in words else value


def _level(value: int | None) -> str:
    return "" if value is None else f"F{value}"


_WHO = (
    Field(N_("Identifier"), N_("The same for the same person within this file"), lambda r, t: t.who(r.person)),
    Field(TITLES["name"], "", lambda r, _: r.name, tells=True),
    Field(TITLES["birth_year"], N_("Without names: ten years"), lambda r, t: t.born(r.birth_year)),
    Field(TITLES["sex"], "", lambda r, t: t.word(FIELD_VALUES, r.sex)),
    Field(TITLES["phone"], "", lambda r, _: r.phone, tells=True),
    Field(
        TITLES["commune"],
        N_("Without names: a commune with fewer than five of these people is told as the unit above it"),
        lambda r, t: t.place(r.unit),
    ),
    Field(TITLES["district"], "", lambda r, t: t.above(r.unit)),
    Field(TITLES["address"], "", lambda r, _: r.address, tells=True),
    Field(TITLES["work"], "", lambda r, _: r.work, tells=True),
    Field(TITLES["level"], N_("Computed from cases and contacts"), lambda r, _: _level(r.level)),
)

FIELDS: Mapping[What, tuple[Field, ...]] = {
    What.CASES: (
        Field(TITLES["reference"], "", lambda r, _: r.reference, tells=True),
        *_WHO,
        Field(TITLES["status"], "", lambda r, t: t.word(FIELD_VALUES, r.status)),
        Field(TITLES["onset"], "", lambda r, _: r.onset, "date"),
        Field(TITLES["test_date"], "", lambda r, _: r.test_date, "date"),
        Field(TITLES["isolated_on"], "", lambda r, _: r.isolated_on, "date"),
        Field(N_("Reported"), "", lambda r, _: _day(r.reported_at), "date"),
        Field(
            N_("Known as a contact before"),
            N_("Yes where the desk followed the person already when the case was reported"),
            lambda r, t: t.said(N_("Yes")) if r.known_contact else t.said(N_("No")),
        ),
        Field(TITLES["note"], "", lambda r, _: r.case_note, tells=True),
    ),
    What.CONTACTS: (
        *_WHO,
        Field(N_("Contact of (identifier)"), N_("The identifier of whoever may have infected them"),
              lambda r, t: t.who(r.source)),
        Field(TITLES["source"], "", lambda r, _: r.source_name, tells=True),
        Field(TITLES["first_day"], "", lambda r, _: r.first_day, "date"),
        Field(TITLES["last_day"], "", lambda r, _: r.last_day, "date"),
        Field(TITLES["closeness"], "", lambda r, t: t.word(FIELD_VALUES, r.closeness)),
        Field(TITLES["origin"], "", lambda r, t: t.word(FIELD_VALUES, r.origin)),
        Field(TITLES["place"], "", lambda r, _: r.place, tells=True),
        Field(TITLES["note"], "", lambda r, _: r.contact_note, tells=True),
    ),
    What.FOLLOW_UPS: (
        *_WHO,
        Field(TITLES["day"], "", lambda r, _: r.day, "date"),
        Field(TITLES["result"], "", lambda r, t: t.word(RESULTS, r.result)),
        Field(TITLES["temperature"], N_("In degrees Celsius"),
              lambda r, _: None if r.temperature is None else r.temperature / 10, "number"),
        Field(TITLES["note"], "", lambda r, _: r.visit_note, tells=True),
    ),
}  # fmt: skip

LISTS: Mapping[What, str] = {
    What.CASES: N_("Cases"),
    What.CONTACTS: N_("Contacts"),
    What.FOLLOW_UPS: N_("Results of following"),
}
"""What the sheets are called."""


def _day(at: int) -> date:
    return datetime.fromtimestamp(at, VIETNAM).date()


def count(connection: sa.Connection, account: Account, what: What) -> int:
    """How many rows a list would have. Raises AccessDenied."""
    require_somewhere(account, Action.EXPORT_CASES)
    query, _ = _query(account, what)
    return int(connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one())


def checked(account: Account, asked: Asked) -> Asked:
    """What is asked, its reason cleaned. Raises AccessDenied or ReasonMissing."""
    require_somewhere(account, Action.EXPORT_CASES)
    reason = " ".join(asked.reason.split())[:LONGEST_REASON]
    if asked.named and len(reason) < SHORTEST_REASON:
        raise ReasonMissing("Say in ten characters or more why names leave the system; nothing was made.")
    return Asked(asked.what, asked.form, asked.named, reason)


def note_export(ground: Ground, connection: sa.Connection, account: Account, asked: Asked) -> int:
    """Write down that a list leaves, before it does; how many rows it has. Raises AccessDenied."""
    rows = count(connection, account, asked.what)
    ground.note(
        connection,
        account,
        "exported",
        unit=home_desk(account, Action.EXPORT_CASES),
        kind=asked.what,
        form=asked.form,
        rows=str(rows),
        named="yes" if asked.named else "no",
        reason=asked.reason,
    )
    return rows


def make_file(
    ground: Ground, connection: sa.Connection, account: Account, asked: Asked, key: bytes, language: Language
) -> bytes:
    """The whole file; rows are read while it is written. `key` makes the pseudonyms of this one file."""
    said = translations(language).gettext
    units = {unit.code: unit for unit in every_unit(connection)}
    query, order = _query(account, asked.what)
    lives: Mapping[str, int] = {} if asked.named else _lives(connection, query)
    told = _Told(asked.named, key, units, lives, said)
    fields = [field for field in FIELDS[asked.what] if asked.named or not field.tells]
    unit = find_unit(connection, account.unit.code)
    purpose = asked.reason or said(N_("figures without names"))
    mark = Mark(
        f"{account.name}, {unit.title if unit else account.unit.title}",
        datetime.fromtimestamp(ground.now(), UTC),
        purpose,
        {"named": "yes" if asked.named else "no", "list": asked.what},
    )
    sheet = WrittenSheet(
        said(LISTS[asked.what]),
        [WrittenColumn(said(field.title), field.kind, meaning=said(field.meaning) if field.meaning else "")  # type: ignore[arg-type]
         for field in fields],
        _rows(connection, query, order, fields, told),
    )  # fmt: skip
    words = VIETNAMESE if language == "vi" else ENGLISH
    return write_workbook([sheet], mark=mark, words=words) if asked.form is Form.XLSX else write_csv(
        sheet, mark=mark, words=words
    )  # fmt: skip


def _query(account: Account, what: What) -> tuple[sa.Select[Any], Sequence[sa.ColumnElement[Any]]]:
    """The rows of a list within the account's reach, and what they are ordered by, each row having its own."""
    c = persons.c
    person = (c.id.label("person"), c.name, c.birth_year, c.sex, c.phone, c.unit, c.address, c.work, c.level)
    reach = reachable(account, Action.EXPORT_CASES)
    match what:
        case What.CASES:
            k = cases.c
            query = sa.select(
                *person, k.number, k.reference, k.status, k.onset, k.test_date, k.isolated_on, k.reported_at,
                k.known_contact, k.note.label("case_note"),
            ).join(cases, k.person == c.id)  # fmt: skip
            return query.where(reach), (k.number,)
        case What.CONTACTS:
            k = contacts.c
            source = persons.alias("source_person")
            # Whoever is named as source may live where the account does not reach: then by identifier alone.
            known = sa.select(persons.c.id).where(reach)
            query = sa.select(
                *person, k.id.label("contact"), k.source, k.first_day, k.last_day, k.closeness, k.origin, k.place,
                k.note.label("contact_note"),
                sa.case((source.c.id.in_(known), source.c.name), else_="").label("source_name"),
            ).join(contacts, k.exposed == c.id).join(source, source.c.id == k.source)  # fmt: skip
            return query.where(reach), (k.first_day, k.id)
        case What.FOLLOW_UPS:
            k = followups.c
            query = sa.select(
                *person, k.day, k.result, k.temperature, k.note.label("visit_note")
            ).join(followups, k.person == c.id)  # fmt: skip
            return query.where(reach), (k.person, k.day)


def _lives(connection: sa.Connection, query: sa.Select[Any]) -> Counter[str]:
    """How many people of the list live in each unit."""
    people = query.subquery()
    each = sa.select(people.c.unit, people.c.person).distinct().subquery()
    rows = connection.execute(sa.select(each.c.unit, sa.func.count().label("number")).group_by(each.c.unit))
    return Counter({row.unit: row.number for row in rows})


def _rows(
    connection: sa.Connection,
    query: sa.Select[Any],
    order: Sequence[sa.ColumnElement[Any]],
    fields: Sequence[Field],
    told: _Told,
) -> Iterator[list[Value]]:
    found = connection.execute(query.order_by(*order).execution_options(yield_per=_AT_ONCE))
    for row in found:
        yield [field.value(row, told) for field in fields]
