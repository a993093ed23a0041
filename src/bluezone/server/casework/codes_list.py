"""Issued codes as lists show them: whose, how far they have come, what became of the text message."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action
from bluezone.server.accounts.tables import accounts
from bluezone.server.casework.people import reachable
from bluezone.server.casework.tables import case_codes, cases, persons
from bluezone.server.desk.service import CASE_SECONDS, CaseState, read_states
from bluezone.server.messages.service import MessageState
from bluezone.server.messages.service import read_states as read_messages
from bluezone.server.units.service import find_unit, fold

PAGE = 50
_LATEST_FIRST = (case_codes.c.issued_at.desc(), case_codes.c.revoked_at.is_not(None), case_codes.c.uuid)


class CodeState(StrEnum):
    """How far a code has come."""

    ISSUED = "issued"
    CLAIMED = "claimed"
    PUBLISHED = "published"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class ListedCode:
    """An issued code as lists show it.

    `officer` is the name behind the account `issued_by`; `until` is the end of the code that can be read aloud or,
    where there is none any more (`by_link`), of the link. `state` knows of published keys up to an hour late.
    """

    uuid: str
    person: str
    name: str
    number: str
    test_type: str
    channel: str
    issued_at: int
    issued_by: str
    officer: str
    unit: str
    state: CodeState
    until: int
    by_link: bool
    message: MessageState | None

    @property
    def live(self) -> bool:
        """Whether there is something to revoke."""
        return self.state in {CodeState.ISSUED, CodeState.CLAIMED}


@dataclass(frozen=True, slots=True)
class CodePage:
    """One page of the list, and how many codes there are."""

    codes: list[ListedCode]
    total: int


def codes_of(connection: sa.Connection, person: str, now: float) -> list[ListedCode]:
    """A person's codes, latest first."""
    return _told(connection, connection.execute(_query(case_codes.c.person == person)).all(), now)


def code_page(
    connection: sa.Connection, account: Account, now: float, *, q: str, by: str = "", number: int = 1
) -> CodePage:
    """The codes of people whom the account reaches, latest first; `number` counts pages from 1.

    Every word of `q` is part of the name or the telephone number, marks or not, or of the case's number; `by` is an
    account, for the codes that it issued.
    """
    c = case_codes.c
    wanted = sa.and_(persons.c.id == c.person, reachable(account, Action.ISSUE_CODES))
    for word in fold(q).split():
        reference = sa.func.lower(cases.c.reference).contains(word, autoescape=True)
        if word.removeprefix("#").isdecimal() and len(word) < 10:
            reference = sa.or_(reference, cases.c.number == int(word.removeprefix("#")))
        by_case = sa.exists().where(cases.c.person == persons.c.id, reference)
        wanted = sa.and_(wanted, sa.or_(persons.c.folded.contains(word, autoescape=True), by_case))
    # Asked of each code, by its day: databases would otherwise begin with the people, of whom there are far more.
    mine: sa.ColumnElement[bool] = sa.exists().where(wanted).correlate(case_codes)
    if by:
        mine = sa.and_(mine, c.issued_by == by)
    total = connection.execute(sa.select(sa.func.count()).select_from(case_codes).where(mine)).scalar_one()
    shown = sa.select(c.uuid).where(mine).order_by(*_LATEST_FIRST).limit(PAGE).offset(PAGE * (number - 1))
    rows = connection.execute(_query(c.uuid.in_(connection.execute(shown).scalars().all()))).all()
    return CodePage(_told(connection, rows, now), total)


def usable(state: CaseState, issued_at: int, now: float) -> bool:
    """Whether a code can still be typed or, once it was, its token still be used."""
    if state.published:
        return False
    return issued_at + CASE_SECONDS > now if state.claimed else state.long_expires_at > now


def case_numbers(
    connection: sa.Connection, codes: Collection[tuple[str, str | None]]
) -> Mapping[tuple[str, str | None], str]:
    """What papers call the case, or the contact, of each pair of a person and a case."""
    query = sa.select(cases.c.id, cases.c.number, cases.c.reference)
    rows = connection.execute(query.where(cases.c.id.in_([case for _, case in codes if case is not None])))
    named = {row.id: row.reference or f"#{row.number}" for row in rows}
    return {(person, case): named.get(case or "", f"F1 {person[:6].upper()}") for person, case in codes}


def _query(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    query = (
        sa.select(*case_codes.c, persons.c.name, accounts.c.name.label("officer"))
        .join(persons, persons.c.id == case_codes.c.person)
        .outerjoin(accounts, accounts.c.id == case_codes.c.issued_by)
    )
    return query.where(condition).order_by(*_LATEST_FIRST)


def _told(connection: sa.Connection, rows: Sequence[sa.Row[Any]], now: float) -> list[ListedCode]:
    states = read_states(connection, [row.uuid for row in rows])
    sent = read_messages(connection, [row.message for row in rows if row.message is not None])
    numbers = case_numbers(connection, {(row.person, row.case) for row in rows})
    units = {code: find_unit(connection, code) for code in {row.unit for row in rows}}
    told = []
    for row in rows:
        state, unit = states.get(row.uuid), units[row.unit]
        short = state is not None and not state.claimed and state.short_expires_at > now
        until = 0 if state is None else state.short_expires_at if short else state.long_expires_at
        told.append(
            ListedCode(
                uuid=row.uuid,
                person=row.person,
                name=row.name,
                number=numbers[row.person, row.case],
                test_type=row.test_type,
                channel=row.channel,
                issued_at=row.issued_at,
                issued_by=row.issued_by,
                officer=row.officer or "",
                unit="" if unit is None else unit.title,
                state=_state(row, state, now),
                until=until,
                by_link=not short,
                message=sent.get(row.message),
            )
        )
    return told


def _state(row: sa.Row[Any], state: CaseState | None, now: float) -> CodeState:
    if state is not None and state.published:
        return CodeState.PUBLISHED
    if row.revoked_at is not None:
        return CodeState.REVOKED
    if state is None or not usable(state, row.issued_at, now):
        return CodeState.EXPIRED
    return CodeState.CLAIMED if state.claimed else CodeState.ISSUED
