"""The pages on which two records of one person become one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath

from bluezone.server.accounts.access import Account, Action
from bluezone.server.accounts.console import Console, ConsoleParameter
from bluezone.server.casework.service import Ground, find_person
from bluezone.server.exchange import merging
from bluezone.server.exchange.errors import ImportNotUndone, MergeImpossible
from bluezone.server.exchange.import_routes import ExchangeParameter, page
from bluezone.server.exchange.imports import State, find_import
from bluezone.server.exchange.merging import FIELDS, KIND
from bluezone.server.exchange.service import Exchange
from bluezone.server.exchange.tables import import_rows
from bluezone.server.exchange.undoing import UNDO_SECONDS
from bluezone.server.units.service import find_unit

WORK = {"may": Action.WORK_CASES}
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


@get("/persons/{person:str}/merge", opt=WORK)
async def compare(console: ConsoleParameter, exchange: ExchangeParameter, person: FromPath[str]) -> Response[bytes]:
    return await _page(console, exchange, person, console.request.query_params.get("with", ""))


@post("/persons/{person:str}/merge", opt=WORK, status_code=200)
async def make_one(console: ConsoleParameter, exchange: ExchangeParameter, person: FromPath[str]) -> Response[Any]:
    form = await console.form()
    other = form.get("other", "")
    take = {name for name in FIELDS if form.get(f"pick_{name}") == "other"}

    def run(ground: Ground, connection: sa.Connection, account: Account) -> str:
        versions = _version(form, "version"), _version(form, "other_version")
        made, _ = merging.merge(ground, connection, account, person, other, versions=versions, take=take)
        return made

    try:
        made = await exchange.casework.write(run, console.account)
    except MergeImpossible as error:
        return await _page(console, exchange, person, other, error)
    return console.go(f"exchange/merges/{made}", done="records-merged")


@get("/exchange/merges/{merge:str}", opt=WORK)
async def merged(console: ConsoleParameter, exchange: ExchangeParameter, merge: FromPath[str]) -> Response[bytes]:
    return await _merged_page(console, exchange, merge)


@post("/exchange/merges/{merge:str}/undo", opt=WORK, status_code=200)
async def undo(console: ConsoleParameter, exchange: ExchangeParameter, merge: FromPath[str]) -> Response[Any]:
    try:
        kept = await exchange.casework.write(merging.undo_merge, console.account, merge)
    except ImportNotUndone as error:
        return await _merged_page(console, exchange, merge, error)
    return console.go(f"persons/{kept}", done="merge-undone")


async def _merged_page(
    console: Console, exchange: Exchange, merge_id: str, error: ImportNotUndone | None = None
) -> Response[bytes]:
    account, ground = console.account, exchange.ground

    def read(connection: sa.Connection) -> dict[str, Any]:
        row = find_import(connection, account, merge_id, kinds=[KIND])
        who = connection.execute(sa.select(import_rows.c.person).where(import_rows.c.import_id == merge_id)).scalar()
        person = find_person(connection, account, Action.WORK_CASES, who or "")
        may_undo = row.state == State.DONE and row.finished_at + UNDO_SECONDS > ground.now()
        return {"merge": row, "person": person, "may_undo": may_undo, "undo_until": row.finished_at + UNDO_SECONDS}

    return page(
        console,
        "merged.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        **await exchange.casework.read(read),
    )


async def _page(
    console: Console, exchange: Exchange, person: str, other: str, error: MergeImpossible | None = None
) -> Response[bytes]:
    """The two side by side; where no other is named, how to name one."""
    account, ground = console.account, exchange.ground
    named = _ID.findall(other)

    def read(connection: sa.Connection) -> dict[str, Any]:
        row = find_person(connection, account, Action.WORK_CASES, person)
        told: dict[str, Any] = {"person": row, "panel": exchange.panel(connection, account, person), "both": None}
        if named and named[-1] != person:
            told["both"] = merging.compare(ground, connection, account, person, named[-1])
            units = {row.unit, told["both"].other.unit}
            told["titles_of_units"] = {code: unit.title for code in units if (unit := find_unit(connection, code))}
        return told

    reason = error.reason if error else ("not_named" if other and not named else "")
    return page(
        console,
        "merge.html",
        status_code=409 if error else 200,
        error=error.code if error else "",
        reason=reason,
        fields=FIELDS,
        **await exchange.casework.read(read),
    )


def _version(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "")
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0


handlers = [compare, make_one, merged, undo]
