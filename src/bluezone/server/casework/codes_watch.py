"""How many codes are given out, and the alarm when today's are far above the usual.

A day is the desk's, which its quota counts: it begins at 7:00 in Vietnam. Codes of a unit are those that its officials
issued; all together also hold those that programs asked for with the desk's API key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import prometheus_client
import sqlalchemy as sa
import structlog

from bluezone.protocol import DAY_SECONDS
from bluezone.server.accounts.access import Account, Action, roots
from bluezone.server.audit.service import Audit, Event
from bluezone.server.casework.tables import case_codes
from bluezone.server.core import Core
from bluezone.server.desk.service import issued_by_day, utc_day
from bluezone.server.jobs import Job, Lease
from bluezone.server.units.service import find_unit, units_at

USUAL_DAYS = 14
ALWAYS_FINE = 10
TIMES_THE_USUAL = 3
WATCH_SECONDS = 300.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A unit, or with an empty code the whole server, that gave out far more codes today than usual."""

    unit: str
    title: str
    today: int
    usual: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Codes of today: of the units in reach, of the whole server, and how many the server may give out."""

    own: int
    all: int
    quota: int
    alarms: list[Alarm]


def is_unusual(by_day: Mapping[int, int], today: int) -> bool:
    """Whether a day's codes are more than ten and more than three times the median of the 14 days before."""
    return by_day.get(today, 0) > max(ALWAYS_FINE, TIMES_THE_USUAL * usual(by_day, today))


def usual(by_day: Mapping[int, int], today: int) -> float:
    """The median of the 14 days before; a day without codes counts as none."""
    return float(median(by_day.get(today - back, 0) for back in range(1, USUAL_DAYS + 1)))


def alarms(connection: sa.Connection, now: float) -> list[Alarm]:
    """Every alarm of today, the whole server's first."""
    today = utc_day(now)
    day = case_codes.c.issued_at // DAY_SECONDS
    query = sa.select(case_codes.c.unit, day.label("day"), sa.func.count().label("codes"))
    by_unit: defaultdict[str, dict[int, int]] = defaultdict(dict)
    by_unit[""] = issued_by_day(connection, today - USUAL_DAYS)
    for row in connection.execute(query.group_by(case_codes.c.unit, day)):
        by_unit[row.unit][row.day] = row.codes
    return [
        Alarm(unit, _title(connection, unit), by_day[today], usual(by_day, today))
        for unit, by_day in sorted(by_unit.items())
        if is_unusual(by_day, today)
    ]


def figures(connection: sa.Connection, account: Account, now: float, quota: int) -> Figures:
    """What the account sees: its units' codes and alarms, and the whole server's."""
    reach = units_at(roots(account, Action.ISSUE_CODES))
    mine = {str(code) for code in connection.execute(reach).scalars()}
    since = utc_day(now) * DAY_SECONDS
    count = sa.select(sa.func.count()).select_from(case_codes)
    own = count.where(case_codes.c.issued_at >= since, case_codes.c.unit.in_(reach))
    return Figures(
        own=connection.execute(own).scalar_one(),
        all=issued_by_day(connection, utc_day(now)).get(utc_day(now), 0),
        quota=quota,
        alarms=[alarm for alarm in alarms(connection, now) if not alarm.unit or alarm.unit in mine],
    )


class Watch:
    """Writes each alarm down once a day, and shows their number to whoever watches the server."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self._core = core
        self._audit = audit
        self._gauge = prometheus_client.Gauge(
            "bluezone_codes_alarms",
            "Units, and the whole server as one more, that gave out far more codes today than usual",
            registry=core.registry,
        )

    def jobs(self) -> list[Job]:
        return [Job("codes", WATCH_SECONDS, self._look)]

    async def _look(self, lease: Lease) -> None:
        found = await self._core.database.read(alarms, self._core.clock.now())
        self._gauge.set(len(found))
        if found:
            await self._core.database.write(self._note, lease)

    def _note(self, connection: sa.Connection, lease: Lease) -> None:
        lease.check(connection)
        now = self._core.clock.now()
        subject = f"codes-{utc_day(now)}"
        for alarm in alarms(connection, now):
            if self._audit.about(connection, subject, [alarm.unit], most=1):
                continue
            log.warning("far more codes than usual", unit=alarm.unit or "all", today=alarm.today, usual=alarm.usual)
            detail = {"today": str(alarm.today), "usual": f"{alarm.usual:g}"}
            self._audit.append(connection, Event("codes_alarm", unit=alarm.unit, subject=subject, detail=detail))


def _title(connection: sa.Connection, code: str) -> str:
    unit = find_unit(connection, code) if code else None
    return "" if unit is None else unit.title
