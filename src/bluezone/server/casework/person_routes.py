"""A person's page and facts, contacts, drafts and undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath

from bluezone.server.accounts.access import Account, Action, allowed, denied
from bluezone.server.accounts.console import FORM_TOKEN, Console, ConsoleParameter, way_on
from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.accounts.frame import ROOT
from bluezone.server.casework import contacts as meeting
from bluezone.server.casework import people as keeping
from bluezone.server.casework.desk import CaseworkParameter, conflict, decide, done, fields_of, page, restored
from bluezone.server.casework.drafts import drop_draft, find_draft, keep_draft, open_closed, require_open
from bluezone.server.casework.errors import CaseOpen, RecordChanged, RecordClosed, RecordInvalid
from bluezone.server.casework.ground import Ground, is_id
from bluezone.server.casework.inputs import (
    MOST_LINES,
    Line,
    contact_data,
    contact_fields,
    home_data,
    lines,
    person_data,
    person_fields,
    twice,
)
from bluezone.server.casework.people import add_person, alike, find_person, home_desk
from bluezone.server.casework.record import people_named, read_record
from bluezone.server.casework.service import Casework, Made
from bluezone.server.casework.standing import Change, settle
from bluezone.server.casework.tables import cases, landmarks, persons
from bluezone.server.casework.typed import Typed
from bluezone.server.units.service import find_unit

SEE, WORK = {"may": Action.SEE_CASES}, {"may": Action.WORK_CASES}
EMPTY_LINES = 3
HISTORY = 30


@get("/persons/{person:str}", opt=SEE)
async def person(console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]) -> Response[bytes]:
    return await _person_page(console, casework, person)


@post("/persons/{person:str}/open", opt=SEE, status_code=200)
async def open_record(console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]) -> Response[Any]:
    reason = (await console.form()).get("reason", "")
    try:
        await casework.write(open_closed, console.account, person, reason)
    except RecordInvalid as error:
        return await _closed_page(console, casework, person, reason, error)
    return done(console, f"persons/{person}", "opened")


@get("/persons/{person:str}/edit", opt=WORK)
async def edit_person(console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]) -> Response[bytes]:
    return await _edit_page(console, casework, person)


@post("/persons/{person:str}/edit", opt=WORK, status_code=200)
async def change_person(console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]) -> Response[Any]:
    fields = await fields_of(console)

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        _open_person(ground, connection, account, person)
        typed = Typed(fields, ground.today())
        data = person_data(connection, typed, ground.today())
        keeping.change_person(ground, connection, account, person, typed.version(), data)
        return []

    try:
        made = await casework.make(console.account, "person-changed", [person], change, form=f"person-{person}")
    except RecordInvalid as error:
        return await _edit_page(console, casework, person, fields, error)
    except RecordChanged:
        row, theirs = await casework.read(_person_and_fields, casework.ground, console.account, person)
        return conflict(console, mine=fields, theirs=theirs, version=row.version, back=f"persons/{person}/edit")
    return done(console, f"persons/{person}", "person-changed", made)


@post("/persons/{person:str}/close", opt=WORK, status_code=200)
async def close_person(console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]) -> Response[Any]:
    fields = await fields_of(console)

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        version = Typed(fields, ground.today()).version()
        keeping.close_person(ground, connection, account, person, version)
        return []

    try:
        made = await casework.make(console.account, "person-closed", [person], change)
    except (CaseOpen, RecordChanged) as error:
        return await _person_page(console, casework, person, error)
    return done(console, "cases", "person-closed", made)


@post("/persons/{person:str}/reopen", opt=WORK)
async def reopen_person(console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]) -> Response[Any]:
    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        _open_person(ground, connection, account, person)
        keeping.reopen_person(ground, connection, account, person)
        return []

    made = await casework.make(console.account, "person-reopened", [person], change)
    return done(console, f"persons/{person}", "person-reopened", made)


@post("/persons/{person:str}/officer", opt=WORK)
async def assign(console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]) -> Response[Any]:
    mine = (await console.form()).get("mine") == "1"

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        _open_person(ground, connection, account, person)
        keeping.assign_officer(ground, connection, account, [person], account.id if mine else None)
        return []

    made = await casework.make(console.account, "assigned", [person], change)
    return done(console, f"persons/{person}", "assigned" if mine else "unassigned", made)


@get("/persons/{person:str}/contacts", opt=WORK)
async def contact_lines(
    console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]
) -> Response[bytes]:
    return await _lines_page(console, casework, person)


@post("/persons/{person:str}/contacts", opt=WORK, status_code=200)
async def add_contacts(console: ConsoleParameter, casework: CaseworkParameter, person: FromPath[str]) -> Response[Any]:
    fields = await fields_of(console)
    # Whoever is chosen is known only after the lines were read; an undo brings their rows back too.
    named = {one for name, one in fields.items() if name.startswith("person_") and is_id(one)}
    people = [person, *sorted(named - {person})]

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        row = _open_person(ground, connection, account, person)
        read, faults = lines(connection, fields, ground.today(), home_data(row))
        if not read and not faults:
            faults = {"lines": "lines_missing"}
        faults |= twice(read)
        for line in read:
            if line.data is not None and not line.new and alike(connection, account, line.data):
                faults[f"person_{line.number}"] = "undecided"
        if faults:
            raise RecordInvalid(faults)
        desk = home_desk(account, Action.WORK_CASES)
        ends = {person}
        for line in read:
            ends.add(_add_line(ground, connection, account, row, line, desk, people))
        return settle(connection, ends)

    try:
        made = await decide(
            console,
            casework,
            what="contacts",
            people=people,
            subjects=[*people],
            change=change,
            fields=fields,
            back=f"persons/{person}/contacts",
            form=f"contacts-{person}",
        )
    except RecordInvalid as error:
        return await _lines_page(console, casework, person, fields, error)
    return done(console, f"persons/{person}", "contacts", made) if isinstance(made, Made) else made


@get("/contacts/{contact:str}", opt=WORK)
async def edit_contact(
    console: ConsoleParameter, casework: CaseworkParameter, contact: FromPath[str]
) -> Response[bytes]:
    return await _contact_page(console, casework, contact)


@post("/contacts/{contact:str}", opt=WORK, status_code=200)
async def change_contact(
    console: ConsoleParameter, casework: CaseworkParameter, contact: FromPath[str]
) -> Response[Any]:
    fields = await fields_of(console)
    row = await casework.read(_open_contact, casework.ground, console.account, contact)
    ends = [row.source, row.exposed]

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        typed = Typed(fields, ground.today())
        return meeting.change_contact(ground, connection, account, contact, typed.version(), contact_data(typed))

    try:
        made = await decide(
            console,
            casework,
            what="contact-changed",
            people=[*ends],
            subjects=ends,
            change=change,
            fields=fields,
            back=f"contacts/{contact}",
            form=f"contact-{contact}",
        )
    except RecordInvalid as error:
        return await _contact_page(console, casework, contact, fields, error)
    except RecordChanged:
        row = await casework.read(meeting.find_contact, console.account, Action.WORK_CASES, contact)
        return conflict(
            console, mine=fields, theirs=contact_fields(row), version=row.version, back=f"contacts/{contact}"
        )
    return done(console, f"persons/{_back(fields, ends)}", "contact-changed", made) if isinstance(made, Made) else made


@post("/contacts/{contact:str}/remove", opt=WORK, status_code=200)
async def remove_contact(
    console: ConsoleParameter, casework: CaseworkParameter, contact: FromPath[str]
) -> Response[Any]:
    fields = await fields_of(console)
    row = await casework.read(_open_contact, casework.ground, console.account, contact)
    ends = [row.source, row.exposed]

    def change(ground: Ground, connection: sa.Connection, account: Account) -> list[Change]:
        version = Typed(fields, ground.today()).version()
        return meeting.remove_contact(ground, connection, account, contact, version)

    made = await decide(
        console,
        casework,
        what="contact-removed",
        people=[*ends],
        subjects=ends,
        change=change,
        fields=fields,
        back=f"contacts/{contact}/remove",
    )
    return done(console, f"persons/{_back(fields, ends)}", "contact-removed", made) if isinstance(made, Made) else made


@post("/undos/{undo:str}", opt=WORK, status_code=200)
async def undo(console: ConsoleParameter, casework: CaseworkParameter, undo: FromPath[str]) -> Response[Any]:
    undone = await casework.undo(console.account, undo)
    back = way_on((await console.form()).get("back", "")).removeprefix(ROOT).strip("/")
    people = set(await casework.read(_still_there, undone.people))
    if back.startswith("persons/") and back.split("/")[1] not in people:
        back = "cases"
    return done(console, back or "cases", "undone")


@get("/drafts/{form:str}", opt=WORK)
async def draft(console: ConsoleParameter, casework: CaseworkParameter, form: FromPath[str]) -> Response[Any]:
    """What is kept of a form, and the token with which it can be sent in this session."""

    def read(connection: sa.Connection) -> Any:
        return find_draft(casework.ground, connection, console.account, form)

    kept = await casework.read(read)
    told = {
        "savedAt": None if kept is None else kept.saved_at,
        "formToken": console.accounts.form_token(console.session),
    }
    return Response(told, headers={"Cache-Control": "no-store"})


@post("/drafts/{form:str}", opt=WORK, status_code=200)
async def save_draft(console: ConsoleParameter, casework: CaseworkParameter, form: FromPath[str]) -> Response[Any]:
    fields = {name: value for name, value in (await console.form()).items() if name != FORM_TOKEN and value}
    await casework.write(keep_draft, console.account, form, fields)
    return Response({"savedAt": casework.ground.now()}, headers={"Cache-Control": "no-store"})


@post("/drafts/{form:str}/drop", opt=WORK)
async def discard_draft(console: ConsoleParameter, casework: CaseworkParameter, form: FromPath[str]) -> Response[Any]:
    back = way_on((await console.form()).get("back", "")).removeprefix(ROOT).strip("/")

    def drop(connection: sa.Connection) -> None:
        find_draft(casework.ground, connection, console.account, form)
        drop_draft(connection, console.account, form)

    await casework.ground.core.database.write(drop)
    return console.go(back or "cases")


handlers = [
    person,
    open_record,
    edit_person,
    change_person,
    close_person,
    reopen_person,
    assign,
    contact_lines,
    add_contacts,
    edit_contact,
    change_contact,
    remove_contact,
    undo,
    draft,
    save_draft,
    discard_draft,
]
"""What an officer does with a person's record."""


def _open_person(ground: Ground, connection: sa.Connection, account: Account, person: str) -> Any:
    row = find_person(connection, account, Action.WORK_CASES, person)
    require_open(ground, connection, account, row)
    return row


def _open_contact(connection: sa.Connection, ground: Ground, account: Account, contact: str) -> Any:
    """A contact's row, when the record of one end that the account reaches is open to it."""
    row = meeting.find_contact(connection, account, Action.WORK_CASES, contact)
    closed: RecordClosed | None = None
    for end in (row.source, row.exposed):
        try:
            _open_person(ground, connection, account, end)
            return row
        except AccessDenied:
            continue
        except RecordClosed as error:
            closed = error
    raise closed or denied()


def _person_and_fields(
    connection: sa.Connection, ground: Ground, account: Account, person: str
) -> tuple[Any, dict[str, str]]:
    row = _open_person(ground, connection, account, person)
    return row, person_fields(connection, row)


def _still_there(connection: sa.Connection, people: list[str]) -> list[str]:
    return list(connection.execute(sa.select(persons.c.id).where(persons.c.id.in_(people))).scalars())


def _back(fields: Mapping[str, str], ends: list[str]) -> str:
    """The end of a contact from whose page the form came."""
    return fields["from"] if fields.get("from") in ends else ends[0]


def _add_line(
    ground: Ground,
    connection: sa.Connection,
    account: Account,
    source: Any,
    line: Line,
    desk: str,
    people: list[str],
) -> str:
    """One contact of the form; whom it exposed. Raises RecordInvalid with the line's number at each field."""
    exposed = line.person
    if line.data is not None:
        exposed = add_person(ground, connection, desk, line.data)
        people.append(exposed)
        ground.note(connection, account, "person_added", unit=line.data.unit, subject=exposed)
    if line.same_household:
        household = source.household or source.id
        same = persons.c.id.in_([source.id, exposed])
        connection.execute(sa.update(persons).where(same).values(household=household))
    try:
        meeting.insert_contact(ground, connection, account, source.id, exposed, line.contact)
    except RecordInvalid as error:
        raise RecordInvalid({f"{field}_{line.number}": fault for field, fault in error.faults.items()}) from error
    return exposed


async def _person_page(
    console: Console, casework: Casework, person: str, error: CaseOpen | RecordChanged | None = None
) -> Response[bytes]:
    account, ground = console.account, casework.ground

    def read(connection: sa.Connection) -> dict[str, Any]:
        record = read_record(ground, connection, account, person)
        units = {record.person.unit, record.person.desk}
        panels = [
            (panel.template, panel.read(connection, account, person))
            for panel in casework.panels
            if allowed(account, panel.action, record.unit) or allowed(account, panel.action, record.desk)
        ]
        return {
            "record": record,
            "panels": panels,
            "history": ground.audit.about(connection, person, sorted(units), most=HISTORY),
            "takeable": {
                row.id
                for row, _title, _taker in record.transfers
                if row.taken_at is None and allowed(account, Action.WORK_CASES, find_unit(connection, row.unit))
            },
        }

    try:
        found = await casework.read(read)
    except RecordClosed:
        return await _closed_page(console, casework, person)
    return page(
        console,
        "person.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        events=console.accounts.frame.events,
        may_work=bool(found["record"]) and _may_work(account, found["record"]),
        today=ground.today(),
        now=ground.now(),
        **found,
    )


def _may_work(account: Account, record: Any) -> bool:
    return any(allowed(account, Action.WORK_CASES, unit) for unit in (record.unit, record.desk))


async def _closed_page(
    console: Console, casework: Casework, person: str, reason: str = "", error: RecordInvalid | None = None
) -> Response[bytes]:
    row = await casework.read(find_person, console.account, Action.SEE_CASES, person)
    return page(
        console,
        "closed.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        person=row,
        values={"reason": reason},
        faults={} if error is None else error.faults,
    )


async def _edit_page(
    console: Console,
    casework: Casework,
    person: str,
    values: Mapping[str, str] | None = None,
    error: RecordInvalid | None = None,
) -> Response[bytes]:
    row, held = await casework.read(_person_and_fields, casework.ground, console.account, person)
    draft_at = None
    if values is None:
        with_version = held | {"version": str(row.version)}
        values, draft_at = await restored(console, casework, f"person-{person}", with_version)
    return page(
        console,
        "person_edit.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        person=row,
        values=values,
        faults={} if error is None else error.faults,
        draft_at=draft_at,
    )


async def _lines_page(
    console: Console,
    casework: Casework,
    person: str,
    values: Mapping[str, str] | None = None,
    error: RecordInvalid | None = None,
) -> Response[bytes]:
    account, ground = console.account, casework.ground
    draft_at = None
    if values is None:
        values, draft_at = await restored(console, casework, f"contacts-{person}", {})
    typed = dict(values)

    def read(connection: sa.Connection) -> dict[str, Any]:
        row = _open_person(ground, connection, account, person)
        held, _faults = lines(connection, typed, ground.today(), home_data(row))
        chosen = {one.person for one in held if one.person}
        theirs = sa.select(landmarks).join(cases, cases.c.id == landmarks.c.case).where(cases.c.person == person)
        return {
            "person": row,
            "unit": find_unit(connection, row.unit),
            "landmarks": connection.execute(theirs.order_by(landmarks.c.from_at)).all(),
            "alike": {
                one.number: alike(connection, account, one.data)
                for one in held
                if one.data is not None and error is not None
            },
            "chosen": people_named(connection, account, chosen),
        }

    found = await casework.read(read)
    numbers = sorted({int(name.rpartition("_")[2]) for name, value in typed.items() if value and _numbered(name)})
    shown = numbers[:MOST_LINES] or []
    following = (max(shown) + 1) if shown else 0
    return page(
        console,
        "contacts.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        values=typed,
        numbers=[*shown, *range(following, following + (1 if error else EMPTY_LINES))],
        faults={} if error is None else error.faults,
        draft_at=draft_at,
        **found,
    )


def _numbered(name: str) -> bool:
    field, _, number = name.rpartition("_")
    return field in {"name", "phone", "person"} and number.isascii() and number.isdecimal() and len(number) < 4


async def _contact_page(
    console: Console,
    casework: Casework,
    contact: str,
    values: Mapping[str, str] | None = None,
    error: RecordInvalid | None = None,
) -> Response[bytes]:
    account = console.account

    def read(connection: sa.Connection) -> dict[str, Any]:
        row = _open_contact(connection, casework.ground, account, contact)
        theirs = sa.select(landmarks).join(cases, cases.c.id == landmarks.c.case).where(cases.c.person == row.source)
        return {
            "contact": row,
            "named": people_named(connection, account, [row.source, row.exposed]),
            "landmarks": connection.execute(theirs.order_by(landmarks.c.from_at)).all(),
        }

    found = await casework.read(read)
    row = found["contact"]
    draft_at = None
    if values is None:
        held = contact_fields(row) | {"version": str(row.version)}
        values, draft_at = await restored(console, casework, f"contact-{contact}", held)
    came = console.request.query_params.get("from", "") or values.get("from", "")
    return page(
        console,
        "contact.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        came_from=came if came in {row.source, row.exposed} else row.source,
        values=values,
        faults={} if error is None else error.faults,
        draft_at=draft_at,
        **found,
    )
