"""Home: one status with one action, the radar of now, and the minutes of today."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.response import Redirect

from bluezone.phone.pages.language import N_
from bluezone.phone.pages.repair import fault_sentence
from bluezone.phone.pages.site import PageRequest, fragment, go, page, phone_of, preferences_of
from bluezone.phone.phone import Phone
from bluezone.phone.status import PhoneStatus, StatusLevel
from bluezone.risk import Closeness

LEVEL_NAMES = {
    StatusLevel.SAFE: N_("Safe"),
    StatusLevel.F2: N_("Level F2"),
    StatusLevel.F1: N_("Level F1"),
    StatusLevel.F0: N_("Level F0"),
    StatusLevel.NOT_PROTECTING: N_("Not protecting"),
}
_SENTENCES = {
    StatusLevel.SAFE: N_("No close contact that needs attention so far."),
    StatusLevel.F2: N_("You were near somebody who is now F1."),
    StatusLevel.F1: N_("You were near a case for long enough to need following up."),
    StatusLevel.F0: N_("You reported being a case. Thank you for protecting everybody."),
}
_ACTIONS = {
    StatusLevel.SAFE: ("invite", N_("Invite three people")),
    StatusLevel.F2: ("warned", N_("What to do now")),
    StatusLevel.F1: ("warned", N_("What to do now")),
    StatusLevel.F0: ("warned", N_("What to do now")),
}
_RINGS = {Closeness.NEAR: 30.0, Closeness.UNCLEAR: 58.0, Closeness.FAR: 86.0}
"""Radii of the radar's rings, in its own units of which the picture is 200 wide."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A device on the radar: where it is drawn, and how faint since it was last heard."""

    x: float
    y: float
    closeness: str
    opacity: float


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
    phone = phone_of(request)
    status = phone.status()
    radar = phone.radar()
    today = phone.diary()[0]
    path, action = _ACTIONS.get(status.level) or (f"repair/{status.faults[0].name}", N_("Put it right"))
    return {
        "status": status,
        "level": status.level.value,
        "level_name": LEVEL_NAMES[status.level],
        "sentence": sentence(phone, status),
        "action_path": path,
        "action": action,
        "radar": radar,
        "dots": [_dot(dot.closeness, dot.age_seconds, dot.angle_seed) for dot in radar.dots],
        "fault_sentence": fault_sentence(phone.repair(status.faults[0].name)) if status.faults else None,
        "rings": sorted(_RINGS.values()),
        "minutes_near_others": today.minutes_near_others,
    }


def sentence(phone: Phone, status: PhoneStatus) -> str:
    """The one sentence of the status card, in English; templates translate it."""
    if status.level is StatusLevel.NOT_PROTECTING:
        return fault_sentence(phone.repair(status.faults[0].name))
    return _SENTENCES[status.level]


def _dot(closeness: Closeness, age_seconds: float, angle_seed: float) -> Dot:
    angle = 2 * math.pi * (angle_seed % 1)
    radius = _RINGS[closeness] - 12 * (angle_seed * 7 % 1)
    opacity = max(0.35, 1 - age_seconds / 900)
    return Dot(round(radius * math.cos(angle), 1), round(radius * math.sin(angle), 1), closeness, round(opacity, 2))


handlers = [home, live_home]
