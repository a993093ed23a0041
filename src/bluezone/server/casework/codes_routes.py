"""The pages about codes: the list, one person's codes, and a code while it is on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segno
from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.params import FromPath
from markupsafe import Markup

from bluezone.errors import BluezoneError
from bluezone.server.accounts.access import Action
from bluezone.server.accounts.console import Console, ConsoleParameter, console_router
from bluezone.server.accounts.frame import ROOT, Entry, RoomFrame
from bluezone.server.accounts.service import Accounts
from bluezone.server.casework import codes_bulk_routes
from bluezone.server.casework import codes_words as words
from bluezone.server.casework.codes import Codes, Shown
from bluezone.server.casework.codes_bulk_routes import CodesParameter
from bluezone.server.casework.codes_list import PAGE, code_page
from bluezone.server.casework.codes_watch import figures
from bluezone.server.casework.errors import CodeGone, CodeImpossible
from bluezone.server.casework.ground import is_id
from bluezone.server.casework.terms import Channel
from bluezone.server.desk.service import QuotaExceeded
from bluezone.server.language import N_
from bluezone.server.messages.service import NumberNotMobile, SmsNotConfigured
from bluezone.server.numbers import page_number
from bluezone.server.pages import language_of

MAY = {"may": Action.ISSUE_CODES}
FRAME = RoomFrame(
    entries=(Entry(f"{ROOT}/codes", "key", N_("Codes"), Action.ISSUE_CODES),),
    done=words.DONE,
    refusals=words.REFUSALS,
    events=words.EVENTS,
)
_MOST_PAGES = 10_000
_REFUSED = (CodeImpossible, CodeGone, QuotaExceeded, SmsNotConfigured, NumberNotMobile)


@get("/codes", opt=MAY)
async def code_list(console: ConsoleParameter, codes: CodesParameter) -> Response[bytes]:
    query = console.request.query_params
    q = "".join(letter for letter in query.get("q", "")[:100] if letter.isprintable())
    by = query.get("by", "")
    by = by if is_id(by) else ""
    number = page_number(query.get("page", ""), digits=8, last=_MOST_PAGES)
    await codes.desk.settle()
    now, quota = codes.core.clock.now(), codes.core.settings.code_quota_day

    def read(connection: Any) -> Any:
        found = code_page(connection, console.account, now, q=q, by=by, number=number)
        return found, figures(connection, console.account, now, quota)

    found, told = await codes.casework.read(read)
    return console.page(
        "casework/codes.html",
        words=words,
        found=found,
        figures=told,
        q=q,
        by=by,
        number=number,
        pages=-(-found.total // PAGE),
    )


@get("/persons/{person:str}/codes", opt=MAY)
async def person_codes(console: ConsoleParameter, codes: CodesParameter, person: FromPath[str]) -> Response[bytes]:
    return await _person_page(console, codes, person)


@post("/persons/{person:str}/codes", opt=MAY, status_code=200)
async def issue(console: ConsoleParameter, codes: CodesParameter, person: FromPath[str]) -> Response[bytes]:
    asked = (await console.form()).get("channel", "")
    channel = Channel(asked) if asked in {Channel.SLIP, Channel.SMS} else Channel.ALOUD
    try:
        shown, again = await codes.issue(console.account, person, channel, host=console.host)
    except _REFUSED as error:
        return await _person_page(console, codes, person, error)
    return await _shown_page(console, codes, shown, again=again, channel=channel)


@get(["/codes/{code:str}/slip", "/codes/{code:str}/sms", "/codes/{code:str}/revoke"], opt=MAY)
async def after_signing_in(console: ConsoleParameter, codes: CodesParameter, code: FromPath[str]) -> Response[bytes]:
    """Where whoever sent a form with an ended session, or changes the language, comes to."""
    return await _person_page(console, codes, await codes.person_of(console.account, code))


@post("/codes/{code:str}/slip", opt=MAY, status_code=200)
async def slip(console: ConsoleParameter, codes: CodesParameter, code: FromPath[str]) -> Response[bytes]:
    shown = await _held(console, codes, code)
    printed = await codes.slip(console.account, shown, language_of(console.request))
    return Response(
        printed,
        media_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="ma-xac-nhan.pdf"'},
    )


@post("/codes/{code:str}/sms", opt=MAY, status_code=200)
async def send(console: ConsoleParameter, codes: CodesParameter, code: FromPath[str]) -> Response[bytes]:
    shown = await _held(console, codes, code)
    try:
        await codes.send(console.account, shown)
    except _REFUSED as error:
        return await _shown_page(console, codes, shown, error=error)
    return await _shown_page(console, codes, shown)


@post("/codes/{code:str}/revoke", opt=MAY)
async def revoke(console: ConsoleParameter, codes: CodesParameter, code: FromPath[str]) -> Response[Any]:
    person = await codes.revoke(console.account, code)
    return console.go(f"persons/{person}/codes", done="code-revoked")


def codes_router(accounts: Accounts, codes: Codes, *, client_address: Callable[[str, str, int], str]) -> Router:
    """The pages about codes."""
    return console_router(
        accounts,
        [code_list, person_codes, issue, after_signing_in, slip, send, revoke, *codes_bulk_routes.handlers],
        client_address=client_address,
        frame=FRAME,
        dependencies={"codes": Provide(lambda: codes, sync_to_thread=False)},
    )


async def _held(console: Console, codes: Codes, code: str) -> Shown:
    """The code that a form of its page brings back. Raises AccessDenied, also for a code that nobody has; CodeGone."""
    await codes.person_of(console.account, code)
    shown = codes.unseal((await console.form()).get("sealed", ""), Shown)
    if shown.uuid != code:
        raise CodeGone("This page holds another code; issue a new one.")
    return shown


async def _person_page(
    console: Console, codes: Codes, person: str, error: BluezoneError | None = None
) -> Response[bytes]:
    await codes.desk.settle()
    panel = await codes.casework.read(codes.panel, console.account, person)
    return console.page(
        "casework/codes_person.html",
        status_code=200 if error is None else getattr(error, "status", 400),
        error="" if error is None else error.code,
        panel=panel,
    )


async def _shown_page(
    console: Console,
    codes: Codes,
    shown: Shown,
    *,
    again: bool = False,
    channel: Channel = Channel.ALOUD,
    error: BluezoneError | None = None,
) -> Response[bytes]:
    panel = await codes.casework.read(codes.panel, console.account, shown.person)
    picture = segno.make_qr(shown.link, error="m").svg_inline(omitsize=True, border=0, svgclass=None, lineclass=None)
    return console.page(
        "casework/codes_shown.html",
        status_code=200 if error is None else getattr(error, "status", 400),
        error="" if error is None else error.code,
        words=words,
        shown=shown,
        again=again,
        channel=channel,
        person=panel["person"],
        sms=panel["sms"],
        told=next((code for code in panel["codes"] if code.uuid == shown.uuid), None),
        script=codes.script(shown, language_of(console.request)),
        picture=Markup(picture),  # noqa: S704 - drawn by the library from a link that we made
        sealed=codes.seal(shown),
        now=codes.core.clock.now(),
    )
