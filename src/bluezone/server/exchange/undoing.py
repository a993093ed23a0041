"""Undoing a whole import, as long as nobody worked on its records since."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import msgspec
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
from bluezone.server.exchange.working import Undo

UNDO_SECONDS = 30 * 60
_TABLES = {table.name: table for table in (persons, cases, contacts, transfers)}
_LATE = ImportNotUndone("An import can be undone for 30 minutes; change the records one by one.", "late")
_WORKED = ImportNotUndone("Somebody worked on these records since; change them one by one.", "worked_on")


def undo_import(ground: Ground, connection: sa.Connection, account: Account, import_id: str) -> int:
    """Take everything back that an import brought; how many people's records that were.

    Raises AccessDenied, or ImportNotUndone when it is too late or somebody worked on one of the records.
    """
    row = find_import(connection, account, import_id, lock=True)
    if row.state != State.DONE or row.finished_at + UNDO_SECONDS <= ground.now():
        raise _LATE
    added, changed = _what(ground, connection, import_id)
    _check(connection, account, row.finished_at, added, changed)
    touched = _ends(connection, added["contacts"]) | {
        one if table == "persons" else before["person"]
        for table, one, before, _ in changed
        if table == "persons" or "person" in before
    }
    touched |= _patients(connection, [one for table, one, _, _ in changed if table == "cases"] + added["cases"])
    for table in (transfers, contacts, cases, persons):
        for some in parts(added[table.name]):
            connection.execute(sa.delete(table).where(table.c.id.in_(some)))
    for name, one, before, _ in reversed(changed):
        table = _TABLES[name]
        connection.execute(
            sa.update(table).where(table.c.id == one).values(**_typed(table, before), version=table.c.version + 1)
        )
    left = touched - set(added["persons"])
    for some in parts(left):
        touch(ground, connection, some)
    settle(connection, left)
    connection.execute(
        sa.update(imports).where(imports.c.id == import_id).values(state=State.UNDONE, worked_at=ground.now())
    )
    connection.execute(sa.update(import_rows).where(import_rows.c.import_id == import_id).values(undo=None))
    unit = home_desk(account, Action.WORK_CASES)
    count = len(left | set(added["persons"]))
    ground.note(connection, account, "import_undone", unit=unit, subject=import_id, people=str(count))
    return count


def _what(
    ground: Ground, connection: sa.Connection, import_id: str
) -> tuple[dict[str, list[str]], list[tuple[str, str, dict[str, Any], int]]]:
    added: defaultdict[str, list[str]] = defaultdict(list)
    changed = []
    c = import_rows.c
    query = sa.select(c.undo).where(c.import_id == import_id, c.undo.is_not(None)).order_by(c.number)
    for (sealed,) in connection.execute(query):
        undo = msgspec.msgpack.decode(ground.unseal(sealed), type=Undo)
        for table, one in undo.added:
            added[table].append(one)
        changed += undo.changed
    return added, changed


def _check(
    connection: sa.Connection,
    account: Account,
    finished_at: int,
    added: dict[str, list[str]],
    changed: list[tuple[str, str, dict[str, Any], int]],
) -> None:
    """Raises ImportNotUndone unless every row is as the import left it and nothing hangs on one that would go."""
    versions = {(table, one): 1 for table in ("persons", "cases", "contacts") for one in added[table]}
    versions |= {(table, one): version for table, one, _, version in changed}
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
    new, edges = set(added["contacts"]), set(added["cases"])
    for some in parts(added["persons"]):
        hangs = (
            (sa.select(contacts.c.id).where(contacts.c.source.in_(some)), new),
            (sa.select(contacts.c.id).where(contacts.c.exposed.in_(some)), new),
            (sa.select(cases.c.id).where(cases.c.person.in_(some)), edges),
            (sa.select(transfers.c.id).where(transfers.c.person.in_(some)), set(added["transfers"])),
        )
        for query, known in hangs:
            if any(one not in known for one in connection.execute(query).scalars()):
                raise _WORKED
    for some in parts(added["cases"]):
        if connection.execute(sa.select(landmarks.c.id).where(landmarks.c.case.in_(some)).limit(1)).first():
            raise _WORKED
    for some in parts(added["transfers"]):
        # Taken over as they were told: it was one's own commune.
        taken = sa.select(transfers.c.id).where(
            transfers.c.id.in_(some), transfers.c.taken_at.is_not(None), transfers.c.taken_by != account.id
        )
        if connection.execute(taken.limit(1)).first():
            raise _WORKED


def _ends(connection: sa.Connection, edges: list[str]) -> set[str]:
    found: set[str] = set()
    for some in parts(edges):
        query = sa.select(contacts.c.source, contacts.c.exposed).where(contacts.c.id.in_(some))
        found |= {end for row in connection.execute(query) for end in row}
    return found


def _patients(connection: sa.Connection, some_cases: list[str]) -> set[str]:
    found: set[str] = set()
    for some in parts(some_cases):
        found |= set(connection.execute(sa.select(cases.c.person).where(cases.c.id.in_(some))).scalars())
    return found


def _typed(table: sa.Table, before: dict[str, Any]) -> dict[str, Any]:
    """With days as days again."""
    return {
        name: date.fromisoformat(value) if isinstance(table.c[name].type, sa.Date) and value else value
        for name, value in before.items()
    }
