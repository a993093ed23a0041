"""Reading what a picture is drawn from, as far as the account reaches.

Of people beyond its reach it sees those alone whom somebody in reach met, and of them no more than level and commune.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, require, roots
from bluezone.server.casework.service import (
    CaseStatus,
    Level,
    cases,
    contacts,
    find_person,
    persons,
    reachable,
    windows,
)
from bluezone.server.chain.scene import Illness, Meeting, Scene, Someone
from bluezone.server.language import VIETNAM
from bluezone.server.units.service import Unit, find_unit, search_units, units_at

MOST_PEOPLE = 2000
MOST_UNITS = 400
MOST_STEPS = 40
"""How far a cluster is followed from person to person."""
_AT_ONCE = 500

_ILL = (CaseStatus.CONFIRMED, CaseStatus.CLINICAL)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people a picture is of: those around one person, or those of a unit and some days; F2 at `depth` 2."""

    around: str = ""
    unit: str = ""
    first: date | None = None
    last: date | None = None
    depth: int = 2


def read_scene(connection: sa.Connection, account: Account, wanted: Wanted) -> Scene:
    """Raises AccessDenied for a person or unit that the account does not reach."""
    if wanted.around:
        start = {find_person(connection, account, Action.SEE_CASES, wanted.around).id: True}
        steps, more = MOST_STEPS, False
    else:
        start, more = _those_with_a_level(connection, account, wanted)
        steps = 2 if more else 1
    people, met, cut = _grow(connection, account, start, steps)
    scene = _scene(connection, people, met, more or cut)
    if wanted.first or wanted.last:
        scene = scene.only([key for key, one in scene.people.items() if _within(one, wanted)])
        scene = scene.only(_joined(scene, {key for key, row in people.items() if row.reached}))
    return scene if wanted.depth >= Level.F2 else scene.down_to(wanted.depth)


def choosable_units(connection: sa.Connection, account: Account) -> list[Unit]:
    """The units that the account may choose from, the highest first."""
    return search_units(connection, "", roots(account, Action.SEE_CASES), most=MOST_UNITS)


def _those_with_a_level(connection: sa.Connection, account: Account, wanted: Wanted) -> tuple[dict[str, bool], bool]:
    """Where a picture begins, and whether there were more: then with the latest cases alone."""
    conditions = [persons.c.level.is_not(None), reachable(account, Action.SEE_CASES)]
    if wanted.unit:
        unit = find_unit(connection, wanted.unit)
        require(account, Action.SEE_CASES, unit)
        assert unit is not None
        conditions.append(persons.c.unit.in_(units_at([unit.path])))
    if wanted.first is not None:
        conditions.append(_has_day(persons.c.exposed_last, operator.ge, wanted.first, time.min))
    if wanted.last is not None:
        conditions.append(_has_day(persons.c.exposed_first, operator.le, wanted.last, time.max))
    found = connection.execute(sa.select(persons.c.id).where(*conditions).limit(MOST_PEOPLE + 1)).scalars().all()
    if len(found) <= MOST_PEOPLE:
        return dict.fromkeys(found, True), False
    day = sa.func.coalesce(cases.c.onset, cases.c.test_date)
    latest = (
        sa.select(persons.c.id)
        .join(cases, cases.c.person == persons.c.id)
        .where(*conditions, cases.c.status.in_(_ILL))
        .order_by(day.desc().nulls_last(), cases.c.number.desc())
        .limit(MOST_PEOPLE // 10)
    )
    return dict.fromkeys(connection.execute(latest).scalars(), True), True


def _has_day(
    exposed: sa.Column[date], compare: Callable[[Any, Any], Any], limit: date, at: time
) -> sa.ColumnElement[bool]:
    """The condition that a case's day, or else the day of exposure, lies on this side of the limit."""
    ill = cases.alias("ill")
    day = sa.func.coalesce(ill.c.onset, ill.c.test_date)
    reported = int(datetime.combine(limit, at, VIETNAM).timestamp())
    within = sa.or_(compare(day, limit), sa.and_(day.is_(None), compare(ill.c.reported_at, reported)))
    case = sa.exists().where(ill.c.person == persons.c.id, ill.c.status.in_(_ILL), within)
    return sa.or_(compare(exposed, limit), sa.and_(persons.c.level == Level.F0, case))


@dataclass(frozen=True, slots=True)
class _Read:
    """A person's row, and whether the account reaches it."""

    row: Any
    reached: bool


def _grow(
    connection: sa.Connection, account: Account, start: Iterable[str], steps: int
) -> tuple[dict[str, _Read], dict[str, Meeting], bool]:
    """Follow meetings from those in reach, up to as many people as a picture takes."""
    people = _people(connection, account, start)
    met: dict[str, Meeting] = {}
    edge = [key for key, one in people.items() if one.reached]
    for _ in range(steps):
        found = _meetings(connection, edge)
        met |= found
        new = sorted({end for one in found.values() for end in (one.source, one.exposed)} - set(people))
        room = MOST_PEOPLE - len(people)
        fresh = _people(connection, account, new[:room])
        people |= fresh
        edge = [key for key, one in fresh.items() if one.reached]
        if len(new) > room:
            return people, met, True
        if not edge:
            break
    return people, met, False


def _scene(connection: sa.Connection, people: dict[str, _Read], met: dict[str, Meeting], more: bool) -> Scene:
    meetings = tuple(one for _id, one in sorted(met.items()) if one.source in people and one.exposed in people)
    first_met: dict[str, date] = {}
    for meeting in meetings:
        for end in (meeting.source, meeting.exposed):
            first_met[end] = min(first_met.get(end, meeting.first), meeting.first)
    ill = _illnesses(connection, [key for key, one in people.items() if one.reached and one.row.level == Level.F0])
    places = _places(connection, {one.row.unit for one in people.values()})
    shown = {}
    for key, one in people.items():
        row = one.row
        shown[key] = Someone(
            id=key,
            level=row.level,
            name=row.name if one.reached else "",
            place=places.get(row.unit, ""),
            reached=one.reached,
            household=row.household if one.reached else None,
            via=row.via,
            exposed_first=(row.exposed_first if one.reached else None) or first_met.get(key),
            exposed_last=row.exposed_last if one.reached else None,
            illness=ill.get(key),
        )
    return Scene(shown, meetings, more)


def _people(connection: sa.Connection, account: Account, keys: Iterable[str]) -> dict[str, _Read]:
    c = persons.c
    columns = (c.id, c.name, c.unit, c.household, c.level, c.via, c.exposed_first, c.exposed_last)
    reached = reachable(account, Action.SEE_CASES).label("reached")
    found = {}
    for part in _parts(keys):
        for row in connection.execute(sa.select(*columns, reached).where(c.id.in_(part)).order_by(c.id)):
            found[row.id] = _Read(row, bool(row.reached))
    return found


def _meetings(connection: sa.Connection, people: Collection[str]) -> dict[str, Meeting]:
    c = contacts.c
    columns = (c.id, c.source, c.exposed, c.first_day, c.last_day, c.closeness, c.origin, c.confirmed_at)
    found = {}
    for part in _parts(people):
        # Two queries, each by its own index; one with OR reads the whole table.
        for end in (c.source, c.exposed):
            for row in connection.execute(sa.select(*columns).where(end.in_(part))):
                confirmed = row.confirmed_at is not None
                found[row.id] = Meeting(
                    row.source, row.exposed, row.first_day, row.last_day, row.closeness, row.origin, confirmed
                )
    return found


def _illnesses(connection: sa.Connection, people: Collection[str]) -> dict[str, Illness]:
    """The latest case of each, with the window of all their cases."""
    open_when = windows(connection, people)
    found: dict[str, Illness] = {}
    for part in _parts(people):
        query = sa.select(cases).where(cases.c.person.in_(part), cases.c.status.in_(_ILL)).order_by(cases.c.number)
        for row in connection.execute(query):
            window = open_when[row.person]
            found[row.person] = Illness(
                id=row.id,
                number=row.number,
                reference=row.reference,
                onset=row.onset,
                test_date=row.test_date,
                reported=datetime.fromtimestamp(row.reported_at, VIETNAM).date(),
                isolated_on=row.isolated_on,
                window_opens=window.opens,
                window_closes=window.closes,
            )
    return found


def _places(connection: sa.Connection, codes: Collection[str]) -> dict[str, str]:
    found = ((code, find_unit(connection, code)) for code in sorted(codes))
    return {code: unit.title for code, unit in found if unit is not None}


def _within(one: Someone, wanted: Wanted) -> bool:
    begins = one.day
    ends = one.illness.day if one.illness is not None else one.exposed_last or begins
    if begins is None or ends is None:
        return True
    return (wanted.last is None or begins <= wanted.last) and (wanted.first is None or ends >= wanted.first)


def _joined(scene: Scene, reached: Collection[str]) -> list[str]:
    """Those in reach, and those beyond it whom somebody in reach met."""
    met = scene.neighbours()
    return [key for key in scene.people if key in reached or any(other in reached for other, _ in met.get(key, ()))]


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    every = list(values)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
