"""The list of cases, search while typing, and what other communes handed over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath

from bluezone.server.accounts.access import Account, Action, roots
from bluezone.server.accounts.console import ConsoleParameter, way_on
from bluezone.server.accounts.frame import ROOT
from bluezone.server.casework import transfers as handing
from bluezone.server.casework.desk import CaseworkParameter, done, page
from bluezone.server.casework.ground import Ground
from bluezone.server.casework.lists import (
    LONGEST_QUERY,
    CaseFilter,
    Order,
    State,
    list_cases,
    search_people,
    unit_titles,
)
from bluezone.server.casework.people import PersonData, alike
from bluezone.server.casework.typed import NotUnderstood, read_birth_year, unit_text
from bluezone.server.numbers import page_number
from bluezone.server.units.service import Unit, find_unit, search_units, units_of

SEE, WORK = {"may": Action.SEE_CASES}, {"may": Action.WORK_CASES}
LAST_PAGE = 100_000
PERIODS = (0, 1, 7, 14)
MOST_SUGGESTED = 12


@get("/cases", opt=SEE)
async def cases(console: ConsoleParameter, casework: CaseworkParameter) -> Response[bytes]:
    chosen = case_filter(console.request.query_params)
    ground, account = casework.ground, console.account

    def read(connection: sa.Connection) -> dict[str, Any]:
        own = units_of(connection, roots(account, Action.SEE_CASES))
        return {
            "listed": list_cases(connection, account, chosen, ground.today(), ground.now()),
            "units": _below(connection, own),
            "waiting": handing.count_to_take(connection, account),
        }

    def address(**changed: Any) -> str:
        query = {name: getattr(chosen, name) for name in CaseFilter.__slots__}
        return f"/console/cases?{urlencode(_query(query | {'page': 1} | changed))}".rstrip("?")

    return page(
        console,
        "list.html",
        chosen=chosen,
        address=address,
        today=ground.today(),
        now=ground.now(),
        periods=PERIODS,
        **await casework.read(read),
    )


@get("/cases/units", opt=SEE)
async def suggest_units(console: ConsoleParameter, casework: CaseworkParameter) -> Response[Any]:
    """Communes for a field, as it writes them."""
    q = console.request.query_params.get("q", "")[:LONGEST_QUERY].replace("\0", "")

    def read(connection: sa.Connection) -> list[dict[str, str]]:
        found = search_units(connection, q.partition("(")[0], most=MOST_SUGGESTED)
        return [{"value": unit_text(unit), "about": _parent(connection, unit)} for unit in found]

    return _json(await casework.read(read))


@get("/persons/find", opt=SEE)
async def find_people(console: ConsoleParameter, casework: CaseworkParameter) -> Response[Any]:
    """People on record for a field: by name or telephone number."""
    q = console.request.query_params.get("q", "")
    return _json(await casework.read(lambda c: _told(c, search_people(c, console.account, q, most=MOST_SUGGESTED)[0])))


@get("/persons/alike", opt=SEE)
async def find_alike(console: ConsoleParameter, casework: CaseworkParameter) -> Response[Any]:
    """Whom somebody may already be, while they are typed."""
    asked = console.request.query_params
    try:
        year = read_birth_year(asked.get("birth_year", "")[:20], casework.ground.today())
    except NotUnderstood:
        year = None
    phone = "".join(letter for letter in asked.get("phone", "")[:20] if letter.isdecimal() and letter.isascii())
    name = asked.get("name", "")[:LONGEST_QUERY].replace("\0", "")
    if not name.strip() and not phone:
        return _json([])
    data = PersonData(name=name, unit="", birth_year=year, phone=phone)
    return _json(await casework.read(lambda c: _told(c, alike(c, console.account, data))))


@get("/transfers", opt=SEE)
async def transfers(console: ConsoleParameter, casework: CaseworkParameter) -> Response[bytes]:
    def read(connection: sa.Connection) -> dict[str, Any]:
        rows = handing.waiting(connection, console.account)
        return {
            "rows": rows,
            "total": handing.count_to_take(connection, console.account),
            "titles": unit_titles(connection, [row.unit for row in rows]),
        }

    return page(console, "transfers.html", **await casework.read(read))


@post("/transfers/take", opt=WORK)
async def take_all(console: ConsoleParameter, casework: CaseworkParameter) -> Response[Any]:
    chosen = [name.removeprefix("take_") for name in await console.form() if name.startswith("take_")]

    def take(ground: Ground, connection: sa.Connection, account: Account) -> None:
        for transfer in chosen:
            handing.take_over(ground, connection, account, transfer)

    await casework.write(take, console.account)
    return done(console, "transfers", "taken") if chosen else console.go("transfers")


@post("/transfers/{transfer:str}/take", opt=WORK)
async def take_one(console: ConsoleParameter, casework: CaseworkParameter, transfer: FromPath[str]) -> Response[Any]:
    await casework.write(handing.take_over, console.account, transfer)
    back = way_on((await console.form()).get("back", "")).removeprefix(ROOT).strip("/")
    return done(console, back if back.startswith("persons/") else "transfers", "taken")


handlers = [cases, suggest_units, find_people, find_alike, transfers, take_all, take_one]
"""What an officer looks through."""


def case_filter(asked: Mapping[str, str]) -> CaseFilter:
    """What an address asks for; what it says wrongly is not asked."""
    state, order = asked.get("state", ""), asked.get("order", "")
    days = asked.get("days", "")
    return CaseFilter(
        q=asked.get("q", "")[:LONGEST_QUERY].strip(),
        state=State(state) if state in list(State) else State.OPEN,
        unit=asked.get("unit", "")[:20].replace("\0", ""),
        days=int(days) if days in {str(one) for one in PERIODS} else 0,
        mine=asked.get("mine") == "1",
        order=Order(order) if order in list(Order) else Order.LATEST,
        page=page_number(asked.get("page", ""), digits=6, last=LAST_PAGE),
    )


def _query(chosen: Mapping[str, Any]) -> dict[str, str]:
    """The query of an address that asks for this; what is so anyway is left out."""
    usual = CaseFilter()
    return {
        name: "1" if value is True else str(value) for name, value in chosen.items() if value != getattr(usual, name)
    }


def _below(connection: sa.Connection, own: list[Unit]) -> list[Unit]:
    """The units to choose from: the account's own, and those below them."""
    return [unit for one in own for unit in search_units(connection, "", [one.path], most=400)]


def _parent(connection: sa.Connection, unit: Unit) -> str:
    above = find_unit(connection, unit.parent) if unit.parent else None
    return "" if above is None else above.title


def _told(connection: sa.Connection, rows: list[sa.Row[Any]]) -> list[dict[str, Any]]:
    titles = unit_titles(connection, [row.unit for row in rows])
    return [
        {
            "id": row.id,
            "name": row.name,
            "year": row.birth_year,
            "phone": "" if row.closed_at else row.phone,
            "unit": titles[row.unit],
            "level": row.level,
        }
        for row in rows
    ]


def _json(told: Any) -> Response[Any]:
    return Response(told, headers={"Cache-Control": "no-store"})
