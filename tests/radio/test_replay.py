"""Recordings in three formats, and the radio that plays them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bluezone.clock import FixedClock
from bluezone.protocol import Beacon
from bluezone.radio import Radio, Report
from bluezone.radio.replay import Recording, ReplayRadio, ReplaySummary, read_recording, summarise
from bluezone.radio.replay_errors import RecordingUnknown, RecordingUnreadable
from bluezone.radio.replay_recording import beacons_among, oldest_first

START = 1_596_412_800.0


def recording_of(*times: float) -> Recording:
    reports = [
        Report(f"3A:00:00:00:00:{number:02X}", -60 - number, Beacon(bytes([number]) * 16, bytes(4)).encode(), time)
        for number, time in enumerate(times)
    ]
    return Recording(len(reports), len(reports), oldest_first(beacons_among(reports)))


def test_a_scan_hears_what_was_recorded_while_it_lasts() -> None:
    clock = FixedClock(START)
    radio: Radio = ReplayRadio(recording_of(START + 3, START, START + 4, START + 11), clock)

    async def listen() -> list[list[float]]:
        await radio.open()
        await radio.advertise(b"nobody hears this")
        heard = [await radio.scan(4)]
        clock.advance(6)
        heard.append(await radio.scan(4))
        heard.append(await radio.scan(4))
        await radio.silence()
        await radio.close()
        return [[report.time - START for report in reports] for reports in heard]

    assert asyncio.run(listen()) == [[0, 3], [11], []]


def test_scanning_without_a_pause_hears_every_sighting_once() -> None:
    times = [START + step * 0.37 for step in range(200)]
    recording = recording_of(*times)
    radio = ReplayRadio(recording, FixedClock(START))

    async def listen() -> list[Report]:
        return [report for _ in range(40) for report in await radio.scan(2)]

    assert asyncio.run(listen()) == [sighting.report for sighting in recording.sightings]


def test_a_summary_counts_and_ranges() -> None:
    assert summarise(recording_of(START + 5, START, START + 9)) == ReplaySummary(3, 3, 3, 3, 3, -62, -60, 9.0)


def test_an_empty_recording_has_a_summary_and_no_start() -> None:
    recording = recording_of()

    assert summarise(recording) == ReplaySummary(0, 0, 0, 0, 0, 0, 0, 0.0)
    assert recording.start is None
    assert recording.end is None


def test_foreign_and_malformed_advertisements_are_passed_over() -> None:
    ours = Beacon(bytes(16), bytes(4)).encode()
    reports = [Report("", -50, data, START) for data in (b"", b"\x02\x01\x06", ours[:-1], ours, b"\x04\x16\x6f\xfd\0")]

    assert [sighting.report.data for sighting in beacons_among(reports)] == [ours]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingUnreadable, match=r"gone\.csv"):
        read_recording(tmp_path / "gone.csv")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")

    with pytest.raises(RecordingUnknown):
        read_recording(picture)
