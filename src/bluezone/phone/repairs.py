"""What a phone can do itself about each fault, and what is wrong with its radio."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bluezone.phone.faults import Fault, FaultName


class RepairAction(StrEnum):
    """What `Phone.try_repair` does about a fault."""

    START = "start"
    REOPEN_RADIO = "reopen_radio"
    CHECK_CLOCK = "check_clock"
    MAKE_ROOM = "make_room"
    ROTATE = "rotate"
    SYNC = "sync"


class RadioTrouble(StrEnum):
    """Why there is no radio: nobody may use it, there is none, or it is switched off or taken."""

    PERMISSION = "permission"
    MISSING = "missing"
    OFF = "off"


ACTIONS = {
    FaultName.STOPPED: RepairAction.START,
    FaultName.RADIO_GONE: RepairAction.REOPEN_RADIO,
    FaultName.CLOCK_WRONG: RepairAction.CHECK_CLOCK,
    FaultName.STORAGE_FULL: RepairAction.MAKE_ROOM,
    FaultName.KEYS_EXHAUSTED: RepairAction.ROTATE,
    FaultName.NOT_UPDATED: RepairAction.SYNC,
    FaultName.SERVER_UNREACHABLE: RepairAction.SYNC,
}


@dataclass(frozen=True, slots=True)
class Repair:
    """One fault (None when it is over), what the phone can do about it, and for the radio what is wrong with it."""

    name: FaultName
    fault: Fault | None
    action: RepairAction
    radio: RadioTrouble | None


def radio_trouble(error: BaseException | None) -> RadioTrouble:
    """What a RadioUnavailable comes from, as far as the operating system says."""
    while error is not None:
        text = f"{type(error).__name__} {error}".lower()
        if isinstance(error, PermissionError) or "access" in text or "permission" in text:
            return RadioTrouble.PERMISSION
        if isinstance(error, FileNotFoundError) or "no device" in text or "not found" in text:
            return RadioTrouble.MISSING
        error = error.__cause__
    return RadioTrouble.OFF
