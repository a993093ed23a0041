"""The identifiers of the 2020 app, read only: old beacons and old trace files are understood, never sent.

Described in words from the published app (BluezoneGlobal/react-native-bluetooth-scan 4a5ce99, bluezone-app 75c5c5b): a
base key of 32 bytes is hashed once a UTC day; each day's key gives 96 identifiers of 12 bytes, one every 15 minutes.
Whoever knows a day's key knows all later days; that is why this project does not use the schedule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bluezone.protocol.beacon import SERVICE_BLUEZONE, structures
from bluezone.protocol.errors import BeaconMalformed, KeyMalformed, TraceMalformed
from bluezone.protocol.intervals import DAY_SECONDS

BASE_KEY_BYTES = 32
IDENTIFIER_2020_BYTES = 12
SLOTS_A_DAY = 96
SLOT_SECONDS = 900
COMPANY = 0x22B5

_SALT = b"bluzonesubkey"  # spelt so in the app
_OFFSETS = (0, 4, 8, 12, 16, 18, 20, 22, 24, 26, 28, 30)
_INCOMPLETE_16_BIT_UUIDS, _COMPLETE_16_BIT_UUIDS, _MANUFACTURER_DATA = 0x02, 0x03, 0xFF
# Android wrote milliseconds, iOS seconds; no second count reaches this before the year 5138.
_MILLISECONDS_FROM = 100_000_000_000
_TRACE_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of a trace file: who heard whom, how strongly (dBm) and when (Unix seconds)."""

    own_identifier: bytes
    heard_identifier: bytes
    rssi: int
    time: float


def daily_key_after(key: bytes, days: int) -> bytes:
    """The daily key `days` UTC days after `key`; the first day's key is the base key itself."""
    _require_key(key)
    if days < 0:
        raise KeyMalformed("The 2020 schedule runs forward only; earlier keys cannot be computed from later ones.")
    for _ in range(days):
        key = hashlib.sha256(key).digest()
    return key


def identifiers_2020(daily_key: bytes) -> list[bytes]:
    """The 96 identifiers of a UTC day, 12 bytes each, in order of their slots."""
    _require_key(daily_key)
    identifiers = []
    state = daily_key + _SALT
    for _ in range(SLOTS_A_DAY):
        state = hashlib.sha256(state).digest()
        identifiers.append(bytes(state[offset] for offset in _OFFSETS))
    return identifiers


def slot_at(seconds: float) -> int:
    """The slot of its UTC day, 0 to 95, that holds a time (Unix seconds)."""
    return int(seconds % DAY_SECONDS // SLOT_SECONDS)


def find_beacon_2020(data: bytes) -> bytes | None:
    """The 12-byte identifier in the advertising data of a 2020 Android phone; None for anybody else's.

    Such a phone lists the 16-bit UUID 0x4E56 and carries the identifier as manufacturer data of company 0x22B5.
    Raises BeaconMalformed when it does both but the identifier has another length, and for data that ends too early.
    """
    listed = False
    payload: bytes | None = None
    uuid, company = SERVICE_BLUEZONE.to_bytes(2, "little"), COMPANY.to_bytes(2, "little")
    for kind, value in structures(data):
        if kind in {_INCOMPLETE_16_BIT_UUIDS, _COMPLETE_16_BIT_UUIDS}:
            listed |= uuid in (value[at : at + 2] for at in range(0, len(value), 2))
        elif kind == _MANUFACTURER_DATA and value[:2] == company:
            payload = value[2:]
    if not listed or payload is None:
        return None
    if len(payload) != IDENTIFIER_2020_BYTES:
        raise BeaconMalformed(
            f"A 2020 beacon carries {IDENTIFIER_2020_BYTES} bytes, this one {len(payload)}; ignore it."
        )
    return payload


def read_trace(lines: Iterable[str]) -> Iterator[Trace]:
    """The sightings of a trace file (`data_trace.txt`): own identifier, heard identifier, RSSI and time, by tabs.

    Times are milliseconds from Android and seconds from iOS, told apart by their size; empty lines are passed over.
    Raises TraceMalformed with the number of a line that is none.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        columns = line.rstrip("\r\n").split("\t")
        if len(columns) != _TRACE_COLUMNS:
            raise TraceMalformed(f"Line {number} has {len(columns)} columns, not {_TRACE_COLUMNS}; check the file.")
        try:
            own, heard = (bytes.fromhex(text) for text in columns[:2])
            rssi, time = (int(text) for text in columns[2:])
        except ValueError as error:
            raise TraceMalformed(f"Line {number} is no sighting: two hex identifiers and two numbers.") from error
        if {len(own), len(heard)} != {IDENTIFIER_2020_BYTES} or not -128 <= rssi <= 127 or time < 0:
            raise TraceMalformed(f"Line {number} has an identifier, signal strength or time out of range.")
        yield Trace(own, heard, rssi, time / 1000 if time >= _MILLISECONDS_FROM else float(time))


def _require_key(key: bytes) -> None:
    if len(key) != BASE_KEY_BYTES:
        raise KeyMalformed(f"A key of the 2020 app has {BASE_KEY_BYTES} bytes, this one {len(key)}.")
