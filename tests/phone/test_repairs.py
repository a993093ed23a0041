from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from bluezone.clock import FixedClock
from bluezone.phone import FaultName, Phone, RadioTrouble, RepairAction
from bluezone.phone.repairs import radio_trouble
from bluezone.radio import RadioUnavailable
from bluezone.randomness import SeededRandomness
from bluezone.town.virtualtime import run_virtual
from tests.phone.conftest import START, Air, FileServer, client_of
from tests.phone.test_agent import phone_of


def faults(phone: Phone) -> list[FaultName]:
    return [fault.name for fault in phone.status().faults]


def offline(clock: FixedClock, storage: Path | str = ":memory:", server: FileServer | None = None) -> Phone:
    client = None if server is None else client_of(server)
    return Phone(storage, object(), clock, SeededRandomness("repairs"), client)  # type: ignore[arg-type]


def test_radio_that_is_back_is_used_at_once_when_asked() -> None:
    async def story() -> None:
        air = Air()
        phone, radio = phone_of(air, "a")
        await phone.start()
        await air.clock.sleep(600)
        radio.controller.unplug()
        await air.clock.sleep(3600)  # by now the phone tries every few minutes
        repair = phone.repair(FaultName.RADIO_GONE)
        assert repair.fault is not None
        assert (repair.action, repair.radio) == (RepairAction.REOPEN_RADIO, RadioTrouble.OFF)
        before = air.clock.now()
        assert not await phone.try_repair(FaultName.RADIO_GONE)
        radio.controller.plug_in()
        assert await phone.try_repair(FaultName.RADIO_GONE)
        assert air.clock.now() - before < 30
        assert phone.repair(FaultName.RADIO_GONE).fault is None
        await air.clock.sleep(10)
        assert phone.radar().listening
        await phone.close()

    run_virtual(story)


def test_phone_that_is_off_is_switched_on() -> None:
    async def story() -> None:
        air = Air()
        phone, _ = phone_of(air, "a")
        assert faults(phone) == [FaultName.STOPPED]
        assert await phone.try_repair(FaultName.STOPPED)
        await air.clock.sleep(60)
        assert faults(phone) == []
        await phone.close()

    run_virtual(story)


def test_phone_whose_work_ended_with_an_error_is_started_anew() -> None:
    async def story() -> None:
        air = Air()
        phone, radio = phone_of(air, "a")

        async def break_down(seconds: float) -> None:
            raise RuntimeError("broken")

        scan, radio.scan = radio.scan, break_down  # type: ignore[assignment]
        await phone.start()
        await air.clock.sleep(60)
        assert faults(phone) == [FaultName.STOPPED]
        radio.scan = scan  # type: ignore[method-assign]
        assert await phone.try_repair(FaultName.STOPPED)
        await air.clock.sleep(600)
        assert phone.radar().listening
        await phone.close()

    run_virtual(story)


def test_clock_that_was_set_right_is_found_right(server: FileServer, clock: FixedClock) -> None:
    phone = offline(clock, server=server)
    phone._sightings.begin_epoch(clock.now(), None)
    server.now = START + 7200
    asyncio.run(phone.sync())
    assert FaultName.CLOCK_WRONG in faults(phone)
    assert not asyncio.run(phone.try_repair(FaultName.CLOCK_WRONG))
    clock.set(START + 7200)
    assert asyncio.run(phone.try_repair(FaultName.CLOCK_WRONG))


def test_server_that_answers_again_ends_both_its_faults(server: FileServer, clock: FixedClock) -> None:
    away = True

    async def app(scope, receive, send) -> None:
        if away:
            raise httpx.ConnectError("away")
        await server(scope, receive, send)

    phone = Phone(":memory:", object(), clock, SeededRandomness("repairs"), client_of(app))  # type: ignore[arg-type]
    for name in (FaultName.NOT_UPDATED, FaultName.SERVER_UNREACHABLE):
        phone._faults.begin(name, "For days.")
    assert not asyncio.run(phone.try_repair(FaultName.SERVER_UNREACHABLE))
    away = False
    assert asyncio.run(phone.try_repair(FaultName.NOT_UPDATED))
    assert phone.repair(FaultName.SERVER_UNREACHABLE).fault is None


def test_phone_without_a_server_cannot_reach_one(clock: FixedClock) -> None:
    phone = offline(clock)
    phone._faults.begin(FaultName.SERVER_UNREACHABLE, "For days.")
    assert not asyncio.run(phone.try_repair(FaultName.SERVER_UNREACHABLE))


def test_full_storage_is_well_again_only_when_it_takes_a_scan(clock: FixedClock, path: Path) -> None:
    phone = offline(clock, path)
    phone._faults.begin(FaultName.STORAGE_FULL, "The disk takes no more.")
    (pages,) = phone._store.row("PRAGMA page_count")
    phone._store.row(f"PRAGMA max_page_count = {pages}")
    assert not asyncio.run(phone.try_repair(FaultName.STORAGE_FULL))
    phone._store.row("PRAGMA max_page_count = 100000")
    assert asyncio.run(phone.try_repair(FaultName.STORAGE_FULL))
    assert phone._store.row("SELECT count(*) FROM meta WHERE name = 'room'") == (0,)
    asyncio.run(phone.close())


def test_making_room_gives_up_what_can_be_fetched_again(clock: FixedClock, path: Path) -> None:
    phone = offline(clock, path)
    phone._store.execute("INSERT INTO archives (name, state, destroy_at) VALUES ('1.zip', 'waiting', ?)", (START + 9,))
    phone._store.execute("INSERT INTO archive_parts VALUES ('1.zip', 0, zeroblob(1000000))")
    (pages,) = phone._store.row("PRAGMA page_count")
    phone._store.row(f"PRAGMA max_page_count = {pages}")
    phone._faults.begin(FaultName.STORAGE_FULL, "The disk takes no more.")
    assert asyncio.run(phone.try_repair(FaultName.STORAGE_FULL))
    asyncio.run(phone.close())


def test_phone_without_identifiers_left_goes_on_the_next_day() -> None:
    async def story() -> None:
        air = Air(start=START + 22 * 3600)
        phone, _ = phone_of(air, "a")
        await phone.start()
        await air.clock.sleep(60)
        phone._faults.begin(FaultName.KEYS_EXHAUSTED, "Silent until tomorrow.")
        assert await phone.try_repair(FaultName.KEYS_EXHAUSTED)
        await phone.close()

    run_virtual(story)


@pytest.mark.parametrize("name", list(FaultName))
def test_every_fault_has_an_action(clock: FixedClock, name: FaultName) -> None:
    assert offline(clock).repair(name).action in RepairAction


def caused(error: Exception) -> RadioUnavailable:
    unavailable = RadioUnavailable("The radio did not open; plug it in or free it.")
    unavailable.__cause__ = error
    return unavailable


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (PermissionError(1, "Operation not permitted"), RadioTrouble.PERMISSION),
        (RuntimeError("LIBUSB_ERROR_ACCESS [-3]"), RadioTrouble.PERMISSION),
        (FileNotFoundError(2, "No such file"), RadioTrouble.MISSING),
        (ValueError("device not found"), RadioTrouble.MISSING),
        (ConnectionRefusedError(111, "Connection refused"), RadioTrouble.OFF),
    ],
)
def test_radios_trouble_is_read_from_what_the_system_says(error: Exception, trouble: RadioTrouble) -> None:
    assert radio_trouble(caused(error)) is trouble
