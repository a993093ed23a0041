"""The five indicators of tracing and following up, without anybody's name, with the day before beside them.

Their definitions are those that WHO's contact tracing guidance counts by, as `words.INDICATORS` tells readers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from bluezone.server.casework.service import WATCH_DAYS, CaseStatus, cases, persons
from bluezone.server.followup.lists import due, ended, on_list
from bluezone.server.followup.tables import DAY_SECONDS, followups
from bluezone.server.followup.terms import REACHED, Result
from bluezone.server.language import VIETNAM
from bluezone.server.units.service import Unit, is_whole, paths_at, units_at, units_below, units_of

CASE_DAYS = 7
"""Cases are few: their indicators look at this many days, up to and with the day itself."""

FEWEST = 10
"""Of fewer people whoever may not see records is shown no figure: one of them could be recognised."""

_ILL = (CaseStatus.CONFIRMED, CaseStatus.CLINICAL)


class Indicator(StrEnum):
    """The five, in the order in which they are shown."""

    TRACED = "traced"
    SEEN = "seen"
    EVERY_DAY = "every_day"
    LOST = "lost"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; nothing of it is told where `hidden`."""

    numerator: int = 0
    denominator: int = 0
    hidden: bool = False

    def __add__(self, other: Share) -> Share:
        return Share(self.numerator + other.numerator, self.denominator + other.denominator)

    @property
    def percent(self) -> int | None:
        """Rounded; None of nobody, and of what is hidden."""
        return None if self.hidden or not self.denominator else round(100 * self.numerator / self.denominator)


Shares = Mapping[Indicator, Share]


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """A unit's shares of a day and of the day before."""

    unit: Unit
    today: Shares
    yesterday: Shares


@dataclass(frozen=True, slots=True)
class Figures:
    """All of a day for some units: together, and each unit directly below; `fewest` is what is hidden below, or 0."""

    day: date
    units: Sequence[Unit]
    today: Shares
    yesterday: Shares
    parts: Sequence[UnitFigures]
    fewest: int


class LocalDay(FunctionElement[date]):
    """The Vietnamese calendar day of a moment in Unix seconds."""

    inherit_cache = True
    type = sa.Date()


@compiles(LocalDay, "sqlite")
def _sqlite_day(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"date({compiler.process(element.clauses, **kwargs)} + 25200, 'unixepoch')"


@compiles(LocalDay, "postgresql")
def _postgresql_day(element: Any, compiler: Any, **kwargs: Any) -> str:
    moment = compiler.process(element.clauses, **kwargs)
    return f"CAST(to_timestamp({moment} + 25200) AT TIME ZONE 'UTC' AS date)"


def indicators(
    connection: sa.Connection, roots: Sequence[str], day: date, now: int, levels: Collection[int], *, fewest: int = 0
) -> Figures:
    """The figures of the units at and below these paths; shares of fewer than `fewest` people are hidden."""
    tops = units_of(connection, roots)
    below = {top.code: units_below(connection, top.code) for top in tops}
    parts = below[tops[0].code] if len(tops) == 1 else tops
    paths = paths_at(connection, roots)
    days = [_by_unit(connection, roots, one, now, levels) for one in (day, day - timedelta(days=1))]
    whole = [_sum(found.values()) for found in days]
    split = [
        [_sum(shares for code, shares in found.items() if paths[code].startswith(unit.path)) for unit in parts]
        for found in days
    ]
    if fewest:
        split = [_hidden(whole_day, part_days, fewest) for whole_day, part_days in zip(whole, split, strict=True)]
        whole = [_hide(one, fewest) for one in whole]
    figures = [UnitFigures(unit, split[0][at], split[1][at]) for at, unit in enumerate(parts)]
    return Figures(day, tops, whole[0], whole[1], figures, fewest)


def _by_unit(
    connection: sa.Connection, roots: Sequence[str], day: date, now: int, levels: Collection[int]
) -> dict[str, dict[Indicator, Share]]:
    found: dict[str, dict[Indicator, Share]] = {}
    here = sa.true() if is_whole(connection, roots) else persons.c.unit.in_(units_at(roots))
    for indicator, shares in (
        (Indicator.TRACED, _traced(connection, here, day, now)),
        (Indicator.SEEN, _seen(connection, here, day, levels)),
        (Indicator.EVERY_DAY, _every_day(connection, here, day, levels)),
        (Indicator.LOST, _lost(connection, here, day, levels)),
        (Indicator.KNOWN, _known(connection, here, day)),
    ):
        for unit, share in shares.items():
            found.setdefault(unit, {})[indicator] = share
    return found


def _traced(connection: sa.Connection, here: sa.ColumnElement[bool], day: date, now: int) -> dict[str, Share]:
    """Cases whose first 24 hours ended in the days looked at: how many were traced within them."""
    first, end = _span(day)
    over = cases.c.reported_at + DAY_SECONDS
    within = sa.and_(cases.c.traced_at.is_not(None), cases.c.traced_at <= over)
    return _cases(connection, here, within, over >= first, over < min(end, now + 1))


def _known(connection: sa.Connection, here: sa.ColumnElement[bool], day: date) -> dict[str, Share]:
    """New cases: how many were on record as contacts when they were reported."""
    first, end = _span(day)
    return _cases(connection, here, cases.c.known_contact, cases.c.reported_at >= first, cases.c.reported_at < end)


def _seen(
    connection: sa.Connection, here: sa.ColumnElement[bool], day: date, levels: Collection[int]
) -> dict[str, Share]:
    """People on the day's list: how many were reached."""
    reached = sa.case((followups.c.result.in_(REACHED), 1), else_=0)
    of_day = sa.and_(followups.c.person == persons.c.id, followups.c.day == day)
    listed = persons.c.id.in_(on_list(day, levels, here))
    query = (
        sa.select(persons.c.unit, sa.func.sum(reached), sa.func.count())
        .select_from(persons.outerjoin(followups, of_day))
        .where(listed)
        .group_by(persons.c.unit)
    )
    return _shares(connection, query)


def _every_day(
    connection: sa.Connection, here: sa.ColumnElement[bool], day: date, levels: Collection[int]
) -> dict[str, Share]:
    """People due since an earlier day: how many were reached on each day before this one since they are on record."""
    c, registered = persons.c, LocalDay(persons.c.created_at)
    one = followups.alias()
    reached = (
        sa.select(sa.func.count())
        .where(
            one.c.person == c.id,
            one.c.day > c.exposed_last,
            one.c.day > registered,
            one.c.day < day,
            one.c.result.in_(REACHED),
        )
        .scalar_subquery()
    )
    rows = (
        sa.select(c.unit, c.exposed_last, registered.label("registered"), reached.label("reached"))
        .where(here, due(day, levels))
        .subquery()
    )
    query = sa.select(rows, sa.func.count().label("people")).group_by(*rows.c)
    numbers: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for row in connection.execute(query):
        days = (day - max(row.exposed_last, row.registered)).days - 1
        if days > 0:
            totals[row.unit] += row.people
            numbers[row.unit] += row.people if row.reached >= days else 0
    return {unit: Share(numbers[unit], total) for unit, total in totals.items()}


def _lost(
    connection: sa.Connection, here: sa.ColumnElement[bool], day: date, levels: Collection[int]
) -> dict[str, Share]:
    """People within their days of being followed, also those of whom nobody asks any more: how many are lost."""
    c = persons.c
    query = (
        sa.select(
            c.unit,
            sa.func.sum(sa.case((ended(day + timedelta(days=1), (Result.LOST,)), 1), else_=0)),
            sa.func.count(),
        )
        .where(
            here,
            (c.level + 0).in_(levels),
            c.closed_at.is_(None),
            c.exposed_last < day,
            c.exposed_last >= day - timedelta(days=WATCH_DAYS),
        )
        .group_by(c.unit)
    )
    return _shares(connection, query)


def _cases(
    connection: sa.Connection, here: sa.ColumnElement[bool], good: sa.ColumnElement[bool], *where: Any
) -> dict[str, Share]:
    query = (
        sa.select(persons.c.unit, sa.func.sum(sa.case((good, 1), else_=0)), sa.func.count())
        .select_from(cases.join(persons, persons.c.id == cases.c.person))
        .where(here, cases.c.status.in_(_ILL), *where)
        .group_by(persons.c.unit)
    )
    return _shares(connection, query)


def _shares(connection: sa.Connection, query: sa.Select[Any]) -> dict[str, Share]:
    return {unit: Share(int(numerator), total) for unit, numerator, total in connection.execute(query)}


def _span(day: date) -> tuple[int, int]:
    """The first second of the days looked at, and the first one after them."""
    end = datetime.combine(day + timedelta(days=1), time(), VIETNAM)
    return int((end - timedelta(days=CASE_DAYS)).timestamp()), int(end.timestamp())


def _sum(shares: Iterable[Shares]) -> dict[Indicator, Share]:
    every = list(shares)
    return {one: sum((found.get(one, Share()) for found in every), Share()) for one in Indicator}


def _hide(shares: Shares, fewest: int) -> dict[Indicator, Share]:
    return {one: Share(hidden=True) if 0 < share.denominator < fewest else share for one, share in shares.items()}


def _hidden(whole: Shares, parts: list[dict[Indicator, Share]], fewest: int) -> list[dict[Indicator, Share]]:
    """The parts with small ones hidden, and the next smallest while all that is hidden together is small.

    Else it could be had as the difference between the whole and the parts that are shown.
    """
    shown = [_hide(part, fewest) for part in parts]
    for one in Indicator:
        sizes = [part[one].denominator for part in parts]
        left = sorted(
            (at for at, part in enumerate(shown) if not part[one].hidden and sizes[at]), key=sizes.__getitem__
        )
        hidden = whole[one].denominator - sum(sizes[at] for at in left)
        while 0 < hidden < fewest and left:
            at = left.pop(0)
            shown[at][one] = Share(hidden=True)
            hidden += sizes[at]
    return shown
