"""Making two records of one person one: chosen field by field, with everything that hangs on both, and undone whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action
from bluezone.server.casework.service import (
    Change,
    Ground,
    PersonData,
    cases,
    checked_person,
    contacts,
    find_person,
    person_values,
    persons,
    require_open,
    settle,
    tell_communes,
    touch,
)
from bluezone.server.database import metadata
from bluezone.server.exchange.errors import ImportNotUndone, MergeImpossible
from bluezone.server.exchange.imports import State, find_import
from bluezone.server.exchange.tables import import_rows, imports
from bluezone.server.exchange.undoing import UNDO_SECONDS

KIND = "merge"
"""What the import is called that keeps how the records were."""
FIELDS = ("name", "birth_year", "sex", "phone", "unit", "address", "work", "note")
_COMPUTED = {"level", "exposed_first", "exposed_last", "via", "changed_at"}

Key = tuple[str, tuple[str, ...]]
Rows = dict[Key, dict[str, Any]]


class Was(msgspec.Struct, frozen=True, array_like=True):
    """A row before and after; None where there was none."""

    table: str
    key: tuple[str, ...]
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Both:
    """Two records to be made one; `differing` are the fields in which they do not agree."""

    kept: sa.Row[Any]
    other: sa.Row[Any]
    differing: tuple[str, ...]


def compare(ground: Ground, connection: sa.Connection, account: Account, kept: str, other: str) -> Both:
    """Raises AccessDenied, RecordClosed, or MergeImpossible where both are the same record."""
    if kept == other:
        raise MergeImpossible("This is one record already.", "same_record")
    rows = [find_person(connection, account, Action.WORK_CASES, person) for person in (kept, other)]
    for row in rows:
        require_open(ground, connection, account, row)
    one, two = rows
    return Both(one, two, tuple(name for name in FIELDS if getattr(one, name) != getattr(two, name)))


def merge(
    ground: Ground,
    connection: sa.Connection,
    account: Account,
    kept: str,
    other: str,
    *,
    versions: tuple[int, int],
    take: Collection[str],
) -> tuple[str, list[Change]]:
    """Make `other` one with `kept`, whose fields in `take` become the other's; the merge's name, for undoing it.

    Raises AccessDenied, RecordClosed, RecordInvalid, or MergeImpossible where somebody changed a record meanwhile or
    both have an open case.
    """
    both = compare(ground, connection, account, kept, other)
    if (both.kept.version, both.other.version) != versions:
        raise MergeImpossible("Somebody changed one of the records meanwhile; compare them again.", "changed")
    open_cases = sa.select(cases.c.person).where(cases.c.person.in_([kept, other]), cases.c.closed_at.is_(None))
    if len(connection.execute(open_cases).all()) > 1:
        raise MergeImpossible("Both have an open case; close one of them first.", "two_cases")
    before = _snapshot(connection, [kept, other])
    touched = _around(connection, [kept, other])
    chosen = {name: getattr(both.other if name in take else both.kept, name) for name in FIELDS}
    data = checked_person(connection, PersonData(**chosen), ground.today())
    connection.execute(sa.delete(contacts).where(_between(kept, other)))
    _drop_repeated_contacts(connection, kept, other)
    _move(connection, kept, other)
    connection.execute(sa.delete(persons).where(persons.c.id == other))
    connection.execute(
        sa.update(persons)
        .where(persons.c.id == kept)
        .values(
            **person_values(data),
            version=both.kept.version + 1,
            household=both.kept.household or both.other.household,
            officer=both.kept.officer or both.other.officer,
            created_at=min(both.kept.created_at, both.other.created_at),
        )
    )
    touch(ground, connection, [kept])
    changes = settle(connection, touched - {other})
    tell_communes(ground, connection, account, changes)
    merge_id = _remember(ground, connection, account, before, _snapshot(connection, [kept]), kept)
    ground.note(connection, account, "persons_merged", unit=both.kept.unit, subject=kept, other=other)
    return merge_id, changes


def undo_merge(ground: Ground, connection: sa.Connection, account: Account, merge_id: str) -> str:
    """Make one record two again; the identifier of the one that was kept.

    Raises AccessDenied, or ImportNotUndone when it is too late or somebody worked on the record since.
    """
    row = find_import(connection, account, merge_id, lock=True, kinds=[KIND])
    if row.state != State.DONE or row.finished_at + UNDO_SECONDS <= ground.now():
        raise ImportNotUndone("Records can be made two again for 30 minutes.", "late")
    kept = connection.execute(
        sa.select(import_rows.c.person, import_rows.c.undo).where(import_rows.c.import_id == merge_id)
    ).one()
    person = find_person(connection, account, Action.WORK_CASES, kept.person)
    found = [_typed(was) for was in msgspec.msgpack.decode(ground.unseal(kept.undo), type=list[Was])]
    now = _snapshot(connection, [kept.person])
    after = {(was.table, was.key): was.after for was in found if was.after is not None}
    known = {key for key in now if key in after}
    if any(_told(now.get(key)) != _told(row) for key, row in after.items()) or len(known) != len(now):
        raise ImportNotUndone("Somebody worked on this record since; change it by hand.", "worked_on")
    _put_back(connection, found)
    back = [was.key[0] for was in found if was.table == "persons" and was.before is not None]
    touch(ground, connection, back)
    settle(connection, _around(connection, back))
    connection.execute(sa.update(imports).where(imports.c.id == merge_id).values(state=State.UNDONE))
    ground.note(connection, account, "merge_undone", unit=person.unit, subject=kept.person)
    return str(kept.person)


def _between(one: str, other: str) -> sa.ColumnElement[bool]:
    c = contacts.c
    return sa.or_(sa.and_(c.source == one, c.exposed == other), sa.and_(c.source == other, c.exposed == one))


def _drop_repeated_contacts(connection: sa.Connection, kept: str, other: str) -> None:
    """A contact that both records have with the same person and last day stays once."""
    c = contacts.c
    query = sa.select(c.id, c.source, c.exposed, c.last_day)
    mine = {
        ({row.source, row.exposed} - {kept}).pop(): row
        for row in connection.execute(query.where(sa.or_(c.source == kept, c.exposed == kept)))
    }
    have = {(who, row.last_day) for who, row in mine.items()}
    for row in connection.execute(query.where(sa.or_(c.source == other, c.exposed == other))).all():
        if (({row.source, row.exposed} - {other}).pop(), row.last_day) in have:
            connection.execute(sa.delete(contacts).where(c.id == row.id))


def _pointing() -> Iterable[tuple[sa.Table, sa.Column[Any]]]:
    """Every column of whatever room that names a person, and goes when the person does."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if any(key.column is persons.c.id for key in column.foreign_keys):
                yield table, column


def _move(connection: sa.Connection, kept: str, other: str) -> None:
    """Everything that hangs on `other` hangs on `kept` from now on; where both have it, what `kept` has stays."""
    for table, column in _pointing():
        rest = [one for one in table.primary_key.columns if one is not column]
        condition = column == other
        if column.primary_key:
            mine = table.alias("mine")
            same = [mine.c[one.name] == one for one in rest]
            there = sa.select(sa.literal(1)).select_from(mine).where(mine.c[column.name] == kept, *same)
            condition = sa.and_(condition, ~sa.exists(there.correlate(table)))
        connection.execute(sa.update(table).where(condition).values({column.name: kept}))


def _snapshot(connection: sa.Connection, people: Collection[str]) -> Rows:
    """Every row that belongs to these people, of whatever room."""
    found: Rows = {}

    def take(table: sa.Table, condition: sa.ColumnElement[bool]) -> None:
        keys = list(table.primary_key.columns)
        for row in connection.execute(sa.select(table).where(condition)).mappings():
            found[str(table.name), tuple(_text(row[key.name]) for key in keys)] = {
                str(name): bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()
            }

    take(persons, persons.c.id.in_(people))
    for table, column in _pointing():
        take(table, column.in_(people))
    return found


def _around(connection: sa.Connection, people: Collection[str]) -> set[str]:
    c = contacts.c
    query = sa.select(c.source, c.exposed).where(c.source.in_(people) | c.exposed.in_(people))
    return {end for row in connection.execute(query) for end in row} | set(people)


def _remember(ground: Ground, connection: sa.Connection, account: Account, before: Rows, after: Rows, kept: str) -> str:
    found = [Was(table, key, before.get((table, key)), after.get((table, key))) for table, key in {**before, **after}]
    merge_id, now = ground.id(), ground.now()
    connection.execute(
        sa.insert(imports).values(
            id=merge_id,
            account=account.id,
            kind=KIND,
            name="",
            state=State.DONE,
            total=1,
            done=1,
            said=ground.seal(b""),
            created_at=now,
            worked_at=now,
            finished_at=now,
            failure="",
        )
    )
    connection.execute(
        sa.insert(import_rows).values(
            import_id=merge_id,
            number=1,
            entry=ground.seal(b""),
            verdict="",
            choice="",
            outcome="changed",
            person=kept,
            undo=ground.seal(msgspec.msgpack.encode(found)),
        )
    )
    return merge_id


def _put_back(connection: sa.Connection, found: list[Was]) -> None:
    order = {table.name: at for at, table in enumerate(metadata.sorted_tables)}
    for was in sorted(found, key=lambda one: order[one.table]):
        if was.before is not None and was.after is None:
            connection.execute(sa.insert(metadata.tables[was.table]).values(**was.before))
        elif was.before is not None and was.after is not None and was.table != "persons":
            connection.execute(_at(sa.update, was).values(**was.before))
        elif was.before is not None and was.after is not None:
            values = {name: value for name, value in was.before.items() if name not in _COMPUTED}
            values["version"] = was.after["version"] + 1
            connection.execute(_at(sa.update, was).values(**values))
    for was in sorted(found, key=lambda one: -order[one.table]):
        if was.before is None:
            connection.execute(_at(sa.delete, was))


def _at(verb: Any, was: Was) -> Any:
    table = metadata.tables[was.table]
    row = was.after or was.before or {}
    return verb(table).where(*(key == row[key.name] for key in table.primary_key.columns))


def _told(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {name: value for name, value in row.items() if name not in _COMPUTED}


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _typed(was: Was) -> Was:
    """With days as days again."""
    table = metadata.tables[was.table]

    def typed(row: dict[str, Any] | None) -> dict[str, Any] | None:
        return row and {
            name: date.fromisoformat(value) if value is not None and isinstance(table.c[name].type, sa.Date) else value
            for name, value in row.items()
        }

    return Was(was.table, was.key, typed(was.before), typed(was.after))
