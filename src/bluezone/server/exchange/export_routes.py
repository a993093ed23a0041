"""The page on which a list is taken out, and the workbooks around imports."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from litestar import Response, get, post

from bluezone.server.accounts.access import Action
from bluezone.server.accounts.console import Console, ConsoleParameter
from bluezone.server.exchange import exports, papers
from bluezone.server.exchange.columns import ListKind
from bluezone.server.exchange.errors import ExchangeError, ExportUnknown, ReasonMissing
from bluezone.server.exchange.exports import LISTS, LONGEST_REASON, SHORTEST_REASON, Asked, Form, What
from bluezone.server.exchange.import_routes import ExchangeParameter, import_of, page
from bluezone.server.exchange.service import Exchange
from bluezone.server.language import VIETNAM
from bluezone.server.pages import language_of

EXPORT = {"may": Action.EXPORT_CASES}
WORK = {"may": Action.WORK_CASES}
_TYPES = {
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.CSV: "text/csv; charset=utf-8",
}
_KEY_BYTES = 32


@get("/exchange/export", opt=EXPORT)
async def choose_list(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[bytes]:
    return await _page(console, exchange, {})


@post("/exchange/export", opt=EXPORT, status_code=200)
async def take_out(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[Any]:
    given = await console.form()
    ground, account, language = exchange.ground, console.account, language_of(console.request)
    try:
        asked = exports.checked(account, _asked(given))
    except (ReasonMissing, ExportUnknown) as error:
        return await _page(console, exchange, given, error)
    # The log knows before the file exists: no file leaves of which nothing is written down.
    await exchange.casework.write(exports.note_export, account, asked)
    key = ground.core.randomness.token_bytes(_KEY_BYTES)

    def make() -> bytes:
        return ground.core.database.read_now(
            lambda connection: exports.make_file(ground, connection, account, asked, key, language)
        )

    body = await asyncio.to_thread(make)
    day = datetime.fromtimestamp(ground.now(), VIETNAM)
    kept = "" if asked.named else "-khong-ten"
    return _file(body, f"{asked.what}{kept}-{day:%Y-%m-%d-%H%M}.{asked.form}", _TYPES[asked.form])


@get([f"/exchange/sheets/{kind}.xlsx" for kind in ListKind], opt=WORK)
async def list_to_fill_in(console: ConsoleParameter) -> Response[Any]:
    kind = console.request.url.path.rpartition("/")[2].removesuffix(".xlsx")
    body = papers.list_to_fill_in(ListKind(kind), language_of(console.request))
    return _file(body, f"{kind}.xlsx", _TYPES[Form.XLSX])


@get("/exchange/import/{import:str}/report.xlsx", opt=WORK)
async def report(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[Any]:
    import_id, account, ground = import_of(console), console.account, exchange.ground
    language = language_of(console.request)
    await exchange.casework.write(papers.note_report, account, import_id)
    body = await exchange.casework.read(lambda c: papers.report(ground, c, account, import_id, language))
    return _file(body, "bao-cao-nhap.xlsx", _TYPES[Form.XLSX])


def _asked(given: Mapping[str, str]) -> Asked:
    try:
        what, form = What(given.get("what", "")), Form(given.get("form", ""))
    except ValueError as error:
        raise ExportUnknown("There is no such list, or not in this form.") from error
    return Asked(what, form, given.get("named") == "1", given.get("reason", ""))


def _file(body: bytes, name: str, kind: str) -> Response[bytes]:
    return Response(
        body,
        media_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _page(
    console: Console, exchange: Exchange, given: Mapping[str, str], error: ExchangeError | None = None
) -> Response[bytes]:
    def read(connection: sa.Connection) -> dict[What, int]:
        return {what: exports.count(connection, console.account, what) for what in What}

    return page(
        console,
        "export.html",
        status_code=400 if error else 200,
        error=error.code if error else "",
        given=given,
        counts=await exchange.casework.read(read),
        lists=LISTS,
        shortest=SHORTEST_REASON,
        longest=LONGEST_REASON,
    )


handlers = [choose_list, take_out, list_to_fill_in, report]
