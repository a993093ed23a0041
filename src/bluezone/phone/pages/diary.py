"""Diary: the last 14 days, everything this phone stores and until when, export, and deleting."""

from __future__ import annotations

from datetime import date

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from bluezone.phone.diary import DiaryDay
from bluezone.phone.pages.site import (
    PageRequest,
    form_of,
    go,
    page,
    phone_of,
    preferences_of,
    set_preferences,
    site_of,
    voice_of,
)
from bluezone.phone.pages.stored_words import PROTECTION, STORED_NAMES, STORED_RULES
from bluezone.phone.phone import Phone


@get("/diary")
async def diary(request: PageRequest) -> Response[str]:
    """The last 14 days, newest first, from the first on which Bluezone ran."""
    deletions = site_of(request).deletions
    deletions_now = deletions.days()
    days = [day for day in phone_of(request).diary() if day.day not in deletions_now]
    while len(days) > 1 and days[-1].empty:
        days.pop()
    most = max((_heard(day) for day in days), default=0)
    return page(request, "diary.html", days=days, most=max(most, 60), deleted=deletions_now)


@get("/diary/{day:date}")
async def day_page(request: PageRequest, day: FromPath[date]) -> Response[str]:
    """One day: how near, how long, where, and what this phone keeps of it."""
    phone = phone_of(request)
    found = _day(phone, day)
    items = phone.stored_items(day)
    visits = [visit for visit in phone.visits() if voice_of(request).speech.date_of(visit.started_at) == day]
    most = max(_heard(found), 1)
    return page(request, "diary_day.html", day=found, most=most, items=items, visits=visits, names=STORED_NAMES)


@get("/diary/{day:date}/delete")
async def ask_delete_day(request: PageRequest, day: FromPath[date]) -> Response[str]:
    """Say what goes with a day before it goes."""
    return page(request, "diary_delete_day.html", day=_day(phone_of(request), day))


@post("/diary/{day:date}/delete")
async def delete_day(request: PageRequest, day: FromPath[date]) -> Redirect:
    """Delete a day, with some seconds to think again."""
    _day(phone_of(request), day)
    site_of(request).deletions.begin(day)
    return go(request, "diary")


@post("/diary/{day:date}/keep")
async def keep_day(request: PageRequest, day: FromPath[date]) -> Redirect:
    """Bring a day back."""
    kept = site_of(request).deletions.bring_back(day)
    return go(request, "diary", done="kept" if kept else "gone")


@get("/diary/stored")
async def stored(request: PageRequest) -> Response[str]:
    """Everything that this phone stores, why, and when it is destroyed."""
    phone = phone_of(request)
    tables = [table for table in phone.stored() if table.rows]
    return page(
        request,
        "diary_stored.html",
        tables=tables,
        empty=[table for table in phone.stored() if not table.rows],
        names=STORED_NAMES,
        rules=STORED_RULES,
        protection=PROTECTION,
        plain=phone.plain_reason(),
    )


@get("/diary/export")
async def export(request: PageRequest) -> Response[bytes]:
    """Everything of the owner's as one file."""
    phone = phone_of(request)
    headers = {"Content-Disposition": 'attachment; filename="bluezone.zip"'}
    return Response(phone.export(), media_type="application/zip", headers=headers)


@get("/diary/delete-all")
async def ask_delete_all(request: PageRequest) -> Response[str]:
    """Say what goes and what cannot be brought back before everything goes."""
    return page(request, "diary_delete_all.html", unticked=request.query_params.get("done") == "unticked")


@post("/diary/delete-all")
async def delete_all(request: PageRequest) -> Redirect:
    """Delete everything; the phone begins anew with the welcome."""
    fields = await form_of(request)
    if fields.get("sure") != "yes":
        return go(request, "diary/delete-all", done="unticked")
    site_of(request).deletions.finish()
    kept = preferences_of(request)
    await phone_of(request).delete_all()
    # Whoever deletes everything still has to read what comes next.
    set_preferences(request, language=kept.language, theme=kept.theme, text_size=kept.text_size)
    return go(request, "welcome", done="deleted")


def _day(phone: Phone, day: date) -> DiaryDay:
    for found in phone.diary():
        if found.day == day:
            return found
    raise NotFoundException


def _heard(day: DiaryDay) -> int:
    """The minutes that a day's bar shows."""
    return day.minutes_near_others + day.minutes_far


handlers = [diary, day_page, ask_delete_day, delete_day, keep_day, stored, export, ask_delete_all, delete_all]
