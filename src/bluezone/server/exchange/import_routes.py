"""The pages on which a list is brought in: choosing a file, looking at its rows, progress, the report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bluezone.server.accounts.access import Action, roots
from bluezone.server.accounts.console import Console, ConsoleParameter
from bluezone.server.casework.service import day_text, people_named
from bluezone.server.exchange import imports as work_on
from bluezone.server.exchange import words
from bluezone.server.exchange.columns import TITLES, ListKind
from bluezone.server.exchange.errors import ExchangeError, FileMissing, FileRefused, ImportNotUndone
from bluezone.server.exchange.imports import PAGE, State
from bluezone.server.exchange.service import Exchange
from bluezone.server.exchange.undoing import UNDO_SECONDS, undo_import
from bluezone.server.exchange.uploads import UploadRequest, file_of
from bluezone.server.numbers import page_number
from bluezone.server.units.service import find_unit, search_units

WORK = {"may": Action.WORK_CASES}
ExchangeParameter = NamedDependency[SkipValidation[Exchange]]
"""The type of a handler's parameter `exchange`."""
_FORM_BYTES = 64 * 1024
_MOST_UNITS = 400
_UNIT = re.compile(r"[0-9A-Za-z.\-]{1,20}", re.ASCII)
_CHOICE = re.compile(r"choice_([1-9][0-9]{0,6})", re.ASCII)


def page(
    console: Console, template: str, *, status_code: int = 200, error: str = "", **context: Any
) -> Response[bytes]:
    """A page of this room."""
    return console.page(
        f"exchange/{template}",
        status_code=status_code,
        error=error,
        words=words,
        titles=TITLES,
        day_text=day_text,
        **context,
    )


def import_of(console: Console) -> str:
    """The import that the address names."""
    return str(console.request.path_params["import"])


@get(["/exchange", "/exchange/import"], opt=WORK)
async def choose_file(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[bytes]:
    return await _file_page(console, exchange, {})


@post("/exchange/import", opt=WORK, request_class=UploadRequest, request_max_body_size=work_on.MOST_BYTES + _FORM_BYTES)
async def bring(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[Any]:
    form = await console.request.form()
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        kind = ListKind(given.get("kind", "")) if given.get("kind") in list(ListKind) else None
        name, data = await file_of(form, "file")
        if kind is None:
            raise FileRefused("Say what the list holds.", "kind_missing")
        unit = given.get("unit", "")
        import_id = await exchange.bring(console.account, kind, name, data, unit if _UNIT.fullmatch(unit) else "")
    except (FileMissing, FileRefused) as error:
        return await _file_page(console, exchange, given, error)
    return console.go(f"exchange/import/{import_id}")


async def _file_page(
    console: Console, exchange: Exchange, given: Mapping[str, str], error: ExchangeError | None = None
) -> Response[bytes]:
    account = console.account

    def read(connection: sa.Connection) -> dict[str, Any]:
        units = search_units(connection, "", roots(account, Action.WORK_CASES), most=_MOST_UNITS)
        return {"own": work_on.own_imports(connection, account), "units": units}

    refused = error if isinstance(error, FileRefused) else None
    return page(
        console,
        "import.html",
        status_code=400 if error else 200,
        error=error.code if isinstance(error, FileMissing) else "",
        refused=refused,
        given=given,
        kinds=list(ListKind),
        **await exchange.casework.read(read),
    )


@get("/exchange/import/{import:str}", opt=WORK)
async def look(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[bytes]:
    return await _import_page(console, exchange)


@get("/exchange/import/{import:str}/progress", opt=WORK)
async def progress(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[Any]:
    """How far an import is, for the page that waits for it."""
    row = await exchange.casework.read(work_on.find_import, console.account, import_of(console))
    exchange.take_up(row)
    told = {"state": row.state, "done": row.done, "total": row.total}
    return Response(told, headers={"Cache-Control": "no-store"})


@post("/exchange/import/{import:str}/choose", opt=WORK)
async def choose(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[Any]:
    import_id, form = import_of(console), await console.form()
    await _choose(console, exchange, import_id, form)
    return console.go(f"exchange/import/{import_id}", done="decided", **_back(form))


@post("/exchange/import/{import:str}/start", opt=WORK)
async def start(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[Any]:
    import_id, form = import_of(console), await console.form()
    await _choose(console, exchange, import_id, form)
    await exchange.start(console.account, import_id)
    return console.go(f"exchange/import/{import_id}")


@post("/exchange/import/{import:str}/discard", opt=WORK)
async def discard(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[Any]:
    await exchange.casework.write(work_on.discard, console.account, import_of(console))
    return console.go("exchange/import", done="import-discarded")


@post("/exchange/import/{import:str}/undo", opt=WORK, status_code=200)
async def undo(console: ConsoleParameter, exchange: ExchangeParameter) -> Response[Any]:
    import_id = import_of(console)
    try:
        await exchange.casework.write(undo_import, console.account, import_id)
    except ImportNotUndone as error:
        return await _import_page(console, exchange, error)
    return console.go(f"exchange/import/{import_id}", done="import-undone")


async def _choose(console: Console, exchange: Exchange, import_id: str, form: Mapping[str, str]) -> None:
    if form.get("all"):
        verdict, _, choice = form["all"].partition(":")
        if verdict in words.VERDICTS:
            await exchange.casework.write(work_on.choose_all, console.account, import_id, verdict, choice)
        return
    chosen = {int(found[1]): value for name, value in form.items() if (found := _CHOICE.fullmatch(name))}
    await exchange.casework.write(work_on.choose, console.account, import_id, chosen)


def _back(form: Mapping[str, str]) -> dict[str, str]:
    show, number = form.get("show", ""), form.get("page", "")
    found = {"show": show} if show in words.VERDICTS else {}
    return found | ({"page": number} if number.isascii() and number.isdecimal() and len(number) < 6 else {})


async def _import_page(console: Console, exchange: Exchange, error: ExchangeError | None = None) -> Response[bytes]:
    asked, account, import_id = console.request.query_params, console.account, import_of(console)
    at = page_number(asked.get("page", ""), digits=5, last=10_000)
    ground = exchange.ground

    def read(connection: sa.Connection) -> dict[str, Any]:
        row = work_on.find_import(connection, account, import_id)
        verdicts, outcomes, undecided = work_on.counts(connection, import_id)
        ended = row.state not in {State.PREVIEWED, State.RUNNING}
        known = outcomes if ended else verdicts
        show = asked.get("show", "") if asked.get("show", "") in known else ""
        chosen = {"outcome": show} if ended else {"verdict": show}
        rows = [] if row.state == State.RUNNING else work_on.read_rows(ground, connection, import_id, page=at, **chosen)
        of = known.get(show, 0) if show else row.total
        said = work_on.decode_said(ground, row.said)
        return {
            "brought": row,
            "said": said,
            "usual_unit": find_unit(connection, said.unit) if said.unit else None,
            "verdicts": verdicts,
            "outcomes": outcomes,
            "undecided": undecided,
            "rows": rows,
            "show": show,
            "at_page": at,
            "pages": max(1, -(-of // PAGE)),
            "people": people_named(connection, account, {one.person for one in rows if one.person}),
            "units": {
                code: unit.title
                for code in {one.entry.unit for one in rows}
                if (unit := find_unit(connection, code)) is not None
            },
        }

    told = await exchange.casework.read(read)
    brought = told["brought"]
    exchange.take_up(brought)
    template = {State.PREVIEWED: "preview.html", State.RUNNING: "running.html"}.get(brought.state, "report.html")
    return page(
        console,
        template,
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        may_undo=brought.state in {State.DONE, State.FAILED} and brought.finished_at + UNDO_SECONDS > ground.now(),
        undo_until=(brought.finished_at or 0) + UNDO_SECONDS,
        verdict_order=list(words.VERDICTS),
        **told,
    )


handlers = [choose_file, bring, look, progress, choose, start, discard, undo]
