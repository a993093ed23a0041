"""The list of cases and the search over cases and people, for what an account reaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, roots
from bluezone.server.accounts.tables import accounts
from bluezone.server.casework.tables import WATCH_DAYS, cases, contacts, persons
from bluezone.server.units.service import Unit, find_unit, fold, units_at

PAGE = 50
MOST_PEOPLE = 50
LONGEST_QUERY = 100
DAY_SECONDS = 86400
_AT_ONCE = 500
_MOST_SORTED = 1000


class State(StrEnum):
    """Which cases a list shows."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


class Order(StrEnum):
    """How a list is ordered."""

    LATEST = "latest"
    NAME = "name"
    ONSET = "onset"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list shows: cases reported in the last `days` (0: any), of people of `unit` or below; pages from 1."""

    q: str = ""
    state: State = State.OPEN
    unit: str = ""
    days: int = 0
    mine: bool = False
    order: Order = Order.LATEST
    page: int = 1


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A line of the list; `known` people met the case, `followed` of them are within their days of being watched."""

    case: sa.Row[Any]
    unit: str
    known: int
    followed: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list, how many cases there are in all, and people who have no case (when somebody searches)."""

    cases: list[ListedCase]
    total: int
    people: list[tuple[sa.Row[Any], str]]
    more_people: bool

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def list_cases(connection: sa.Connection, account: Account, chosen: CaseFilter, today: date, now: int) -> Listed:
    """What the account may see of what it asked for."""
    words = _words(chosen.q)
    where = [_in_reach(account)]
    if chosen.state is not State.ALL:
        is_open = cases.c.closed_at.is_(None)
        where.append(is_open if chosen.state is State.OPEN else ~is_open)
    if chosen.unit:
        within = find_unit(connection, chosen.unit)
        where.append(sa.false() if within is None else persons.c.unit.concat("").in_(units_at([within.path])))
    if chosen.days:
        where.append(cases.c.reported_at > now - chosen.days * DAY_SECONDS)
    if chosen.mine:
        where.append(persons.c.officer == account.id)
    where += [_case_matches(word) for word in words]
    order: Mapping[Order, Sequence[sa.ColumnElement[Any]]] = {
        Order.LATEST: (cases.c.number.desc(),),
        Order.NAME: (persons.c.sort_key, cases.c.id),
        # Cases without a day of onset come last in every database.
        Order.ONSET: (cases.c.onset.is_(None), cases.c.onset.desc(), cases.c.number.desc()),
    }
    joined = cases.join(persons, persons.c.id == cases.c.person)
    # One pass tells both which cases a page shows and how many there are.
    ids = sa.select(cases.c.id).select_from(joined).where(*where).order_by(*order[chosen.order])
    found = connection.execute(ids).scalars().all()
    shown = found[(chosen.page - 1) * PAGE : chosen.page * PAGE]
    query = (
        sa.select(
            cases,
            *(persons.c[name] for name in ("name", "birth_year", "phone", "unit", "level")),
            accounts.c.name.label("officer_name"),
        )
        .select_from(joined.outerjoin(accounts, accounts.c.id == persons.c.officer))
        .where(cases.c.id.in_(shown))
    )
    by_id = {row.id: row for row in connection.execute(query)}
    rows = [by_id[one] for one in shown]
    known = known_contacts(connection, [row.person for row in rows], today)
    people, more = search_people(connection, account, chosen.q, without_case=True) if words else ([], False)
    titles = unit_titles(connection, [row.unit for row in (*rows, *people)])
    return Listed(
        [ListedCase(row, titles[row.unit], *known[row.person]) for row in rows],
        len(found),
        [(row, titles[row.unit]) for row in people],
        more,
    )


def search_people(
    connection: sa.Connection, account: Account, q: str, *, without_case: bool = False, most: int = MOST_PEOPLE
) -> tuple[list[sa.Row[Any]], bool]:
    """People in reach with every word in name or telephone number, by name, and whether there are more of them.

    Of more than 1,000 some are looked at, not all: whoever searches types more of the name then.
    """
    words = _words(q)
    if not words or any(map(_is_reference, words)):
        return [], False
    where = [persons.c.folded.contains(word, autoescape=True) for word in words]
    if without_case:
        where.append(~sa.exists().where(cases.c.person == persons.c.id))
    some = sa.select(persons.c.id).where(*where, _in_reach(account)).limit(_MOST_SORTED)
    query = sa.select(persons).where(persons.c.id.in_(some.subquery().select()))
    rows = connection.execute(query.order_by(persons.c.sort_key, persons.c.id).limit(most + 1)).all()
    return list(rows[:most]), len(rows) > most


def known_contacts(connection: sa.Connection, people: Iterable[str], today: date) -> dict[str, tuple[int, int]]:
    """For each of these people: how many others they met, and how many of those are being followed today."""
    met: dict[str, set[str]] = {person: set() for person in people}
    every = list(met)
    for own, other in ((contacts.c.source, contacts.c.exposed), (contacts.c.exposed, contacts.c.source)):
        for row in connection.execute(sa.select(own, other).where(own.in_(every))):
            met[row[0]].add(row[1])
    others = sorted({other for found in met.values() for other in found})
    followed: set[str] = set()
    for start in range(0, len(others), _AT_ONCE):
        query = sa.select(persons.c.id).where(
            persons.c.id.in_(others[start : start + _AT_ONCE]),
            persons.c.level > 0,
            persons.c.exposed_last >= today - timedelta(days=WATCH_DAYS),
            persons.c.closed_at.is_(None),
        )
        followed |= set(connection.execute(query).scalars())
    return {person: (len(found), len(found & followed)) for person, found in met.items()}


def unit_titles(connection: sa.Connection, codes: Iterable[str]) -> dict[str, str]:
    """What units are called, by code."""
    found: dict[str, Unit | None] = {code: find_unit(connection, code) for code in set(codes)}
    return {code: code if unit is None else unit.title for code, unit in found.items()}


def _in_reach(account: Account) -> sa.ColumnElement[bool]:
    """As `reachable`, so that the database does not go through units to all their people.

    Without statistics, which SQLite does not gather by itself, it would take that way and read ten times as much.
    """
    codes = units_at(roots(account, Action.SEE_CASES))
    return sa.or_(*(column.concat("").in_(codes) for column in (persons.c.unit, persons.c.desk)))


def _words(q: str) -> list[str]:
    return fold(q[:LONGEST_QUERY].replace("\0", "")).split()


def _is_reference(word: str) -> bool:
    """Letters and digits in one word, as in BN1046: no name and no telephone number has such."""
    return any(map(str.isdigit, word)) and any(map(str.isalpha, word))


def _case_matches(word: str) -> sa.ColumnElement[bool]:
    reference = sa.func.lower(cases.c.reference).startswith(word, autoescape=True)
    if _is_reference(word):
        return reference
    in_name = persons.c.folded.contains(word, autoescape=True)
    if not any(map(str.isdigit, word)):
        return in_name
    number = word.lstrip("#")
    if number.isascii() and number.isdecimal() and len(number) < 10:
        return sa.or_(in_name, reference, cases.c.number == int(number))
    return sa.or_(in_name, reference)
