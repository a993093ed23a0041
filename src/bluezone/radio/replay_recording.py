"""A recording in memory: everything that one receiver heard, oldest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bluezone.protocol import Beacon, BeaconMalformed, find_beacon
from bluezone.radio.seam import Report


@dataclass(frozen=True, slots=True)
class Sighting:
    """One beacon in a recording: the report it came in, what it says, and the transmit power where that was recorded.

    `tx_power` is in dBm. A live phone knows it only from the metadata of a published key.
    """

    report: Report
    beacon: Beacon
    tx_power: int | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file holds for one receiver.

    `packets` counts the file's records of any kind, `reports` all advertisements in them, ours or not; `sightings` are
    the beacons among these, oldest first. `receivers` names all receivers of a file that holds several.
    """

    packets: int
    reports: int
    sightings: tuple[Sighting, ...]
    receivers: tuple[int, ...] = ()

    @property
    def start(self) -> float | None:
        """Unix time of the first sighting; None without any."""
        return self.sightings[0].report.time if self.sightings else None

    @property
    def end(self) -> float | None:
        """Unix time of the last sighting; None without any."""
        return self.sightings[-1].report.time if self.sightings else None


@dataclass(frozen=True, slots=True)
class ReplaySummary:
    """The figures of a recording; RSSI in dBm and duration in seconds are 0 where nothing was heard."""

    packets: int
    reports: int
    sightings: int
    identifiers: int
    addresses: int
    lowest_rssi: int
    highest_rssi: int
    seconds: float


def summarise(recording: Recording) -> ReplaySummary:
    """Counts and ranges of a recording."""
    sightings = recording.sightings
    strengths = [sighting.report.rssi for sighting in sightings] or [0]
    return ReplaySummary(
        recording.packets,
        recording.reports,
        len(sightings),
        len({sighting.beacon.identifier for sighting in sightings}),
        len({sighting.report.address for sighting in sightings}),
        min(strengths),
        max(strengths),
        sightings[-1].report.time - sightings[0].report.time if sightings else 0.0,
    )


def beacons_among(reports: Iterable[Report]) -> Iterator[Sighting]:
    """The sightings among advertisements; other people's and malformed ones are passed over, as a phone does."""
    for report in reports:
        try:
            beacon = find_beacon(report.data)
        except BeaconMalformed:
            continue
        if beacon is not None:
            yield Sighting(report, beacon)


def oldest_first(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Sightings in order of time; those of one moment keep their order."""
    return tuple(sorted(sightings, key=lambda sighting: sighting.report.time))
