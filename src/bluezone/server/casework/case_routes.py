"""Reporting a case, its facts, its landmarks, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath

from bluezone.server.accounts.access import Account, Action
from bluezone.server.accounts.console import Console, ConsoleParameter
from bluezone.server.casework import cases as work
from bluezone.server.casework.desk import CaseworkParameter, Fields, conflict, decide, done, fields_of, page, restored
from bluezone.server.casework.drafts import require_open
from bluezone.server.casework.errors import CaseOpen, RecordChanged, RecordInvalid
from bluezone.server.casework.ground import Ground
from bluezone.server.casework.inputs import case_data, case_fields, landmark_data, landmark_fields, person_data
from bluezone.server.casework.people import add_person, alike, assign_officer, find_person, home_desk
from bluezone.server.casework.record import case_name, case_window
from bluezone.server.casework.service import Casework, Made
from bluezone.server.casework.standing import Change
from bluezone.server.casework.terms import Outcome
from bluezone.server.casework.typed import Typed, unit_text
from bluezone.server.units.service import find_unit

WORK = {"may": Action.WORK_CASES}


@get("/cases/new", opt=WORK)
async def new_case(console: ConsoleParameter, casework: CaseworkParameter) -> Response[bytes]:
    return await _new_page(console, casework, {"status": "confirmed"})


@post("/cases/new", opt=WORK, status_code=200)
async def report_new(console: ConsoleParameter, casework: CaseworkParameter) -> Response[Any]:
    fields = await fields_of(console)
    if chosen := fields.get("person", "").removeprefix("new"):
        # It is somebody on record: the case is theirs, and their facts stay as they are.
        return await _report(console, casework, chosen, fields, f"cases/new?person={chosen}")
    people: list[str] = []

    def change(ground: Ground, connection: sa.Connection, account: Account) -> tuple[str, list[Change]]:
        typed = Typed(fields, ground.today())
        faults: dict[str, str] = {}
        person = case = None
        try:
            person = person_data(connection, typed, ground.today())
        except RecordInvalid as error:
            faults |= error.faults
        try:
            case = case_data(Typed(fields, ground.today()), ground.today(), note="case_note")
        except RecordInvalid as error:
            faults |= error.faults
        if faults or person is None or case is None:
            raise RecordInvalid(faults)
        if fields.get("person") != "new" and alike(connection, account, person):
            raise RecordInvalid({"person": "undecided"})
        added = add_person(ground, connection, home_desk(account, Action.WORK_CASES), person)
        people.append(added)
        assign_officer(ground, connection, account, [added], account.id)
        ground.note(connection, account, "person_added", unit=person.unit, subject=added)
        return added, work.report_case(ground, connection, account, added, case)[1]

    try:
        made = await decide(
            console,
            casework,
            what="case",
            people=people,
            subjects=[],
            change=change,
            fields=fields,
            back="cases/new",
            form="new-case",
        )
    except RecordInvalid as error:
        return await _new_page(console, casework, fields, error)
    return done(console, f"persons/{made.result[0]}", "case", made) if isinstance(made, Made) else made


@get("/persons/{person:str}/case", opt=WORK)
async def report_form(console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]) -> Response[bytes]:
    return await _report_page(console, casework, person, {"status": "confirmed", "test_date": "hôm nay"})


@post("/persons/{person:str}/case", opt=WORK, status_code=200)
async def report(console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]) -> Response[Any]:
    return await _report(console, casework, person, await fields_of(console), f"persons/{person}/case")


@get("/cases/{case:str}", opt=WORK)
async def edit_case(console: ConsoleParameter, casework: CaseworkParameter, case: FromPath[str]) -> Response[bytes]:
    return await _case_page(console, casework, case)


@post("/cases/{case:str}", opt=WORK, status_code=200)
async def change_case(console: ConsoleParameter, casework: CaseworkParameter, case: FromPath[str]) -> Response[Any]:
    fields = await fields_of(console)
    row, person = await _case(console, casework, case)

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        typed = Typed(fields, ground.today())
        data = case_data(typed, ground.today())
        return work.change_case(ground, connection, account, case, typed.version(), data)

    try:
        made = await decide(
            console,
            casework,
            what="case-changed",
            people=[row.person],
            subjects=[row.person],
            change=change,
            fields=fields,
            back=f"cases/{case}",
            form=f"case-{case}",
        )
    except RecordInvalid as error:
        return await _case_page(console, casework, case, fields, error)
    except RecordChanged:
        row, person = await _case(console, casework, case)
        return conflict(console, mine=fields, theirs=case_fields(row), version=row.version, back=f"cases/{case}")
    return done(console, f"persons/{person.id}", "case-changed", made) if isinstance(made, Made) else made


@post("/cases/{case:str}/close", opt=WORK, status_code=200)
async def close_case(console: ConsoleParameter, casework: CaseworkParameter, case: FromPath[str]) -> Response[Any]:
    fields = await fields_of(console)
    row, person = await _case(console, casework, case)
    outcome = fields.get("outcome", "")
    if outcome not in list(Outcome):
        return await _case_page(console, casework, case, None, RecordInvalid({"outcome": "choice_unknown"}))

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        version = Typed(fields, ground.today()).version()
        return work.close_case(ground, connection, account, case, version, Outcome(outcome))

    try:
        made = await decide(
            console,
            casework,
            what="case-closed",
            people=[row.person],
            subjects=[row.person],
            change=change,
            fields=fields,
            back=f"cases/{case}/close",
        )
    except RecordChanged as error:
        return await _case_page(console, casework, case, None, error)
    return done(console, f"persons/{person.id}", "case-closed", made) if isinstance(made, Made) else made


@post("/cases/{case:str}/traced", opt=WORK)
async def traced(console: ConsoleParameter, casework: CaseworkParameter, case: FromPath[str]) -> Response[Any]:
    row, _person = await _case(console, casework, case)

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        work.mark_traced(ground, connection, account, case)
        return []

    made = await casework.make(console.account, "traced", [row.person], change)
    return done(console, f"persons/{row.person}", "traced", made)


@post("/cases/{case:str}/landmarks", opt=WORK, status_code=200)
async def add_landmark(console: ConsoleParameter, casework: CaseworkParameter, case: FromPath[str]) -> Response[Any]:
    fields = await fields_of(console)
    row, _person = await _case(console, casework, case)

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        data = landmark_data(connection, Typed(fields, ground.today()))
        work.add_landmark(ground, connection, account, case, data)
        return []

    try:
        made = await casework.make(console.account, "landmark", [row.person], change)
    except RecordInvalid as error:
        return page(
            console,
            "landmark.html",
            status_code=error.status,
            error=error.code,
            action=f"cases/{case}/landmarks",
            person=row.person,
            landmark=None,
            values=fields,
            faults=error.faults,
            draft_at=None,
        )
    return done(console, f"persons/{row.person}", "landmark", made)


@get("/landmarks/{landmark:str}", opt=WORK)
async def edit_landmark(
    console: ConsoleParameter, casework: CaseworkParameter, landmark: FromPath[str]
) -> Response[bytes]:
    return await _landmark_page(console, casework, landmark)


@post("/landmarks/{landmark:str}", opt=WORK, status_code=200)
async def change_landmark(
    console: ConsoleParameter, casework: CaseworkParameter, landmark: FromPath[str]
) -> Response[Any]:
    fields = await fields_of(console)
    _row, person = await _landmark(console, casework, landmark)

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        typed = Typed(fields, ground.today())
        data = landmark_data(connection, typed)
        work.change_landmark(ground, connection, account, landmark, typed.version(), data)
        return []

    form = f"landmark-{landmark}"
    try:
        made = await casework.make(console.account, "landmark-changed", [person], change, form=form)
    except RecordInvalid as error:
        return await _landmark_page(console, casework, landmark, fields, error)
    except RecordChanged:
        row, person = await _landmark(console, casework, landmark)
        theirs = await casework.read(landmark_fields, row)
        return conflict(console, mine=fields, theirs=theirs, version=row.version, back=f"landmarks/{landmark}")
    return done(console, f"persons/{person}", "landmark-changed", made)


@post("/landmarks/{landmark:str}/remove", opt=WORK)
async def remove_landmark(
    console: ConsoleParameter, casework: CaseworkParameter, landmark: FromPath[str]
) -> Response[Any]:
    fields = await fields_of(console)
    _row, person = await _landmark(console, casework, landmark)

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        version = Typed(fields, ground.today()).version()
        work.remove_landmark(ground, connection, account, landmark, version)
        return []

    made = await casework.make(console.account, "landmark-removed", [person], change)
    return done(console, f"persons/{person}", "landmark-removed", made)


handlers = [
    new_case,
    report_new,
    report_form,
    report,
    edit_case,
    change_case,
    close_case,
    traced,
    add_landmark,
    edit_landmark,
    change_landmark,
    remove_landmark,
]
"""What an officer does with a case."""


async def _new_page(
    console: Console, casework: Casework, values: Mapping[str, str], error: RecordInvalid | None = None
) -> Response[bytes]:
    values, draft_at = await restored(console, casework, "new-case", values) if error is None else (values, None)
    account = console.account

    def read(connection: sa.Connection) -> list[tuple[Any, str]]:
        if error is None or error.faults.get("person") != "undecided":
            return []
        typed = Typed(values, casework.ground.today())
        rows = alike(connection, account, person_data(connection, typed, casework.ground.today()))
        return [(row, unit_text(find_unit(connection, row.unit))) for row in rows]

    return page(
        console,
        "new.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        values=values,
        faults={} if error is None else error.faults,
        alike=await casework.read(read),
        draft_at=draft_at,
    )


async def _report(console: Console, casework: Casework, person: str, fields: Fields, back: str) -> Response[Any]:
    """A case of somebody on record; what it changes for others is shown first."""
    note = "case_note" if "case_note" in fields else "note"

    def change(ground: Ground, connection: sa.Connection, account: Account) -> tuple[str, list[Change]]:
        require_open(ground, connection, account, find_person(connection, account, Action.WORK_CASES, person))
        data = case_data(Typed(fields, ground.today()), ground.today(), note=note)
        return work.report_case(ground, connection, account, person, data)

    try:
        made = await decide(
            console,
            casework,
            what="case",
            people=[person],
            subjects=[person],
            change=change,
            fields=fields | {"person": person},
            back=back.partition("?")[0],
            form=fields.get("draft", ""),
        )
    except (RecordInvalid, CaseOpen) as error:
        return await _report_page(console, casework, person, fields, error)
    return done(console, f"persons/{person}", "case", made) if isinstance(made, Made) else made


async def _report_page(
    console: Console,
    casework: Casework,
    person: str,
    values: Mapping[str, str],
    error: RecordInvalid | CaseOpen | None = None,
) -> Response[bytes]:
    def read(connection: sa.Connection) -> Any:
        row = find_person(connection, console.account, Action.WORK_CASES, person)
        require_open(casework.ground, connection, console.account, row)
        return row

    row = await casework.read(read)
    form = f"report-{person}"
    values, draft_at = await restored(console, casework, form, values) if error is None else (values, None)
    return page(
        console,
        "report.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        person=row,
        values=values,
        faults=error.faults if isinstance(error, RecordInvalid) else {},
        draft_at=draft_at,
    )


async def _case(console: Console, casework: Casework, case: str) -> tuple[Any, Any]:
    """The rows of a case and its person, open to the account."""

    def read(connection: sa.Connection) -> tuple[Any, Any]:
        row, person = work.find_case(connection, console.account, Action.WORK_CASES, case)
        require_open(casework.ground, connection, console.account, person)
        return row, person

    return await casework.read(read)


async def _case_page(
    console: Console,
    casework: Casework,
    case: str,
    values: Mapping[str, str] | None = None,
    error: RecordInvalid | RecordChanged | None = None,
) -> Response[bytes]:
    row, person = await _case(console, casework, case)
    draft_at = None
    if values is None:
        held = case_fields(row) | {"version": str(row.version)}
        values, draft_at = await restored(console, casework, f"case-{case}", held)
    return page(
        console,
        "case.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        case=row,
        case_name=case_name(row),
        window=case_window(row),
        person=person,
        values=values,
        faults=error.faults if isinstance(error, RecordInvalid) else {},
        draft_at=draft_at,
    )


async def _landmark(console: Console, casework: Casework, landmark: str) -> tuple[Any, str]:
    """A landmark's row and whose it is, open to the account."""

    def read(connection: sa.Connection) -> tuple[Any, str]:
        row = work.find_landmark(connection, console.account, Action.WORK_CASES, landmark)
        case, person = work.find_case(connection, console.account, Action.WORK_CASES, row.case)
        require_open(casework.ground, connection, console.account, person)
        return row, case.person

    return await casework.read(read)


async def _landmark_page(
    console: Console,
    casework: Casework,
    landmark: str,
    values: Mapping[str, str] | None = None,
    error: RecordInvalid | None = None,
) -> Response[bytes]:
    row, person = await _landmark(console, casework, landmark)
    draft_at = None
    if values is None:
        held = await casework.read(landmark_fields, row) | {"version": str(row.version)}
        values, draft_at = await restored(console, casework, f"landmark-{landmark}", held)
    return page(
        console,
        "landmark.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        action=f"landmarks/{landmark}",
        person=person,
        landmark=row,
        values=values,
        faults={} if error is None else error.faults,
        draft_at=draft_at,
    )
