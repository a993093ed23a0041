"""The tree of units: loading it from a file, finding one's place in it, and what lies below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import sqlalchemy as sa

from bluezone.server.units.errors import UnitsFileInvalid
from bluezone.server.units.files import UnitRow, fold, read_units
from bluezone.server.units.tables import unit_history, units

__all__ = [
    "Loaded",
    "Unit",
    "UnitRow",
    "below",
    "earlier_entries",
    "every_unit",
    "find_unit",
    "fold",
    "is_whole",
    "load_units",
    "paths_at",
    "read_units",
    "search_units",
    "shipped_units",
    "units_above",
    "units_at",
    "units_below",
    "units_of",
]

DEEPEST = 12
"""Levels of the tree; a ministry's smallest office lies at the seventh."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit in its place: `path` holds the codes from the top down to its own, as `/33/323/11950/`."""

    code: str
    type: str
    name: str
    parent: str | None
    path: str
    valid_from: date

    def contains(self, other: Unit) -> bool:
        """Whether the other is this unit or lies anywhere below it."""
        return other.path.startswith(self.path)

    @property
    def title(self) -> str:
        """Type and name as people say them: xã Liên Phương."""
        return f"{self.type} {self.name}"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a unit was until `valid_to`, that day no longer."""

    valid_from: date
    valid_to: date
    type: str
    name: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many units a file added, changed (renamed or moved) and left as they were."""

    added: int
    changed: int
    unchanged: int


def shipped_units() -> bytes:
    """The file of Hưng Yên's units of 2020 that ships with the project."""
    return (files("bluezone") / "data" / "hung_yen_units_2020.csv").read_bytes()


def load_units(connection: sa.Connection, rows: Sequence[UnitRow], day: date) -> Loaded:
    """Bring the tree to what the rows say, as of `day`; units that they do not name stay as they are.

    What changes a unit's type, name or parent moves the old entry to the history; the same rows again change nothing.
    Raises UnitsFileInvalid when a parent is unknown or units lie in a circle; nothing is loaded then.
    """
    before = {unit.code: unit for unit in map(_unit, connection.execute(sa.select(units)))}
    parents: dict[str, str | None] = {code: unit.parent for code, unit in before.items()}
    parents |= {row.code: row.parent or None for row in rows}
    paths = _paths(rows, parents)
    changed = [row for row in rows if row.code in before and _differs(row, before[row.code])]
    added = [row for row in rows if row.code not in before]
    for row in changed:
        old = before[row.code]
        # Twice on one day corrects that day's entry: nothing was ever valid for no day at all.
        if old.valid_from < day:
            connection.execute(
                sa.insert(unit_history).values(
                    code=old.code,
                    valid_from=old.valid_from,
                    valid_to=day,
                    type=old.type,
                    name=old.name,
                    parent=old.parent,
                )
            )
    # Parents first, for the foreign key.
    for row in sorted(added, key=lambda row: paths[row.code].count("/")):
        connection.execute(sa.insert(units).values(code=row.code, valid_from=day, path=paths[row.code], **_values(row)))
    for row in changed:
        start = max(day, before[row.code].valid_from)
        connection.execute(sa.update(units).where(units.c.code == row.code).values(valid_from=start, **_values(row)))
    # Whatever lies below a unit that moved has moved too.
    for code, old in before.items():
        if old.path != paths[code]:
            connection.execute(sa.update(units).where(units.c.code == code).values(path=paths[code]))
    return Loaded(len(added), len(changed), len(rows) - len(added) - len(changed))


def find_unit(connection: sa.Connection, code: str) -> Unit | None:
    """The unit of this code, None where there is none."""
    row = connection.execute(sa.select(units).where(units.c.code == code)).one_or_none()
    return None if row is None else _unit(row)


def units_above(connection: sa.Connection, unit: Unit) -> list[Unit]:
    """The units above it, from the top down."""
    codes = unit.path.strip("/").split("/")[:-1]
    found = connection.execute(sa.select(units).where(units.c.code.in_(codes)))
    return sorted(map(_unit, found), key=lambda one: len(one.path))


def units_below(connection: sa.Connection, code: str | None) -> list[Unit]:
    """The units directly below, by code; those at the top for None."""
    query = sa.select(units).where(units.c.parent == code if code is not None else units.c.parent.is_(None))
    return [_unit(row) for row in connection.execute(query.order_by(units.c.code))]


def every_unit(connection: sa.Connection) -> list[Unit]:
    """All units, those above before those below."""
    return [
        _unit(row) for row in connection.execute(sa.select(units).order_by(sa.func.length(units.c.path), units.c.code))
    ]


def is_whole(connection: sa.Connection, paths: Sequence[str]) -> bool:
    """Whether these paths take in the whole tree."""
    tops = {unit.path for unit in units_below(connection, None)}
    return bool(tops) and tops <= set(paths)


def below(path: sa.ColumnElement[str], roots: Sequence[str]) -> sa.ColumnElement[bool]:
    """The condition that a column of paths lies at or below one of these paths; none at all for no root."""
    return sa.or_(sa.false(), *(path.startswith(root) for root in roots))


def units_of(connection: sa.Connection, paths: Sequence[str]) -> list[Unit]:
    """The units of exactly these paths."""
    found = connection.execute(sa.select(units).where(units.c.path.in_(paths)).order_by(units.c.path))
    return [_unit(row) for row in found]


def units_at(roots: Sequence[str]) -> sa.Select[tuple[str]]:
    """The codes of units at or below these paths, for a condition of another room's query."""
    return sa.select(units.c.code).where(below(units.c.path, roots))


def paths_at(connection: sa.Connection, roots: Sequence[str]) -> dict[str, str]:
    """The path of each unit at or below these paths, by code."""
    query = sa.select(units.c.code, units.c.path).where(below(units.c.path, roots))
    return {row.code: row.path for row in connection.execute(query)}


def search_units(connection: sa.Connection, text: str, roots: Sequence[str] = ("/",), *, most: int = 20) -> list[Unit]:
    """Units at or below these paths whose type, name or code has every word, marks or not; highest level first."""
    query = sa.select(units).where(below(units.c.path, roots))
    for word in fold(text).split():
        query = query.where(sa.or_(units.c.folded.contains(word, autoescape=True), units.c.code == word.upper()))
    query = query.order_by(sa.func.length(units.c.path), units.c.folded, units.c.code).limit(most)
    return [_unit(row) for row in connection.execute(query)]


def earlier_entries(connection: sa.Connection, code: str) -> list[Earlier]:
    """What the unit was before, latest first."""
    query = sa.select(unit_history).where(unit_history.c.code == code).order_by(unit_history.c.valid_to.desc())
    return [Earlier(row.valid_from, row.valid_to, row.type, row.name, row.parent) for row in connection.execute(query)]


def _paths(rows: Sequence[UnitRow], parents: Mapping[str, str | None]) -> dict[str, str]:
    lines = {row.code: row.line for row in rows}
    faults = [
        f"line {row.line}: there is no unit {row.parent}, the parent of {row.code}"
        for row in rows
        if row.parent and row.parent not in parents
    ]
    if faults:
        raise UnitsFileInvalid(faults)
    paths: dict[str, str] = {}
    for code in parents:
        chain = list(_chain(code, parents))
        if len(chain) > DEEPEST:
            what = "lies below itself" if code in chain[1:] else f"lies more than {DEEPEST} levels deep or in a circle"
            where = f"line {lines[code]}: " if code in lines else ""
            faults.append(f"{where}the unit {code} {what}")
        paths[code] = "/" + "/".join(reversed(chain)) + "/"
    if faults:
        raise UnitsFileInvalid(faults)
    return paths


def _chain(code: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    """The unit and those above it; one more than the deepest tree has when there is a circle."""
    here: str | None = code
    for _ in range(DEEPEST + 1):
        if here is None:
            return
        yield here
        here = parents[here]


def _differs(row: UnitRow, unit: Unit) -> bool:
    return (row.type, row.name, row.parent or None) != (unit.type, unit.name, unit.parent)


def _values(row: UnitRow) -> dict[str, Any]:
    return {
        "type": row.type,
        "name": row.name,
        "parent": row.parent or None,
        "folded": fold(f"{row.type} {row.name}"),
    }


def _unit(row: Any) -> Unit:
    return Unit(row.code, row.type, row.name, row.parent, row.path, row.valid_from)
