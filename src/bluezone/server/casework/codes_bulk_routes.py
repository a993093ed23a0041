"""The pages about codes by workbook: choose a file, look at every row, take the answer."""

from __future__ import annotations

import asyncio
from datetime import datetime

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bluezone.server.accounts.access import Action
from bluezone.server.accounts.console import Console, ConsoleParameter
from bluezone.server.casework import codes_words as words
from bluezone.server.casework.codes import Codes
from bluezone.server.casework.codes_answer import answer, template
from bluezone.server.casework.codes_bulk import LIMITS, MOST_ROWS, Batch, issue_all, look
from bluezone.server.casework.errors import BulkColumnMissing, BulkTooMany
from bluezone.server.language import VIETNAM
from bluezone.server.pages import language_of
from bluezone.sheets import SheetsError

MAY = {"may": Action.ISSUE_CODES}
_FORM_BYTES = 64 * 1024
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

CodesParameter = NamedDependency[SkipValidation[Codes]]
"""The type of a handler's parameter `codes`."""


@get(["/codes/bulk", "/codes/bulk/issue"], opt=MAY)
async def bulk(console: ConsoleParameter) -> Response[bytes]:
    return _page(console)


@get("/codes/bulk/template", opt=MAY)
async def bulk_template(console: ConsoleParameter) -> Response[bytes]:
    return _file(template(language_of(console.request)), _XLSX, "mau-cap-ma.xlsx")


@post("/codes/bulk", opt=MAY, status_code=200, request_max_body_size=LIMITS.bytes + _FORM_BYTES)
async def bulk_look(console: ConsoleParameter, codes: CodesParameter) -> Response[bytes]:
    given = (await console.request.form()).get("file")
    data = await given.read() if isinstance(given, UploadFile) else b""
    if not isinstance(given, UploadFile) or not data:
        return _page(console, fault="bulk_missing")
    try:
        batch = await look(codes, console.account, data, given.filename)
    except (SheetsError, BulkColumnMissing, BulkTooMany) as error:
        return _page(console, fault=error.code)
    return _page(console, batch=batch, sealed=codes.seal(batch), name=given.filename)


@post("/codes/bulk/issue", opt=MAY, status_code=200, request_max_body_size=LIMITS.bytes)
async def bulk_issue(console: ConsoleParameter, codes: CodesParameter) -> Response[bytes]:
    batch = codes.unseal((await console.form()).get("sealed", ""), Batch)
    results = await issue_all(codes, console.account, batch, host=console.host)
    now = codes.core.clock.now()
    packed = await asyncio.to_thread(
        answer,
        results,
        console.account,
        hotline=codes.core.settings.hotline,
        now=now,
        language=language_of(console.request),
    )
    day = datetime.fromtimestamp(now, VIETNAM)
    return _file(packed, "application/zip", f"ma-xac-nhan-{day:%Y-%m-%d-%Hh%M}.zip")


handlers = [bulk, bulk_template, bulk_look, bulk_issue]


def _page(
    console: Console, *, fault: str = "", batch: Batch | None = None, sealed: str = "", name: str = ""
) -> Response[bytes]:
    return console.page(
        "casework/codes_bulk.html",
        status_code=400 if fault else 200,
        words=words,
        fault=words.FILE_FAULTS.get(fault, words.FILE_FAULTS[""]) if fault else "",
        batch=batch,
        sealed=sealed,
        name=name[:200],
        most=MOST_ROWS,
    )


def _file(data: bytes, kind: str, name: str) -> Response[bytes]:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=kind, headers=headers)
