"""The radar: which devices were near at the last scan. One scan's count is honest; a running total never is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from bluezone.phone.sightings import NearDevice
from bluezone.protocol import ReportType
from bluezone.risk import Closeness, ExposureWindow, Infectiousness, ScanInstance, closeness

FRESH_SECONDS = 900.0
"""A scan older than this says nothing about now."""

_ROTATION_GAP = 0.6
"""Seconds between the last beacon of one identifier and the first of the next: two advertising intervals."""
_ROTATION_DECIBELS = 10.0


@dataclass(frozen=True, slots=True)
class RadarDot:
    """One device: how near, how many seconds ago, and a number from 0 to 1 that stays while its identifier does."""

    closeness: Closeness
    age_seconds: float
    angle_seed: float


@dataclass(frozen=True, slots=True)
class Radar:
    """The last scan: when it began (Unix seconds, None before the first) and the devices it heard, nearest first.

    Within one scan a device is one identifier, also where it changed just then. `listening` says whether the radio
    works; `seconds_to_next` is the time to the next scan, None while there will be none.
    """

    at: float | None
    dots: tuple[RadarDot, ...]
    listening: bool
    seconds_to_next: float | None


@lru_cache(maxsize=256)
def closeness_at(attenuation: int) -> Closeness:
    """The class of one scan alone, by its mean attenuation in dB."""
    scan = ScanInstance(attenuation, attenuation, 0)
    return closeness([ExposureWindow(0, ReportType.CONFIRMED_TEST, Infectiousness.HIGH, 0, (scan,))])


def radar(at: float | None, heard: list[NearDevice], *, now: float, tx_power: int, next_scan: float | None) -> Radar:
    """The radar of one scan. A sender's power is sealed until it publishes, so `tx_power` (dBm) is taken for it."""
    age = 0.0 if at is None else max(0.0, now - at)
    devices = _without_changed(heard) if age <= FRESH_SECONDS else []
    fresh = sorted(devices, key=lambda device: -device.rssi)
    dots = tuple(
        RadarDot(closeness_at(round(tx_power - device.rssi)), age, _angle(device.identifier)) for device in fresh
    )
    return Radar(at, dots, next_scan is not None, None if next_scan is None else max(0.0, next_scan - now))


def _without_changed(heard: list[NearDevice]) -> list[NearDevice]:
    """The devices without identifiers that stopped just before another began, as strong: the same device's old one."""
    devices: list[NearDevice] = []
    for device in sorted(heard, key=lambda device: device.first):
        for earlier in devices:
            if (
                0 < device.first - earlier.last <= _ROTATION_GAP
                and abs(device.rssi - earlier.rssi) <= _ROTATION_DECIBELS
                and min(device.beacons, earlier.beacons) > 1
            ):
                devices.remove(earlier)
                break
        devices.append(device)
    return devices


def _angle(identifier: bytes) -> float:
    return int.from_bytes(hashlib.sha256(identifier).digest()[:4]) / 2**32
