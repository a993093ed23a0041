"""People and units of one's reach, and the audit log."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath

from bluezone.server.accounts.access import Account, Action, Role, allowed, denied, grantable, roots
from bluezone.server.accounts.console import Console, ConsoleParameter
from bluezone.server.accounts.errors import AccountsError, LoginTaken, PersonMalformed
from bluezone.server.accounts.frame import ROOT
from bluezone.server.accounts.people import people_at
from bluezone.server.accounts.staff import Invited
from bluezone.server.audit.service import PAGE, Entry, Verdict
from bluezone.server.units.service import (
    Unit,
    earlier_entries,
    find_unit,
    fold,
    is_whole,
    search_units,
    units_above,
    units_below,
    units_of,
)

SEE, MANAGE, AUDIT = ({"may": action} for action in (Action.SEE_PEOPLE, Action.MANAGE_PEOPLE, Action.READ_AUDIT))
MOST_SUGGESTED = 400
"""Units that a field suggests; a province has fewer."""


@get("/people", opt=SEE)
async def people(console: ConsoleParameter) -> Response[bytes]:
    found = await console.accounts.staff.people(console.account)
    words_typed = fold(console.request.query_params.get("q", "")).split()
    persons = [
        person
        for person in found.persons
        if all(word in fold(f"{person.account.name} {person.account.login}") for word in words_typed)
    ]
    return console.page(
        "people.html",
        persons=persons,
        total=len(found.persons),
        q=console.request.query_params.get("q", "")[:100],
        invitations=found.invitations,
        may_manage=bool(roots(console.account, Action.MANAGE_PEOPLE)),
    )


@get("/people/{account:str}", opt=SEE)
async def person(console: ConsoleParameter, account: FromPath[str]) -> Response[bytes]:
    return await _person_page(console, account)


@post("/people/{account:str}/roles", opt=MANAGE)
async def grant(console: ConsoleParameter, account: FromPath[str]) -> Response[Any]:
    form = await console.form()
    await console.accounts.staff.grant(console.account, account, _role(form.get("role")), form.get("unit", "").strip())
    return console.go(f"people/{account}", done="granted")


@post("/people/{account:str}/roles/remove", opt=MANAGE)
async def take_away(console: ConsoleParameter, account: FromPath[str]) -> Response[Any]:
    form = await console.form()
    await console.accounts.staff.take_away(console.account, account, _role(form.get("role")), form.get("unit", ""))
    return console.go("people", done="removed")


@post("/people/{account:str}/close", opt=MANAGE)
async def close(console: ConsoleParameter, account: FromPath[str]) -> Response[Any]:
    await console.accounts.staff.close(console.account, account)
    return console.go(f"people/{account}", done="closed")


@post("/people/{account:str}/reopen", opt=MANAGE)
async def reopen(console: ConsoleParameter, account: FromPath[str]) -> Response[Any]:
    await console.accounts.staff.reopen(console.account, account)
    return console.go(f"people/{account}", done="reopened")


@post("/people/{account:str}/renew", opt=MANAGE, status_code=200)
async def renew(console: ConsoleParameter, account: FromPath[str]) -> Response[bytes]:
    return _link_page(console, await console.accounts.staff.renew(console.account, account))


@post("/invitations/{invitation:str}/withdraw", opt=MANAGE)
async def withdraw(console: ConsoleParameter, invitation: FromPath[str]) -> Response[Any]:
    await console.accounts.staff.withdraw(console.account, invitation)
    return console.go("people", done="withdrawn")


@get("/units", opt=SEE)
async def units(console: ConsoleParameter) -> Response[bytes]:
    reach = roots(console.account, Action.SEE_PEOPLE)
    q = console.request.query_params.get("q", "")[:100]

    def read(connection: sa.Connection) -> list[tuple[Unit, list[Unit]]]:
        found = search_units(connection, q, reach, most=50) if q.strip() else units_of(connection, reach)
        return [(unit, _above(connection, console.account, unit)) for unit in found]

    return console.page("units.html", found=await console.accounts.ground.read(read), q=q)


@get("/units/{unit:str}", opt=SEE)
async def one_unit(console: ConsoleParameter, unit: FromPath[str]) -> Response[bytes]:
    def read(connection: sa.Connection) -> dict[str, Any]:
        at = _existing(find_unit(connection, unit))
        return {
            "unit": at,
            "above": _above(connection, console.account, at),
            "below": units_below(connection, at.code),
            "earlier": earlier_entries(connection, at.code),
            "persons": [one for one in people_at(connection, [at.path]) if _works_at(one, at)],
            "may_invite": bool(grantable(console.account, at)),
        }

    return console.page("unit.html", **await console.accounts.ground.read(read))


@get("/units/{unit:str}/invite", opt=MANAGE)
async def invite_form(console: ConsoleParameter, unit: FromPath[str]) -> Response[bytes]:
    return await _invite_page(console, unit)


@post("/units/{unit:str}/invite", opt=MANAGE, status_code=200)
async def invite(console: ConsoleParameter, unit: FromPath[str]) -> Response[Any]:
    form = await console.form()
    try:
        invited = await console.accounts.staff.invite(
            console.account,
            login=form.get("login", ""),
            name=form.get("name", ""),
            role=_role(form.get("role")),
            unit=unit,
        )
    except (PersonMalformed, LoginTaken) as error:
        return await _invite_page(console, unit, error, **{key: form.get(key, "") for key in ("login", "name", "role")})
    return _link_page(console, invited)


@get("/audit", opt=AUDIT)
async def audit_log(console: ConsoleParameter) -> Response[bytes]:
    query = console.request.query_params
    before = int(query["before"]) if query.get("before", "").isdecimal() and len(query["before"]) < 16 else None
    log = console.accounts.audit
    # Who reaches the top of the tree sees what belongs to no unit too.
    reach = roots(console.account, Action.READ_AUDIT)

    def read(connection: sa.Connection) -> tuple[list[Entry], dict[str, Unit | None], Verdict | None]:
        entries = log.entries(connection, ["/"] if is_whole(connection, reach) else reach, before=before)
        places = {entry.event.unit: find_unit(connection, entry.event.unit) for entry in entries}
        return entries, places, log.verify(connection) if query.get("check") == "1" else None

    entries, places, verdict = await console.accounts.ground.read(read)
    return console.page(
        "audit.html",
        entries=entries,
        places=places,
        verdict=verdict,
        events=console.accounts.frame.events,
        older=entries[-1].number if len(entries) == PAGE else None,
    )


handlers = [
    people,
    person,
    grant,
    take_away,
    close,
    reopen,
    renew,
    withdraw,
    units,
    one_unit,
    invite_form,
    invite,
    audit_log,
]
"""What heads of units see and do."""


async def _person_page(console: Console, account_id: str) -> Response[bytes]:
    found = await console.accounts.staff.person(console.account, account_id)
    actor = console.account

    def read(connection: sa.Connection) -> list[Unit]:
        return search_units(connection, "", roots(actor, Action.MANAGE_PEOPLE), most=MOST_SUGGESTED)

    suggested = await console.accounts.ground.read(read)
    given = frozenset[Role]().union(*(grantable(actor, unit) for unit in suggested))
    return console.page(
        "person.html",
        person=found,
        grantable=[] if actor.id == account_id else [role for role in reversed(Role) if role in given],
        units=suggested,
        itself=actor.id == account_id,
    )


async def _invite_page(
    console: Console, unit: str, error: AccountsError | None = None, *, login: str = "", name: str = "", role: str = ""
) -> Response[bytes]:
    at = _existing(await console.accounts.unit(unit))
    given = grantable(console.account, at)
    return console.page(
        "invite.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        unit=at,
        roles=[one for one in Role if one in given],
        login=login[:100],
        name=name[:200],
        role=role,
    )


def _link_page(console: Console, invited: Invited) -> Response[bytes]:
    link = f"{console.origin}{ROOT}/invitation/{invited.token}"
    return console.page("link.html", invited=invited.invitation, link=link)


def _role(text: str | None) -> Role:
    try:
        return Role(text or "")
    except ValueError as error:
        raise denied() from error


def _existing(unit: Unit | None) -> Unit:
    """The guard has let nobody in for a unit that does not exist; it may be gone since."""
    if unit is None:
        raise denied()
    return unit


def _above(connection: sa.Connection, account: Account, unit: Unit) -> list[Unit]:
    """The units above, as far as the account reaches."""
    return [one for one in units_above(connection, unit) if allowed(account, Action.SEE_PEOPLE, one)]


def _works_at(account: Account, unit: Unit) -> bool:
    return account.unit.code == unit.code or any(held.unit.code == unit.code for held in account.holdings)
