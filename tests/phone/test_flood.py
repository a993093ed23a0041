"""A flood of false beacons fills neither the store nor hides who is near."""

from __future__ import annotations

from bluezone.phone.sightings import MOST_SENDERS, Scan, SightingLog
from bluezone.phone.store import Store
from bluezone.protocol import Beacon
from bluezone.radio import Report


def _report(number: int, rssi: int) -> Report:
    return Report("", rssi, Beacon(number.to_bytes(16, "big"), bytes(4)).encode(), 1000.0)


def test_of_a_flood_the_strongest_are_kept() -> None:
    log = SightingLog(Store(":memory:"), keep_days=14)
    log.begin_epoch(1000.0, None)
    flood = [_report(number, -90) for number in range(5 * MOST_SENDERS)]
    near = [_report(10**6 + number, -50) for number in range(20)]
    kept = log.add(Scan(1000.0, 4.0, 0.0), flood + near)
    identifiers = {sighting.identifier for sighting in log.sightings()}
    assert kept == len(identifiers) == MOST_SENDERS
    assert {(10**6 + number).to_bytes(16, "big") for number in range(20)} <= identifiers
