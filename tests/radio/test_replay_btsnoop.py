"""btsnoop captures, written here byte by byte."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bluezone.protocol import SERVICE_EXPOSURE_NOTIFICATION, Beacon
from bluezone.radio.replay import read_recording
from bluezone.radio.replay_btsnoop import read_btsnoop
from bluezone.radio.replay_errors import RecordingDamaged, RecordingError, RecordingUnknown

HEADER = b"btsnoop\0" + struct.pack(">II", 1, 1002)
START = 1_596_412_800.25
OURS = Beacon(bytes(range(16)), b"\x72\x03\x38\x74").encode()
THEIRS = Beacon(bytes(16), bytes(4), SERVICE_EXPOSURE_NOTIFICATION).encode()


def record(packet: bytes, time: float = START, included: int | None = None) -> bytes:
    stamp = round(time * 1e6) + 0x00DCDDB30F2F8000
    length = len(packet) if included is None else included
    return struct.pack(">IIIIQ", length, length, 1, 0, stamp) + packet


def meta_event(subevent: int, *reports: bytes) -> bytes:
    body = bytes([subevent, len(reports)]) + b"".join(reports)
    return bytes([0x04, 0x3E, len(body)]) + body


def legacy(data: bytes, rssi: int) -> bytes:
    return bytes([0x03, 0x01]) + bytes.fromhex("06050403023a") + bytes([len(data)]) + data + struct.pack("b", rssi)


def extended(data: bytes, rssi: int, status: int = 0) -> bytes:
    return (
        struct.pack("<HB", 0x10 | status, 0x01)
        + bytes.fromhex("06050403023a")
        + bytes([1, 0, 0xFF])
        + struct.pack("bb", 127, rssi)
        + struct.pack("<HB", 0, 0)
        + bytes(6)
        + bytes([len(data)])
        + data
    )


@pytest.mark.parametrize(("subevent", "report"), [(2, legacy(OURS, -61)), (13, extended(OURS, -61))])
def test_both_kinds_of_advertising_report_are_read(tmp_path: Path, subevent: int, report: bytes) -> None:
    path = tmp_path / "capture"
    path.write_bytes(HEADER + record(meta_event(subevent, report)))
    recording = read_recording(path)
    (sighting,) = recording.sightings

    assert (recording.packets, recording.reports) == (1, 1)
    assert (sighting.report.rssi, sighting.report.data) == (-61, OURS)
    assert sighting.report.address == "3A:02:03:04:05:06"
    assert sighting.report.time == pytest.approx(START, abs=1e-6)
    assert sighting.tx_power is None


@pytest.mark.parametrize(("subevent", "make"), [(2, legacy), (13, extended)])
def test_several_reports_in_one_event_are_all_read(subevent: int, make: type) -> None:
    event = meta_event(subevent, make(OURS, -61), make(b"\x02\x01\x06", -40), make(THEIRS, -80))
    recording = read_btsnoop(HEADER + record(event))

    assert (recording.packets, recording.reports) == (1, 3)
    assert [(each.beacon.service, each.report.rssi) for each in recording.sightings] == [(0x4E56, -61), (0xFD6F, -80)]


def test_other_packets_are_counted_and_passed_over() -> None:
    others = [b"", b"\x01\x03\x0c\x00", b"\x02\x01\x20\x02\x00\x01\x02", b"\x04\x0e\x04\x01\x03\x0c\x00", meta_event(3)]
    recording = read_btsnoop(HEADER + b"".join(record(packet) for packet in others))

    assert (recording.packets, recording.reports, recording.sightings) == (5, 0, ())


def test_reports_without_signal_strength_or_with_more_to_follow_are_no_sightings() -> None:
    events = [
        meta_event(2, legacy(OURS, 127)),
        meta_event(13, extended(OURS, 127)),
        meta_event(13, extended(OURS, -61, status=0x20)),
    ]

    assert read_btsnoop(HEADER + b"".join(map(record, events))).reports == 0


def test_a_report_longer_than_its_event_is_passed_over() -> None:
    event = bytearray(meta_event(2, legacy(OURS, -61)))
    event[13] = 200

    assert read_btsnoop(HEADER + record(bytes(event)) + record(meta_event(2, legacy(OURS, -61)))).reports == 1


def test_sightings_come_out_oldest_first() -> None:
    event = meta_event(2, legacy(OURS, -61))
    recording = read_btsnoop(HEADER + record(event, START + 5) + record(event, START))

    assert [each.report.time - START for each in recording.sightings] == pytest.approx([0, 5], abs=1e-6)


@pytest.mark.parametrize(
    "header", [b"btsnoop\0" + struct.pack(">II", 2, 1002), b"btsnoop\0" + struct.pack(">II", 1, 1001)]
)
def test_another_version_or_data_link_is_refused(header: bytes) -> None:
    with pytest.raises(RecordingUnknown, match="Only btsnoop version 1 with data link 1002"):
        read_btsnoop(header)


def test_a_wrong_magic_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "capture.btsnoop"
    path.write_bytes(b"btsnoops" + HEADER[8:] + record(meta_event(2, legacy(OURS, -61))))

    with pytest.raises(RecordingUnknown):
        read_recording(path)


def test_a_capture_cut_anywhere_is_damaged_and_says_where() -> None:
    first = record(meta_event(2, legacy(OURS, -61)))
    whole = HEADER + first + first

    for end in range(len(whole)):
        if end in {len(HEADER), len(HEADER) + len(first)}:
            continue
        with pytest.raises(RecordingDamaged, match=r"ends after|at byte (16|86)"):
            read_btsnoop(whole[:end])


@pytest.mark.parametrize("included", [0xFFFFFFFF, 65_541])
def test_an_absurd_record_length_is_refused(included: int) -> None:
    with pytest.raises(RecordingDamaged, match="at byte 16 claims"):
        read_btsnoop(HEADER + record(b"", included=included))


@given(st.binary(max_size=300))
@example(HEADER[8:] + record(meta_event(13, extended(OURS, -61))))
def test_any_bytes_give_a_recording_or_a_recording_error(data: bytes) -> None:
    for content in (data, b"btsnoop\0" + data, HEADER + data, HEADER + record(b"\x04\x3e" + data[:250])):
        with contextlib.suppress(RecordingError):
            read_btsnoop(content)


@given(st.data())
def test_flipped_bits_never_do_worse_than_a_recording_error(data: st.DataObject) -> None:
    content = bytearray(HEADER + record(meta_event(13, extended(OURS, -61), extended(THEIRS, -70))) * 2)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with contextlib.suppress(RecordingError):
        read_btsnoop(bytes(content))
