"""Paper sheets: who stands on which row of which sheet, the sheet printed, and what is typed of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Literal

import sqlalchemy as sa

from bluezone.materials import FollowUpRow, FollowUpSheet, RowCodeUnknown, row_code, row_position
from bluezone.server.accounts.access import Account, Action, allowed, denied, roots
from bluezone.server.accounts.tables import accounts
from bluezone.server.casework.service import WATCH_DAYS, Ground, Level, persons, reachable
from bluezone.server.followup.entries import Entry, enter
from bluezone.server.followup.errors import NobodyToPrint
from bluezone.server.followup.lists import Chosen, people_for_paper
from bluezone.server.followup.tables import SHEET_SECONDS, followup_sheet_rows, followup_sheets, followups
from bluezone.server.followup.terms import Source
from bluezone.server.followup.typed import Line
from bluezone.server.language import VIETNAM
from bluezone.server.units.service import Unit, find_unit, units_at

ROWS = 300
"""People on one sheet: ten pages."""
_DIGITS = 6
MOST_SHEETS = 100


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of a sheet with its code, its person and the answer of that day, None while there is none."""

    position: int
    code: str
    person: sa.Row[Any]
    answer: sa.Row[Any] | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it was printed; rows of people who are not in reach any more are left out."""

    sheet: sa.Row[Any]
    unit: Unit
    rows: list[SheetRow]

    @property
    def missing(self) -> list[SheetRow]:
        return [row for row in self.rows if row.answer is None]


def make_sheets(
    ground: Ground, connection: sa.Connection, account: Account, chosen: Chosen, levels: Collection[int]
) -> list[str]:
    """A sheet for each commune of the list, more where one is too long; returns their numbers. Raises NobodyToPrint."""
    people = people_for_paper(connection, account, chosen, levels)
    if not people:
        raise NobodyToPrint("Nobody without an answer is on this list, so there is nothing to print.")
    numbers = []
    for unit, group in groupby(people, key=lambda row: row.unit):
        rows = list(group)
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            numbers.append(_make(ground, connection, account, unit, chosen.day, part))
    return numbers


def read_sheet(connection: sa.Connection, account: Account, number: str) -> Sheet:
    """A sheet of a unit where the account works. Raises AccessDenied, also for one that there is not."""
    row = None
    if number.isascii() and number.isdecimal() and len(number) == _DIGITS:
        query = sa.select(followup_sheets).where(followup_sheets.c.number == number)
        row = connection.execute(query).one_or_none()
    unit = None if row is None else find_unit(connection, row.unit)
    if row is None or unit is None or not _reaches(connection, account, unit, number):
        raise denied()
    at, answers = followup_sheet_rows.c, followups
    joined = persons.join(followup_sheet_rows, at.person == persons.c.id)
    found = connection.execute(
        sa.select(persons, at.position)
        .select_from(joined)
        .where(at.sheet == number, reachable(account, Action.WORK_CASES))
        .order_by(at.position)
    ).all()
    authors = sa.select(answers, accounts.c.name.label("author")).select_from(
        answers.outerjoin(accounts, accounts.c.id == answers.c.by)
    )
    on_sheet = sa.select(at.person).where(at.sheet == number)
    given = connection.execute(authors.where(answers.c.day == row.day, answers.c.person.in_(on_sheet)))
    by_person = {answer.person: answer for answer in given}
    rows = [SheetRow(one.position, row_code(one.position, number), one, by_person.get(one.id)) for one in found]
    return Sheet(row, unit, rows)


def recent_sheets(connection: sa.Connection, account: Account) -> list[tuple[sa.Row[Any], str, int, int]]:
    """Sheets that can still be typed in, latest first: the sheet, its unit, its rows, and rows without an answer."""
    at, c = followup_sheet_rows.c, followup_sheets.c
    of_day = sa.and_(followups.c.person == at.person, followups.c.day == c.day)
    within = c.unit.in_(units_at(roots(account, Action.WORK_CASES)))
    query = (
        sa.select(
            followup_sheets,
            sa.func.count(at.person).label("rows"),
            sa.func.count(followups.c.person).label("answered"),
        )
        .select_from(followup_sheets.join(followup_sheet_rows, at.sheet == c.number).outerjoin(followups, of_day))
        .where(sa.or_(within, c.printed_by == account.id))
        .group_by(*c)
        .order_by(c.printed_at.desc(), c.number)
        .limit(MOST_SHEETS)
    )
    rows = connection.execute(query).all()
    units = {code: find_unit(connection, code) for code in {row.unit for row in rows}}
    found = []
    for row in rows:
        unit = units[row.unit]
        found.append((row, row.unit if unit is None else unit.title, row.rows, row.rows - row.answered))
    return found


def paper(sheet: Sheet, *, hotline: str, printed_by: str) -> FollowUpSheet:
    """What is printed; an empty row for whoever is out of reach now, so that the codes stay."""
    day = sheet.sheet.day
    by_position = {row.position: row.person for row in sheet.rows}
    empty = FollowUpRow("", None, "", "", "f1", 1, None)
    rows = [
        _printed(by_position[at], day) if at in by_position else empty for at in range(max(by_position, default=-1) + 1)
    ]
    return FollowUpSheet(
        number=sheet.sheet.number,
        unit=sheet.unit.title,
        day=day,
        officer=sheet.sheet.officer,
        rows=tuple(rows),
        hotline=hotline,
        printed_by=printed_by,
        printed_at=float(sheet.sheet.printed_at),
        destroy_on=datetime.fromtimestamp(sheet.sheet.printed_at + SHEET_SECONDS, VIETNAM).date(),
    )


def enter_line(
    ground: Ground, connection: sa.Connection, account: Account, number: str, line: Line, version: int = 0
) -> tuple[SheetRow, sa.Row[Any]]:
    """Enter a line of a sheet; `version` is that of an answer that it may replace.

    Returns the row as it was, and the answer as it is. Raises AccessDenied, RowCodeUnknown, and what `enter` raises.
    """
    sheet = read_sheet(connection, account, number)
    position = row_position(line.code, number)
    row = next((one for one in sheet.rows if one.position == position), None)
    if row is None:
        raise RowCodeUnknown("This is no row of this sheet; compare the code and the sheet's number.")
    entry = Entry(row.person.id, sheet.sheet.day, line.result, line.temperature, line.note)
    return row, enter(ground, connection, account, entry, version, Source.SHEET)


def destroy_sheets(connection: sa.Connection, now: int) -> None:
    """Destroy sheets that were printed 14 days ago."""
    connection.execute(sa.delete(followup_sheets).where(followup_sheets.c.printed_at <= now - SHEET_SECONDS))


def _printed(person: sa.Row[Any], day: date) -> FollowUpRow:
    last = person.exposed_last
    level: Literal["f1", "f2"] = "f2" if person.level == Level.F2 else "f1"
    number = min(max((day - last).days, 1), WATCH_DAYS) if last else 1
    return FollowUpRow(person.name, person.birth_year, person.address, person.phone, level, number, last, WATCH_DAYS)


def _make(
    ground: Ground,
    connection: sa.Connection,
    account: Account,
    unit: str,
    day: date,
    rows: list[sa.Row[Any]],
) -> str:
    number = _free_number(ground, connection)
    ids = {row.officer for row in rows}
    named = connection.execute(sa.select(accounts.c.name).where(accounts.c.id.in_([one for one in ids if one])))
    names = sorted(named.scalars()) if None not in ids else []
    connection.execute(
        sa.insert(followup_sheets).values(
            number=number,
            unit=unit,
            day=day,
            officer=names[0] if len(names) == 1 else "",
            printed_at=ground.now(),
            printed_by=account.id,
        )
    )
    connection.execute(
        sa.insert(followup_sheet_rows),
        [{"sheet": number, "position": at, "person": row.id} for at, row in enumerate(rows)],
    )
    ground.note(
        connection, account, "follow_up_printed", unit=unit, subject=number, day=day.isoformat(), rows=str(len(rows))
    )
    return number


def _free_number(ground: Ground, connection: sa.Connection) -> str:
    """Six digits that no sheet has: short enough to be typed, at random so that a slip seldom finds another sheet."""
    while True:
        number = f"{int.from_bytes(ground.core.randomness.token_bytes(4)) % 10**_DIGITS:0{_DIGITS}d}"
        query = sa.select(followup_sheets.c.number).where(followup_sheets.c.number == number)
        if connection.execute(query).first() is None:
            return number


def _reaches(connection: sa.Connection, account: Account, unit: Unit, number: str) -> bool:
    """Where the account works, or where it registered somebody who is on the sheet."""
    if allowed(account, Action.WORK_CASES, unit):
        return True
    at = followup_sheet_rows.c
    on_it = sa.select(persons.c.id).join(followup_sheet_rows, at.person == persons.c.id).where(at.sheet == number)
    return connection.execute(on_it.where(reachable(account, Action.WORK_CASES)).limit(1)).first() is not None
