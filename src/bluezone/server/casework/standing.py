"""Keeping the computed levels of the database true to its contacts, and telling what a change changes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from bluezone.server.casework.levels import Met, Standing, Window, standings
from bluezone.server.casework.tables import cases, contacts, persons
from bluezone.server.casework.terms import ILL, Level
from bluezone.server.language import VIETNAM

_AT_ONCE = 500
"""Values of one IN list; SQLite allows some thousands."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody whose level becomes another; `unit` is the commune where they live.

    `exposed_last` is the day of the latest exposure that they have then.
    """

    person: str
    name: str
    unit: str
    before: Level | None
    after: Level | None
    exposed_last: date | None = None


def settle(connection: sa.Connection, touched: Collection[str]) -> list[Change]:
    """Bring the levels around these people up to date, after their cases or contacts changed.

    A level depends on who is two steps away, so whoever is two steps from somebody touched may change. When a contact
    was deleted both its ends are `touched`. Returns whose level changed, F0 first, then by name.
    """
    near = _around(connection, touched, steps=2)
    computed = _computed(connection, near)
    changes: list[Change] = []
    moved: list[dict[str, Any]] = []
    for row in _rows(connection, near):
        after = computed.get(row.id)
        values: dict[str, Any] = {
            "level": None if after is None else int(after.level),
            "exposed_first": None if after is None else after.exposed_first,
            "exposed_last": None if after is None else after.exposed_last,
            "via": None if after is None else after.via,
        }
        if any(getattr(row, name) != value for name, value in values.items()):
            moved.append({"who": row.id, **{f"new_{name}": value for name, value in values.items()}})
        if row.level != values["level"]:
            before = None if row.level is None else Level(row.level)
            level = None if after is None else after.level
            changes.append(Change(row.id, row.name, row.unit, before, level, values["exposed_last"]))
    if moved:
        columns = ("level", "exposed_first", "exposed_last", "via")
        new: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in columns}
        connection.execute(sa.update(persons).where(persons.c.id == sa.bindparam("who")).values(new), moved)
    return _ordered(changes)


def settle_all(connection: sa.Connection) -> list[Change]:
    """As `settle`, for everybody."""
    return settle(connection, connection.execute(sa.select(persons.c.id)).scalars().all())


def merged(changes: Iterable[Change]) -> list[Change]:
    """Changes made one after the other, as one: from what was first to what is last."""
    found: dict[str, Change] = {}
    for one in changes:
        first = found.get(one.person)
        found[one.person] = one if first is None else replace(one, before=first.before)
    return _ordered(one for one in found.values() if one.before is not one.after)


def _ordered(changes: Iterable[Change]) -> list[Change]:
    return sorted(changes, key=lambda one: (3 if one.after is None else one.after, one.name, one.person))


def fingerprint(changes: Sequence[Change]) -> str:
    """What a preview showed, in short: the same changes have the same, others another."""
    told = [(one.person, one.before, one.after) for one in changes]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:32]


def windows(connection: sa.Connection, people: Collection[str]) -> dict[str, Window]:
    """The windows of those among these people who are F0."""
    found: dict[str, Window] = {}
    for part in _parts(people):
        query = sa.select(cases).where(cases.c.person.in_(part), cases.c.status.in_(ILL))
        for row in connection.execute(query):
            reported = datetime.fromtimestamp(row.reported_at, VIETNAM).date()
            window = Window.of(onset=row.onset, test_date=row.test_date, reported=reported, isolated_on=row.isolated_on)
            before = found.get(row.person)
            found[row.person] = window if before is None else before.joined(window)
    return found


def _computed(connection: sa.Connection, people: set[str]) -> dict[str, Standing]:
    """The standing of each of these, from whoever is up to two steps away from them."""
    first = _contacts(connection, people)
    ring = people | {end for one in first.values() for end in (one.one, one.other)}
    every = first | _contacts(connection, ring)
    ends = ring | {end for one in every.values() for end in (one.one, one.other)}
    found = standings(windows(connection, ends), every.values())
    return {person: standing for person, standing in found.items() if person in people}


def _around(connection: sa.Connection, people: Collection[str], *, steps: int) -> set[str]:
    found, edge = set(people), set(people)
    for _ in range(steps):
        met = _contacts(connection, edge).values()
        edge = {end for one in met for end in (one.one, one.other)} - found
        found |= edge
    return found


def _contacts(connection: sa.Connection, people: Collection[str]) -> dict[str, Met]:
    found: dict[str, Met] = {}
    c = contacts.c
    columns = (c.id, c.source, c.exposed, c.first_day, c.last_day)
    for part in _parts(people):
        # Two queries, each by its own index; one with OR reads the whole table.
        for end in (c.source, c.exposed):
            for row in connection.execute(sa.select(*columns).where(end.in_(part))):
                found[row.id] = Met(row.source, row.exposed, row.first_day, row.last_day)
    return found


def _rows(connection: sa.Connection, people: Collection[str]) -> Iterator[sa.Row[*tuple[Any, ...]]]:
    c = persons.c
    columns = (c.id, c.name, c.unit, c.level, c.exposed_first, c.exposed_last, c.via)
    for part in _parts(people):
        yield from connection.execute(sa.select(*columns).where(c.id.in_(part))).all()


def _parts(values: Iterable[T]) -> Iterator[list[T]]:
    every = list(values)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
