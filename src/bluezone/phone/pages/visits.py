"""Visits: check in at a place, check out, correct the times, delete; all of it stays on this phone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from bluezone.phone.errors import VisitTimesWrong, VisitUnknown
from bluezone.phone.pages.scan import refuse
from bluezone.phone.pages.scan_words import PLACE_KINDS
from bluezone.phone.pages.site import PageRequest, form_of, go, page, phone_of, voice_of
from bluezone.phone.phone import Phone
from bluezone.phone.visits import Visit
from bluezone.protocol.place import PlaceCode
from bluezone.protocol.scan_errors import ScanError

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::\d\d)?")
_DAY = timedelta(1)


@get("/visits")
async def visits(request: PageRequest) -> Response[str]:
    """Where the owner is now, and the visits of 14 days."""
    every = phone_of(request).visits()
    speech = voice_of(request).speech
    past = [visit for visit in every if visit.ended_at is not None]
    by_day = [(day, list(group)) for day, group in groupby(past, lambda visit: speech.date_of(visit.started_at))]
    lasting = [visit for visit in every if visit.ended_at is None]
    return page(request, "visits.html", lasting=lasting, by_day=by_day, kinds=PLACE_KINDS)


@post("/visits", status_code=200)
async def check_in(request: PageRequest) -> Response[str] | Redirect:
    """Begin a visit with a place's code."""
    try:
        found = phone_of(request).read_scanned(str((await form_of(request)).get("text", "")))
        if not isinstance(found, PlaceCode):
            return go(request, "scan")
        phone_of(request).check_in(found)
    except ScanError as error:
        return refuse(request, error)
    return go(request, "visits", done="in")


@get("/visits/{visit_id:str}")
async def visit_page(request: PageRequest, visit_id: FromPath[str]) -> Response[str] | Redirect:
    """One visit with its times to correct."""
    visit = _visit(phone_of(request), visit_id)
    return go(request, "visits", done="gone") if visit is None else _edit(request, visit)


@post("/visits/{visit_id:str}", status_code=200)
async def edit(request: PageRequest, visit_id: FromPath[str]) -> Response[str] | Redirect:
    """Keep corrected times."""
    phone = phone_of(request)
    visit = _visit(phone, visit_id)
    if visit is None:
        return go(request, "visits", done="gone")
    fields = await form_of(request)
    times = {name: str(fields.get(name, "")) for name in ("day", "from", "to")}
    try:
        started_at, ended_at = _read_times(phone, times)
        phone.edit_visit(visit_id, started_at=started_at, ended_at=ended_at)
    except ValueError:
        return _edit(request, visit, wrong="unreadable", times=times)
    except VisitTimesWrong:
        return _edit(request, visit, wrong="impossible", times=times)
    except VisitUnknown:
        return go(request, "visits", done="gone")
    return go(request, "visits", done="kept")


@post("/visits/{visit_id:str}/check-out")
async def check_out(request: PageRequest, visit_id: FromPath[str]) -> Redirect:
    """End a visit now."""
    try:
        phone_of(request).check_out(visit_id)
    except VisitUnknown:
        return go(request, "visits", done="gone")
    return go(request, "visits", done="out")


@post("/visits/{visit_id:str}/delete")
async def delete(request: PageRequest, visit_id: FromPath[str]) -> Redirect:
    """Forget a visit."""
    try:
        phone_of(request).delete_visit(visit_id)
    except VisitUnknown:
        return go(request, "visits", done="gone")
    return go(request, "visits", done="deleted")


def _edit(request: PageRequest, visit: Visit, *, wrong: str = "", times: dict[str, str] | None = None) -> Response[str]:
    phone = phone_of(request)
    last = voice_of(request).speech.date_of(phone.now())
    return page(
        request,
        "visits_edit.html",
        visit=visit,
        kind=PLACE_KINDS[visit.place.kind],
        days=[last - back * _DAY for back in range(phone.settings.keep_days + 1)],
        times=times or _written_times(phone, visit),
        wrong=wrong,
    )


def _written_times(phone: Phone, visit: Visit) -> dict[str, str]:
    offset = phone.settings.utc_offset
    begin = datetime.fromtimestamp(visit.started_at + offset, UTC)
    end = "" if visit.ended_at is None else f"{datetime.fromtimestamp(visit.ended_at + offset, UTC):%H:%M}"
    return {"day": begin.date().isoformat(), "from": f"{begin:%H:%M}", "to": end}


def _read_times(phone: Phone, times: dict[str, str]) -> tuple[float, float | None]:
    """Begin and end in Unix seconds; an end before the beginning is of the next day. Raises ValueError."""
    day = date.fromisoformat(times["day"])
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - phone.settings.utc_offset
    started_at = midnight + _seconds(times["from"])
    if not times["to"]:
        return started_at, None
    ended_at = midnight + _seconds(times["to"])
    return started_at, ended_at + _DAY.total_seconds() if ended_at < started_at else ended_at


def _seconds(text: str) -> float:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * 3600.0 + int(found[2]) * 60.0


def _visit(phone: Phone, visit_id: str) -> Visit | None:
    return next((visit for visit in phone.visits() if visit.id == visit_id), None)


handlers = [visits, check_in, visit_page, edit, check_out, delete]
