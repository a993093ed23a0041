"""Paper sheets: printing them and typing them in."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa
from litestar import Response, get, post
from litestar.params import FromPath

from bluezone.materials import RowCodeUnknown, follow_up_sheet
from bluezone.server.accounts.console import Console, ConsoleParameter
from bluezone.server.casework.service import Ground
from bluezone.server.followup import sheets
from bluezone.server.followup.errors import FollowUpChanged, FollowUpError
from bluezone.server.followup.list_routes import (
    WORK,
    FollowUpParameter,
    list_page,
    read_chosen,
    read_version,
    shown,
    told,
    wants_json,
)
from bluezone.server.followup.service import FollowUp
from bluezone.server.followup.typed import read_line
from bluezone.server.language import translations
from bluezone.server.pages import language_of


@get("/follow-up/sheets", opt=WORK)
async def sheets_page(console: ConsoleParameter, follow_up: FollowUpParameter) -> Response[bytes]:
    """Sheets that can be typed in; with `?number=` on to that one."""
    found = await follow_up.casework.read(sheets.recent_sheets, console.account)
    return console.page("followup/sheets.html", found=found, today=follow_up.ground.today(), **shown(console))


@post("/follow-up/sheets", opt=WORK, status_code=200)
async def print_sheets(console: ConsoleParameter, follow_up: FollowUpParameter) -> Response[Any]:
    chosen = read_chosen(console.request.query_params, follow_up.ground.today())
    try:
        await follow_up.casework.write(sheets.make_sheets, console.account, chosen, follow_up.levels)
    except FollowUpError as error:
        return await list_page(console, follow_up, error)
    return console.go("follow-up/sheets", done="sheets-printed")


@post("/follow-up/sheets/find", opt=WORK)
async def find_sheet(console: ConsoleParameter) -> Response[Any]:
    number = "".join(letter for letter in (await console.form()).get("number", "")[:20] if letter in "0123456789")
    return console.go(f"follow-up/sheets/{number or 'x'}")


@get("/follow-up/sheets/{sheet:str}", opt=WORK)
async def sheet_page(console: ConsoleParameter, follow_up: FollowUpParameter, sheet: FromPath[str]) -> Response[bytes]:
    return await _sheet_page(console, follow_up, sheet)


@get("/follow-up/sheets/{sheet:str}/print", opt=WORK)
async def sheet_paper(console: ConsoleParameter, follow_up: FollowUpParameter, sheet: FromPath[str]) -> Response[bytes]:
    found = await follow_up.casework.read(sheets.read_sheet, console.account, sheet)
    settings = follow_up.ground.core.settings
    paper = sheets.paper(found, hotline=settings.hotline, printed_by=console.account.name)
    language = language_of(console.request)
    body = await asyncio.to_thread(follow_up_sheet, paper, language=language)
    name = f"phieu-theo-doi-{sheet}.pdf" if language == "vi" else f"follow-up-sheet-{sheet}.pdf"
    return Response(body, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


@post("/follow-up/sheets/{sheet:str}", opt=WORK, status_code=200)
async def enter_sheet_line(
    console: ConsoleParameter, follow_up: FollowUpParameter, sheet: FromPath[str]
) -> Response[Any]:
    form = await console.form()
    text = form.get("line", "")

    def run(ground: Ground, connection: sa.Connection) -> Any:
        return sheets.enter_line(ground, connection, console.account, sheet, read_line(text), read_version(form))

    try:
        row, made = await follow_up.casework.write(run)
    except (FollowUpError, RowCodeUnknown) as error:
        return await _sheet_page(console, follow_up, sheet, error, text)
    if wants_json(console):
        answer = told(console, made) | {"code": row.code, "name": row.person.name}
        return Response(answer, headers={"Cache-Control": "no-store"})
    return console.go(f"follow-up/sheets/{sheet}", last=row.code)


async def _sheet_page(
    console: Console,
    follow_up: FollowUp,
    number: str,
    error: FollowUpError | RowCodeUnknown | None = None,
    text: str = "",
) -> Response[Any]:
    found = await follow_up.casework.read(sheets.read_sheet, console.account, number)
    status = 200 if error is None else error.status if isinstance(error, FollowUpError) else 400
    differing = None
    if isinstance(error, FollowUpChanged) and error.now is not None:
        differing = next((row for row in found.rows if row.person.id == error.now.person), None)
    if error is not None and wants_json(console):
        said = translations(language_of(console.request)).gettext(console.accounts.frame.refusals[error.code])
        answer: dict[str, Any] = {"error": said, "errorCode": error.code}
        if differing is not None and differing.answer is not None:
            known = told(console, differing.answer)
            answer["entry"] = known | {"code": differing.code, "name": differing.person.name}
        return Response(answer, status_code=status, headers={"Cache-Control": "no-store"})
    last = console.request.query_params.get("last", "")
    return console.page(
        "followup/sheet.html",
        status_code=status,
        error="" if error is None else error.code,
        sheet=found.sheet,
        unit=found.unit,
        rows=found.rows,
        missing=found.missing,
        last=next((row for row in found.rows if row.code == last and row.answer), None),
        differing=differing,
        text=text,
        **shown(console),
    )


handlers = [sheets_page, print_sheets, find_sheet, sheet_page, sheet_paper, enter_sheet_line]
