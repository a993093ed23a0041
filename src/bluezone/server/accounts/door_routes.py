"""The way in: sign-in, second step, passkey, invitation; and out."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from bluezone.server.accounts.console import ConsoleParameter, Door, way_on
from bluezone.server.accounts.errors import (
    AccountsError,
    PasswordWeak,
    SecondStepRefused,
    SignInRefused,
    TooManyTries,
)
from bluezone.server.accounts.sessions import Stage

ANYBODY, HALF, ENROLLING = ({"may": door} for door in (Door.ANYBODY, Door.HALF, Door.ENROLLING))
JSON_BYTES = 16 * 1024


@get("/sign-in", opt=ANYBODY)
async def sign_in_form(console: ConsoleParameter) -> Response[bytes]:
    return console.page("sign_in.html", to=way_on(console.request.query_params.get("to", "")), login="")


@post("/sign-in", opt=ANYBODY)
async def sign_in(console: ConsoleParameter) -> Response[Any]:
    form = await console.form()
    to, login = way_on(form.get("to", "")), form.get("login", "")
    try:
        entered = await console.accounts.entry.sign_in(
            login, form.get("password", ""), client=console.client, device=console.device
        )
    except (SignInRefused, TooManyTries) as error:
        return console.page("sign_in.html", status_code=error.status, error=error.code, to=to, login=login[:64])
    if entered.stage is Stage.ENROL:
        return console.enter(entered, console.go("second-step/new"))
    return console.enter(entered, console.go("second-step", to=to))


@get("/second-step", opt=HALF)
async def second_step_form(console: ConsoleParameter) -> Response[Any]:
    to = way_on(console.request.query_params.get("to", ""))
    if console.session.stage is Stage.FULL:
        return Redirect(to, status_code=303)
    return console.page("second_step.html", to=to)


@post("/second-step", opt=HALF)
async def second_step(console: ConsoleParameter) -> Response[Any]:
    form = await console.form()
    to = way_on(form.get("to", ""))
    try:
        entered = await console.accounts.entry.second_step(console.session, form.get("code", ""))
    except (SecondStepRefused, TooManyTries) as error:
        return console.page("second_step.html", status_code=error.status, error=error.code, to=to)
    return console.enter(entered, Redirect(to, status_code=303))


@post("/passkey/options", opt=ANYBODY, status_code=200)
async def passkey_options(console: ConsoleParameter) -> Response[bytes]:
    options = await console.accounts.entry.passkey_options(console.host)
    return Response(options.encode(), media_type="application/json", headers={"Cache-Control": "no-store"})


@post("/passkey", opt=ANYBODY, status_code=200)
async def passkey_sign_in(console: ConsoleParameter) -> Response[Any]:
    body = (await console.request.body())[:JSON_BYTES].decode("utf-8", "replace")
    entered = await console.accounts.entry.passkey_sign_in(console.host, body, device=console.device)
    to = way_on(console.request.query_params.get("to", ""))
    return console.enter(entered, Response({"to": to}, headers={"Cache-Control": "no-store"}))


@post("/sign-out", opt=ENROLLING)
async def sign_out(console: ConsoleParameter) -> Response[Any]:
    await console.accounts.entry.sign_out(console.session)
    return console.leave(console.go("sign-in", done="signed-out"))


@get("/invitation/{token:str}", opt=ANYBODY)
async def invitation_form(console: ConsoleParameter, token: FromPath[str]) -> Response[bytes]:
    return console.page("invitation.html", token=token, invited=await console.accounts.staff.invitation(token))


@post("/invitation/{token:str}", opt=ANYBODY)
async def accept_invitation(console: ConsoleParameter, token: FromPath[str]) -> Response[Any]:
    form = await console.form()
    invited = await console.accounts.staff.invitation(token)

    def again(error: str) -> Response[bytes]:
        return console.page("invitation.html", status_code=400, error=error, token=token, invited=invited)

    if form.get("password", "") != form.get("again", ""):
        return again("passwords_differ")
    try:
        entered = await console.accounts.staff.accept(token, form.get("password", ""), device=console.device)
    except PasswordWeak as error:
        return again(error.code)
    return console.enter(entered, console.go("second-step/new"))


@get("/prove", opt=ENROLLING)
async def prove_form(console: ConsoleParameter) -> Response[bytes]:
    return console.page(
        "prove.html", to=way_on(console.request.query_params.get("to", "")), login=console.account.login
    )


@post("/prove", opt=ENROLLING)
async def prove(console: ConsoleParameter) -> Response[Any]:
    form = await console.form()
    to = way_on(form.get("to", ""))
    try:
        await console.accounts.own.prove(console.session, form.get("password", ""))
    except AccountsError as error:
        return console.page(
            "prove.html", status_code=error.status, error=error.code, to=to, login=console.account.login
        )
    return Redirect(to, status_code=303)


handlers = [
    sign_in_form,
    sign_in,
    second_step_form,
    second_step,
    passkey_options,
    passkey_sign_in,
    sign_out,
    invitation_form,
    accept_invitation,
    prove_form,
    prove,
]
"""Everything before somebody is wholly signed in."""
