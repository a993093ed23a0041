"""Who is to be asked on a day, and what was answered so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, Role, roots
from bluezone.server.accounts.tables import account_roles, accounts
from bluezone.server.casework.service import WATCH_DAYS, Level, persons, reachable
from bluezone.server.followup.tables import followups
from bluezone.server.followup.terms import ENDS, FEVER, Result
from bluezone.server.units.service import Unit, find_unit, is_whole, search_units, units_at

PAGE = 500
MOST_UNITS = 400
MINE, NOBODY = "mine", "nobody"
FOLLOWED = (Level.F1, Level.F2)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a list shows; `officer` is an account, `MINE`, `NOBODY` or anybody (""), `level` one alone or "" for all."""

    day: date
    unit: str = ""
    officer: str = ""
    level: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the list; `number` is the day of `WATCH_DAYS`, None for somebody who was not due on that day."""

    row: sa.Row[Any]
    unit: str
    number: int | None
    alert: bool


@dataclass(frozen=True, slots=True)
class Daily:
    """A page of a day's list; `results` counts what was answered on the whole list, by result."""

    people: list[Asked]
    total: int
    results: Mapping[str, int]
    alerts: list[Asked]

    @property
    def answered(self) -> int:
        return sum(self.results.values())

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def due(day: date, levels: Collection[int]) -> sa.ColumnElement[bool]:
    """The condition that a person is to be asked on this day.

    From the day after the latest exposure for `WATCH_DAYS` days, unless the latest answer since then ended it: a new
    exposure starts anew, and so does an answer of somebody who was lost and is found.
    """
    c = persons.c
    return sa.and_(
        # Not by the index of levels: almost everybody has one.
        (c.level + 0).in_(levels),
        c.closed_at.is_(None),
        c.exposed_last < day,
        c.exposed_last >= day - timedelta(days=WATCH_DAYS),
        ~ended(day),
    )


def ended(day: date, results: Sequence[Result] = ENDS) -> sa.ColumnElement[bool]:
    """The condition that the latest answer after the latest exposure and before this day is one of these."""
    end, later = followups.alias(), followups.alias()
    after = sa.exists().where(
        later.c.person == end.c.person, later.c.day > end.c.day, later.c.day < day, later.c.result.not_in(results)
    )
    return sa.exists().where(
        end.c.person == persons.c.id,
        end.c.day > persons.c.exposed_last,
        end.c.day < day,
        end.c.result.in_(results),
        ~after,
    )


def on_list(day: date, levels: Collection[int], *within: sa.ColumnElement[bool]) -> sa.CompoundSelect[Any]:
    """The people of a day's list: whoever is due, and of whom there is an answer anyway.

    `within` are conditions on `persons`, which cost less here than on the list as a whole.
    """
    answered = sa.select(followups.c.person).where(followups.c.day == day)
    if within:
        # From the few people to their answers, not from a whole day's answers to the people.
        one = followups.alias()
        answer = sa.exists().where(one.c.person == persons.c.id, one.c.day == day)
        answered = sa.select(persons.c.id).where(*within, answer)
    return sa.union(sa.select(persons.c.id).where(due(day, levels), *within), answered)


def list_day(connection: sa.Connection, account: Account, chosen: Chosen, levels: Collection[int]) -> Daily:
    """The list of those whom the account may see; whoever has an answer comes last."""
    now, before = followups.alias("now"), followups.alias("before")
    joined = persons.outerjoin(now, sa.and_(now.c.person == persons.c.id, now.c.day == chosen.day))
    levels = [level for level in FOLLOWED if chosen.level == f"f{int(level)}"] or levels
    where = _conditions(connection, account, chosen)
    listed = persons.c.id.in_(on_list(chosen.day, levels, *where))
    # Conditions on people alone where there are any, so that the database begins with those in reach.
    some = where or [now.c.day == chosen.day]
    answers = sa.select(now.c.result, sa.func.count()).select_from(joined).where(*some)
    counts: dict[str, int] = {row[0]: row[1] for row in connection.execute(answers.group_by(now.c.result)) if row[0]}
    c, officers, authors = persons.c, accounts.alias(), accounts.alias()
    order = (now.c.result.is_not(None), c.unit, c.sort_key, c.id)
    # Who is on the list is found out once, the rest for those of one page alone.
    found = connection.execute(sa.select(c.id).select_from(joined).where(listed).order_by(*order)).scalars().all()
    start = (chosen.page - 1) * PAGE
    yesterday = chosen.day - timedelta(days=1)
    query: sa.Select[Any] = sa.select(
        *(c[name] for name in ("id", "name", "birth_year", "phone", "unit", "address", "level", "exposed_last")),
        c.officer,
        officers.c.name.label("officer_name"),
        *(now.c[name] for name in ("result", "temperature", "note", "by", "at", "source")),
        sa.func.coalesce(now.c.version, 0).label("version"),
        authors.c.name.label("author"),
        before.c.result.label("yesterday"),
    ).select_from(
        joined.outerjoin(before, sa.and_(before.c.person == c.id, before.c.day == yesterday))
        .outerjoin(officers, officers.c.id == c.officer)
        .outerjoin(authors, authors.c.id == now.c.by)
    )
    rows = connection.execute(query.where(c.id.in_(found[start : start + PAGE])).order_by(*order)).all()
    calls = sa.or_(now.c.result == Result.SYMPTOMS, now.c.temperature >= FEVER)
    alerts = connection.execute(
        query.where(now.c.day == chosen.day, calls, *where).order_by(now.c.at.desc(), c.id).limit(PAGE)
    ).all()
    titles = unit_titles(connection, {row.unit for row in (*rows, *alerts)})
    return Daily(
        [_asked(row, titles, chosen.day) for row in rows],
        len(found),
        counts,
        [_asked(row, titles, chosen.day) for row in alerts],
    )


def people_for_paper(
    connection: sa.Connection, account: Account, chosen: Chosen, levels: Collection[int]
) -> list[sa.Row[Any]]:
    """Those on the list without an answer, commune by commune, in the order of their addresses."""
    answered = sa.exists().where(followups.c.person == persons.c.id, followups.c.day == chosen.day)
    levels = [level for level in FOLLOWED if chosen.level == f"f{int(level)}"] or levels
    where = _conditions(connection, account, chosen)
    c = persons.c
    query = (
        sa.select(persons)
        .where(due(chosen.day, levels), *where, ~answered)
        .order_by(c.unit, c.address, c.sort_key, c.id)
    )
    return list(connection.execute(query))


def unit_titles(connection: sa.Connection, codes: Collection[str]) -> dict[str, str]:
    """What units are called, by code."""
    found = {code: find_unit(connection, code) for code in codes}
    return {code: code if unit is None else unit.title for code, unit in found.items()}


def choosable_units(connection: sa.Connection, account: Account, action: Action = Action.SEE_CASES) -> list[Unit]:
    """The units that the account may choose from."""
    return search_units(connection, "", roots(account, action), most=MOST_UNITS)


def choosable_officers(connection: sa.Connection, account: Account) -> list[sa.Row[Any]]:
    """Health officers who work at, below or above the units that the account works on."""
    reach = roots(account, Action.WORK_CASES)
    if not reach:
        return []
    above = {code for path in reach for code in path.strip("/").split("/")}
    near = sa.or_(account_roles.c.unit.in_(units_at(reach)), account_roles.c.unit.in_(above))
    query = (
        sa.select(accounts.c.id, accounts.c.name, accounts.c.login)
        .join(account_roles, account_roles.c.account == accounts.c.id)
        .where(account_roles.c.role == Role.HEALTH_OFFICER, accounts.c.closed_at.is_(None), near)
        .distinct()
        .order_by(accounts.c.name, accounts.c.id)
    )
    return list(connection.execute(query))


def works_where(connection: sa.Connection, officer: str, person: sa.Row[Any]) -> bool:
    """Whether somebody is a health officer for where a person lives, or for the unit that registered them."""
    query = sa.select(account_roles.c.unit).where(
        account_roles.c.account == officer, account_roles.c.role == Role.HEALTH_OFFICER
    )
    held = [find_unit(connection, code) for code in connection.execute(query).scalars()]
    homes = [find_unit(connection, code) for code in (person.unit, person.desk)]
    return any(root.contains(home) for root in held if root for home in homes if home)


def _conditions(connection: sa.Connection, account: Account, chosen: Chosen) -> list[sa.ColumnElement[bool]]:
    """What the account reaches of what it asked for, whatever the day."""
    c = persons.c
    # Whoever reaches everything is spared the condition, and the database a way by units instead of by days.
    where = [] if is_whole(connection, roots(account, Action.SEE_CASES)) else [reachable(account, Action.SEE_CASES)]
    if chosen.level:
        where.append(c.level == int(chosen.level[1]))
    if chosen.unit:
        unit = find_unit(connection, chosen.unit)
        where.append(sa.false() if unit is None else c.unit.in_(units_at([unit.path])))
    if chosen.officer == MINE:
        where.append(c.officer == account.id)
    elif chosen.officer == NOBODY:
        where.append(c.officer.is_(None))
    elif chosen.officer:
        where.append(c.officer == chosen.officer)
    return where


def _asked(row: sa.Row[Any], titles: Mapping[str, str], day: date) -> Asked:
    number = None if row.exposed_last is None else (day - row.exposed_last).days
    if number is not None and not 1 <= number <= WATCH_DAYS:
        number = None
    alert = row.result == Result.SYMPTOMS or (row.temperature or 0) >= FEVER
    return Asked(row, titles[row.unit], number, alert)
