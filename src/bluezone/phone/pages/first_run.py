"""The welcome: four screens in under a minute, without a phone number."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from bluezone.phone.faults import FaultName
from bluezone.phone.pages.repair import WALKS
from bluezone.phone.pages.site import PageRequest, go, page, phone_of, set_preferences

SCREENS = ("what", "stored", "permissions", "unit")


@get("/welcome")
async def welcome(request: PageRequest) -> Response[str]:
    """The first of the four screens."""
    return _screen(request, "what")


@get("/welcome/{name:str}")
async def screen(request: PageRequest, name: str) -> Response[str]:
    """Another of the four screens."""
    if name not in SCREENS[1:]:
        raise NotFoundException
    return _screen(request, name)


@post("/welcome/done")
async def done(request: PageRequest) -> Redirect:
    """Begin, with the invitation of a unit if one was given."""
    set_preferences(request, first_run_done=True)
    return go(request, "")


def _screen(request: PageRequest, name: str) -> Response[str]:
    at = SCREENS.index(name)
    faults = [fault.name for fault in phone_of(request).status().faults]
    return page(
        request,
        f"welcome_{name}.html",
        at=at + 1,
        count=len(SCREENS),
        following=SCREENS[at + 1] if at + 1 < len(SCREENS) else None,
        before=("welcome" if at == 1 else f"welcome/{SCREENS[at - 1]}") if at else None,
        radio_fault=WALKS[FaultName.RADIO_GONE] if FaultName.RADIO_GONE in faults else None,
    )


handlers = [welcome, screen, done]
