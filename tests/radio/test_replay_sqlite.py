"""SQLite recordings in the layout of the DP-3T measurements."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bluezone.radio.replay import read_recording
from bluezone.radio.replay_errors import (
    ReceiverUnknown,
    RecordingColumnWrong,
    RecordingDamaged,
    RecordingUnknown,
    RecordingValueWrong,
)

COLUMNS = (
    "receiver_id, receiver_model, transmitter_id, transmitter_model, timestamp, rssi, tx_power, ground_truth_distance"
)
ROWS = [
    (3, "B", 7, "A", 1_587_102_977_514.0, -88, -21, None),
    (1, "A", 7, "A", 1_587_102_979_000.0, -61, -20, 1.5),
    (1, "A", 8, "C", 1_587_102_977_032.0, -70, -21, -1.0),
]


def write(path: Path, rows: list[tuple[Any, ...]], columns: str = COLUMNS) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE results (db_id INTEGER PRIMARY KEY, {columns})")
        names = ", ".join(column.split()[0] for column in columns.split(", "))
        marks = ", ".join("?" * len(columns.split(", ")))
        connection.executemany(f"INSERT INTO results ({names}) VALUES ({marks})", rows)
    return path


def test_the_lowest_receiver_is_read_unless_one_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "recording.sqlite", ROWS)
    first, third = read_recording(path), read_recording(path, receiver=3)

    assert (first.packets, first.reports, first.receivers) == (3, 2, (1, 3))
    assert [(each.report.time, each.report.rssi, each.tx_power) for each in first.sightings] == [
        (1_587_102_977.032, -70, -21),
        (1_587_102_979.0, -61, -20),
    ]
    assert [each.report.rssi for each in third.sightings] == [-88]


def test_a_transmitter_has_one_identifier_and_one_address_for_every_receiver(tmp_path: Path) -> None:
    path = write(tmp_path / "recording.sqlite", ROWS)
    (theirs,) = read_recording(path, receiver=3).sightings
    ours = read_recording(path, receiver=1).sightings[1]

    assert theirs.beacon == ours.beacon
    assert theirs.beacon.identifier == (7).to_bytes(16, "big")
    assert theirs.report.address == ours.report.address == "00:00:00:00:00:07"


def test_an_unknown_receiver_is_told_which_there_are(tmp_path: Path) -> None:
    path = write(tmp_path / "recording.sqlite", ROWS)

    with pytest.raises(ReceiverUnknown, match="no receiver 2; it has 1, 3"):
        read_recording(path, receiver=2)


def test_an_empty_table_is_an_empty_recording(tmp_path: Path) -> None:
    assert read_recording(write(tmp_path / "recording.sqlite", [])).sightings == ()


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "recording.sqlite", [], "receiver_id, transmitter_id, timestamp, tx_power")

    with pytest.raises(RecordingColumnWrong, match="lacks the column rssi"):
        read_recording(path)


def test_another_database_is_told_that_it_lacks_the_table(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE notes (id INTEGER)")

    with pytest.raises(RecordingUnknown, match="no table results"):
        read_recording(path)


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ((1, "A", 7, "A", "noon", -61, -20, None), "timestamp"),
        ((1, "A", 7, "A", 1e300, -61, -20, None), "timestamp"),
        ((1, "A", 7, "A", 1_587_102_977_032.0, None, -20, None), "rssi"),
        ((1, "A", 7, "A", 1_587_102_977_032.0, 900, -20, None), "rssi"),
        ((1, "A", 7, "A", 1_587_102_977_032.0, -61, "low", None), "tx_power"),
        ((1, "A", -7, "A", 1_587_102_977_032.0, -61, -20, None), "transmitter_id"),
    ],
)
def test_an_absurd_value_is_named_with_its_row(tmp_path: Path, row: tuple[Any, ...], named: str) -> None:
    path = write(tmp_path / "recording.sqlite", [*ROWS, row])

    with pytest.raises(RecordingValueWrong, match=f"Row 4 of results has .* as {named};"):
        read_recording(path)


def test_a_cut_file_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path / "recording.sqlite", ROWS * 500)
    path.write_bytes(path.read_bytes()[:5000])

    with pytest.raises(RecordingDamaged):
        read_recording(path)
