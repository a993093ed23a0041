"""I was warned: what it means, what to do step by step, and, if the owner likes, telling the health office."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.response import Redirect

from bluezone.phone.errors import BodyOverSize, NothingToTell, PhoneError, ServerRefused, ServerUnreachable, StoreError
from bluezone.phone.pages.language import N_
from bluezone.phone.pages.notices import CLOSENESS
from bluezone.phone.pages.site import PageRequest, form_of, go, page, phone_of, site_of
from bluezone.phone.phone import Phone
from bluezone.phone.tell import Telling
from bluezone.protocol.wire import (
    TELL_COMMUNE_CHARACTERS,
    TELL_LEVELS,
    TELL_NAME_CHARACTERS,
    TELL_NOTE_CHARACTERS,
    TELL_PHONE_CHARACTERS,
)

LONGEST = {
    "name": TELL_NAME_CHARACTERS,
    "phone": TELL_PHONE_CHARACTERS,
    "commune": TELL_COMMUNE_CHARACTERS,
    "note": TELL_NOTE_CHARACTERS,
}
_PHONE_CHARACTERS = frozenset("+0123456789 ().-")

_WRONG = {
    "length": N_("One of the fields is too long. Shorten it, then look again."),
    "phone": N_("A telephone number has digits, spaces and a plus sign. Correct it, then look again."),
    "unreachable": N_("The health office cannot be reached right now. Connect to the internet and try again, or call."),
    "paused": N_("The health office takes no more of these right now. Please call instead; the line is open."),
    "refused": N_("The health office did not take this. Write it in plain words, or call."),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What the owner filled in; empty is not told."""

    name: str = ""
    phone: str = ""
    commune: str = ""
    note: str = ""


@get("/warned")
async def warned(request: PageRequest) -> Response[str]:
    """What the present level means and what to do, from the province's guidance."""
    phone = phone_of(request)
    status = phone.status()
    return page(
        request,
        "warned.html",
        level=status.level.value,
        guidance=phone.guidance(site_of(request).language(request)),
        exposures=list(reversed(status.exposures)),
        closeness=CLOSENESS,
        can_tell=status.level in TELL_LEVELS,
        told=phone.tell_receipts(),
    )


@get("/warned/tell")
async def tell(request: PageRequest) -> Response[str] | Redirect:
    """The fields that a warned person may fill in; none is asked for."""
    if not _may_tell(phone_of(request)):
        return go(request, "warned")
    return _form(request, Told(), None)


@post("/warned/tell", status_code=200)
async def preview(request: PageRequest) -> Response[str] | Redirect:
    """Exactly what would be told; what was shown is told when the owner presses the button there."""
    sent = await form_of(request)
    told, days = _read(sent)
    if "change" in sent:
        return _form(request, told, days)
    if wrong := _check(told):
        return _form(request, told, days, wrong=wrong)
    try:
        telling = phone_of(request).telling(days, **_as_fields(told))
    except NothingToTell:
        return go(request, "warned")
    return await _send(request, telling, told, days) if "send" in sent else _preview(request, telling, told, days)


@get("/warned/told")
async def told_page(request: PageRequest) -> Response[str]:
    """The receipts of what was told."""
    receipts = [
        (receipt, [date.fromisoformat(day) for day in receipt.content.exposure_days])
        for receipt in reversed(phone_of(request).tell_receipts())
    ]
    return page(request, "warned_told.html", receipts=receipts, hotline=_hotline(request))


def _form(request: PageRequest, told: Told, days: list[date] | None, *, wrong: str = "") -> Response[str]:
    status = phone_of(request).status()
    known = [exposure.day for exposure in reversed(status.exposures) if exposure.level in TELL_LEVELS]
    return page(
        request,
        "warned_tell.html",
        told=told,
        days=known,
        ticked=known if days is None else days,
        longest=LONGEST,
        wrong=_WRONG.get(wrong),
        hotline=_hotline(request),
    )


async def _send(request: PageRequest, telling: Telling, told: Told, days: list[date]) -> Response[str] | Redirect:
    try:
        await phone_of(request).tell_office(telling)
    except StoreError:
        raise
    except PhoneError as error:
        return _preview(request, telling, told, days, wrong=_failure(error))
    return go(request, "warned/told")


def _preview(request: PageRequest, telling: Telling, told: Told, days: list[date], *, wrong: str = "") -> Response[str]:
    return page(
        request,
        "warned_preview.html",
        content=telling.content,
        document=telling.document(),
        told=told,
        days=days,
        exposure_days=[date.fromisoformat(day) for day in telling.content.exposure_days],
        wrong=_WRONG.get(wrong),
        hotline=_hotline(request),
    )


def _read(sent: FormMultiDict) -> tuple[Told, list[date]]:
    # Browsers send the ends of lines as CR LF; the health office takes plain LF.
    texts = {field.name: str(sent.get(field.name, "")).replace("\r\n", "\n").strip() for field in fields(Told)}
    days = []
    for text in sent.getall("day", []):
        try:
            days.append(date.fromisoformat(str(text)))
        except ValueError:
            continue
    return Told(**texts), days


def _check(told: Told) -> str:
    """The name of what is wrong with the fields, empty where nothing is."""
    if any(len(text) > LONGEST[name] for name, text in _as_fields(told).items()):
        return "length"
    return "" if set(told.phone) <= _PHONE_CHARACTERS else "phone"


def _as_fields(told: Told) -> dict[str, str]:
    return {field.name: getattr(told, field.name) for field in fields(Told)}


def _failure(error: PhoneError) -> str:
    if isinstance(error, BodyOverSize):
        return "length"
    if isinstance(error, ServerRefused) and error.status == 429:
        return "paused"
    lost = isinstance(error, ServerUnreachable) or (isinstance(error, ServerRefused) and error.temporary)
    return "unreachable" if lost else "refused"


def _may_tell(phone: Phone) -> bool:
    return phone.status().level in TELL_LEVELS


def _hotline(request: PageRequest) -> str:
    return phone_of(request).guidance(site_of(request).language(request)).hotline


handlers = [warned, tell, preview, told_page]
