"""The welcome: four screens in under a minute, without a phone number."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from bluezone.phone.faults import FaultName
from bluezone.phone.pages.repair import walk_of
from bluezone.phone.pages.site import PageRequest, form_of, go, page, phone_of, preferences_of, set_preferences
from bluezone.protocol.invite import Channel, Invitation, read_invitation
from bluezone.protocol.scan_errors import InvitationMalformed

SCREENS = ("what", "stored", "permissions", "unit")


@get("/welcome")
async def welcome(request: PageRequest) -> Response[str]:
    """The first of the four screens."""
    return _screen(request, "what")


@get("/welcome/{name:str}")
async def screen(request: PageRequest, name: FromPath[str]) -> Response[str]:
    """Another of the four screens."""
    if name not in SCREENS[1:]:
        raise NotFoundException
    return _screen(request, name)


@post("/welcome/done")
async def done(request: PageRequest) -> Redirect:
    """Begin, with the invitation of a unit if one was given."""
    typed = str((await form_of(request)).get("invitation", "")).strip()
    try:
        invitation = _invitation(typed) if typed else preferences_of(request).invitation
    except InvitationMalformed:
        return go(request, "welcome/unit", done="unknown")
    set_preferences(request, first_run_done=True, invitation=invitation)
    return go(request, "")


def _invitation(typed: str) -> Invitation:
    """An invitation from its link, or from the unit's code alone."""
    return read_invitation(typed) if "#" in typed else Invitation(typed.upper(), Channel.OTHER)


def _screen(request: PageRequest, name: str) -> Response[str]:
    at = SCREENS.index(name)
    radio = phone_of(request).repair(FaultName.RADIO_GONE)
    return page(
        request,
        f"welcome_{name}.html",
        at=at + 1,
        count=len(SCREENS),
        following=SCREENS[at + 1] if at + 1 < len(SCREENS) else None,
        before=("welcome" if at == 1 else f"welcome/{SCREENS[at - 1]}") if at else None,
        radio_fault=walk_of(radio) if radio.fault else None,
    )


handlers = [welcome, screen, done]
