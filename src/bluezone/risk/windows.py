"""What was heard of one published key, cut into exposure windows as Exposure Notification 2 does.

Source of the rules: google/exposure-notifications-internals, `KeyExposureEvaluator` and `SightingRecordWithMetadata`:
windows of at most 30 minutes, one scan instance a scan, its mean and least attenuation, the seconds since the phone's
previous scan (whether or not that one heard the key), at most 300, and 120 where the previous scan is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bluezone.protocol import DAY_SECONDS, PublishedKey, ReportType
from bluezone.risk.calibration import UNCALIBRATED, Calibration
from bluezone.risk.config import Infectiousness, RiskConfig

WINDOW_SECONDS = 1800
MAX_SECONDS_SINCE_SCAN = 300
SECONDS_SINCE_UNKNOWN_SCAN = 120
SCAN_SECONDS = 6.0
"""Beacons this near to a scan's first belong to that scan: one and a half times the 4 s for which phones listen."""
MAX_ATTENUATION = 255  # dB; nothing at all would be heard long before


@dataclass(frozen=True, slots=True)
class HeardBeacon:
    """One beacon of a key: Unix time in seconds, RSSI in dBm, and the sender's transmit power in dBm from its metadata.

    `previous_scan` is when the phone's scan before this one ended; None when that is not known.
    """

    time: float
    rssi: int
    tx_power: int
    previous_scan: float | None = None


@dataclass(frozen=True, slots=True)
class ScanInstance:
    """What one scan heard of a key: attenuations in dB, and how many seconds it stands for."""

    min_attenuation: int
    typical_attenuation: int
    seconds_since_last_scan: int


@dataclass(frozen=True, slots=True)
class ExposureWindow:
    """At most 30 minutes of scans that heard one key, oldest first; `day` is their UTC midnight in Unix seconds."""

    day: int
    report_type: ReportType
    infectiousness: Infectiousness
    calibration_confidence: int
    scans: tuple[ScanInstance, ...]


def build_windows(
    key: PublishedKey,
    heard: Iterable[HeardBeacon],
    config: RiskConfig,
    *,
    calibration: Calibration = UNCALIBRATED,
) -> list[ExposureWindow]:
    """The exposure windows of everything heard of one key, in any order; oldest first.

    `calibration` is this phone's own. A revoked key has no windows, nor has one of a day on which its owner was not
    infectious. A key without a report type counts as the configuration says; a contact's key (RECURSIVE) has no onset.
    """
    report_type = key.report_type
    if report_type == ReportType.UNKNOWN:
        report_type = config.report_type_when_missing
    # A contact is not ill: a date on such a key is when somebody confirmed it, and nothing began before that.
    onset = None if report_type == ReportType.RECURSIVE else key.days_since_onset
    infectiousness = config.infectiousness_on(onset)
    if report_type == ReportType.REVOKED or infectiousness == Infectiousness.NONE:
        return []
    return _cut(heard, calibration, report_type, infectiousness)


def windows_by_identifier(
    heard: Iterable[tuple[bytes, HeardBeacon]], *, calibration: Calibration = UNCALIBRATED
) -> dict[bytes, list[ExposureWindow]]:
    """The windows of a recording without keys: each identifier stands for itself, as if its owner had tested positive.

    The recording's own scans, whoever was heard in them, tell the seconds since the last one.
    """
    rows = sorted(heard, key=lambda row: row[1].time)
    groups: dict[bytes, list[HeardBeacon]] = {}
    started: float | None = None
    previous: float | None = None
    for identifier, beacon in rows:
        if started is None or beacon.time - started > SCAN_SECONDS:
            started, previous = beacon.time, started
        groups.setdefault(identifier, []).append(replace(beacon, previous_scan=previous))
    return {
        identifier: _cut(beacons, calibration, ReportType.CONFIRMED_TEST, Infectiousness.HIGH)
        for identifier, beacons in groups.items()
    }


def _cut(
    heard: Iterable[HeardBeacon], calibration: Calibration, report_type: ReportType, infectiousness: Infectiousness
) -> list[ExposureWindow]:
    windows: list[ExposureWindow] = []
    scans: list[ScanInstance] = []
    started = 0.0
    last_scan: float | None = None
    for beacons in _scans(sorted(heard, key=lambda beacon: beacon.time)):
        begin = beacons[0].time
        # A window also ends with its day, so that "minutes in a day" means one day.
        if scans and (begin - started >= WINDOW_SECONDS or _day(begin) != _day(started)):
            windows.append(ExposureWindow(_day(started), report_type, infectiousness, 0, tuple(scans)))
            scans = []
        if not scans:
            started = begin
        scans.append(_instance(beacons, calibration, last_scan))
        last_scan = begin
    if scans:
        windows.append(ExposureWindow(_day(started), report_type, infectiousness, 0, tuple(scans)))
    return windows


def _scans(heard: Sequence[HeardBeacon]) -> Iterator[list[HeardBeacon]]:
    scan: list[HeardBeacon] = []
    for beacon in heard:
        if scan and beacon.time - scan[0].time > SCAN_SECONDS:
            yield scan
            scan = []
        scan.append(beacon)
    if scan:
        yield scan


def _instance(beacons: Sequence[HeardBeacon], calibration: Calibration, last_scan: float | None) -> ScanInstance:
    attenuations = [
        min(MAX_ATTENUATION, max(0, beacon.tx_power - (beacon.rssi + calibration.rssi_correction)))
        for beacon in beacons
    ]
    begin = beacons[0].time
    known = [scan for beacon in beacons if (scan := beacon.previous_scan) is not None and scan <= begin]
    if last_scan is not None:
        # A phone that listens without a pause has one long scan; its parts must not each count from the one before it.
        known.append(last_scan)
    # Whole seconds of both times, not of their difference, so that roundings do not add up over many short scans.
    since = round(begin) - round(max(known)) if known else SECONDS_SINCE_UNKNOWN_SCAN
    return ScanInstance(
        min(attenuations),
        round(sum(attenuations) / len(attenuations)),
        min(MAX_SECONDS_SINCE_SCAN, since),
    )


def _day(time: float) -> int:
    return int(time // DAY_SECONDS) * DAY_SECONDS
