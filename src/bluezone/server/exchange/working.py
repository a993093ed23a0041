"""Working on the rows of an import, some hundreds in one transaction, so that nothing is ever done twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, roots
from bluezone.server.accounts.people import read_account
from bluezone.server.casework.service import (
    CaseData,
    Ground,
    PersonData,
    case_row,
    cases,
    contact_row,
    contacts,
    home_desk,
    next_number,
    person_row,
    person_values,
    persons,
    reachable,
    settle,
    tell_communes,
    touch,
)
from bluezone.server.exchange.entries import Entry, Verdict
from bluezone.server.exchange.imports import State, decode
from bluezone.server.exchange.matching import parts
from bluezone.server.exchange.tables import import_rows, imports
from bluezone.server.followup.service import Entry as Visited
from bluezone.server.followup.service import Source, followups, insert_entries

BATCH = 500


class Undo(msgspec.Struct, array_like=True):
    """What a row changed: rows that are new, by table, and rows as they were with the version they have now."""

    added: list[tuple[str, str]] = []
    changed: list[tuple[str, str, dict[str, Any], int]] = []

    def new(self, table: str) -> list[str]:
        """The new rows of a table."""
        return [one for name, one in self.added if name == table]

    def ids(self, table: str) -> list[str]:
        """The new and the changed rows of a table."""
        return self.new(table) + [one for name, one, _, _ in self.changed if name == table]


@dataclass
class _Row:
    """A row that is worked on."""

    number: int
    entry: Entry
    choice: str
    outcome: str
    person: str | None
    undo: Undo = field(default_factory=Undo)
    dirty: bool = False


def work(ground: Ground, connection: sa.Connection, import_id: str) -> bool:
    """Work on the next rows of a running import; whether there are more.

    Whoever works on the same import meanwhile waits, and finds the rows that are still to be done.
    """
    lock = sa.select(imports).where(imports.c.id == import_id).with_for_update()
    row = connection.execute(lock).one_or_none()
    if row is None or row.state != State.RUNNING:
        return False
    account = read_account(connection, row.account)
    if account is None or account.closed_at is not None or not roots(account, Action.WORK_CASES):
        _stop(ground, connection, row, "access_denied")
        return False
    batch = _Batch(ground, connection, account, import_id)
    count = batch.run()
    if count:
        connection.execute(
            sa.update(imports)
            .where(imports.c.id == import_id)
            .values(done=imports.c.done + count, worked_at=ground.now())
        )
        return True
    _settle(ground, connection, account, import_id)
    _end(ground, connection, row, State.DONE)
    _note(ground, connection, account, row)
    return False


def _settle(ground: Ground, connection: sa.Connection, account: Account, import_id: str) -> None:
    """Compute the levels of all whom the import touched, at once: in a big outbreak each batch would ask for all."""
    undo = what_changed(ground, connection, import_id)
    told = tell_communes(ground, connection, account, settle(connection, touched_by(connection, undo)))
    if told:
        c = import_rows.c
        first = connection.execute(
            sa.select(c.number, c.undo).where(c.import_id == import_id, c.undo.is_not(None)).order_by(c.number).limit(1)
        ).one()
        kept = msgspec.msgpack.decode(ground.unseal(first.undo), type=Undo)
        kept.added += [("transfers", one) for one in told]
        connection.execute(
            sa.update(import_rows)
            .where(c.import_id == import_id, c.number == first.number)
            .values(undo=ground.seal(msgspec.msgpack.encode(kept)))
        )


def what_changed(ground: Ground, connection: sa.Connection, import_id: str) -> Undo:
    """What all rows of an import changed until now."""
    undo, c = Undo(), import_rows.c
    query = sa.select(c.undo).where(c.import_id == import_id, c.undo.is_not(None)).order_by(c.number)
    for (sealed,) in connection.execute(query):
        one = msgspec.msgpack.decode(ground.unseal(sealed), type=Undo)
        undo.added += one.added
        undo.changed += one.changed
    return undo


def touched_by(connection: sa.Connection, undo: Undo) -> set[str]:
    """Everybody of whom a record, a case or a contact changed."""
    return set(undo.ids("persons")) | _ends(connection, undo.ids("contacts")) | _patients(connection, undo.ids("cases"))


def _ends(connection: sa.Connection, edges: Iterable[str]) -> set[str]:
    """Who met in these contacts."""
    found: set[str] = set()
    for some in parts(edges):
        query = sa.select(contacts.c.source, contacts.c.exposed).where(contacts.c.id.in_(some))
        found |= {end for row in connection.execute(query) for end in row}
    return found


def _patients(connection: sa.Connection, some_cases: Iterable[str]) -> set[str]:
    """Whose cases these are."""
    found: set[str] = set()
    for some in parts(some_cases):
        found |= set(connection.execute(sa.select(cases.c.person).where(cases.c.id.in_(some))).scalars())
    return found


def fail(ground: Ground, connection: sa.Connection, import_id: str) -> None:
    """Leave a running import where it is."""
    row = connection.execute(sa.select(imports).where(imports.c.id == import_id).with_for_update()).one_or_none()
    if row is not None and row.state == State.RUNNING:
        _stop(ground, connection, row, "internal_error")


def _stop(ground: Ground, connection: sa.Connection, row: Any, failure: str) -> None:
    """What is done stays, with its levels computed; nobody is told of it."""
    settle(connection, touched_by(connection, what_changed(ground, connection, row.id)))
    _end(ground, connection, row, State.FAILED, failure)


def _end(ground: Ground, connection: sa.Connection, row: Any, state: State, failure: str = "") -> None:
    connection.execute(
        sa.update(imports)
        .where(imports.c.id == row.id)
        .values(state=state, finished_at=ground.now(), worked_at=ground.now(), failure=failure)
    )


def _note(ground: Ground, connection: sa.Connection, account: Account, row: Any) -> None:
    c = import_rows.c
    query = sa.select(c.outcome, sa.func.count()).where(c.import_id == row.id).group_by(c.outcome)
    told = {outcome: str(count) for outcome, count in connection.execute(query)}
    unit = home_desk(account, Action.WORK_CASES)
    ground.note(connection, account, "imported", unit=unit, subject=row.id, kind=row.kind, rows=str(row.total), **told)


class _Batch:
    def __init__(self, ground: Ground, connection: sa.Connection, account: Account, import_id: str) -> None:
        self._ground, self._connection, self._account = ground, connection, account
        self._import_id = import_id
        self._desk = home_desk(account, Action.WORK_CASES)
        self._loaded: dict[int, _Row] = {}
        self._touched: dict[str, None] = {}
        self._people: dict[str, Any] = {}

    def run(self) -> int:
        """How many rows were worked on."""
        c = import_rows.c
        query = sa.select(import_rows).where(c.import_id == self._import_id, c.outcome == "")
        rows = self._load(self._connection.execute(query.order_by(c.number).limit(BATCH)).all())
        if not rows:
            return 0
        self._load_others(rows)
        self._read_people()
        self._place(list(self._loaded.values()), {row.number for row in rows})
        todo = [row for row in rows if not row.outcome]
        self._put_cases(todo)
        self._put_contacts(todo)
        self._put_visits(todo)
        for row in todo:
            row.outcome = row.outcome or self._outcome(row)
        for some in parts(self._touched):
            touch(self._ground, self._connection, some)
        self._save()
        return len(rows)

    def _load(self, rows: Iterable[Any]) -> list[_Row]:
        found = []
        for row in rows:
            if row.number not in self._loaded:
                undo = Undo() if row.undo is None else msgspec.msgpack.decode(self._ground.unseal(row.undo), type=Undo)
                self._loaded[row.number] = _Row(
                    row.number, decode(self._ground, row.entry), row.choice, row.outcome, row.person, undo
                )
            found.append(self._loaded[row.number])
        return found

    def _load_others(self, rows: list[_Row]) -> None:
        """The rows whom these name: as the same person, or as source of a contact."""
        edge = rows
        while wanted := {number for row in edge for number in _named(row)} - self._loaded.keys():
            found: list[Any] = []
            for some in parts(wanted):
                c = import_rows.c
                query = sa.select(import_rows).where(c.import_id == self._import_id, c.number.in_(some))
                found += self._connection.execute(query).all()
            if not found:
                return
            edge = self._load(found)

    def _read_people(self) -> None:
        """Everybody on record whom the rows mean and the account still reaches."""
        wanted = {one for row in self._loaded.values() for one in (_target(row), row.entry.source, row.person) if one}
        may = reachable(self._account, Action.WORK_CASES)
        for some in parts(wanted):
            for row in self._connection.execute(sa.select(persons).where(persons.c.id.in_(some), may)):
                self._people[row.id] = row

    def _place(self, rows: list[_Row], own: set[int]) -> None:
        """Say who each row is: somebody on record, who another row is, or somebody new."""
        new: list[dict[str, Any]] = []
        waiting = []
        for row in sorted(rows, key=lambda row: row.number):
            if row.person is not None:
                continue
            if why := self._why_left(row, set()):
                if row.number in own:
                    row.outcome, row.dirty = why, True
            elif target := _target(row):
                row.person, row.dirty = target, True
            elif _same_row(row):
                waiting.append(row)
            else:
                values = person_row(self._ground, self._desk, row.entry.data)
                new.append(values)
                row.undo.added.append(("persons", values["id"]))
                row.person, row.dirty = values["id"], True
        if new:
            self._connection.execute(sa.insert(persons), new)
        for row in waiting:
            row.person, row.dirty = self._loaded[_same_row(row)].person, True
        for row in rows:
            if row.number in own and row.person in self._people and not row.outcome:
                self._fill(row)

    def _why_left(self, row: _Row, asked: set[int]) -> str:
        """Why a row is not taken: by itself, or because a row that it needs is not; nothing where it is."""
        if row.person is not None or row.number in asked:
            return ""
        if row.outcome:
            return row.outcome
        if left := _left(row):
            return left
        asked = asked | {row.number}
        if (target := _target(row)) and target not in self._people:
            return "gone"
        for number, why in ((_same_row(row), "other_row_left"), (row.entry.source_row, "source_left")):
            if number and (number not in self._loaded or self._why_left(self._loaded[number], asked)):
                return why
        return "source_left" if row.entry.source and row.entry.source not in self._people else ""

    def _fill(self, row: _Row) -> None:
        """What the record lacks, and what the official said that the file knows better."""
        held = self._people[row.person or ""]
        data = {name: getattr(held, name) for name in PersonData.__slots__}
        wanted = set(row.entry.fills) | (set(row.entry.conflicts) if row.choice == "take" else set())
        if row.choice == "take" and held.version != row.entry.version:
            row.outcome = "changed_meanwhile"
            return
        for name in wanted & data.keys():
            if name in row.entry.conflicts or data[name] in {None, ""}:
                data[name] = getattr(row.entry, name)
        values = person_values(PersonData(**data))
        before = {name: getattr(held, name) for name in values}
        changed = {name for name in values if values[name] != _plain(before[name])}
        if changed:
            self._update(row, persons, held, {name: values[name] for name in changed})
            again = sa.select(persons).where(persons.c.id == held.id)
            self._people[held.id] = self._connection.execute(again).one()
            self._touched[held.id] = None

    def _update(self, row: _Row, table: sa.Table, held: Any, values: dict[str, Any]) -> None:
        version = held.version + 1
        self._connection.execute(sa.update(table).where(table.c.id == held.id).values(version=version, **values))
        row.undo.changed.append(
            (str(table.name), held.id, {name: _plain(getattr(held, name)) for name in values}, version)
        )
        row.dirty = True

    def _put_cases(self, rows: list[_Row]) -> None:
        with_case = [row for row in rows if row.entry.case is not None and row.person is not None and not row.outcome]
        if not with_case:
            return
        open_: dict[str, Any] = {}
        for some in parts({row.person for row in with_case}):
            for held in self._connection.execute(sa.select(cases).where(cases.c.person.in_(some))):
                if held.closed_at is None or held.id in {row.entry.known_case for row in with_case}:
                    open_[held.person] = held
        number = next_number(self._connection)
        new: list[dict[str, Any]] = []
        for row in with_case:
            assert row.person is not None and row.entry.case is not None  # noqa: PT018
            if (held_case := open_.get(row.person)) is not None:
                self._fill_case(row, held_case)
                continue
            said = row.entry.case
            data = CaseData(said.status, said.onset, said.test_date, said.isolated_on, said.reference)
            known = row.person in self._people and self._people[row.person].level is not None
            values = case_row(self._ground, number, row.person, data, known_contact=known) | {
                "traced_at": None,
                "closed_at": None,
            }
            number += 1
            new.append(values)
            open_[row.person] = _Held(values)
            row.undo.added.append(("cases", values["id"]))
            self._touched[row.person] = None
            row.dirty = True
        if new:
            self._connection.execute(sa.insert(cases), new)

    def _fill_case(self, row: _Row, held: Any) -> None:
        said = row.entry.case
        if said is None or isinstance(held, _Held):
            return
        if row.choice == "take" and held.version != row.entry.case_version:
            row.outcome = "changed_meanwhile"
            return
        values = {}
        for name in ("status", "onset", "test_date", "isolated_on", "reference"):
            value = getattr(said, name)
            fills = name in row.entry.fills and (getattr(held, name) in {None, ""} or name == "status")
            takes = name in row.entry.conflicts and row.choice == "take"
            if (fills or takes) and value != getattr(held, name):
                values[name] = value
        if values:
            self._update(row, cases, held, values | {"changed_at": self._ground.now()})
            self._touched[held.person] = None

    def _put_contacts(self, rows: list[_Row]) -> None:
        wanted: list[tuple[_Row, str, str]] = []
        for row in rows:
            if row.entry.contact is None or row.person is None or row.outcome:
                continue
            source = row.entry.source or self._loaded[row.entry.source_row].person
            if source is None:  # its own source is this row
                row.outcome = "source_left"
            elif source == row.person:
                row.outcome = "met_themselves"
            else:
                wanted.append((row, source, row.person))
        met = self._met({row.person for row, _, _ in wanted if row.person} | {source for _, source, _ in wanted})
        new = []
        for row, source, exposed in wanted:
            said = row.entry.contact
            assert said is not None
            if (source, exposed, said.last_day) in met:
                continue
            values = {
                "first_day": said.first_day,
                "last_day": said.last_day,
                "closeness": said.closeness,
                "origin": said.origin,
                "place": said.place,
                "landmark": None,
                "note": "",
            }
            edge = contact_row(self._ground, self._account, source, exposed, values, confirmed=False)
            new.append(edge)
            met |= {(source, exposed, said.last_day), (exposed, source, said.last_day)}
            row.undo.added.append(("contacts", edge["id"]))
            self._touched |= {source: None, exposed: None}
            row.dirty = True
        if new:
            self._connection.execute(sa.insert(contacts), new)

    def _put_visits(self, rows: list[_Row]) -> None:
        first: dict[tuple[str, date], tuple[_Row, Visited]] = {}
        for row in rows:
            if row.entry.visit is None or row.person is None or row.outcome:
                continue
            said = row.entry.visit
            visited = Visited(row.person, said.day, said.result, said.temperature, row.entry.note)
            if (row.person, said.day) not in first:
                first[row.person, said.day] = row, visited
            elif first[row.person, said.day][1] != visited:
                row.outcome = "differs_left"
        there = {
            (held.person, held.day)
            for some in parts({person for person, _ in first})
            for held in self._connection.execute(
                sa.select(followups.c.person, followups.c.day).where(followups.c.person.in_(some))
            )
        }
        made = insert_entries(
            self._ground,
            self._connection,
            self._account,
            [visited for _, visited in first.values()],
            source=Source.IMPORT,
        )
        differing = {(one.person, one.day) for one in made.differing}
        for key, (row, _) in first.items():
            if key in differing:
                row.outcome = "differs_left"
            elif key not in there:
                row.undo.added.append(("followups", f"{key[0]} {key[1].isoformat()}"))

    def _met(self, people: Collection[str]) -> set[tuple[str, str, date]]:
        found = set()
        c = contacts.c
        for some in parts(people):
            for row in self._connection.execute(sa.select(c.source, c.exposed, c.last_day).where(c.exposed.in_(some))):
                found |= {(row.source, row.exposed, row.last_day), (row.exposed, row.source, row.last_day)}
        return found

    def _outcome(self, row: _Row) -> str:
        row.dirty = True
        if any(table == "persons" for table, _ in row.undo.added):
            self._touched[row.person or ""] = None
            return "added"
        if row.undo.added or row.undo.changed:
            return "changed"
        return "unchanged"

    def _save(self) -> None:
        encode = msgspec.msgpack.Encoder().encode
        c = import_rows.c
        self._connection.execute(
            sa.update(import_rows)
            .where(c.import_id == self._import_id, c.number == sa.bindparam("row"))
            .values(outcome=sa.bindparam("became"), person=sa.bindparam("who"), undo=sa.bindparam("back")),
            [
                {
                    "row": row.number,
                    "became": row.outcome,
                    "who": row.person,
                    "back": self._ground.seal(encode(row.undo)) if row.undo.added or row.undo.changed else None,
                }
                for row in self._loaded.values()
                if row.dirty or row.outcome
            ],
        )


class _Held:
    """A case that this batch put in."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.id = values["id"]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _named(row: _Row) -> set[int]:
    return {number for number in (row.entry.source_row, _same_row(row)) if number}


def _target(row: _Row) -> str:
    """Who on record a row is, by itself or because an official said so."""
    return row.choice.removeprefix("same:") if row.choice.startswith("same:") else row.entry.person


def _same_row(row: _Row) -> int:
    return int(row.choice.removeprefix("row:")) if row.choice.startswith("row:") else row.entry.same_row


def _left(row: _Row) -> str:
    """Why a row is not taken; nothing where it is."""
    if row.entry.flaws:
        return "fault"
    if row.choice == "skip":
        return "skipped"
    return "undecided" if row.entry.verdict is Verdict.ALIKE and not row.choice else ""
