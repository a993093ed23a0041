from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bluezone.phone.sightings import Scan, SightingLog
from bluezone.phone.store import Store
from bluezone.protocol import SERVICE_EXPOSURE_NOTIFICATION, Beacon
from bluezone.radio import Report
from tests.phone.conftest import START


def log_of(store: Store, error: float | None = None) -> SightingLog:
    log = SightingLog(store, keep_days=14)
    log.begin_epoch(START, error)
    return log


def heard(identifier: int, rssi: int = -60, at: float = START, service: int = 0x4E56) -> Report:
    data = Beacon(identifier.to_bytes(16), b"meta", service).encode()
    return Report("11:22:33:44:55:66", rssi, data, at)


def test_beacons_of_one_phone_in_one_scan_are_one_sighting_with_all_readings(store: Store) -> None:
    log = log_of(store)
    count = log.add(Scan(START, 4, 0), [heard(1, -60), heard(2, -70), heard(1, -61, START + 1.25)])
    first, second = log.sightings()
    assert count == 3
    assert first.identifier == (1).to_bytes(16)
    assert first.readings == ((START, -60), (START + 1.25, -61))
    assert second.readings == ((START, -70),)


def test_beacons_under_the_exposure_notification_service_are_kept_too(store: Store) -> None:
    log = log_of(store)
    log.add(Scan(START, 4, 0), [heard(1, service=SERVICE_EXPOSURE_NOTIFICATION), heard(1)])
    assert [sighting.service for sighting in log.sightings()] == [0x4E56, SERVICE_EXPOSURE_NOTIFICATION]


def test_what_is_not_a_beacon_is_passed_over(store: Store) -> None:
    log = log_of(store)
    broken = heard(1).data[:-1]
    reports = [Report("a", -50, data, START) for data in (b"", b"\x02\x01\x1a", broken, b"\x05\x16\x56\x4e\x01\x02")]
    assert log.add(Scan(START, 4, 0), reports) == 0
    assert log.sightings() == []
    assert log.last_scan() == START


def test_scan_remembers_when_the_one_before_it_ended(store: Store) -> None:
    log = log_of(store)
    log.add(Scan(START, 4, 0), [heard(1)])
    log.add(Scan(START + 200, 4, 200), [heard(1, at=START + 200)])
    assert [sighting.previous_scan for sighting in log.sightings()] == [None, START + 4]


def test_times_heard_under_a_clock_known_to_be_wrong_are_corrected(store: Store) -> None:
    log = log_of(store)
    two_days = 2 * 86400.0
    log.add(Scan(START + two_days, 4, 0), [heard(1, at=START + two_days)])
    log.set_clock_error(two_days)
    log.begin_epoch(START + 60, 0.0)
    log.add(Scan(START + 60, 4, 0), [heard(2, at=START + 60)])
    assert [sighting.time for sighting in log.sightings()] == [START, START + 60]


def test_small_clock_errors_are_left_alone(store: Store) -> None:
    log = log_of(store, 30.0)
    log.add(Scan(START, 4, 0), [heard(1)])
    assert log.sightings()[0].time == START


def test_a_scan_stands_for_five_minutes_at_most(store: Store) -> None:
    log = log_of(store)
    for at, since_last in ((0, 0), (200, 200), (5000, 4800)):
        log.add(Scan(START + at, 4, since_last), [])
    assert log.seconds_listened(START, START + 86400) == 500
    assert log.seconds_listened(START + 201, START + 86400) == 300


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(-300, 300), st.floats(-10, 100, allow_nan=False)), max_size=30)
)
def test_every_reading_comes_back_within_its_ranges(reports: list[tuple[int, int, float]]) -> None:
    store = Store(":memory:")
    log = log_of(store)
    log.add(Scan(START, 4, 0), [heard(who, rssi, START + offset) for who, rssi, offset in reports])
    found = {
        sighting.identifier[-1]: [(round(time - START, 3), rssi) for time, rssi in sighting.readings]
        for sighting in log.sightings()
    }
    expected: dict[int, list[tuple[float, int]]] = {}
    for who, rssi, offset in reports:
        milliseconds = min(max(round((START + offset - START) * 1000), 0), 0xFFFF)
        expected.setdefault(who, []).append((milliseconds / 1000, min(max(rssi, -128), 127)))
    assert found == expected
    store.close()
