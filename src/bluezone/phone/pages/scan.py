"""Scan: one reader for every code; it says what a code is, and does nothing before the owner confirms."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.response import Redirect

from bluezone.phone.pages.scan_words import CHANNELS, PLACE_KINDS, refused
from bluezone.phone.pages.site import PageRequest, form_of, go, page, phone_of, set_preferences, voice_of
from bluezone.protocol.gate import GateChallenge
from bluezone.protocol.invite import CodeLink, Invitation
from bluezone.protocol.place import PlaceCode
from bluezone.protocol.scan import Scanned, TypedKind
from bluezone.protocol.scan_errors import ScanError, WebPageScanned


@get("/scan")
async def scan(request: PageRequest) -> Response[str]:
    """The camera, a picture, or a field to type in."""
    return page(request, "scan.html")


@post("/scan", status_code=200)
async def read_code(request: PageRequest) -> Response[str]:
    """Say what a code is; nothing is done yet."""
    text = str((await form_of(request)).get("text", ""))
    try:
        found = phone_of(request).read_scanned(text)
        if isinstance(found, PlaceCode):
            found.check_day(voice_of(request).speech.date_of(phone_of(request).now()))
    except ScanError as error:
        return refuse(request, error)
    return _say(request, found, text.strip())


@post("/scan/invitation")
async def take_invitation(request: PageRequest) -> Response[str] | Redirect:
    """Keep who invited."""
    try:
        found = phone_of(request).read_scanned(str((await form_of(request)).get("text", "")))
    except ScanError as error:
        return refuse(request, error)
    if isinstance(found, Invitation):
        set_preferences(request, invitation=found)
    return go(request, "invite", done="taken")


def refuse(request: PageRequest, error: ScanError) -> Response[str]:
    """The page for a code that was not used."""
    host = error.host if isinstance(error, WebPageScanned) else ""
    return page(request, "scan_refused.html", refused=refused(error), host=host)


def _say(request: PageRequest, found: Scanned, text: str) -> Response[str]:
    if isinstance(found, PlaceCode):
        kind = PLACE_KINDS[found.kind]
        lasting = [visit for visit in phone_of(request).visits() if visit.ended_at is None]
        checked_in = any(visit.place.place_id == found.place_id for visit in lasting)
        return page(
            request, "scan_place.html", place=found, kind=kind, text=text, checked_in=checked_in, lasting=lasting
        )
    if isinstance(found, GateChallenge):
        return page(request, "scan_gate.html", label=found.gate.label, text=text)
    if isinstance(found, Invitation):
        return page(request, "scan_invitation.html", invitation=found, channel=CHANNELS[found.channel], text=text)
    if isinstance(found, CodeLink):
        return page(request, "scan_code.html", code=found.code)
    if found.kind is TypedKind.GATE_WORD:
        return page(request, "scan_gate.html", label="", text=found.text)
    return page(request, "scan_code.html", code=found.text)


handlers = [scan, read_code, take_invitation]
