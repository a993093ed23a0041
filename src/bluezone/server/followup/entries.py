"""Entering what became of somebody on a day, correcting it, taking it back; each earlier version is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bluezone.server.accounts.access import Account, Action
from bluezone.server.accounts.tables import accounts
from bluezone.server.casework.service import (
    KEEP_DAYS,
    Ground,
    UndoImpossible,
    find_person,
    persons,
    require_open,
    touch,
)
from bluezone.server.followup.errors import FollowUpChanged, FollowUpDayImpossible, NoteTooLong, ResultUnknown
from bluezone.server.followup.tables import LONGEST_NOTE, followup_history, followups
from bluezone.server.followup.terms import Result, Source

_AT_ONCE = 500
_TOLD = ("result", "temperature", "note")


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of a person on a day; `temperature` in tenths of °C."""

    person: str
    day: date
    result: str
    temperature: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Inserted:
    """What became of many entries: how many are new, how many were there already, and which say something else."""

    added: int
    same: int
    differing: list[Entry]


def checked_entry(entry: Entry, today: date) -> Entry:
    """The entry, cleaned. Raises ResultUnknown, NoteTooLong or FollowUpDayImpossible."""
    if entry.result not in list(Result):
        raise ResultUnknown("Choose one of the seven results.")
    note = " ".join(entry.note.replace("\0", "").split())
    if len(note) > LONGEST_NOTE:
        raise NoteTooLong(f"A note has {LONGEST_NOTE} letters at most; put the rest into the person's record.")
    if not today - timedelta(days=KEEP_DAYS) < entry.day <= today:
        raise FollowUpDayImpossible("Results are entered for today and for days gone by, up to 90 days ago.")
    return Entry(entry.person, entry.day, str(Result(entry.result)), entry.temperature, note)


def enter(
    ground: Ground, connection: sa.Connection, account: Account, entry: Entry, version: int, source: Source
) -> sa.Row[Any]:
    """Enter a result over the version that the official saw (0: none); returns the row as it is then.

    The same entry again changes nothing, so that what was sent twice is kept once. Raises AccessDenied, RecordClosed,
    what `checked_entry` raises, or FollowUpChanged when somebody else entered something else meanwhile.
    """
    person = find_person(connection, account, Action.WORK_CASES, entry.person)
    require_open(ground, connection, account, person)
    entry = checked_entry(entry, ground.today())
    before = find_entry(connection, entry.person, entry.day)
    if before is not None and _told(before) == _told(entry):
        return before
    if version != (0 if before is None else before.version):
        raise _changed(before)
    values = {
        "result": entry.result,
        "temperature": entry.temperature,
        "note": entry.note,
        "by": account.id,
        "at": ground.now(),
        "source": str(source),
        "corrects": None if before is None else before.version,
    }
    if before is None:
        _insert(connection, entry, values)
    else:
        _replace(connection, before, values)
    touch(ground, connection, [entry.person])
    ground.note(connection, account, "followed_up", unit=person.unit, subject=entry.person, day=entry.day.isoformat())
    made = find_entry(connection, entry.person, entry.day)
    assert made is not None
    return made


def undo_entry(
    ground: Ground, connection: sa.Connection, account: Account, person: str, day: date, version: int
) -> sa.Row[Any] | None:
    """Take back one's own entry, as long as it is the latest; returns what is there then.

    Raises AccessDenied, RecordClosed, UndoImpossible for somebody else's, FollowUpChanged for one that is not there.
    """
    row = find_person(connection, account, Action.WORK_CASES, person)
    require_open(ground, connection, account, row)
    now = find_entry(connection, person, day)
    if now is None or now.version != version:
        raise _changed(now)
    if now.by != account.id:
        raise UndoImpossible("Whoever entered a result takes it back; correct it by entering another one.")
    if now.corrects is None:
        _keep(connection, now)
        gone = sa.delete(followups).where(*_at(person, day), followups.c.version == version)
        if connection.execute(gone).rowcount == 0:
            raise _changed(find_entry(connection, person, day))
    else:
        c = followup_history.c
        older = connection.execute(
            sa.select(followup_history).where(c.person == person, c.day == day, c.version == now.corrects)
        ).one()
        _replace(connection, now, {name: getattr(older, name) for name in (*_TOLD, "by", "at", "source", "corrects")})
    touch(ground, connection, [person])
    ground.note(connection, account, "follow_up_undone", unit=row.unit, subject=person, day=day.isoformat())
    return find_entry(connection, person, day)


def find_entry(connection: sa.Connection, person: str, day: date) -> sa.Row[Any] | None:
    """What is entered for a person and day, with `author`, the name of whoever entered it."""
    authors = followups.outerjoin(accounts, accounts.c.id == followups.c.by)
    query = sa.select(followups, accounts.c.name.label("author")).select_from(authors)
    return connection.execute(query.where(*_at(person, day))).one_or_none()


def insert_entries(
    ground: Ground, connection: sa.Connection, account: Account, entries: Sequence[Entry], *, source: Source
) -> Inserted:
    """Put in many entries of people whom the caller has found to be in reach; never over what is there.

    One of a person and day. No event is written: whoever brings them in writes one. Raises what `checked_entry` raises.
    """
    today, now = ground.today(), ground.now()
    checked = [checked_entry(entry, today) for entry in entries]
    there = _entries_of(connection, {entry.person for entry in checked})
    gone = _last_versions(connection, {entry.person for entry in checked})
    rows, same, differing = [], 0, []
    for entry in checked:
        before = there.get((entry.person, entry.day))
        if before is None:
            rows.append(
                {
                    "person": entry.person,
                    "day": entry.day,
                    "result": entry.result,
                    "temperature": entry.temperature,
                    "note": entry.note,
                    "by": account.id,
                    "at": now,
                    "source": str(source),
                    "version": gone.get((entry.person, entry.day), 0) + 1,
                    "corrects": None,
                }
            )
        elif _told(before) == _told(entry):
            same += 1
        else:
            differing.append(entry)
    for part in _parts(rows):
        connection.execute(sa.insert(followups), part)
    for people in _parts(sorted({row["person"] for row in rows})):
        touch(ground, connection, people)
    return Inserted(len(rows), same, differing)


def entries_since(
    connection: sa.Connection, within: sa.ColumnElement[bool], since: int | None = None
) -> Iterator[sa.Row[Any]]:
    """Every entry of people of whom `within` (a condition on `persons`) holds, made since then (Unix seconds)."""
    query = sa.select(followups).join(persons, persons.c.id == followups.c.person).where(within)
    if since is not None:
        query = query.where(followups.c.at >= since)
    yield from connection.execute(query.order_by(followups.c.person, followups.c.day))


def _insert(connection: sa.Connection, entry: Entry, values: dict[str, Any]) -> None:
    last = _last_versions(connection, {entry.person}).get((entry.person, entry.day), 0)
    row = values | {"person": entry.person, "day": entry.day, "version": last + 1}
    if not _insert_unless_there(connection, followups, row):
        raise _changed(find_entry(connection, entry.person, entry.day))


def _replace(connection: sa.Connection, before: sa.Row[Any], values: dict[str, Any]) -> None:
    _keep(connection, before)
    done = connection.execute(
        sa.update(followups)
        .where(*_at(before.person, before.day), followups.c.version == before.version)
        .values(version=before.version + 1, **values)
    )
    if done.rowcount == 0:
        raise _changed(find_entry(connection, before.person, before.day))


def _keep(connection: sa.Connection, row: sa.Row[Any]) -> None:
    _insert_unless_there(
        connection, followup_history, {column.name: getattr(row, column.name) for column in followups.c}
    )


def _insert_unless_there(connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> bool:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(table).values(row).on_conflict_do_nothing()
    return connection.execute(insert.returning(table.c.version)).first() is not None


def _entries_of(connection: sa.Connection, people: Iterable[str]) -> dict[tuple[str, date], sa.Row[Any]]:
    found = {}
    for part in _parts(sorted(people)):
        for row in connection.execute(sa.select(followups).where(followups.c.person.in_(part))):
            found[row.person, row.day] = row
    return found


def _last_versions(connection: sa.Connection, people: Iterable[str]) -> dict[tuple[str, date], int]:
    """The last version of each day of these people that was corrected or taken back."""
    c = followup_history.c
    found = {}
    for part in _parts(sorted(people)):
        query = sa.select(c.person, c.day, sa.func.max(c.version).label("last")).where(c.person.in_(part))
        for row in connection.execute(query.group_by(c.person, c.day)):
            found[row.person, row.day] = int(row.last)
    return found


def _at(person: str, day: date) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return followups.c.person == person, followups.c.day == day


def _told(entry: Any) -> tuple[Any, ...]:
    return tuple(getattr(entry, name) for name in _TOLD)


def _changed(now: sa.Row[Any] | None) -> FollowUpChanged:
    return FollowUpChanged("Somebody else entered this day's result meanwhile; look at it and enter yours again.", now)


def _parts(values: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield list(values[start : start + _AT_ONCE])
