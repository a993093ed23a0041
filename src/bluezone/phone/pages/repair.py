"""Repair: the exact fault in words, what to do about it step by step, and one button that does what can be done."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from bluezone.phone.faults import FaultName
from bluezone.phone.pages.language import N_
from bluezone.phone.pages.site import PageRequest, go, page, phone_of
from bluezone.phone.repairs import RadioTrouble, Repair


@dataclass(frozen=True, slots=True)
class Walk:
    """How a fault is put right, in English: its name, what it means meanwhile, the steps, the button."""

    icon: str
    title: str
    meaning: str
    steps: tuple[str, ...]
    button: str


FAULT_SENTENCES = {
    FaultName.STOPPED: N_("Bluezone does not protect you now: it is switched off."),
    FaultName.CLOCK_WRONG: N_("Bluezone does not protect you now: the clock of this phone is wrong."),
    FaultName.STORAGE_FULL: N_("Bluezone does not protect you now: the storage is full."),
    FaultName.KEYS_EXHAUSTED: N_("Bluezone does not protect you now: it rests until tomorrow."),
    FaultName.NOT_UPDATED: N_("Bluezone cannot warn you now: the lists have not been read for days."),
    FaultName.SERVER_UNREACHABLE: N_("Bluezone cannot warn you now: it has not been online for days."),
}

RADIO_SENTENCES = {
    RadioTrouble.PERMISSION: N_("Bluezone does not protect you now: it may not use Bluetooth."),
    RadioTrouble.MISSING: N_("Bluezone does not protect you now: this device has no Bluetooth."),
    RadioTrouble.OFF: N_("Bluezone does not protect you now: Bluetooth is off."),
}
_WITHOUT_RADIO = N_("Without Bluetooth this phone neither hears others nor is heard. What it stored before is safe.")
_COME_BACK = N_("Come back here and press the button.")

RADIO_WALKS = {
    RadioTrouble.PERMISSION: Walk(
        "lock",
        N_("Bluezone may not use Bluetooth"),
        _WITHOUT_RADIO,
        (
            N_("Open the settings of your device and look for Bluezone."),
            N_('Allow Bluetooth (on some devices "nearby devices"): only for random codes, never for your location.'),
            N_("On a computer, ask whoever looks after it for the right to use Bluetooth."),
            _COME_BACK,
        ),
        N_("Try Bluetooth again"),
    ),
    RadioTrouble.MISSING: Walk(
        "bluetooth-off",
        N_("No Bluetooth was found"),
        _WITHOUT_RADIO,
        (
            N_("If you use a Bluetooth stick, pull it out, wait ten seconds and plug it in again."),
            N_("Try another socket; sticks for Bluetooth 4.0 or newer work."),
            _COME_BACK,
        ),
        N_("Look for Bluetooth again"),
    ),
    RadioTrouble.OFF: Walk(
        "bluetooth-off",
        N_("Bluetooth is off"),
        _WITHOUT_RADIO,
        (
            N_("Open the settings of your device and switch Bluetooth on."),
            N_("Switch flight mode off."),
            N_("Close other programs that use Bluetooth."),
            _COME_BACK,
        ),
        N_("Try Bluetooth again"),
    ),
}

WALKS = {
    FaultName.STOPPED: Walk(
        "shield-off",
        N_("Bluezone is switched off"),
        N_("While it is off, this phone neither hears others nor is heard. What it stored before is safe."),
        (
            N_("Press the button below."),
            N_("If it stays off, close Bluezone and open it again."),
            N_("Leave Bluezone running in the background; it needs little battery."),
        ),
        N_("Switch it on"),
    ),
    FaultName.CLOCK_WRONG: Walk(
        "clock-exclamation",
        N_("The clock of this phone is wrong"),
        N_("Random codes carry the time, so with a wrong clock a meeting may not be recognised later."),
        (
            N_("Open the date and time settings of your device."),
            N_("Switch on the automatic date, time and time zone."),
            _COME_BACK,
        ),
        N_("Check the clock again"),
    ),
    FaultName.STORAGE_FULL: Walk(
        "database",
        N_("The storage is full"),
        N_("This phone cannot write down whom it hears. What it stored before is safe."),
        (
            N_("Delete pictures, films or programs that you no longer need."),
            N_("Bluezone itself needs less than 50 megabytes."),
            N_("Press the button: Bluezone also clears what it can load again."),
        ),
        N_("Make room"),
    ),
    FaultName.KEYS_EXHAUSTED: Walk(
        "key",
        N_("Bluezone rests until tomorrow"),
        N_("After you sent your keys, today's are used up, so that nobody can take this phone for another."),
        (
            N_("There is nothing to do: from 7 in the morning it goes on by itself."),
            N_("Leave Bluezone running."),
        ),
        N_("Look again"),
    ),
    FaultName.NOT_UPDATED: Walk(
        "cloud-off",
        N_("The lists have not been read for days"),
        N_("This phone goes on hearing others, but it cannot find out whether one of them fell ill."),
        (
            N_("Connect the phone to Wi-Fi or mobile data."),
            N_("Press the button."),
            N_("If it stays so, install the newest Bluezone."),
        ),
        N_("Update now"),
    ),
    FaultName.SERVER_UNREACHABLE: Walk(
        "wifi-off",
        N_("Bluezone has not been online for days"),
        N_("This phone goes on hearing others, but it cannot find out whether one of them fell ill."),
        (
            N_("Connect the phone to Wi-Fi or mobile data; a minute is enough."),
            N_("Press the button."),
            N_("If the internet works elsewhere, wait an hour: the server may be resting."),
        ),
        N_("Go online now"),
    ),
}


@get("/repair/{name:str}")
async def walk(request: PageRequest, name: FromPath[str]) -> Response[str]:
    """One fault and how to put it right; says so when it is right already."""
    repair = phone_of(request).repair(_fault(name))
    return page(request, "repair.html", repair=repair, walk=walk_of(repair))


@post("/repair/{name:str}")
async def try_it(request: PageRequest, name: FromPath[str]) -> Redirect:
    """Do what can be done about it, then say whether it helped."""
    fault = _fault(name)
    await phone_of(request).try_repair(fault)
    return go(request, f"repair/{fault.value}", done="tried")


def fault_sentence(repair: Repair) -> str:
    """What a fault means to the owner, in English; templates translate it."""
    if repair.name is FaultName.RADIO_GONE:
        return RADIO_SENTENCES[repair.radio or RadioTrouble.OFF]
    return FAULT_SENTENCES[repair.name]


def walk_of(repair: Repair) -> Walk:
    """How a fault is put right."""
    if repair.name is FaultName.RADIO_GONE:
        return RADIO_WALKS[repair.radio or RadioTrouble.OFF]
    return WALKS[repair.name]


def _fault(name: str) -> FaultName:
    try:
        return FaultName(name)
    except ValueError:
        raise NotFoundException from None


handlers = [walk, try_it]
