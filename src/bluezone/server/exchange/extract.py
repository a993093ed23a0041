"""What of casework leaves for another system: read for a reach, and made anonymous where names are not wanted."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from bluezone.server.casework.service import cases, contacts, persons
from bluezone.server.followup.service import entries_since
from bluezone.server.units.service import Unit, every_unit

FEWEST = 5
"""A commune where fewer people of an extract live is told as the unit above it."""

BAND_YEARS = 10
_PSEUDONYM_BYTES = 10


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody. Without names `born` is the first year of ten, `unit` perhaps a unit further up, the rest empty."""

    id: str
    name: str
    sex: str
    born: int | None
    phone: str
    unit: str
    address: str
    work: str
    level: int | None
    exposed_first: date | None
    exposed_last: date | None
    registered_at: int
    changed_at: int


@dataclass(frozen=True, slots=True)
class Illness:
    """A case."""

    id: str
    number: int
    reference: str
    person: str
    status: str
    onset: date | None
    test_date: date | None
    isolated_on: date | None
    reported_at: int
    known_contact: bool
    outcome: str
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A contact: `source` may have infected `exposed`."""

    id: str
    source: str
    exposed: str
    first_day: date
    last_day: date
    place: str
    closeness: str
    origin: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """What one day of following somebody came to; `temperature` in degrees Celsius."""

    person: str
    day: date
    result: str
    temperature: float | None


@dataclass(frozen=True, slots=True)
class Extract:
    """People with all that is between them; nothing points to somebody who is not in it."""

    persons: tuple[Subject, ...]
    cases: tuple[Illness, ...]
    contacts: tuple[Meeting, ...]
    visits: tuple[Visit, ...]
    units: Mapping[str, Unit]
    named: bool


def read_extract(connection: sa.Connection, reach: sa.ColumnElement[bool]) -> Extract:
    """Everybody under a condition of `persons` (casework's `reachable`), with names, in the order of identifiers."""
    of_person = sa.select(persons.c.id).where(reach)
    people = connection.execute(sa.select(persons).where(reach).order_by(persons.c.id)).all()
    ill = connection.execute(sa.select(cases).where(cases.c.person.in_(of_person)).order_by(cases.c.number)).all()
    met = connection.execute(
        sa.select(contacts)
        .where(contacts.c.source.in_(of_person), contacts.c.exposed.in_(of_person))
        .order_by(contacts.c.first_day, contacts.c.id)
    ).all()
    return Extract(
        tuple(_subject(row) for row in people),
        tuple(_illness(row) for row in ill),
        tuple(_meeting(row) for row in met),
        tuple(_visit(row) for row in entries_since(connection, reach)),
        {unit.code: unit for unit in every_unit(connection)},
        named=True,
    )


def without_names(extract: Extract, key: bytes) -> Extract:
    """The same people as nobody in particular: pseudonyms under a key of this extract alone, ages by tens of years.

    Names, telephone numbers, addresses, places and free text go. A commune with fewer than five of these people becomes
    the unit above it, and so on.
    """
    alias = {one.id: pseudonym(key, one.id) for one in extract.persons}
    places = wide_enough(Counter(one.unit for one in extract.persons), extract.units)
    return Extract(
        tuple(
            sorted(
                (
                    replace(
                        one,
                        id=alias[one.id],
                        name="",
                        born=None if one.born is None else one.born - one.born % BAND_YEARS,
                        phone="",
                        unit=places[one.unit],
                        address="",
                        work="",
                    )
                    for one in extract.persons
                ),
                key=lambda one: one.id,
            )
        ),
        tuple(replace(one, id=pseudonym(key, one.id), reference="", person=alias[one.person]) for one in extract.cases),
        tuple(
            replace(
                one,
                id=pseudonym(key, one.id),
                source=alias[one.source],
                exposed=alias[one.exposed],
                place="",
            )
            for one in extract.contacts
        ),
        tuple(replace(one, person=alias[one.person]) for one in extract.visits),
        extract.units,
        named=False,
    )


def wide_enough(lives: Mapping[str, int], units: Mapping[str, Unit]) -> dict[str, str]:
    """For each unit the lowest one at or above it where at least five of the people live; at the top whatever it is."""
    below: Counter[str] = Counter()
    for code, count in lives.items():
        for above in units[code].path.strip("/").split("/"):
            below[above] += count
    found = {}
    for code in lives:
        line = units[code].path.strip("/").split("/")
        found[code] = next((above for above in reversed(line) if below[above] >= FEWEST), line[0])
    return found


def pseudonym(key: bytes, identifier: str) -> str:
    """What a row is called without names: the same under one key alone."""
    return hmac.digest(key, identifier.encode(), hashlib.sha256)[:_PSEUDONYM_BYTES].hex()


def _subject(row: Any) -> Subject:
    return Subject(
        row.id,
        row.name,
        row.sex,
        row.birth_year,
        row.phone,
        row.unit,
        row.address,
        row.work,
        row.level,
        row.exposed_first,
        row.exposed_last,
        row.created_at,
        row.changed_at,
    )


def _illness(row: Any) -> Illness:
    return Illness(
        row.id,
        row.number,
        row.reference,
        row.person,
        row.status,
        row.onset,
        row.test_date,
        row.isolated_on,
        row.reported_at,
        row.known_contact,
        row.outcome,
        row.closed_at,
    )


def _meeting(row: Any) -> Meeting:
    return Meeting(
        row.id,
        row.source,
        row.exposed,
        row.first_day,
        row.last_day,
        row.place,
        row.closeness,
        row.origin,
        row.confirmed_at is not None,
    )


def _visit(row: Any) -> Visit:
    return Visit(row.person, row.day, row.result, None if row.temperature is None else row.temperature / 10)
