"""Home: one status, one action, the radar of now, and the minutes of today."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.response import Redirect

from bluezone.phone.faults import FaultName
from bluezone.phone.pages.language import N_
from bluezone.phone.pages.site import PageRequest, fragment, go, page, phone_of, preferences_of
from bluezone.phone.status import PhoneStatus, StatusLevel

LEVEL_NAMES = {
    StatusLevel.SAFE: N_("Safe"),
    StatusLevel.F2: "F2",
    StatusLevel.F1: "F1",
    StatusLevel.F0: "F0",
    StatusLevel.NOT_PROTECTING: N_("Not protecting"),
}
SENTENCES = {
    StatusLevel.SAFE: N_("No close contact that needs attention has been noted."),
    StatusLevel.F2: N_("You were near somebody who is now F1."),
    StatusLevel.F1: N_("You were near a case for long enough that it needs following up."),
    StatusLevel.F0: N_("You reported that you are a case. Thank you for protecting everybody."),
}
FAULT_SENTENCES = {
    FaultName.STOPPED: N_("Bluezone cannot protect you now: it is switched off."),
    FaultName.RADIO_GONE: N_("Bluezone cannot protect you now: Bluetooth is off."),
    FaultName.CLOCK_WRONG: N_("Bluezone cannot protect you now: this device's clock is wrong."),
    FaultName.STORAGE_FULL: N_("Bluezone cannot protect you now: the storage is full."),
    FaultName.KEYS_EXHAUSTED: N_("Bluezone cannot protect you now: it has no fresh codes for today."),
    FaultName.NOT_UPDATED: N_("Bluezone cannot warn you now: it has not been updated for days."),
    FaultName.SERVER_UNREACHABLE: N_("Bluezone cannot warn you now: it has not been online for days."),
}


@get("/")
async def home(request: PageRequest) -> Response[str] | Redirect:
    """The first page; the first time it leads to the welcome."""
    if not preferences_of(request).first_run_done:
        return go(request, "welcome")
    return page(request, "home.html", **_now(request))


@get("/live/home")
async def live_home(request: PageRequest) -> Response[str]:
    """The part of Home that changes by itself."""
    return fragment(request, "parts/home_now.html", **_now(request))


def _now(request: PageRequest) -> dict[str, Any]:
    status = phone_of(request).status()
    return {"status": status, "level": status.level.value, "sentence": sentence(status)}


def sentence(status: PhoneStatus) -> str:
    """The one sentence of the status card, in English; templates translate it."""
    if status.level is StatusLevel.NOT_PROTECTING and status.fault is not None:
        return FAULT_SENTENCES[status.fault.name]
    return SENTENCES[status.level]


handlers = [home, live_home]
