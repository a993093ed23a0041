"""The console's pages about places: the register, posters, screens, and notices from a case's landmark."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation

from bluezone.errors import BluezoneError
from bluezone.materials import PaperTooSmall, place_code_svg, place_posters
from bluezone.server.accounts.access import Action, allowed, denied, roots
from bluezone.server.accounts.console import Console, ConsoleParameter, console_router
from bluezone.server.accounts.frame import ROOT, Entry, RoomFrame
from bluezone.server.accounts.service import Accounts
from bluezone.server.casework.service import Ground
from bluezone.server.language import N_
from bluezone.server.pages import language_of
from bluezone.server.places import batch_routes, register, words
from bluezone.server.places import notices as work
from bluezone.server.places.errors import PlaceInvalid, PlacesError
from bluezone.server.places.inputs import (
    ALL_DOORS,
    notice_data,
    notice_values,
    place_data,
    place_values,
    version_of,
)
from bluezone.server.places.service import Places
from bluezone.server.units.service import Unit, search_units

PlacesParameter = NamedDependency[SkipValidation[Places]]

SEE = {"may": Action.PLACES_SEE}
MANAGE = {"may": Action.PLACES_MANAGE}
WARN = {"may": Action.WORK_CASES}
MOST_UNITS = 500
MOST_CANDIDATES = 50

ENTRIES = (
    Entry(f"{ROOT}/places", "map-pin", N_("Places"), Action.PLACES_SEE),
    Entry(f"{ROOT}/place-notices", "bell", N_("Place notices"), Action.WORK_CASES),
)


@get("/places", opt=SEE)
async def places_page(console: ConsoleParameter, places: PlacesParameter) -> Response[bytes]:
    text, since = batch_routes.asked(console)
    number = console.request.query_params.get("page", "1")
    page = int(number) if number.isascii() and number.isdecimal() and int(number[:6]) > 0 else 1
    found, total = await places.read(register.list_places, console.account, text, since=since, page=page)
    return console.page(
        "places/list.html",
        found=found,
        total=total,
        q=text,
        since=since,
        query=urlencode({"q": text, "since": since} if since else {"q": text}),
        page=page,
        pages=-(-total // register.PAGE),
        kinds=words.KINDS,
        may_manage=bool(roots(console.account, Action.PLACES_MANAGE)),
    )


@get("/places/new", opt=MANAGE)
async def new_place(console: ConsoleParameter, places: PlacesParameter) -> Response[bytes]:
    own = console.account.unit.code
    return await _form(console, places, {"unit": own, "kind": "1", "stay": "60", "valid_from": "hôm nay"})


@post("/places/new", opt=MANAGE, status_code=200)
async def add_place(console: ConsoleParameter, places: PlacesParameter) -> Response[Any]:
    fields = await console.form()

    def run(ground: Ground, connection: sa.Connection) -> str:
        return register.add_place(ground, connection, console.account, _read(connection, fields, ground))

    try:
        place = await places.write(run)
    except PlaceInvalid as error:
        return await _form(console, places, fields, error=error)
    return console.go(f"places/{place}", done="place-added")


@get("/places/{place:str}", opt=SEE)
async def place_page(console: ConsoleParameter, places: PlacesParameter, place: FromPath[str]) -> Response[bytes]:
    return await _page(console, places, place)


@get("/places/{place:str}/edit", opt=MANAGE)
async def edit_place(console: ConsoleParameter, places: PlacesParameter, place: FromPath[str]) -> Response[bytes]:
    found = await places.read(register.read_place, console.account, place)
    values = place_values(register.place_fields(found.row, found.current)) | {"version": str(found.row.version)}
    return await _form(console, places, values, place=place)


@post("/places/{place:str}/edit", opt=MANAGE, status_code=200)
async def change_place(console: ConsoleParameter, places: PlacesParameter, place: FromPath[str]) -> Response[Any]:
    fields = await console.form()

    def run(ground: Ground, connection: sa.Connection) -> None:
        row = register.find_place(connection, console.account, Action.PLACES_MANAGE, place)
        data = _read(connection, {**fields, "unit": row.unit}, ground)
        register.change_place(ground, connection, console.account, place, version_of(fields), data)

    try:
        await places.write(run)
    except PlacesError as error:
        return await _form(console, places, fields, error=error, place=place)
    return console.go(f"places/{place}", done="place-changed")


@post("/places/{place:str}/withdraw", opt=MANAGE, status_code=200)
async def withdraw_place(console: ConsoleParameter, places: PlacesParameter, place: FromPath[str]) -> Response[Any]:
    version = version_of(await console.form())
    try:
        await places.write(register.withdraw_place, console.account, place, version)
    except PlacesError as error:
        return await _page(console, places, place, error)
    return console.go(f"places/{place}", done="place-withdrawn")


@get("/places/{place:str}/poster", opt=SEE)
async def poster(console: ConsoleParameter, places: PlacesParameter, place: FromPath[str]) -> Response[bytes]:
    """The posters of all doors as PDF, or with `?door=` of one; `?paper=a5` for small ones."""
    asked = console.request.query_params
    found = await places.read(register.read_place, console.account, place)
    door = asked.get("door", "")
    sheets = [sheet for sheet in found.current if door in {"", sheet.id}]
    if not sheets:
        raise denied()
    language = language_of(console.request)
    posters = places.posters(found, sheets, console.host)
    try:
        body = await asyncio.to_thread(
            place_posters, posters, language=language, paper="a5" if asked.get("paper") == "a5" else "a4"
        )
    except PaperTooSmall as error:
        return await _page(console, places, place, error)
    name = f"ma-dia-diem-{sheets[0].short_id}.pdf" if language == "vi" else f"place-code-{sheets[0].short_id}.pdf"
    return Response(body, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


@get("/places/{place:str}/doors/{door:str}", opt=SEE)
async def screen(
    console: ConsoleParameter, places: PlacesParameter, place: FromPath[str], door: FromPath[str]
) -> Response[bytes]:
    """The code of one door alone, for a screen beside it; it needs no network once it is there."""
    found = await places.read(register.read_place, console.account, place)
    sheet = next((sheet for sheet in found.current if sheet.id == door), None)
    if sheet is None:
        raise denied()
    link = places.link(sheet, console.host)
    return console.page("places/screen.html", place=found, sheet=sheet, drawn=place_code_svg(link), host=console.host)


@get("/landmarks/{landmark:str}/warn", opt=WARN)
async def warn_form(console: ConsoleParameter, places: PlacesParameter, landmark: FromPath[str]) -> Response[bytes]:
    return await _warn_page(console, places, landmark)


@post("/landmarks/{landmark:str}/warn", opt=WARN, status_code=200)
async def warn(console: ConsoleParameter, places: PlacesParameter, landmark: FromPath[str]) -> Response[Any]:
    fields = await console.form()

    def run(ground: Ground, connection: sa.Connection) -> str:
        faults: dict[str, str] = {}
        data = notice_data(fields, ground.today(), faults)
        try:
            made = work.make_notice(ground, connection, console.account, landmark, data)
        except PlaceInvalid as error:
            raise PlaceInvalid(error.faults | faults) from error
        if faults:
            raise PlaceInvalid(faults)
        return made

    try:
        notice = await places.write(run)
    except PlaceInvalid as error:
        return await _warn_page(console, places, landmark, fields, error)
    return console.go(f"place-notices/{notice}", done="notice-made")


@get("/place-notices", opt=WARN)
async def notices_page(console: ConsoleParameter, places: PlacesParameter) -> Response[bytes]:
    found = await places.read(work.list_notices, console.account)
    return console.page("places/notices.html", found=found)


@get("/place-notices/{notice:str}", opt=WARN)
async def notice_page(console: ConsoleParameter, places: PlacesParameter, notice: FromPath[str]) -> Response[bytes]:
    return await _notice_page(console, places, notice)


@post("/place-notices/{notice:str}/over", opt=WARN, status_code=200)
async def end_notice(console: ConsoleParameter, places: PlacesParameter, notice: FromPath[str]) -> Response[Any]:
    try:
        await places.write(work.take_back, console.account, notice)
    except PlacesError as error:
        return await _notice_page(console, places, notice, error)
    return console.go(f"place-notices/{notice}", done="notice-over")


def places_router(accounts: Accounts, places: Places, *, client_address: Callable[[str, str, int], str]) -> Router:
    """The pages of this room for officials."""
    handlers = [
        places_page,
        *batch_routes.handlers,
        new_place,
        add_place,
        place_page,
        edit_place,
        change_place,
        withdraw_place,
        poster,
        screen,
        warn_form,
        warn,
        notices_page,
        notice_page,
        end_notice,
    ]
    return console_router(
        accounts,
        handlers,
        client_address=client_address,
        frame=RoomFrame(ENTRIES, (), words.DONE, words.REFUSALS, words.EVENTS),
        dependencies={"places": Provide(lambda: places, sync_to_thread=False)},
    )


def _read(connection: sa.Connection, fields: Mapping[str, str], ground: Ground) -> register.PlaceData:
    """The form's data. Raises PlaceInvalid with every fault of reading and of keeping it."""
    faults: dict[str, str] = {}
    data = place_data(fields, ground.today(), faults)
    try:
        register.checked_place(connection, data, ground.today())
    except PlaceInvalid as error:
        raise PlaceInvalid(error.faults | faults) from error
    if faults:
        raise PlaceInvalid(faults)
    return data


async def _page(console: Console, places: Places, place: str, error: BluezoneError | None = None) -> Response[bytes]:
    found = await places.read(register.read_place, console.account, place)
    status = 200 if error is None else error.status if isinstance(error, PlacesError) else 400
    return console.page(
        "places/place.html",
        status_code=status,
        error="" if error is None else error.code,
        place=found,
        links={sheet.id: places.link(sheet, console.host) for sheet in found.current},
        kinds=words.KINDS,
        may_manage=allowed(console.account, Action.PLACES_MANAGE, found.unit),
    )


async def _form(
    console: Console,
    places: Places,
    values: Mapping[str, str],
    *,
    error: PlacesError | None = None,
    place: str = "",
) -> Response[bytes]:
    def read(connection: sa.Connection) -> list[Unit]:
        if place:
            register.find_place(connection, console.account, Action.PLACES_MANAGE, place)
        return search_units(connection, "", roots(console.account, Action.PLACES_MANAGE), most=MOST_UNITS)

    faults = error.faults if isinstance(error, PlaceInvalid) else {}
    return console.page(
        "places/form.html",
        status_code=200 if error is None else error.status,
        error="" if error is None or faults else error.code,
        units=await places.read(read),
        values=values,
        faults=faults,
        place=place,
        words=words,
    )


async def _warn_page(
    console: Console,
    places: Places,
    landmark: str,
    values: Mapping[str, str] | None = None,
    error: PlaceInvalid | None = None,
) -> Response[bytes]:
    """The registered places whose names are like the landmark's come first; `?q=` looks for others."""

    def read(connection: sa.Connection) -> dict[str, Any]:
        row, person = work.find_landmark(connection, console.account, landmark)
        text = console.request.query_params.get("q", row.place)[:120].replace("\0", " ")
        listed, _total = register.list_places(connection, console.account, text)
        candidates = [one for one in listed if one.row.withdrawn_at is None][:MOST_CANDIDATES]
        zones = {
            one.row.id: sorted({sheet.zone for sheet in register.sheets_of(connection, one.row.id) if sheet.zone})
            for one in candidates
        }
        return {"landmark": row, "person": person.id, "candidates": candidates, "zones": zones, "q": text}

    found = await places.read(read)
    only = found["candidates"][0].row.id if len(found["candidates"]) == 1 else ""
    begun = notice_values(found["landmark"], console.account.name) | {"place": only}
    return console.page(
        "places/warn.html",
        status_code=200 if error is None else error.status,
        values=begun if values is None else values,
        faults={} if error is None else error.faults,
        words=words,
        all_doors=ALL_DOORS,
        **found,
    )


async def _notice_page(
    console: Console, places: Places, notice: str, error: PlacesError | None = None
) -> Response[bytes]:
    found = await places.read(work.find_notice, console.account, notice)
    period = places.ground.core.settings.export_period_minutes * 60
    return console.page(
        "places/notice.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        notice=found,
        goes_out_at=(found.row.made_at // period + 1) * period,
        playbook=words.PLAYBOOK,
    )
