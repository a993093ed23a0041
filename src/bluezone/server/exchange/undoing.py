"""Undoing a whole import, as long as nobody worked on its records since."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action
from bluezone.server.casework.service import (
    Ground,
    cases,
    contacts,
    home_desk,
    landmarks,
    persons,
    reachable,
    settle,
    touch,
    transfers,
)
from bluezone.server.exchange.errors import ImportNotUndone
from bluezone.server.exchange.imports import State, find_import
from bluezone.server.exchange.matching import parts
from bluezone.server.exchange.tables import import_rows, imports
from bluezone.server.exchange.working import Undo, touched_by, what_changed
from bluezone.server.followup.service import followups

UNDO_SECONDS = 30 * 60
_TABLES = {table.name: table for table in (persons, cases, contacts, transfers)}
_LATE = ImportNotUndone("An import can be undone for 30 minutes; change the records one by one.", "late")
_WORKED = ImportNotUndone("Somebody worked on these records since; change them one by one.", "worked_on")


def undo_import(ground: Ground, connection: sa.Connection, account: Account, import_id: str) -> int:
    """Take everything back that an import brought; how many people's records that were.

    Raises AccessDenied, or ImportNotUndone when it is too late or somebody worked on one of the records.
    """
    row = find_import(connection, account, import_id, lock=True)
    if row.state not in {State.DONE, State.FAILED} or row.finished_at + UNDO_SECONDS <= ground.now():
        raise _LATE
    undo = what_changed(ground, connection, import_id)
    _check(connection, account, row.finished_at, undo)
    new = set(undo.new("persons"))
    left = touched_by(connection, undo) - new
    for one in undo.new("followups"):
        person, _, day = one.partition(" ")
        here = followups.c.person == person, followups.c.day == date.fromisoformat(day)
        connection.execute(sa.delete(followups).where(*here))
        left.add(person)
    for table in (transfers, contacts, cases, persons):
        for some in parts(undo.new(table.name)):
            connection.execute(sa.delete(table).where(table.c.id.in_(some)))
    for name, one, before, _ in reversed(undo.changed):
        table = _TABLES[name]
        connection.execute(
            sa.update(table).where(table.c.id == one).values(**_typed(table, before), version=table.c.version + 1)
        )
    for some in parts(left):
        touch(ground, connection, some)
    settle(connection, left)
    connection.execute(
        sa.update(imports).where(imports.c.id == import_id).values(state=State.UNDONE, worked_at=ground.now())
    )
    connection.execute(sa.update(import_rows).where(import_rows.c.import_id == import_id).values(undo=None))
    unit = home_desk(account, Action.WORK_CASES)
    count = len(left | new)
    ground.note(connection, account, "import_undone", unit=unit, subject=import_id, people=str(count))
    return count


def _check(connection: sa.Connection, account: Account, finished_at: int, undo: Undo) -> None:
    """Raises ImportNotUndone unless every row is as the import left it and nothing hangs on one that would go."""
    versions = {(table, one): 1 for table in ("persons", "cases", "contacts") for one in undo.new(table)}
    versions |= {(table, one): version for table, one, _, version in undo.changed}
    may = reachable(account, Action.WORK_CASES)
    for name in ("persons", "cases", "contacts"):
        table = _TABLES[name]
        for some in parts(one for known, one in versions if known == name):
            query = sa.select(table.c.id, table.c.version, table.c.changed_at).where(table.c.id.in_(some))
            rows = connection.execute(query.where(may) if table is persons else query).all()
            if len(rows) != len(some):
                raise _WORKED
            if any(row.version != versions[name, row.id] or row.changed_at > finished_at for row in rows):
                raise _WORKED
    _check_hanging(connection, account, undo)
    visited = {one.partition(" ")[0] for one in undo.new("followups")}
    for some in parts(visited):
        # Whoever worked on them since, entered another result for instance, moved this on.
        query = sa.select(persons.c.id).where(persons.c.id.in_(some), persons.c.changed_at <= finished_at, may)
        if len(connection.execute(query).all()) != len(some):
            raise _WORKED


def _check_hanging(connection: sa.Connection, account: Account, undo: Undo) -> None:
    """Raises ImportNotUndone when something that others brought would go too."""
    known_of = {table: set(undo.new(table)) for table in ("cases", "contacts", "transfers")}
    for some in parts(undo.new("persons")):
        hangs = (
            (sa.select(contacts.c.id).where(contacts.c.source.in_(some)), known_of["contacts"]),
            (sa.select(contacts.c.id).where(contacts.c.exposed.in_(some)), known_of["contacts"]),
            (sa.select(cases.c.id).where(cases.c.person.in_(some)), known_of["cases"]),
            (sa.select(transfers.c.id).where(transfers.c.person.in_(some)), known_of["transfers"]),
        )
        for query, known in hangs:
            if any(one not in known for one in connection.execute(query).scalars()):
                raise _WORKED
    for some in parts(undo.new("cases")):
        if connection.execute(sa.select(landmarks.c.id).where(landmarks.c.case.in_(some)).limit(1)).first():
            raise _WORKED
    for some in parts(undo.new("transfers")):
        # Taken over as they were told: it was one's own commune.
        taken = sa.select(transfers.c.id).where(
            transfers.c.id.in_(some), transfers.c.taken_at.is_not(None), transfers.c.taken_by != account.id
        )
        if connection.execute(taken.limit(1)).first():
            raise _WORKED


def _typed(table: sa.Table, before: dict[str, Any]) -> dict[str, Any]:
    """With days as days again."""
    return {
        name: date.fromisoformat(value) if isinstance(table.c[name].type, sa.Date) and value else value
        for name, value in before.items()
    }
