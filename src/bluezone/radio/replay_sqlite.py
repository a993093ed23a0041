"""Recordings in the SQLite layout of the DP-3T measurements: one table `results`, several receivers.

Source: github DP-3T/bt-measurements, experiment 05. Those phones sent no rolling identifiers, so each transmitter's
number stands for one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bluezone.protocol import IDENTIFIER_BYTES, METADATA_BYTES
from bluezone.radio.replay_csv import beacon_sighting
from bluezone.radio.replay_errors import (
    ReceiverUnknown,
    RecordingColumnWrong,
    RecordingDamaged,
    RecordingUnknown,
    RecordingValueWrong,
)
from bluezone.radio.replay_recording import Recording, Sighting, oldest_first

COLUMNS = ("receiver_id", "transmitter_id", "timestamp", "rssi", "tx_power")
_LAST_TRANSMITTER = 2**48 - 1  # it also stands for the six bytes of the address


def read_sqlite(path: Path, receiver: int | None = None) -> Recording:
    """What `receiver`, or else the one with the lowest number, heard.

    `timestamp` is in milliseconds of Unix time, `rssi` and `tx_power` in dBm. Raises RecordingUnknown
    without that table, RecordingColumnWrong, RecordingValueWrong naming the row, RecordingDamaged when SQLite cannot
    read the file, and ReceiverUnknown.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return _read(connection, receiver)
    except sqlite3.Error as error:
        raise RecordingDamaged(
            f"SQLite cannot read this recording ({error}); copy it again from its source."
        ) from error


def _read(connection: sqlite3.Connection, receiver: int | None) -> Recording:
    present = {row[1] for row in connection.execute("PRAGMA table_info(results)")}
    if not present:
        raise RecordingUnknown(
            "This SQLite file has no table results; only that of the DP-3T measurements is read, name another."
        )
    for column in COLUMNS:
        if column not in present:
            raise RecordingColumnWrong(
                f"The table results lacks the column {column}; only the layout of the DP-3T measurements is read."
            )
    (packets,) = connection.execute("SELECT count(*) FROM results").fetchone()
    receivers = tuple(row[0] for row in connection.execute("SELECT DISTINCT receiver_id FROM results ORDER BY 1"))
    if receiver is None:
        receiver = receivers[0] if receivers else None
    elif receiver not in receivers:
        known = ", ".join(map(str, receivers)) or "none"
        raise ReceiverUnknown(f"The recording has no receiver {receiver}; it has {known}.")
    sightings = oldest_first(_sightings(connection, receiver))
    return Recording(packets, len(sightings), sightings, receivers)


def _sightings(connection: sqlite3.Connection, receiver: int | None) -> Iterator[Sighting]:
    rows = connection.execute(
        "SELECT rowid, timestamp, rssi, transmitter_id, tx_power FROM results WHERE receiver_id = ?", (receiver,)
    )
    for number, timestamp, rssi, transmitter, power in rows:
        time = timestamp / 1000 if isinstance(timestamp, int | float) else -1.0
        for column, value, fits in (
            ("timestamp", timestamp, 0 <= time < 2**32),
            ("rssi", rssi, isinstance(rssi, int) and -127 <= rssi <= 20),
            ("tx_power", power, isinstance(power, int) and -127 <= power <= 20),
            ("transmitter_id", transmitter, isinstance(transmitter, int) and 0 <= transmitter <= _LAST_TRANSMITTER),
        ):
            if not fits:
                raise RecordingValueWrong(f"Row {number} of results has {value!r} as {column}; correct or delete it.")
        yield beacon_sighting(
            time,
            rssi,
            transmitter.to_bytes(IDENTIFIER_BYTES, "big"),
            bytes(METADATA_BYTES),
            transmitter.to_bytes(6, "big").hex(":").upper(),
            power,
        )
