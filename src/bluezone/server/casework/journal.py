"""Undo: how rows were before a change and after it, and putting them back when nobody worked on them since."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, denied, require_somewhere
from bluezone.server.casework.errors import UndoImpossible
from bluezone.server.casework.ground import Ground, is_id
from bluezone.server.casework.people import reachable, touch
from bluezone.server.casework.standing import Change, settle
from bluezone.server.casework.tables import UNDO_SECONDS, cases, contacts, landmarks, persons, transfers, undos
from bluezone.server.database import metadata

KEPT = (persons, cases, landmarks, contacts, transfers)
"""The tables whose rows come back, each after those that its rows point to."""
COMPUTED = frozenset({"level", "exposed_first", "exposed_last", "via", "changed_at"})
"""Columns that are not put back: levels are computed anew, and putting back is work on the record."""

Rows = dict[tuple[str, str], dict[str, Any]]
"""Rows by the name of their table and their identifier."""


class Was(msgspec.Struct, frozen=True, array_like=True):
    """One row before and after a change; None where there was none."""

    table: str
    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Undone:
    """What was put back: whose records, and whose level became another."""

    what: str
    people: list[str]
    changes: list[Change]


def rows_of(connection: sa.Connection, people: Collection[str]) -> Rows:
    """Every row of casework that belongs to these people."""
    some = list(people)
    theirs = sa.select(cases.c.id).where(cases.c.person.in_(some))
    conditions = {
        persons: persons.c.id.in_(some),
        cases: cases.c.person.in_(some),
        landmarks: landmarks.c.case.in_(theirs),
        contacts: contacts.c.source.in_(some) | contacts.c.exposed.in_(some),
        transfers: transfers.c.person.in_(some),
    }
    return {
        (str(table.name), row["id"]): _plain(row)
        for table in KEPT
        for row in connection.execute(sa.select(table).where(conditions[table])).mappings()
    }


def transfer_rows(connection: sa.Connection, made: Collection[str]) -> Rows:
    """The rows of these transfers."""
    query = sa.select(transfers).where(transfers.c.id.in_(list(made)))
    return {("transfers", row["id"]): _plain(row) for row in connection.execute(query).mappings()}


def remember(
    ground: Ground, connection: sa.Connection, account: Account, what: str, before: Rows, after: Rows
) -> str | None:
    """Keep what a change changed, sealed; the identifier by which it is undone, None where nothing changed."""
    found = [
        Was(table, row, before.get((table, row)), after.get((table, row)))
        for table, row in dict.fromkeys([*before, *after])
        if _told(before.get((table, row))) != _told(after.get((table, row)))
    ]
    if not found:
        return None
    undo = ground.id()
    connection.execute(
        sa.insert(undos).values(
            id=undo,
            account=account.id,
            what=what,
            rows=ground.seal(msgspec.msgpack.encode(found)),
            until=ground.now() + UNDO_SECONDS,
        )
    )
    return undo


def undo_change(ground: Ground, connection: sa.Connection, account: Account, undo: str) -> Undone:
    """Put everything back as it was before the change.

    Raises AccessDenied for somebody else's change, UndoImpossible when it is too old or somebody worked on it since.
    """
    row = None
    if is_id(undo):
        mine = sa.select(undos).where(undos.c.id == undo, undos.c.account == account.id)
        row = connection.execute(mine).one_or_none()
    if row is None:
        raise denied()
    if row.until <= ground.now():
        raise UndoImpossible("A change can be undone for 30 minutes; make the opposite change instead.")
    found = [_read(was) for was in msgspec.msgpack.decode(ground.unseal(row.rows), type=list[Was])]
    _check_reach(connection, account, found)
    _check_untouched(connection, found)
    people = _people(connection, found)
    for person in people:
        unit = connection.execute(sa.select(persons.c.unit).where(persons.c.id == person)).scalar()
        if unit is not None:
            ground.note(connection, account, "change_undone", unit=unit, subject=person, what=row.what)
    _put_back(connection, found)
    connection.execute(sa.delete(undos).where(undos.c.id == undo))
    touch(ground, connection, people)
    return Undone(row.what, people, settle(connection, people))


def _check_reach(connection: sa.Connection, account: Account, found: Iterable[Was]) -> None:
    """Their role may have been taken away since. Raises AccessDenied."""
    may = reachable(account, Action.WORK_CASES)
    whose = [was.id for was in found if was.table == "persons" and was.after is not None]
    for person in whose:
        if connection.execute(sa.select(persons.c.id).where(persons.c.id == person, may)).first() is None:
            raise denied()
    require_somewhere(account, Action.WORK_CASES)


def _check_untouched(connection: sa.Connection, found: Iterable[Was]) -> None:
    """Raises UndoImpossible when a row is not as the change left it, or something new hangs on one that would go."""
    known = {(was.table, was.id) for was in found}
    for was in found:
        table = metadata.tables[was.table]
        now = connection.execute(sa.select(table).where(table.c.id == was.id)).mappings().one_or_none()
        if _told(None if now is None else _plain(now)) != _told(was.after):
            raise UndoImpossible("Somebody worked on this record since; look at it and change what is to be changed.")
        if was.before is None and any(key not in known for key in _hanging(connection, table, was.id)):
            raise UndoImpossible("Something was added to this record since; take that away first.")


def _hanging(connection: sa.Connection, table: sa.Table, row: str) -> Iterable[tuple[str, str]]:
    """What would be deleted together with a row, in whatever room's tables."""
    for other in metadata.sorted_tables:
        for column in other.columns:
            if any(key.column is table.c.id and key.ondelete == "CASCADE" for key in column.foreign_keys):
                name = other.c.id if "id" in other.c else sa.literal("")
                for (one,) in connection.execute(sa.select(name).select_from(other).where(column == row)):
                    yield str(other.name), one


def _put_back(connection: sa.Connection, found: list[Was]) -> None:
    order = {table.name: at for at, table in enumerate(KEPT)}
    for was in sorted(found, key=lambda one: -order[one.table]):
        if was.before is None:
            table = metadata.tables[was.table]
            connection.execute(sa.delete(table).where(table.c.id == was.id))
    for was in sorted(found, key=lambda one: order[one.table]):
        table = metadata.tables[was.table]
        if was.before is None:
            continue
        if was.after is None:
            connection.execute(sa.insert(table).values(**was.before))
            continue
        values = {name: value for name, value in was.before.items() if name not in COMPUTED}
        if "version" in values:
            values["version"] = was.after["version"] + 1
        connection.execute(sa.update(table).where(table.c.id == was.id).values(**values))


def _people(connection: sa.Connection, found: Iterable[Was]) -> list[str]:
    """Whose rows these are."""
    people: dict[str, None] = {}
    for was in found:
        for row in (was.before, was.after):
            if row is None:
                continue
            if was.table == "persons":
                people[was.id] = None
            elif was.table == "transfers":
                continue
            elif was.table == "landmarks":
                whose = connection.execute(sa.select(cases.c.person).where(cases.c.id == row["case"])).scalar()
                if whose:
                    people[whose] = None
            else:
                people |= dict.fromkeys(row[name] for name in ("person", "source", "exposed") if name in row)
    return list(people)


def _plain(row: sa.RowMapping) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def _told(row: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {name: value for name, value in row.items() if name not in COMPUTED}


def _read(was: Was) -> Was:
    """With days as days again."""
    table = metadata.tables[was.table]

    def typed(row: dict[str, Any] | None) -> dict[str, Any] | None:
        return row and {
            name: date.fromisoformat(value) if value is not None and isinstance(table.c[name].type, sa.Date) else value
            for name, value in row.items()
        }

    return Was(was.table, was.id, typed(was.before), typed(was.after))
