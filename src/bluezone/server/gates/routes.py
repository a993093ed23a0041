"""The console's pages of gates: which there are, setting one up, what it counted, taking it out of use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import segno
import sqlalchemy as sa
from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from markupsafe import Markup

from bluezone.server.accounts.access import Account, Action, Role, allowed, grantable, roots
from bluezone.server.accounts.console import Console, ConsoleParameter, console_router
from bluezone.server.accounts.frame import ROOT, Entry, RoomFrame
from bluezone.server.accounts.people import people_at
from bluezone.server.accounts.service import Accounts
from bluezone.server.gates import counts, registry, words
from bluezone.server.gates.errors import GateLabelInvalid
from bluezone.server.gates.service import Gates
from bluezone.server.language import N_, VIETNAM
from bluezone.server.pages import language_of
from bluezone.server.units.service import Unit, find_unit, units_below, units_of

FRAME = RoomFrame(
    entries=(Entry(f"{ROOT}/gates", "door-enter", N_("Gates"), Action.GATES_WORK),),
    done=words.DONE,
    refusals=words.REFUSALS,
    events=words.EVENTS,
)
SILENT_SECONDS = 2 * 3600
"""A gate that was not heard of for so long is offline, or nobody is there."""
DAYS = 14
"""So many days back a page shows the counts of."""

GatesParameter = NamedDependency[SkipValidation[Gates]]
"""The type of a handler's parameter `gates`."""

WORK, MANAGE = {"may": Action.GATES_WORK}, {"may": Action.GATES_MANAGE}


@get("/gates", opt=WORK)
async def gates_page(console: ConsoleParameter, gates: GatesParameter) -> Response[bytes]:
    """Every gate that the account reaches, with the day's counts."""

    def read(connection: sa.Connection) -> list[dict[str, Any]]:
        found = registry.gates_of(connection, console.account)
        sums = counts.day_sums(connection, [row.id for row in found], _today(gates))
        told = []
        for row in found:
            unit = find_unit(connection, row.unit)
            day = sums.get(row.id, dict.fromkeys(counts.KINDS, 0))
            told.append({"row": row, "unit": unit, "counts": counts.shown(console.account, unit, day.values())})
        return told

    return console.page("gates/list.html", told=await gates.read(read), **_common(console, gates))


@get("/gates/new", opt=MANAGE)
async def new_gate_page(console: ConsoleParameter, gates: GatesParameter) -> Response[bytes]:
    return await _new_page(console, gates, unit=console.request.query_params.get("unit", ""))


@post("/gates", opt=MANAGE, status_code=200)
async def register_gate(console: ConsoleParameter, gates: GatesParameter) -> Response[Any]:
    form = await console.form()
    unit, label = form.get("unit", ""), form.get("label", "")
    try:
        gate = await gates.write(registry.register, console.account, unit=unit, label=label)
    except GateLabelInvalid as error:
        return await _new_page(console, gates, unit=unit, label=label, error=error.code)
    return console.go(f"gates/{gate}", done="gate-registered")


@get("/gates/{gate:str}", opt=WORK)
async def gate_page(console: ConsoleParameter, gates: GatesParameter, gate: FromPath[str]) -> Response[bytes]:
    return await _gate_page(console, gates, gate)


@get("/gates/{gate:str}/sheet", opt=WORK)
async def day_sheet(console: ConsoleParameter, gates: GatesParameter, gate: FromPath[str]) -> Response[bytes]:
    """The codes of a day on paper, for a gate without a device; the same each time they are printed."""
    language, today = language_of(console.request), _today(gates)
    asked = console.request.query_params.get("day", "")
    day = today + timedelta(days=1) if asked == "tomorrow" else today
    pdf = await gates.sheet(console.account, gate, day, language=language)
    headers = {"Content-Disposition": f'inline; filename="bluezone-{day.isoformat()}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@post("/gates/{gate:str}/link", opt=MANAGE, status_code=200)
async def give_link(console: ConsoleParameter, gates: GatesParameter, gate: FromPath[str]) -> Response[bytes]:
    """The gate's page with a new link, seen this once."""
    token = await gates.write(registry.give_link, console.account, gate)
    return await _gate_page(console, gates, gate, link=f"{console.origin}/gate#{token}")


@post("/gates/{gate:str}/withdraw", opt=MANAGE, status_code=200)
async def withdraw_gate(console: ConsoleParameter, gates: GatesParameter, gate: FromPath[str]) -> Response[Any]:
    await gates.write(registry.withdraw, console.account, gate)
    return console.go(f"gates/{gate}", done="gate-withdrawn")


def gates_router(accounts: Accounts, gates: Gates, *, client_address: Callable[[str, str, int], str]) -> Router:
    """The pages of this room."""
    return console_router(
        accounts,
        [gates_page, new_gate_page, register_gate, gate_page, day_sheet, give_link, withdraw_gate],
        client_address=client_address,
        frame=FRAME,
        dependencies={"gates": Provide(lambda: gates, sync_to_thread=False)},
    )


async def _new_page(console: Console, gates: Gates, *, unit: str, label: str = "", error: str = "") -> Response[bytes]:
    def read(connection: sa.Connection) -> list[Unit]:
        return _choosable(connection, console.account, unit)

    return console.page(
        "gates/new.html",
        status_code=400 if error else 200,
        error=error,
        units=await gates.read(read),
        unit=unit,
        label=label,
    )


async def _gate_page(console: Console, gates: Gates, gate: str, *, link: str = "") -> Response[bytes]:
    account, today = console.account, _today(gates)
    day = _day(console.request.query_params.get("day", ""), today)

    def read(connection: sa.Connection) -> dict[str, Any]:
        row = registry.find_gate(connection, account, Action.GATES_WORK, gate)
        unit = find_unit(connection, row.unit)
        exact = counts.works_at(account, unit)
        hours = counts.hours_of(connection, gate, day)
        sums = [sum(getattr(one, kind) for one in hours) for kind in counts.KINDS]
        return {
            "gate": row,
            "unit": unit,
            "hours": hours if exact else [],
            "exact": exact,
            "sums": counts.shown(account, unit, sums),
            "recorders": _recorders(connection, unit),
            "may_manage": allowed(account, Action.GATES_MANAGE, unit),
            "may_invite": Role.RECORDER in grantable(account, unit),
        }

    picture = segno.make_qr(link or "-", error="m").svg_inline(omitsize=True, border=0, svgclass=None, lineclass=None)
    return console.page(
        "gates/gate.html",
        day=day,
        days=[today - timedelta(days=back) for back in range(DAYS)],
        at_noon=lambda one: datetime(one.year, one.month, one.day, 12, tzinfo=VIETNAM).timestamp(),
        link=link,
        picture=Markup(picture),  # noqa: S704 - drawn by the library from a link that we made
        link_days=registry.LINK_SECONDS // 86400,
        week=registry.CERTIFICATE_DAYS,
        hotline=gates.core.settings.hotline,
        **await gates.read(read),
        **_common(console, gates),
    )


def _common(console: Console, gates: Gates) -> dict[str, Any]:
    now = gates.registry.now()

    def state(row: Any) -> str:
        if row.withdrawn_at is not None:
            return "withdrawn"
        if row.public_key is None:
            return "waiting"
        return "silent" if row.heard_at is None or row.heard_at < now - SILENT_SECONDS else "works"

    return {
        "kinds": words.KINDS,
        "state": state,
        "fewest": counts.FEWEST,
        "may_register": bool(roots(console.account, Action.GATES_MANAGE)),
        "today": _today(gates),
    }


def _choosable(connection: sa.Connection, account: Account, unit: str) -> list[Unit]:
    """Where a list offers to register a gate: the account's units, those directly below, and one asked for."""
    own = units_of(connection, roots(account, Action.GATES_MANAGE))
    offered: Sequence[Unit | None] = [
        *own,
        *(below for one in own for below in units_below(connection, one.code)),
        find_unit(connection, unit[:20]),
    ]
    found = {one.code: one for one in offered if one is not None and allowed(account, Action.GATES_MANAGE, one)}
    return list(found.values())


def _recorders(connection: sa.Connection, unit: Unit | None) -> list[str]:
    """The names of whoever records at the unit."""
    if unit is None:
        return []
    return [
        one.name
        for one in people_at(connection, [unit.path])
        if one.closed_at is None
        and any(held.role is Role.RECORDER and held.unit.code == unit.code for held in one.holdings)
    ]


def _today(gates: Gates) -> date:
    return datetime.fromtimestamp(gates.core.clock.now(), VIETNAM).date()


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else today
    except ValueError:
        day = today
    return min(max(day, today - timedelta(days=DAYS - 1)), today)
