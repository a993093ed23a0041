from __future__ import annotations

from datetime import date

import pytest

from bluezone.clock import FixedClock
from bluezone.phone import DutySettings, Phone, PhoneSettings
from bluezone.phone.diary import Calendar
from bluezone.phone.sightings import Scan
from bluezone.protocol import Beacon
from bluezone.radio import Report
from bluezone.randomness import SeededRandomness
from bluezone.risk import Closeness
from bluezone.town.virtualtime import run_virtual
from tests.phone.conftest import START, Air
from tests.phone.test_agent import phone_of

MINUTES = 60.0
HOURS = 3600.0
DAY = 86400.0


@pytest.fixture
def phone(clock: FixedClock) -> Phone:
    phone = Phone(":memory:", object(), clock, SeededRandomness("diary"), None)  # type: ignore[arg-type]
    phone._sightings.begin_epoch(clock.now(), None)
    return phone


def scan(phone: Phone, at: float, *strengths: int, since_last: float = 240.0) -> None:
    """A scan that hears one sender at each of these strengths, each with an identifier of its own."""
    senders = SeededRandomness(f"senders {at}")
    reports = [
        Report("a", rssi, Beacon(identifier, bytes(4)).encode(), at + second)
        for rssi in strengths
        for identifier in [senders.token_bytes(16)]
        for second in range(4)
    ]
    phone._sightings.add(Scan(at, 4.0, since_last), reports)


def test_minute_counts_once_at_its_nearest_however_many_were_there(phone: Phone, clock: FixedClock) -> None:
    for number in range(15):
        scan(phone, START + number * 240, -45, -60, -80)
    clock.set(START + HOURS)
    today = phone.diary()[0]
    assert (today.minutes_near, today.minutes_unclear, today.minutes_far) == (60, 0, 0)
    assert today.minutes_protected == 60


def test_hundred_identifiers_of_one_phone_are_not_a_hundred_people(phone: Phone, clock: FixedClock) -> None:
    for number in range(100):
        scan(phone, START + number * 240, -60)
    clock.set(START + 7 * HOURS)
    today = phone.diary()[0]
    assert (today.minutes_near, today.minutes_unclear, today.minutes_far) == (0, 400, 0)


def test_scan_stands_for_five_minutes_at_most_and_the_first_for_nothing(phone: Phone) -> None:
    scan(phone, START, -45, since_last=0.0)
    scan(phone, START + 7200, -45, since_last=7200.0)
    assert phone.diary()[0].minutes_near == 5


def test_empty_scans_are_protection_without_anybody_near(phone: Phone) -> None:
    for number in range(15):
        scan(phone, START + number * 240)
    today = phone.diary()[0]
    assert (today.minutes_protected, today.minutes_near + today.minutes_unclear + today.minutes_far) == (60, 0)


def test_days_are_the_owners_and_the_last_fourteen_newest_first(phone: Phone, clock: FixedClock) -> None:
    scan(phone, START - 7 * HOURS - 1, -45)  # a second before midnight in Vietnam
    scan(phone, START - 7 * HOURS, -80)
    days = phone.diary()
    assert [day.day for day in days] == [date(2020, 8, 3 - back) if back < 3 else date(2020, 7, 34 - back)
                                         for back in range(14)]  # fmt: skip
    assert (days[0].minutes_far, days[0].minutes_near) == (4, 0)
    assert (days[1].minutes_far, days[1].minutes_near) == (0, 4)


def test_minutes_of_today_are_those_of_the_status(phone: Phone) -> None:
    for number in range(20):
        scan(phone, START + number * 200, -45, since_last=200.0)
    assert phone.diary()[0].minutes_protected == phone.status().minutes_today


def test_local_days_begin_at_local_midnight() -> None:
    calendar = Calendar(7 * 3600)
    assert calendar.day(START) == date(2020, 8, 3)
    assert calendar.begin(date(2020, 8, 3)) == START - 7 * HOURS
    assert calendar.day(calendar.begin(date(2020, 8, 3))) == date(2020, 8, 3)


def test_radar_shows_the_last_scan_alone(phone: Phone, clock: FixedClock) -> None:
    assert phone.radar().at is None
    scan(phone, START, -45, -45, -45)
    scan(phone, START + 240, -80, -45)
    clock.set(START + 260)
    radar = phone.radar()
    assert radar.at == START + 240
    assert [(dot.closeness, dot.age_seconds) for dot in radar.dots] == [(Closeness.NEAR, 20), (Closeness.FAR, 20)]
    assert all(0 <= dot.angle_seed < 1 for dot in radar.dots)
    assert (radar.listening, radar.seconds_to_next) == (False, None)


def test_radar_forgets_a_scan_that_says_nothing_about_now(phone: Phone, clock: FixedClock) -> None:
    scan(phone, START, -45)
    clock.set(START + 901)
    assert phone.radar().dots == ()


def test_radar_of_a_working_phone_counts_devices_and_knows_its_next_scan() -> None:
    async def story() -> None:
        air = Air()
        duty = DutySettings(scan_gap=(150.0, 300.0))
        phones = [phone_of(air, name, duty=duty)[0] for name in ("a", "b", "c", "d")]
        for phone in phones:
            await phone.start()
        for _ in range(30):
            await air.clock.sleep(4 * MINUTES + 1)
            radar = phones[0].radar()
            assert len(radar.dots) == 3
            assert radar.listening
            assert radar.seconds_to_next is not None
            assert radar.seconds_to_next <= 300
        await phones[0].stop()
        assert not phones[0].radar().listening
        for phone in phones:
            await phone.close()

    run_virtual(story)


def test_device_that_changes_its_identifier_within_a_scan_is_one_device(phone: Phone) -> None:
    old, new, other = (SeededRandomness(name).token_bytes(16) for name in ("old", "new", "other"))
    reports = [
        Report("a", rssi, Beacon(identifier, bytes(4)).encode(), START + quarter / 4)
        for identifier, rssi, quarters in ((old, -50, range(6)), (new, -52, range(7, 16)), (other, -50, range(16)))
        for quarter in quarters
    ]
    phone._sightings.add(Scan(START, 4.0, 240.0), reports)
    assert len(phone.radar().dots) == 2


def test_angle_stays_while_the_identifier_does(phone: Phone) -> None:
    beacon = Beacon(bytes(range(16)), bytes(4)).encode()
    angles = set()
    for at in (START, START + 240):
        phone._sightings.add(Scan(at, 4.0, 240.0), [Report("a", -50, beacon, at)])
        angles |= {dot.angle_seed for dot in phone.radar().dots}
    assert len(angles) == 1


def test_senders_power_is_taken_to_be_the_phones_own(clock: FixedClock) -> None:
    weak = Phone(":memory:", object(), clock, SeededRandomness("weak"), None, PhoneSettings(tx_power=-15))  # type: ignore[arg-type]
    weak._sightings.begin_epoch(START, None)
    scan(weak, START, -62)
    assert weak.radar().dots[0].closeness is Closeness.NEAR
