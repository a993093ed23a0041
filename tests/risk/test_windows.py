"""From beacons heard of one key to exposure windows."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import DAY_SECONDS, DailyKey, PublishedKey, ReportType
from bluezone.risk import (
    PROFILES,
    Calibration,
    HeardBeacon,
    Infectiousness,
    ScanInstance,
    build_windows,
    windows_by_identifier,
)

CONFIG = PROFILES["bluezone"]
DAY = 18_500 * DAY_SECONDS
NOON = DAY + 12 * 3600.0
KEY = PublishedKey(DailyKey(bytes(16), 18_500 * 144), ReportType.CONFIRMED_TEST, days_since_onset=0)


def scan(time: float, *rssi: int, previous: float | None = None, tx_power: int = -20) -> list[HeardBeacon]:
    return [HeardBeacon(time + 0.25 * at, each, tx_power, previous) for at, each in enumerate(rssi)]


def test_a_scan_becomes_its_mean_and_least_attenuation() -> None:
    (window,) = build_windows(KEY, scan(NOON, -70, -80, -76, previous=NOON - 240), CONFIG)

    assert window.scans == (ScanInstance(min_attenuation=50, typical_attenuation=55, seconds_since_last_scan=240),)
    assert (window.day, window.report_type, window.infectiousness) == (
        DAY,
        ReportType.CONFIRMED_TEST,
        Infectiousness.HIGH,
    )


def test_attenuation_is_transmit_power_less_the_corrected_signal_and_never_below_nothing() -> None:
    heard = [*scan(NOON, -70, tx_power=-15), *scan(NOON + 200, 10)]
    (window,) = build_windows(KEY, heard, CONFIG, calibration=Calibration(5, -15, 3))

    assert [each.min_attenuation for each in window.scans] == [50, 0]


def test_seconds_count_from_the_previous_scan_even_if_it_heard_nobody_and_at_most_five_minutes() -> None:
    heard = [
        *scan(NOON, -70, previous=NOON - 1000),
        *scan(NOON + 600, -70, previous=NOON + 360),
        *scan(NOON + 900, -70, previous=NOON + 604),
    ]
    (window,) = build_windows(KEY, heard, CONFIG)

    assert [each.seconds_since_last_scan for each in window.scans] == [300, 240, 296]


def test_without_knowledge_of_scans_the_last_sighting_counts_and_the_first_stands_for_two_minutes() -> None:
    (window,) = build_windows(KEY, [*scan(NOON, -70), *scan(NOON + 180, -70), *scan(NOON + 1000, -70)], CONFIG)

    assert [each.seconds_since_last_scan for each in window.scans] == [120, 180, 300]


def test_a_previous_scan_in_the_future_is_not_believed() -> None:
    (window,) = build_windows(KEY, scan(NOON, -70, previous=NOON + 5000), CONFIG)

    assert window.scans[0].seconds_since_last_scan == 120


def test_listening_without_a_pause_counts_every_second_once() -> None:
    heard = [HeardBeacon(NOON + 0.25 * at, -70, -20, previous_scan=NOON - 60) for at in range(4 * 600)]
    (window,) = build_windows(KEY, heard, CONFIG)

    assert sum(each.seconds_since_last_scan for each in window.scans) == pytest.approx(660, abs=15)


def test_long_exposures_are_cut_every_thirty_minutes() -> None:
    heard = [beacon for at in range(20) for beacon in scan(NOON + 240 * at, -70)]
    windows = build_windows(KEY, heard, CONFIG)

    assert [len(window.scans) for window in windows] == [8, 8, 4]


def test_a_window_ends_with_its_day() -> None:
    midnight = DAY + DAY_SECONDS
    windows = build_windows(KEY, [*scan(midnight - 100, -70), *scan(midnight + 100, -70)], CONFIG)

    assert [(window.day, len(window.scans)) for window in windows] == [(DAY, 1), (midnight, 1)]


def test_nothing_heard_gives_no_windows() -> None:
    assert build_windows(KEY, [], CONFIG) == []
    assert windows_by_identifier([]) == {}


def test_a_revoked_key_has_no_windows() -> None:
    revoked = PublishedKey(KEY.key, ReportType.REVOKED, days_since_onset=0)

    assert build_windows(revoked, scan(NOON, -70), CONFIG) == []


@pytest.mark.parametrize(("days", "windows"), [(-14, 0), (-4, 0), (-3, 1), (14, 1), (None, 1)])
def test_days_before_the_owner_was_infectious_have_no_windows(days: int | None, windows: int) -> None:
    key = PublishedKey(KEY.key, ReportType.CONFIRMED_TEST, days_since_onset=days)

    assert len(build_windows(key, scan(NOON, -70), CONFIG)) == windows


def test_a_contacts_key_has_no_onset() -> None:
    key = PublishedKey(KEY.key, ReportType.RECURSIVE, days_since_onset=-9)

    assert len(build_windows(key, scan(NOON, -70), CONFIG)) == 1


def test_a_key_without_a_report_type_counts_as_the_configuration_says() -> None:
    key = PublishedKey(KEY.key)
    config = msgspec.structs.replace(CONFIG, report_type_when_missing=ReportType.REVOKED)

    assert build_windows(key, scan(NOON, -70), CONFIG)[0].report_type == ReportType.CONFIRMED_TEST
    assert build_windows(key, scan(NOON, -70), config) == []


def test_without_keys_each_identifier_stands_for_itself_and_all_of_them_tell_the_scans() -> None:
    one, two = bytes(16), bytes([1]) * 16
    heard = [
        *((one, beacon) for beacon in scan(NOON, -70, -70)),
        *((two, beacon) for beacon in scan(NOON + 200, -80)),
        *((one, beacon) for beacon in scan(NOON + 420, -74)),
    ]
    windows = windows_by_identifier(reversed(heard))

    assert [each.seconds_since_last_scan for each in windows[one][0].scans] == [120, 220]
    assert [each.seconds_since_last_scan for each in windows[two][0].scans] == [200]


beacons = st.builds(
    HeardBeacon,
    time=st.floats(NOON - DAY_SECONDS, NOON + DAY_SECONDS),
    rssi=st.integers(-127, 20),
    tx_power=st.integers(-127, 127),
    previous_scan=st.none() | st.floats(0, 2 * NOON),
)


@given(st.lists(beacons, max_size=60), st.integers(0, 2**32))
def test_windows_never_exceed_what_their_fields_promise_in_any_order(heard: list[HeardBeacon], seed: int) -> None:
    windows = build_windows(KEY, heard, CONFIG)
    shuffled = random.Random(seed).sample(heard, len(heard))

    assert build_windows(KEY, shuffled, CONFIG) == windows or len({each.time for each in heard}) < len(heard)
    for window in windows:
        assert window.day % DAY_SECONDS == 0
        for each in window.scans:
            assert 0 <= each.min_attenuation <= each.typical_attenuation <= 255
            assert 0 <= each.seconds_since_last_scan <= 300
    starts = len(windows) * 1800
    assert (
        sum(each.seconds_since_last_scan for window in windows for each in window.scans) <= starts + len(windows) * 300
    )
