"""The daily list: who is to be asked, entering what was answered, taking it back, saying who follows whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import MediaType, Response, get, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bluezone.server.accounts.access import Action, roots
from bluezone.server.accounts.console import Console, ConsoleParameter
from bluezone.server.accounts.frame import ROOT
from bluezone.server.casework.service import WATCH_DAYS, NotUnderstood, day_text
from bluezone.server.casework.service import read_day as typed_day
from bluezone.server.followup import words
from bluezone.server.followup.entries import Entry
from bluezone.server.followup.errors import FollowUpChanged, FollowUpDayImpossible, FollowUpError
from bluezone.server.followup.lists import Chosen, Daily, choosable_officers, choosable_units
from bluezone.server.followup.service import FollowUp
from bluezone.server.followup.terms import LETTER_OF, is_alert
from bluezone.server.followup.typed import read_temperature, temperature_text
from bluezone.server.language import filters, translations
from bluezone.server.numbers import page_number, whole_number
from bluezone.server.pages import language_of

FollowUpParameter = NamedDependency[SkipValidation[FollowUp]]
"""The type of a handler's parameter `follow_up`."""

SEE, WORK = {"may": Action.SEE_CASES}, {"may": Action.WORK_CASES}
PATH = f"{ROOT}/follow-up"
LAST_PAGE = 1000
OLDEST_DAYS = 90
_LEVELS = ("", "f1", "f2")


@get("/follow-up", opt=SEE)
async def follow_up_list(console: ConsoleParameter, follow_up: FollowUpParameter) -> Response[bytes]:
    return await list_page(console, follow_up)


@post("/follow-up/result", opt=WORK, status_code=200)
async def enter_result(console: ConsoleParameter, follow_up: FollowUpParameter) -> Response[Any]:
    form = await console.form()
    try:
        entry = Entry(
            person=form.get("person", ""),
            day=read_day(form),
            result=form.get("result", ""),
            temperature=read_temperature(form.get("temperature", "")),
            note=form.get("note", ""),
        )
        made = await follow_up.enter(console.account, entry, read_version(form))
    except FollowUpError as error:
        return await refused(console, follow_up, error)
    if wants_json(console):
        return Response(told(console, made), headers={"Cache-Control": "no-store"})
    query = {"done": "result-entered", "person": made.person, "version": str(made.version)}
    if form.get("back") == "person":
        return console.go(f"persons/{made.person}", done="result-entered")
    return console.go("follow-up", **_query(console, follow_up), **query)


@post("/follow-up/undo", opt=WORK, status_code=200)
async def undo_result(console: ConsoleParameter, follow_up: FollowUpParameter) -> Response[Any]:
    form = await console.form()
    try:
        left = await follow_up.undo(console.account, form.get("person", ""), read_day(form), read_version(form))
    except FollowUpError as error:
        return await refused(console, follow_up, error)
    if wants_json(console):
        return Response({"entry": left and told(console, left)}, headers={"Cache-Control": "no-store"})
    return console.go("follow-up", **_query(console, follow_up), done="follow-up-undone")


@post("/follow-up/assign", opt=WORK, status_code=200)
async def assign(console: ConsoleParameter, follow_up: FollowUpParameter) -> Response[Any]:
    form = await console.request.form()
    people = sorted({str(value) for name, value in form.multi_items() if name == "person"})
    officer = str(form.get("officer_to", ""))
    try:
        await follow_up.assign(console.account, people, console.account.id if officer == "mine" else officer)
    except FollowUpError as error:
        return await refused(console, follow_up, error)
    return console.go("follow-up", **_query(console, follow_up), **({"done": "follow-up-assigned"} if people else {}))


async def list_page(console: Console, follow_up: FollowUp, error: FollowUpError | None = None) -> Response[bytes]:
    """The list, with a refusal above it."""
    account, today = console.account, follow_up.ground.today()
    chosen = read_chosen(console.request.query_params, today)
    daily: Daily = await follow_up.day_list(account, chosen)

    def read(connection: sa.Connection) -> dict[str, Any]:
        return {
            "units": choosable_units(connection, account),
            "officers": choosable_officers(connection, account) if may_work else [],
        }

    def address(**changed: Any) -> str:
        return f"{PATH}?{urlencode(chosen_query(chosen, today, page=1) | _told(changed, today))}".rstrip("?")

    may_work = bool(roots(account, Action.WORK_CASES))
    asked = console.request.query_params
    return console.page(
        "followup/list.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        chosen=chosen,
        query=urlencode(chosen_query(chosen, today)),
        daily=daily,
        today=today,
        yesterday=today - timedelta(days=1),
        address=address,
        may_work=may_work,
        undo=_undo(asked, daily),
        with_f2=len(follow_up.levels) > 1 or chosen.level == "f2",
        watch_days=WATCH_DAYS,
        **shown(console),
        **await follow_up.casework.read(read),
    )


def shown(console: Console) -> dict[str, Any]:
    """What every template of the room uses."""
    language = language_of(console.request)
    return {
        "results": words.RESULTS,
        "meanings": words.MEANINGS,
        "letters": LETTER_OF,
        "day_text": day_text,
        "temperature_text": lambda tenths: temperature_text(tenths, "," if language == "vi" else "."),
        "is_alert": is_alert,
    }


def told(console: Console, row: Any) -> dict[str, Any]:
    """An entry as the page's script shows it."""
    language = language_of(console.request)
    return {
        "person": row.person,
        "result": row.result,
        "title": translations(language).gettext(words.RESULTS[row.result]),
        "temperature": temperature_text(row.temperature, "," if language == "vi" else "."),
        "note": row.note,
        "author": row.author or "",
        "clock": filters(language)["clock"](row.at),
        "version": row.version,
        "alert": is_alert(row.result, row.temperature),
    }


async def refused(console: Console, follow_up: FollowUp, error: FollowUpError) -> Response[Any]:
    """The refusal as the page's script takes it, or above the list."""
    if not wants_json(console):
        return await list_page(console, follow_up, error)
    said = translations(language_of(console.request)).gettext(console.accounts.frame.refusals[error.code])
    now = error.now if isinstance(error, FollowUpChanged) else None
    answer = {"error": said, "errorCode": error.code, "entry": now and told(console, now)}
    return Response(answer, status_code=error.status, headers={"Cache-Control": "no-store"})


def wants_json(console: Console) -> bool:
    return MediaType.JSON in console.request.headers.get("accept", "")


def read_chosen(asked: Mapping[str, str], today: date) -> Chosen:
    """What an address asks for; what it says wrongly is not asked."""
    level = asked.get("level", "")
    day = _typed(asked.get("day", ""), today) or today
    return Chosen(
        day=min(max(day, today - timedelta(days=OLDEST_DAYS - 1)), today),
        unit=asked.get("unit", "")[:20].replace("\0", ""),
        officer=asked.get("officer", "")[:32].replace("\0", ""),
        level=level if level in _LEVELS else "",
        page=page_number(asked.get("page", ""), digits=5, last=LAST_PAGE),
    )


def chosen_query(chosen: Chosen, today: date, **changed: Any) -> dict[str, str]:
    """The query of an address that asks for this; what is so anyway is left out."""
    usual = Chosen(today)
    values = {name: getattr(chosen, name) for name in Chosen.__slots__} | changed
    return _told({name: value for name, value in values.items() if value != getattr(usual, name)}, today)


def read_day(form: Mapping[str, str]) -> date:
    """The day of a form. Raises FollowUpDayImpossible."""
    day = _day(form.get("day", ""))
    if day is None:
        raise FollowUpDayImpossible("Results are entered for today and for days gone by, up to 90 days ago.")
    return day


def read_version(form: Mapping[str, str]) -> int:
    """The version that the official saw; none for anything that is not one."""
    return whole_number(form.get("version", ""), digits=8)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _typed(text: str, today: date) -> date | None:
    try:
        return typed_day(text[:20], today)
    except NotUnderstood:
        return None


def _told(values: Mapping[str, Any], today: date) -> dict[str, str]:
    """Values as an address has them; today's day is left out, so that a kept link shows the day on which it is used."""
    return {
        name: value.isoformat() if isinstance(value, date) else str(value)
        for name, value in values.items()
        if not (name == "day" and value == today)
    }


def _query(console: Console, follow_up: FollowUp) -> dict[str, str]:
    today = follow_up.ground.today()
    return chosen_query(read_chosen(console.request.query_params, today), today)


def _undo(asked: Mapping[str, str], daily: Daily) -> Any:
    """The person of whom a form without script has just entered a result."""
    return next(
        (
            one
            for one in daily.people
            if one.row.id == asked.get("person") and str(one.row.version) == asked.get("version") and one.row.result
        ),
        None,
    )


handlers = [follow_up_list, enter_result, undo_result, assign]
