"""Recordings as CSV: one sighting a line, the first line naming the columns.

`time` Unix seconds; `rssi` dBm; `identifier` 32 hexadecimal digits; and, where known, `metadata` 8 hexadecimal digits
(encrypted), `address` the sender's, `tx_power` dBm. Columns and lines may stand in any order.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping

from bluezone.protocol import IDENTIFIER_BYTES, INTERVAL_SECONDS, LAST_INTERVAL, METADATA_BYTES, Beacon
from bluezone.radio.replay_errors import RecordingColumnWrong, RecordingDamaged, RecordingUnknown, RecordingValueWrong
from bluezone.radio.replay_recording import Recording, Sighting, oldest_first
from bluezone.radio.seam import Report

NEEDED = ("time", "rssi", "identifier")
OPTIONAL = ("metadata", "address", "tx_power")

_ADDRESS = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){5}")
_NO_ADDRESS = "00:00:00:00:00:00"
_LAST_TIME = (LAST_INTERVAL + 1) * INTERVAL_SECONDS


def read_csv(data: bytes) -> Recording:
    """The recording in a CSV file's bytes (UTF-8).

    Raises RecordingUnknown for what is no text, RecordingColumnWrong naming the column, RecordingValueWrong naming
    column and line, RecordingDamaged when the quoting is broken.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise RecordingUnknown("This is no CSV text, SQLite recording or btsnoop capture; name another file.")
    rows = csv.reader(io.StringIO(text, newline=None), strict=True)
    try:
        columns = _columns(next(rows, []))
        sightings = list(_sightings(columns, rows))
    except csv.Error as error:
        raise RecordingDamaged(f"Line {rows.line_num} is not proper CSV ({error}); write the file again.") from error
    return Recording(len(sightings), len(sightings), oldest_first(sightings))


def beacon_sighting(
    time: float, rssi: int, identifier: bytes, metadata: bytes, address: str, tx_power: int | None
) -> Sighting:
    """A sighting of which only the contents were recorded, with the advertisement that must have carried it."""
    beacon = Beacon(identifier, metadata)
    return Sighting(Report(address, rssi, beacon.encode(), time), beacon, tx_power)


def _columns(first: list[str]) -> list[str]:
    columns = [name.strip().lower() for name in first]
    for name in NEEDED:
        if name not in columns:
            raise RecordingColumnWrong(f"The column {name} is missing; the first line names {', '.join(NEEDED)}.")
    for name in columns:
        if name not in NEEDED + OPTIONAL:
            raise RecordingColumnWrong(f"The column {name!r} is unknown; take it out or name it as the manual does.")
        if columns.count(name) > 1:
            raise RecordingColumnWrong(f"The column {name} is there twice; take one out.")
    return columns


def _sightings(columns: list[str], rows: Iterable[list[str]]) -> Iterator[Sighting]:
    line = 1
    for cells in rows:
        line += 1
        if not cells:
            continue
        if len(cells) != len(columns):
            raise RecordingValueWrong(
                f"Line {line} has {len(cells)} values for {len(columns)} columns; give each column one."
            )
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
        power = row.get("tx_power")
        yield beacon_sighting(
            _time(row, line),
            _decibels(row, "rssi", line),
            _hexadecimal(row, "identifier", IDENTIFIER_BYTES, line),
            _hexadecimal(row, "metadata", METADATA_BYTES, line) if row.get("metadata") else bytes(METADATA_BYTES),
            _address(row, line),
            _decibels(row, "tx_power", line) if power else None,
        )


def _time(row: Mapping[str, str], line: int) -> float:
    try:
        time = float(row["time"])
    except ValueError:
        time = -1.0
    if not 0 <= time < _LAST_TIME:
        raise _wrong(row, "time", line, "Unix seconds")
    return time


def _decibels(row: Mapping[str, str], column: str, line: int) -> int:
    try:
        value = int(row[column])
    except ValueError:
        value = 128
    if not -127 <= value <= 20:  # what HCI can report, and what a radio may send (Core specification vol 4, part E)
        raise _wrong(row, column, line, "whole dBm from -127 to 20")
    return value


def _hexadecimal(row: Mapping[str, str], column: str, count: int, line: int) -> bytes:
    try:
        value = bytes.fromhex(row[column])
    except ValueError:
        value = b""
    if len(value) != count:
        raise _wrong(row, column, line, f"{2 * count} hexadecimal digits")
    return value


def _address(row: Mapping[str, str], line: int) -> str:
    address = row.get("address", "").upper() or _NO_ADDRESS
    if not _ADDRESS.fullmatch(address):
        raise _wrong(row, "address", line, "six bytes as in 3A:00:00:00:00:01")
    return address


def _wrong(row: Mapping[str, str], column: str, line: int, expected: str) -> RecordingValueWrong:
    return RecordingValueWrong(f"Line {line} has {row[column][:40]!r} as {column}; write {expected}.")
