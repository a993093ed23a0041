"""One's own account: how one signs in, and where one is signed in."""

from __future__ import annotations

from typing import Any

import segno
from litestar import Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from bluezone.server.accounts.console import Console, ConsoleParameter, Door
from bluezone.server.accounts.errors import AccountsError, PasskeyImpossible, SecondStepRefused
from bluezone.server.accounts.own import Enrolled
from bluezone.server.accounts.passkeys import relying_party
from bluezone.server.accounts.proofs import base32, totp_address
from bluezone.server.accounts.sessions import Stage

MEMBER, ENROLLING = ({"may": door} for door in (Door.MEMBER, Door.ENROLLING))
FEW_RECOVERY_CODES = 3


@get("", opt=MEMBER)
async def overview(console: ConsoleParameter) -> Response[bytes]:
    own = await console.accounts.own.look(console.session)
    panels = await console.accounts.ground.read(console.accounts.frame.overview, console.account)
    return console.page("overview.html", own=own, few=FEW_RECOVERY_CODES, panels=panels)


@get("/account", opt=MEMBER)
async def account(console: ConsoleParameter) -> Response[bytes]:
    own = await console.accounts.own.look(console.session)
    return console.page("account.html", own=own, few=FEW_RECOVERY_CODES, passkeys_possible=_passkeys_possible(console))


@get("/account/password", opt=MEMBER)
async def password_form(console: ConsoleParameter) -> Response[bytes]:
    return console.page("password.html")


@post("/account/password", opt=MEMBER)
async def change_password(console: ConsoleParameter) -> Response[Any]:
    form = await console.form()
    if form.get("password", "") != form.get("again", ""):
        return console.page("password.html", status_code=400, error="passwords_differ")
    try:
        entered = await console.accounts.own.change_password(
            console.session, form.get("current", ""), form.get("password", "")
        )
    except AccountsError as error:
        return console.page("password.html", status_code=error.status, error=error.code)
    return console.enter(entered, console.go("account", done="password"))


@get("/second-step/new", opt=ENROLLING)
async def totp_form(console: ConsoleParameter) -> Response[bytes]:
    return await _totp_page(console)


@post("/second-step/new", opt=ENROLLING)
async def confirm_totp(console: ConsoleParameter) -> Response[Any]:
    form = await console.form()
    try:
        enrolled = await console.accounts.own.confirm_totp(console.session, form.get("code", ""))
    except SecondStepRefused as error:
        return await _totp_page(console, error)
    return _enrolled(console, enrolled, "totp")


@post("/account/totp/remove", opt=MEMBER)
async def remove_totp(console: ConsoleParameter) -> Response[Any]:
    await console.accounts.own.remove_totp(console.session)
    return console.go("account", done="totp-removed")


@get("/account/passkey", opt=ENROLLING)
async def passkey_form(console: ConsoleParameter) -> Response[bytes]:
    relying_party(console.host)
    return console.page("passkey.html", enrolling=console.session.stage is Stage.ENROL)


@post("/account/passkey/options", opt=ENROLLING, status_code=200)
async def passkey_options(console: ConsoleParameter) -> Response[bytes]:
    options = await console.accounts.own.passkey_options(console.session, console.host)
    return Response(options.encode(), media_type="application/json", headers={"Cache-Control": "no-store"})


@post("/account/passkey", opt=ENROLLING)
async def add_passkey(console: ConsoleParameter) -> Response[Any]:
    form = await console.form()
    enrolled = await console.accounts.own.add_passkey(
        console.session, console.host, form.get("credential", ""), form.get("name", "")
    )
    return _enrolled(console, enrolled, "passkey")


@post("/account/passkeys/{passkey:str}/remove", opt=MEMBER)
async def remove_passkey(console: ConsoleParameter, passkey: FromPath[str]) -> Response[Any]:
    await console.accounts.own.remove_passkey(console.session, passkey)
    return console.go("account", done="passkey-removed")


@post("/account/recovery", opt=MEMBER, status_code=200)
async def renew_recovery_codes(console: ConsoleParameter) -> Response[bytes]:
    return console.page("recovery.html", codes=await console.accounts.own.renew_recovery_codes(console.session))


@post("/account/sessions/{session:str}/end", opt=MEMBER)
async def end_session(console: ConsoleParameter, session: FromPath[str]) -> Response[Any]:
    await console.accounts.own.end_session(console.session, session)
    return console.go("account", done="session")


@post("/account/sessions/end-others", opt=MEMBER)
async def end_other_sessions(console: ConsoleParameter) -> Response[Any]:
    await console.accounts.own.end_other_sessions(console.session)
    return console.go("account", done="sessions")


handlers = [
    overview,
    account,
    password_form,
    change_password,
    totp_form,
    confirm_totp,
    remove_totp,
    passkey_form,
    passkey_options,
    add_passkey,
    remove_passkey,
    renew_recovery_codes,
    end_session,
    end_other_sessions,
]
"""What one may do about oneself."""


async def _totp_page(console: Console, error: SecondStepRefused | None = None) -> Response[bytes]:
    secret = await console.accounts.own.begin_totp(console.session)
    login = console.account.login
    picture = segno.make(totp_address(secret, login, "Bluezone"), error="m").svg_inline(
        omitsize=True, border=0, svgclass=None, lineclass=None
    )
    typed = base32(secret)
    return console.page(
        "totp.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        picture=Markup(picture),  # noqa: S704 - drawn by the library from an address that we made
        typed=" ".join(typed[at : at + 4] for at in range(0, len(typed), 4)),
        enrolling=console.session.stage is Stage.ENROL,
        passkeys_possible=_passkeys_possible(console),
    )


def _enrolled(console: Console, enrolled: Enrolled, done: str) -> Response[Any]:
    """On to the account, or to the recovery codes when they are new."""
    if not enrolled.recovery_codes:
        return console.enter(enrolled.entered, console.go("account", done=done))
    # The page's only form is a link, so that it needs no token of the session that has just begun.
    return console.enter(enrolled.entered, console.page("recovery.html", codes=enrolled.recovery_codes, first=True))


def _passkeys_possible(console: Console) -> bool:
    try:
        relying_party(console.host)
    except PasskeyImpossible:
        return False
    return True
