"""The advertisement: what is sent, and what is found in what others send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import SERVICE_BLUEZONE, SERVICE_EXPOSURE_NOTIFICATION, Beacon, BeaconMalformed, find_beacon

IDENTIFIER = bytes(range(16))
METADATA = b"\x40\x08\x00\x00"


def structure(kind: int, value: bytes) -> bytes:
    return bytes([len(value) + 1, kind]) + value


def test_the_beacon_has_the_31_bytes_of_the_specification() -> None:
    data = Beacon(IDENTIFIER, METADATA).encode()
    assert data.hex() == "02011a" + "0303564e" + "1716564e" + IDENTIFIER.hex() + METADATA.hex()
    assert len(data) == 31


@given(
    st.builds(
        Beacon,
        st.binary(min_size=16, max_size=16),
        st.binary(min_size=4, max_size=4),
        st.sampled_from([SERVICE_BLUEZONE, SERVICE_EXPOSURE_NOTIFICATION]),
    )
)
def test_a_beacon_round_trips(beacon: Beacon) -> None:
    assert find_beacon(beacon.encode()) == beacon


def test_a_beacon_is_found_without_flags_and_after_other_structures() -> None:
    service_data = structure(0x16, b"\x6f\xfd" + IDENTIFIER + METADATA)
    foreign = structure(0x09, b"Tai nghe") + structure(0xFF, b"\x4c\x00\x10\x05")
    beacon = Beacon(IDENTIFIER, METADATA, SERVICE_EXPOSURE_NOTIFICATION)
    assert find_beacon(service_data) == beacon
    assert find_beacon(foreign + service_data) == beacon


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        structure(0x01, b"\x06"),
        structure(0x16, b"\x6f"),
        structure(0x16, b"\x0a\x18" + IDENTIFIER + METADATA),
        structure(0x03, b"\x56\x4e"),
        b"\x00" + structure(0x16, b"\x56\x4e" + IDENTIFIER + METADATA),
    ],
)
def test_somebody_else_s_advertisement_is_none_of_ours(data: bytes) -> None:
    assert find_beacon(data) is None


@pytest.mark.parametrize("length", [0, 19, 21])
def test_our_service_with_another_payload_is_refused(length: int) -> None:
    with pytest.raises(BeaconMalformed, match="payload"):
        find_beacon(structure(0x16, b"\x56\x4e" + bytes(length)))


def test_a_structure_that_ends_outside_the_data_is_refused() -> None:
    with pytest.raises(BeaconMalformed, match="middle"):
        find_beacon(Beacon(IDENTIFIER, METADATA).encode()[:-1])


@pytest.mark.parametrize("beacon", [Beacon(bytes(15), METADATA), Beacon(IDENTIFIER, bytes(5))])
def test_a_beacon_of_another_length_is_not_sent(beacon: Beacon) -> None:
    with pytest.raises(BeaconMalformed):
        beacon.encode()


@given(st.binary(max_size=64))
def test_nothing_but_a_beacon_or_its_error_comes_out_of_any_bytes(data: bytes) -> None:
    try:
        beacon = find_beacon(data)
    except BeaconMalformed:
        return
    assert beacon is None or find_beacon(beacon.encode()) == beacon
