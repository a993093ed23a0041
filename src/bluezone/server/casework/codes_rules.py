"""Who may have a code, for what it stands, and why somebody gets none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bluezone.protocol.wire import TEST_CONFIRMED, TEST_LIKELY, TEST_RECURSIVE
from bluezone.server.casework.standing import windows
from bluezone.server.casework.tables import cases, contacts
from bluezone.server.casework.terms import ILL, CaseStatus, Level
from bluezone.server.desk.service import OLDEST_DAYS


class Lacking(StrEnum):
    """Why somebody gets no code."""

    CLOSED = "closed"
    NO_LEVEL = "no_level"
    F2 = "f2"
    UNCONFIRMED = "unconfirmed"
    NO_DAY = "no_day"
    DAYS_TOO_OLD = "days_too_old"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a code stands for: the test type, the case, and those of its days that phones still remember."""

    test_type: str
    case: str | None = None
    symptom_date: date | None = None
    test_date: date | None = None


def basis_of(connection: sa.Connection, person: sa.Row[Any], today: date) -> Basis | Lacking:
    """What a code for this person would stand for, or why there is none."""
    if person.closed_at is not None:
        return Lacking.CLOSED
    if person.level == Level.F0:
        return _case_basis(connection, person.id, today)
    if person.level == Level.F1:
        return Basis(TEST_RECURSIVE) if _is_confirmed(connection, person.id) else Lacking.UNCONFIRMED
    return Lacking.F2 if person.level == Level.F2 else Lacking.NO_LEVEL


def _case_basis(connection: sa.Connection, person: str, today: date) -> Basis | Lacking:
    c = cases.c
    query = sa.select(cases).where(c.person == person, c.status.in_(ILL))
    # The case that is still open, else the latest.
    row = connection.execute(query.order_by(c.closed_at.is_not(None), c.reported_at.desc()).limit(1)).one()
    if row.onset is None and row.test_date is None:
        return Lacking.NO_DAY
    onset, tested = (
        day if day is not None and day >= today - timedelta(days=OLDEST_DAYS) else None
        for day in (row.onset, row.test_date)
    )
    if onset is None and tested is None:
        return Lacking.DAYS_TOO_OLD
    return Basis(TEST_CONFIRMED if row.status == CaseStatus.CONFIRMED else TEST_LIKELY, row.id, onset, tested)


def _is_confirmed(connection: sa.Connection, person: str) -> bool:
    """Whether the desk checked that somebody met an F0 while that one could infect."""
    c = contacts.c
    met = connection.execute(
        sa.select(c.source, c.exposed, c.first_day, c.last_day).where(
            sa.or_(c.source == person, c.exposed == person), c.confirmed_at.is_not(None)
        )
    ).all()
    ill = windows(connection, {end for row in met for end in (row.source, row.exposed)} - {person})
    for row in met:
        window = ill.get(row.exposed if row.source == person else row.source)
        if window and row.last_day >= window.opens and (window.closes is None or row.first_day <= window.closes):
            return True
    return False
