from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from bluezone.clock import SkewedClock
from bluezone.phone import DutySettings, FaultName, Phone, PhoneSettings, StatusLevel
from bluezone.phone.store import Store
from bluezone.protocol import Beacon, find_beacon
from bluezone.radio import BumbleRadio, VirtualController
from bluezone.town.virtualtime import run_virtual
from tests.phone.conftest import START, Air

MINUTES = 60.0
HOURS = 3600.0


class Recorder:
    """A bumble radio that also notes what went on the air: (time, address, identifier)."""

    def __init__(self, air: Air, controller: VirtualController) -> None:
        self.air = air
        self.controller = controller
        self.radio: BumbleRadio = controller.radio(clock=air.clock, randomness=air.randomness.child(controller.name))
        self.sent: list[tuple[float, str, bytes]] = []

    async def open(self) -> None:
        await self.radio.open()

    async def advertise(self, data: bytes) -> None:
        await self.radio.advertise(data)
        beacon = find_beacon(data)
        assert beacon is not None
        self.sent.append((self.air.clock.now(), str(self.controller.random_address), beacon.identifier))

    async def silence(self) -> None:
        await self.radio.silence()

    async def scan(self, seconds):
        return await self.radio.scan(seconds)

    async def close(self) -> None:
        await self.radio.close()


def phone_of(air: Air, name: str, storage: Path | str = ":memory:", **options) -> tuple[Phone, Recorder]:
    recorder = Recorder(air, air.link.controller(name))
    clock, server = options.pop("clock", air.clock), options.pop("server", None)
    phone = Phone(storage, recorder, clock, air.randomness.child(f"phone {name}"), server, PhoneSettings(**options))
    return phone, recorder


def test_two_phones_hear_each_others_identifiers() -> None:
    async def story() -> None:
        air = Air()
        (a, radio_a), (b, radio_b) = phone_of(air, "a"), phone_of(air, "b")
        await a.start()
        await b.start()
        await air.clock.sleep(HOURS)
        for phone, other in ((a, radio_b), (b, radio_a)):
            heard = {sighting.identifier for sighting in phone._sightings.sightings()}
            assert heard
            assert heard <= {identifier for _, _, identifier in other.sent}
            assert 50 <= phone.status().minutes_today <= 60
            assert phone.status().level is StatusLevel.SAFE
            await phone.close()

    run_virtual(story)


def test_address_and_identifier_change_together_every_ten_to_twenty_minutes() -> None:
    async def story() -> None:
        air = Air()
        phone, radio = phone_of(air, "a")
        await phone.start()
        await air.clock.sleep(12 * HOURS)
        await phone.close()
        times = [time for time, _, _ in radio.sent]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert 36 <= len(radio.sent) <= 72
        assert all(10 * MINUTES <= gap <= 20 * MINUTES + 5 for gap in gaps)
        assert len({address for _, address, _ in radio.sent}) == len(radio.sent)
        assert len({identifier for _, _, identifier in radio.sent}) == len(radio.sent)

    run_virtual(story)


def test_scans_of_four_seconds_come_every_two_and_a_half_to_five_minutes() -> None:
    async def story() -> None:
        air = Air()
        phone, _ = phone_of(air, "a")
        await phone.start()
        await air.clock.sleep(6 * HOURS)
        scans = phone._store.rows("SELECT started_at, seconds, since_last FROM scans ORDER BY id")
        for (before, _, _), (after, seconds, since_last) in pairwise(scans):
            assert seconds == 4.0
            assert 150 <= after - before <= 301
            assert abs(since_last - (after - before)) < 0.5
        await phone.close()

    run_virtual(story)


def test_radio_that_vanishes_is_said_and_its_return_is_used() -> None:
    async def story() -> None:
        air = Air()
        phone, radio = phone_of(air, "a")
        await phone.start()
        await air.clock.sleep(30 * MINUTES)
        assert phone.status().fault is None
        radio.controller.unplug()
        await air.clock.sleep(10 * MINUTES)
        status = phone.status()
        assert status.level is StatusLevel.NOT_PROTECTING
        assert status.fault is not None
        assert status.fault.name is FaultName.RADIO_GONE
        before = len(radio.sent)
        radio.controller.plug_in()
        await air.clock.sleep(20 * MINUTES)
        assert phone.status().level is StatusLevel.SAFE
        assert len(radio.sent) > before
        assert len({identifier for _, _, identifier in radio.sent}) == len(radio.sent)
        await phone.close()

    run_virtual(story)


def test_phone_that_begins_without_a_radio_waits_for_one() -> None:
    async def story() -> None:
        air = Air()
        phone, radio = phone_of(air, "a")
        radio.controller.unplug()
        await phone.start()
        await air.clock.sleep(HOURS)
        assert radio.sent == []
        radio.controller.plug_in()
        await air.clock.sleep(10 * MINUTES)
        assert len(radio.sent) == 1
        await phone.close()

    run_virtual(story)


def test_clock_that_jumps_is_said_and_shortens_no_duration() -> None:
    async def story() -> None:
        air = Air()
        clock = SkewedClock(air.clock)
        phone, radio = phone_of(air, "a", clock=clock)
        await phone.start()
        await air.clock.sleep(2 * HOURS)
        for offset in (-5 * HOURS, 48 * HOURS, 0.0):
            clock.offset = offset
            await air.clock.sleep(HOURS)
            status = phone.status()
            assert status.fault is not None
            assert status.fault.name is FaultName.CLOCK_WRONG
        gaps = [gap for (gap,) in phone._store.rows("SELECT since_last FROM scans WHERE id > 1")]
        assert all(150 <= gap <= 301 for gap in gaps)
        assert len({identifier for _, _, identifier in radio.sent}) == len(radio.sent)
        # The identifier changed within minutes of each jump, into the interval that the clock now shows.
        times = [time for time, _, _ in radio.sent]
        for jump in (2 * HOURS, 3 * HOURS, 4 * HOURS):
            assert any(START + jump < time < START + jump + 6 * MINUTES for time in times)
        await phone.close()

    run_virtual(story)


def test_wrong_clock_destroys_nothing() -> None:
    async def story() -> None:
        air = Air()
        clock = SkewedClock(air.clock)
        phone, _ = phone_of(air, "a", clock=clock)
        await phone.start()
        await air.clock.sleep(HOURS)
        (kept,) = phone._store.row("SELECT count(*) FROM scans")
        clock.offset = 400 * 86400.0
        await air.clock.sleep(3 * HOURS)
        (now,) = phone._store.row("SELECT count(*) FROM scans")
        assert now > kept
        await phone.close()

    run_virtual(story)


def test_what_is_older_than_fourteen_days_is_destroyed_while_the_phone_runs() -> None:
    async def story() -> None:
        air = Air()
        phone, _ = phone_of(air, "a", duty=DutySettings(scan_gap=(3000.0, 3500.0)))
        await phone.start()
        await air.clock.sleep(16 * 24 * HOURS)
        now = air.clock.now()
        (oldest,) = phone._store.row("SELECT min(started_at) FROM scans")
        (key,) = phone._store.row("SELECT min(rolling_start) FROM own_keys")
        assert now - 14 * 24 * HOURS - HOURS - 10 <= oldest
        assert key * 600 >= now - 15 * 24 * HOURS - HOURS - 10
        assert {table.name for table in phone.stored() if table.rows} >= {"own_keys", "scans"}
        await phone.close()

    run_virtual(story)


def test_full_disk_is_said_and_the_phone_stays_on_the_air_and_goes_on(path: Path) -> None:
    async def story() -> None:
        air = Air()
        phone, radio = phone_of(air, "a", path, duty=DutySettings(scan_gap=(20.0, 30.0)))
        for number in range(40):  # plenty to hear, so that scans need new pages
            other = Recorder(air, air.link.controller(f"other {number}"))
            await other.open()
            await other.radio.advertise(Beacon(number.to_bytes(16), bytes(4)).encode())
        await phone.start()
        await air.clock.sleep(10 * MINUTES)
        (pages,) = phone._store.row("PRAGMA page_count")
        phone._store.row(f"PRAGMA max_page_count = {pages}")
        await air.clock.sleep(HOURS)
        status = phone.status()
        assert status.fault is not None
        assert status.fault.name is FaultName.STORAGE_FULL
        full_from = air.clock.now()
        await air.clock.sleep(HOURS)
        assert sum(time > full_from for time, _, _ in radio.sent) >= 2
        phone._store.row("PRAGMA max_page_count = 1073741823")
        (before,) = phone._store.row("SELECT count(*) FROM scans")
        await air.clock.sleep(10 * MINUTES)
        assert phone.status().fault is None
        assert phone._store.row("SELECT count(*) FROM scans")[0] > before
        await phone.close()

    run_virtual(story)


def test_stopped_phone_is_off_the_air_and_says_so() -> None:
    async def story() -> None:
        air = Air()
        phone, radio = phone_of(air, "a")
        await phone.start()
        await air.clock.sleep(MINUTES)
        await phone.stop()
        assert not radio.controller.advertiser.enabled
        assert phone.status().fault.name is FaultName.STOPPED
        await phone.start()
        await air.clock.sleep(MINUTES)
        assert radio.controller.advertiser.enabled
        assert radio.sent[0][2] != radio.sent[1][2]
        await phone.close()

    run_virtual(story)


def test_two_runs_with_one_seed_store_the_same(tmp_path: Path) -> None:
    def run(name: str) -> list[tuple]:
        async def story() -> None:
            air = Air()
            phones = [phone_of(air, who, tmp_path / f"{name}-{who}")[0] for who in ("a", "b")]
            for phone in phones:
                await phone.start()
            await air.clock.sleep(3 * HOURS)
            for phone in phones:
                await phone.close()

        run_virtual(story)
        store = Store(tmp_path / f"{name}-a")
        rows = store.rows("SELECT * FROM sightings ORDER BY scan, identifier") + store.rows("SELECT * FROM scans")
        store.close()
        return rows

    assert run("first") == run("second")


def test_status_can_be_asked_before_the_start() -> None:
    async def story() -> None:
        phone, _ = phone_of(Air(), "a")
        assert phone.status().level is StatusLevel.NOT_PROTECTING
        await phone.close()

    run_virtual(story)
