"""A person's whole record for its page: facts, level and why, cases, contacts both ways, transfers, history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action
from bluezone.server.accounts.tables import accounts
from bluezone.server.casework.drafts import require_open
from bluezone.server.casework.ground import Ground
from bluezone.server.casework.levels import Window
from bluezone.server.casework.lists import unit_titles
from bluezone.server.casework.people import find_person, reachable
from bluezone.server.casework.tables import WATCH_DAYS, cases, contacts, landmarks, persons, transfers
from bluezone.server.casework.terms import CaseStatus
from bluezone.server.language import VIETNAM
from bluezone.server.units.service import Unit, find_unit


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody else as the account may know them: without a name where they are out of its reach."""

    id: str
    name: str | None
    level: int | None
    unit: str
    reference: str = ""
    """The number of their case, or what is put for a name."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with the days on which others could be infected; `closes` is None while there is no isolation."""

    row: sa.Row[Any]
    window: Window
    landmarks: list[sa.Row[Any]]


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact seen from this person: `given` when they were the one who may have infected."""

    row: sa.Row[Any]
    other: Named
    given: bool
    in_window: bool
    landmark: str


@dataclass(frozen=True, slots=True)
class Record:
    """What the page of a person shows."""

    person: sa.Row[Any]
    unit: Unit | None
    desk: Unit | None
    officer: str
    via: Named | None
    via_contact: sa.Row[Any] | None
    watched_until: date | None
    cases: list[CaseView]
    contacts: list[ContactView]
    household: list[Named]
    transfers: list[tuple[sa.Row[Any], str, str]]
    """With the unit's title and the name of whoever took over."""

    @property
    def has_window(self) -> bool:
        """Whether there are days on which they could infect others, or could have."""
        return any(case.row.status != CaseStatus.DISCARDED for case in self.cases)

    @property
    def open_case(self) -> CaseView | None:
        return next((case for case in self.cases if case.row.closed_at is None), None)


def read_record(ground: Ground, connection: sa.Connection, account: Account, person: str) -> Record:
    """Raises AccessDenied, or RecordClosed for a closed record that the account has not opened with a reason."""
    row = find_person(connection, account, Action.SEE_CASES, person)
    require_open(ground, connection, account, row)
    met = connection.execute(
        sa.select(contacts)
        .where(contacts.c.source == person)
        .union_all(sa.select(contacts).where(contacts.c.exposed == person))
    ).all()
    others = {end for one in met for end in (one.source, one.exposed)} - {person}
    named = people_named(connection, account, others | ({row.via} if row.via else set()))
    own = _cases(connection, person)
    places = {place.id: place.place for case in own for place in case.landmarks}
    # Of a suspected case the window that it would have.
    windows = [case.window for case in own if case.row.status != CaseStatus.DISCARDED]
    views = [
        ContactView(
            one,
            named[one.exposed if one.source == person else one.source],
            one.source == person,
            any(_within(one, window) for window in windows),
            places.get(one.landmark, ""),
        )
        for one in sorted(met, key=lambda one: (one.last_day, one.id), reverse=True)
    ]
    through = [one for one in met if row.via in {one.source, one.exposed}]
    home = sa.select(persons.c.id).where(persons.c.household == row.household, persons.c.id != person)
    household = list(connection.execute(home).scalars()) if row.household else []
    officer = connection.execute(sa.select(accounts.c.name).where(accounts.c.id == row.officer)).scalar() or ""
    return Record(
        person=row,
        unit=find_unit(connection, row.unit),
        desk=find_unit(connection, row.desk),
        officer=officer,
        via=named.get(row.via) if row.via else None,
        via_contact=max(through, key=lambda one: one.last_day, default=None),
        watched_until=row.exposed_last + timedelta(days=WATCH_DAYS) if row.exposed_last else None,
        cases=own,
        contacts=views,
        household=sorted(people_named(connection, account, household).values(), key=lambda one: one.id),
        transfers=_transfers(connection, person),
    )


def people_named(connection: sa.Connection, account: Account, people: set[str] | list[str]) -> dict[str, Named]:
    """These people as the account may know them."""
    c = persons.c
    some = list(people)
    found: dict[str, Named] = {}
    for start in range(0, len(some), 500):
        part = some[start : start + 500]
        seen = sa.case((reachable(account, Action.SEE_CASES), 1), else_=0).label("seen")
        rows = connection.execute(sa.select(c.id, c.name, c.level, c.unit, seen).where(c.id.in_(part))).all()
        titles = unit_titles(connection, [row.unit for row in rows])
        query = sa.select(cases.c.person, cases.c.number, cases.c.reference).where(cases.c.person.in_(part))
        numbers = {row.person: case_name(row) for row in connection.execute(query.order_by(cases.c.number))}
        for row in rows:
            number = numbers.get(row.id, "")
            name = row.name if row.seen else None
            reference = number if row.seen else row.id[:6]
            found[row.id] = Named(row.id, name, row.level, titles[row.unit], reference)
    return found


def case_name(row: Any) -> str:
    """What a case is called: the ministry's number, else the desk's own."""
    return row.reference or f"#{row.number}"


def _cases(connection: sa.Connection, person: str) -> list[CaseView]:
    rows = connection.execute(sa.select(cases).where(cases.c.person == person).order_by(cases.c.number.desc())).all()
    query = sa.select(landmarks).where(landmarks.c.case.in_([row.id for row in rows])).order_by(landmarks.c.from_at)
    places = connection.execute(query).all()
    return [CaseView(row, case_window(row), [place for place in places if place.case == row.id]) for row in rows]


def case_window(row: Any) -> Window:
    """The days on which a case could infect others, from what is known now."""
    reported = datetime.fromtimestamp(row.reported_at, VIETNAM).date()
    return Window.of(onset=row.onset, test_date=row.test_date, reported=reported, isolated_on=row.isolated_on)


def _within(contact: Any, window: Window) -> bool:
    return contact.last_day >= window.opens and (window.closes is None or contact.first_day <= window.closes)


def _transfers(connection: sa.Connection, person: str) -> list[tuple[sa.Row[Any], str, str]]:
    query = (
        sa.select(transfers, accounts.c.name.label("taker"))
        .select_from(transfers.outerjoin(accounts, accounts.c.id == transfers.c.taken_by))
        .where(transfers.c.person == person)
        .order_by(transfers.c.told_at.desc(), transfers.c.id)
        .limit(20)
    )
    rows = connection.execute(query).all()
    titles = unit_titles(connection, [row.unit for row in rows])
    return [(row, titles[row.unit], row.taker or "") for row in rows]
