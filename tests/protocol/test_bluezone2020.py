"""The 2020 app's identifiers, beacons and trace files."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import BeaconMalformed, KeyMalformed, TraceMalformed
from bluezone.protocol.beacon import Beacon
from bluezone.protocol.bluezone2020 import (
    Trace,
    daily_key_after,
    find_beacon_2020,
    identifiers_2020,
    read_trace,
    slot_at,
)
from tests.protocol.conftest import load_vector

VECTOR = load_vector("bluezone_2020_ids")
IDENTIFIER = bytes(range(12))
FLAGS, UUIDS = b"\x02\x01\x1a", b"\x03\x03\x56\x4e"
MANUFACTURER = b"\x0f\xff\xb5\x22"


@pytest.mark.parametrize("phone", VECTOR["captured"], ids=lambda phone: phone["daily_key"][:8])
def test_identifiers_captured_from_real_phones_are_reproduced(phone: dict[str, object]) -> None:
    identifiers = identifiers_2020(bytes.fromhex(str(phone["daily_key"])))
    slots = phone["slots"]
    assert isinstance(slots, dict)
    assert {slot: identifiers[int(slot)].hex().upper() for slot in slots} == slots


@pytest.mark.parametrize("row", VECTOR["synthetic"], ids=lambda row: row["base_key"][:8])
def test_the_schedule_runs_from_day_to_day(row: dict[str, str]) -> None:
    base = bytes.fromhex(row["base_key"])
    today, tomorrow = identifiers_2020(base), identifiers_2020(daily_key_after(base, 1))
    assert len(today) == VECTOR["slots_per_day"]
    assert today[0].hex().upper() == row["slot_0"]
    assert today[95].hex().upper() == row["slot_95"]
    assert tomorrow[0].hex().upper() == row["next_day_slot_0"]


@given(st.binary(min_size=32, max_size=32), st.integers(0, 40), st.integers(0, 40))
def test_days_add_up(base: bytes, first: int, second: int) -> None:
    assert daily_key_after(daily_key_after(base, first), second) == daily_key_after(base, first + second)


def test_a_slot_is_a_quarter_of_an_hour_of_the_utc_day() -> None:
    midnight = VECTOR["day_start_unix_seconds"]
    assert [slot_at(midnight + seconds) for seconds in (0, 899.9, 900, 86_399, 86_400)] == [0, 0, 1, 95, 0]


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(KeyMalformed):
        identifiers_2020(bytes(length))
    with pytest.raises(KeyMalformed):
        daily_key_after(bytes(length), 1)


def test_earlier_keys_are_not_computable() -> None:
    with pytest.raises(KeyMalformed):
        daily_key_after(bytes(32), -1)


def test_an_android_phone_s_beacon_is_read() -> None:
    assert find_beacon_2020(FLAGS + UUIDS + MANUFACTURER + IDENTIFIER) == IDENTIFIER
    assert find_beacon_2020(MANUFACTURER + IDENTIFIER + b"\x05\x02\x0f\x18\x56\x4e") == IDENTIFIER


@pytest.mark.parametrize(
    "data",
    [
        b"",
        FLAGS + UUIDS,
        FLAGS + MANUFACTURER + IDENTIFIER,
        FLAGS + b"\x03\x03\x6f\xfd" + MANUFACTURER + IDENTIFIER,
        FLAGS + UUIDS + b"\x0f\xff\x4c\x00" + IDENTIFIER,
        Beacon(bytes(16), bytes(4)).encode(),
    ],
    ids=["empty", "no data", "no UUID", "other UUID", "other company", "today's beacon"],
)
def test_somebody_else_s_advertisement_is_none_of_ours(data: bytes) -> None:
    assert find_beacon_2020(data) is None


def test_a_beacon_of_another_length_is_refused() -> None:
    with pytest.raises(BeaconMalformed):
        find_beacon_2020(UUIDS + b"\x0e\xff\xb5\x22" + IDENTIFIER[:-1])
    with pytest.raises(BeaconMalformed):
        find_beacon_2020(UUIDS + MANUFACTURER + IDENTIFIER[:-1])


@given(st.binary(max_size=40))
def test_nothing_but_an_identifier_or_its_error_comes_out_of_any_bytes(data: bytes) -> None:
    for content in (data, UUIDS + data):
        with contextlib.suppress(BeaconMalformed):
            assert len(find_beacon_2020(content) or IDENTIFIER) == 12


OWN, HEARD = "B9A665D754FE65E665D76A45", "3aa8dfc0a15682b27216fc31"


def test_android_s_milliseconds_and_ios_s_seconds_are_told_apart() -> None:
    lines = [f"{OWN}\t{HEARD}\t-72\t1596866400500\n", "\n", f"{OWN}\t{HEARD}\t-72\t1596866400\r\n"]
    own, heard = bytes.fromhex(OWN), bytes.fromhex(HEARD)
    assert list(read_trace(lines)) == [
        Trace(own, heard, -72, 1_596_866_400.5),
        Trace(own, heard, -72, 1_596_866_400.0),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "x",
        f"{OWN}\t{HEARD}\t-72",
        f"{OWN}\t{HEARD}\t-72\t1\t2",
        f"{OWN}\t{HEARD}\t-72\tnow",
        f"{OWN}\t{HEARD}\t\t1596866400",
        f"{OWN}\t{HEARD[:-2]}\t-72\t1596866400",
        f"{OWN[:-1]}\t{HEARD}\t-72\t1596866400",
        f"{OWN}\t{HEARD}\t-720\t1596866400",
        f"{OWN}\t{HEARD}\t-72\t-1",
    ],
)
def test_a_line_that_is_no_sighting_is_named_by_its_number(line: str) -> None:
    with pytest.raises(TraceMalformed, match="Line 2 "):
        list(read_trace([f"{OWN}\t{HEARD}\t-72\t1596866400", line]))


@given(st.lists(st.text(max_size=60), max_size=4))
def test_nothing_but_its_error_comes_out_of_any_trace(lines: list[str]) -> None:
    with contextlib.suppress(TraceMalformed):
        list(read_trace(lines))
