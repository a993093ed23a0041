"""Pages for many places at once: a workbook looked at and registered, one file of posters, the sheets' numbers."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bluezone.materials import PaperTooSmall, PlacePoster, place_posters
from bluezone.protocol.place import PlaceKind
from bluezone.server.accounts.access import Action
from bluezone.server.accounts.console import Console, ConsoleParameter
from bluezone.server.casework.service import Ground
from bluezone.server.language import N_, translations
from bluezone.server.pages import language_of
from bluezone.server.places import batch, register, words
from bluezone.server.places.errors import BatchUnfit
from bluezone.server.places.service import Places
from bluezone.sheets import ENGLISH, VIETNAMESE, WrittenColumn, WrittenSheet, write_workbook

PlacesParameter = NamedDependency[SkipValidation[Places]]

SEE = {"may": Action.PLACES_SEE}
MANAGE = {"may": Action.PLACES_MANAGE}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORM_BYTES = 1_000_000

_TITLES = (
    N_("Name of the place"),
    N_("Address"),
    N_("Unit code"),
    N_("Door"),
    N_("Sheet number"),
    N_("Version"),
)
_SAMPLE = (N_("Name of the place"), N_("Address"), N_("Unit code"), N_("Kind"), N_("Usual stay"), N_("Doors"))


@get("/places/batch", opt=MANAGE)
async def batch_form(console: ConsoleParameter) -> Response[bytes]:
    return console.page("places/batch.html", lines=[], most=batch.MOST_PLACES)


@get("/places/batch/sample.xlsx", opt=MANAGE)
async def batch_sample(console: ConsoleParameter) -> Response[bytes]:
    """A workbook to fill in."""
    say = translations(language_of(console.request)).gettext
    row = ("Chợ Phố Hiến", "Phố Hiến", console.account.unit.code, say(words.KINDS[PlaceKind.MARKET]), 90)
    sheet = WrittenSheet(
        say(N_("Places")), [WrittenColumn(say(title)) for title in _SAMPLE], [(*row, "Cổng chính; Hàng ăn")]
    )
    return _workbook(console, sheet, "dia-diem-mau.xlsx")


@post("/places/batch", opt=MANAGE, status_code=200, request_max_body_size=_FORM_BYTES)
async def look_at_batch(console: ConsoleParameter, places: PlacesParameter) -> Response[bytes]:
    """Every row and what would become of it; nothing is written."""
    file = (await console.request.form()).get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    name = file.filename if isinstance(file, UploadFile) else ""

    def read(connection: sa.Connection) -> list[batch.Line]:
        return batch.read_batch(connection, console.account, data, name, places.ground.today())

    try:
        lines = await places.read(read)
    except BatchUnfit as error:
        return _refused(console, error)
    return _preview(console, lines)


@post("/places/batch/register", opt=MANAGE, status_code=200, request_max_body_size=_FORM_BYTES)
async def register_batch(console: ConsoleParameter, places: PlacesParameter) -> Response[Any]:
    text = (await console.form()).get("rows", "")
    since = places.ground.now()

    def run(ground: Ground, connection: sa.Connection) -> None:
        lines = batch.read_again(connection, console.account, text, ground.today())
        batch.register_all(ground, connection, console.account, lines)

    try:
        await places.write(run)
    except BatchUnfit as error:
        return _refused(console, error)
    return console.go("places", done="batch-added", since=str(since))


@get("/places/posters", opt=SEE)
async def posters(console: ConsoleParameter, places: PlacesParameter) -> Response[Any]:
    """One file with the posters of the places that the list shows, at most 500; `?paper=a5` for small ones."""
    shown = await _shown(console, places)
    made: list[PlacePoster] = [one for place in shown for one in places.posters(place, place.current, console.host)]
    if not 0 < len(made) <= batch.MOST_PLACES:
        return _refused(console, BatchUnfit("One file holds 1 to 500 posters; choose fewer places."))
    paper: Any = "a5" if console.request.query_params.get("paper") == "a5" else "a4"
    try:
        body = await asyncio.to_thread(place_posters, made, language=language_of(console.request), paper=paper)
    except PaperTooSmall as error:
        return console.page("places/batch.html", status_code=400, error=error.code, lines=[], most=batch.MOST_PLACES)
    headers = {"Content-Disposition": 'inline; filename="ma-dia-diem.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)


@get("/places/numbers.xlsx", opt=SEE)
async def numbers(console: ConsoleParameter, places: PlacesParameter) -> Response[bytes]:
    """The places that the list shows, with the numbers of their sheets."""
    say = translations(language_of(console.request)).gettext
    rows = [
        (place.row.name, place.row.address, place.row.unit, sheet.zone, sheet.short_id, sheet.number)
        for place in await _shown(console, places)
        for sheet in place.current
    ]
    sheet = WrittenSheet(say(N_("Places")), [WrittenColumn(say(title)) for title in _TITLES], rows)
    return _workbook(console, sheet, "so-to-ma.xlsx")


async def _shown(console: Console, places: Places) -> list[register.Place]:
    text, since = asked(console)

    def read(connection: sa.Connection) -> list[register.Place]:
        most = batch.MOST_PLACES + 1
        found, _total = register.list_places(connection, console.account, text, since=since, most=most)
        return [register.read_place(connection, console.account, one.row.id) for one in found]

    return await places.read(read)


def asked(console: Console) -> tuple[str, int]:
    """The words and the moment by which the list is narrowed."""
    query = console.request.query_params
    since = query.get("since", "")
    return query.get("q", "")[:120].replace("\0", " "), int(since) if since.isascii() and since.isdecimal() else 0


def _preview(console: Console, lines: list[batch.Line]) -> Response[bytes]:
    return console.page(
        "places/batch.html",
        lines=lines,
        wrong=sum(bool(line.faults) for line in lines),
        rows=msgspec.json.encode([line.data for line in lines]).decode(),
        most=batch.MOST_PLACES,
        kinds=words.KINDS,
        words=words,
    )


def _refused(console: Console, error: BatchUnfit) -> Response[bytes]:
    return console.page(
        "places/batch.html", status_code=error.status, error=error.code, lines=[], most=batch.MOST_PLACES
    )


def _workbook(console: Console, sheet: WrittenSheet, name: str) -> Response[bytes]:
    language = VIETNAMESE if language_of(console.request) == "vi" else ENGLISH
    body = write_workbook([sheet], mark=None, words=language)
    return Response(body, media_type=WORKBOOK, headers={"Content-Disposition": f'attachment; filename="{name}"'})


handlers = [batch_form, batch_sample, look_at_batch, register_batch, posters, numbers]
