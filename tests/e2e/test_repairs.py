"""Every fault: Home names it in words, its page walks through the repair, and the button tells the truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bluezone.phone import FaultName, PhoneSettings
from bluezone.protocol import wire
from tests.e2e.conftest import Holder
from tests.e2e.world import HOUR, MINUTE, Handset, Household, World

Act = Callable[[World, Handset], None]


def fault_of(handset: Handset) -> set[FaultName]:
    return {fault.name for fault in handset.do(lambda phone: phone.status()).faults}


def wait_for(name: FaultName, handset: Handset) -> None:
    """Let time pass until the phone finds it."""
    handset.world.until(lambda: name in {fault.name for fault in handset.phone.status().faults}, hours=12)


def unplug(world: World, handset: Handset) -> None:
    world.do(handset.controller.unplug)
    wait_for(FaultName.RADIO_GONE, handset)


def plug_in(_world: World, handset: Handset) -> None:
    handset.world.do(handset.controller.plug_in)


def allow(_world: World, handset: Handset) -> None:
    handset.radio.refusal = None


def clock_wrong(_world: World, handset: Handset) -> None:
    handset.clock.offset = 3 * HOUR
    handset.run(lambda phone: phone.sync())


def clock_right(_world: World, handset: Handset) -> None:
    handset.clock.offset = 0.0


def fill_storage(world: World, handset: Handset) -> None:
    def fill() -> None:
        (pages,) = handset.phone._store.row("PRAGMA page_count")
        handset.phone._store.row(f"PRAGMA max_page_count = {pages}")

    world.do(fill)
    wait_for(FaultName.STORAGE_FULL, handset)


def free_storage(world: World, handset: Handset) -> None:
    world.do(lambda: handset.phone._store.row("PRAGMA max_page_count = 100000"))


def pull_line(_world: World, handset: Handset) -> None:
    handset.line.pull()
    wait_for(FaultName.SERVER_UNREACHABLE, handset)


def pull_archives(_world: World, handset: Handset) -> None:
    handset.line.pull(only=wire.PATH_INDEX)
    wait_for(FaultName.NOT_UPDATED, handset)


def plug_line(_world: World, handset: Handset) -> None:
    handset.line.plug()


def switch_off(_world: World, handset: Handset) -> None:
    handset.run(lambda phone: phone.stop())


def nothing(_world: World, _handset: Handset) -> None:
    pass


SOON = {"settings": PhoneSettings(first_sync=60, unreachable_after=2 * HOUR)}
FORBIDDEN = {"refusal": PermissionError(13, "Permission denied")}
MISSING = {"refusal": FileNotFoundError(2, "No such device")}


@pytest.mark.parametrize(
    ("name", "sentence", "button", "breaks", "mends", "options"),
    [
        ("stopped", "it is switched off", "Switch it on", switch_off, nothing, {}),
        ("radio_gone", "Bluetooth is off", "Try Bluetooth again", unplug, plug_in, {}),
        ("radio_gone", "it may not use Bluetooth", "Try Bluetooth again", nothing, allow, FORBIDDEN),
        ("radio_gone", "this device has no Bluetooth", "Look for Bluetooth again", nothing, allow, MISSING),
        ("clock_wrong", "the clock of this phone is wrong", "Check the clock again", clock_wrong, clock_right, {}),
        ("storage_full", "the storage is full", "Make room", fill_storage, free_storage, {}),
        ("server_unreachable", "it has not been online for days", "Go online now", pull_line, plug_line, SOON),
        ("not_updated", "the lists have not been read for days", "Update now", pull_archives, plug_line, SOON),
    ],
    ids=["off", "bluetooth off", "no permission", "no radio", "clock", "storage", "offline", "not updated"],
)  # fmt: skip
def test_fault_is_named_and_repaired(
    world: World,
    household: Household,
    holder: Holder,
    tmp_path: Path,
    name: str,
    sentence: str,
    button: str,
    breaks: Act,
    mends: Act,
    options: dict[str, object],
) -> None:
    handset = household.handset(storage=tmp_path / "phone.sqlite", **options)
    world.pass_time(2 * MINUTE)
    page = holder.open(handset)
    breaks(world, handset)
    card = page.locator(".status-card")
    expect(card).to_have_attribute("data-level", "not_protecting")
    expect(card.get_by_role("heading")).to_contain_text(sentence)
    card.get_by_role("link").click()
    page.wait_for_url(f"**/repair/{name}")
    expect(page.locator(".steps > li").first).to_be_visible()
    if mends is not nothing:
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("alert")).to_contain_text("It is not right yet.")
        mends(world, handset)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This is right again.")
    page.get_by_role("link", name="To the first page").click()
    expect(card).to_have_attribute("data-level", "safe")
    assert FaultName(name) not in fault_of(handset)
