"""What the phone heard: one scan after another, each kept whole or not at all.

The beacons of one phone in one scan are one row; each reading is its offset from the scan's start (milliseconds,
unsigned 16 bits) and its RSSI (dBm, signed 8 bits).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bluezone.phone.store import Store
from bluezone.protocol import DAY_SECONDS, BeaconMalformed, find_beacon
from bluezone.radio import Report

_READING = struct.Struct("<Hb")
_LATEST = 0xFFFF

CORRECTED_FROM = 120.0
"""Clock errors below this many seconds are not corrected: a Date header and a slow answer tell them no better."""

MOST_SENDERS = 500
"""Senders kept of one scan, the strongest: more than a full hall, and a bound to what a flood of false beacons can fill
(500 rows of 60 bytes every few minutes: about 12 MB a day)."""

MAX_SINCE_LAST = 300.0
"""Seconds that one scan stands for at most (Exposure Notification: 5 minutes)."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan window: `since_last` is the seconds since the previous one began, 0 for the first."""

    started_at: float
    seconds: float
    since_last: float


@dataclass(frozen=True, slots=True)
class Sighting:
    """The beacons with one identifier in one scan, times corrected for a clock known to be wrong.

    `readings` are (Unix seconds, dBm); `previous_scan` is when the scan before this one ended, None for the first.
    """

    identifier: bytes
    metadata: bytes
    service: int
    readings: tuple[tuple[float, int], ...]
    previous_scan: float | None

    @property
    def time(self) -> float:
        return self.readings[0][0]


@dataclass(frozen=True, slots=True)
class NearDevice:
    """One identifier of one scan: mean RSSI in dBm, and how often, from when and until when it was heard (Unix s)."""

    identifier: bytes
    rssi: float
    beacons: int
    first: float
    last: float


class SightingLog:
    """Scans and sightings in the store."""

    def __init__(self, store: Store, *, keep_days: int) -> None:
        self._store = store
        self._keep = keep_days * DAY_SECONDS

    def begin_epoch(self, now: float, error: float | None) -> None:
        """From now on the clock may be wrong in another way: `error` seconds ahead of true time, None if not known."""
        self._store.execute("INSERT INTO clock_epochs (started_at, error) VALUES (?, ?)", (now, error))

    def set_clock_error(self, error: float) -> None:
        """This epoch's clock is `error` seconds ahead of true time; what was heard in it is corrected."""
        self._store.execute("UPDATE clock_epochs SET error = ? WHERE id = (SELECT max(id) FROM clock_epochs)", (error,))

    def clock_error(self) -> float | None:
        """How far ahead of true time the clock is in this epoch, None when nobody said."""
        found = self._store.first("SELECT error FROM clock_epochs ORDER BY id DESC LIMIT 1")
        return None if found is None else found[0]

    def add(self, scan: Scan, reports: Iterable[Report]) -> int:
        """Keep one scan with all that it heard; when this returns it is on the disk. The number of beacons."""
        heard: dict[tuple[bytes, bytes, int], bytearray] = {}
        for report in reports:
            try:
                beacon = find_beacon(report.data)
            except BeaconMalformed:
                continue
            if beacon is None:
                continue
            offset = round((report.time - scan.started_at) * 1000)
            reading = _READING.pack(min(max(offset, 0), _LATEST), min(max(report.rssi, -128), 127))
            sender = (beacon.identifier, beacon.encrypted_metadata, beacon.service)
            heard.setdefault(sender, bytearray()).extend(reading)
        if len(heard) > MOST_SENDERS:
            strongest = sorted(heard, key=lambda sender: max(rssi for _, rssi in _READING.iter_unpack(heard[sender])))
            heard = {sender: heard[sender] for sender in strongest[-MOST_SENDERS:]}
        with self._store.transaction() as connection:
            row = connection.execute(
                "INSERT INTO scans (epoch, started_at, seconds, since_last, nearest_rssi, destroy_at)"
                " SELECT max(id), ?, ?, ?, ?, ? FROM clock_epochs",
                (
                    scan.started_at,
                    scan.seconds,
                    scan.since_last,
                    max(map(_mean_rssi, heard.values()), default=None),
                    scan.started_at + self._keep,
                ),
            ).lastrowid
            connection.executemany(
                "INSERT INTO sightings VALUES (?, ?, ?, ?, ?)",
                [(row, identifier, metadata, service, bytes(readings))
                 for (identifier, metadata, service), readings in heard.items()],
            )  # fmt: skip
        return sum(map(len, heard.values())) // _READING.size

    def sightings(self) -> list[Sighting]:
        """Everything heard, oldest scan first."""
        return [
            Sighting(
                identifier,
                metadata,
                service,
                tuple(_readings(start, readings)),
                start - since_last + seconds if since_last else None,
            )
            for identifier, metadata, service, readings, start, seconds, since_last in self._store.rows(
                "SELECT identifier, metadata, service, readings,"
                " scans.started_at - CASE WHEN abs(coalesce(error, 0)) >= ? THEN error ELSE 0 END, seconds, since_last"
                " FROM scans JOIN sightings ON sightings.scan = scans.id JOIN clock_epochs ON clock_epochs.id = epoch"
                " ORDER BY scans.id, identifier, metadata, service",
                (CORRECTED_FROM,),
            )
        ]

    def beacons(self) -> int:
        """How many beacons are kept."""
        (size,) = self._store.row("SELECT coalesce(sum(length(readings)), 0) FROM sightings")
        return int(size) // _READING.size

    def seconds_listened(self, since: float, until: float) -> float:
        """The seconds of protection between two moments: a scan stands for the time since the last, at most 300 s."""
        (seconds,) = self._store.row(
            "SELECT coalesce(sum(min(since_last, ?)), 0) FROM scans WHERE started_at >= ? AND started_at < ?",
            (MAX_SINCE_LAST, since, until),
        )
        return float(seconds)

    def nearest_by_scan(self, since: float, until: float) -> list[tuple[float, float, float | None]]:
        """Of each scan: when it began, the seconds it stands for, the strongest sender's mean RSSI (dBm) or None."""
        return self._store.rows(
            "SELECT started_at, min(since_last, ?), nearest_rssi FROM scans WHERE started_at >= ? AND started_at < ?",
            (MAX_SINCE_LAST, since, until),
        )

    def devices_at_last_scan(self) -> list[NearDevice]:
        """What the latest scan heard, one device an identifier."""
        devices = []
        for identifier, packed, start in self._store.rows(
            "SELECT identifier, readings, started_at FROM sightings JOIN scans ON scans.id = scan"
            " WHERE scan = (SELECT max(id) FROM scans)"
        ):
            times = [time for time, _ in _readings(start, packed)]
            devices.append(NearDevice(identifier, _mean_rssi(packed), len(times), min(times), max(times)))
        return devices

    def last_scan(self) -> float | None:
        """When the latest scan began."""
        found = self._store.first("SELECT started_at FROM scans ORDER BY id DESC LIMIT 1")
        return None if found is None else float(found[0])


def _mean_rssi(packed: bytes | bytearray) -> float:
    strengths: list[int] = [rssi for _, rssi in _READING.iter_unpack(packed)]
    return sum(strengths) / len(strengths)


def _readings(start: float, packed: bytes) -> Iterator[tuple[float, int]]:
    for offset, rssi in _READING.iter_unpack(packed):
        yield start + offset / 1000, rssi


def times_by_identifier(sightings: Sequence[Sighting]) -> Iterator[tuple[bytes, float]]:
    """(identifier, time of its first reading) of each sighting, in order, as the matcher takes them."""
    return ((sighting.identifier, sighting.time) for sighting in sightings)
