"""How a phone behaves; the defaults are those of the published systems, with their sources."""

from __future__ import annotations

from dataclasses import dataclass, field

from bluezone.protocol import SERVICE_BLUEZONE


@dataclass(frozen=True, slots=True)
class DutySettings:
    """When the radio works; every pair is a range from which each wait is drawn at random, in seconds.

    Sources: exposure-notifications-internals `ContactTracingFeature.java` (4 s of scanning every 2.5 to 5 minutes);
    Exposure Notification Bluetooth specification 1.2 (identifier and address change every 10 to 20 minutes).
    """

    scan_seconds: float = 4.0
    scan_gap: tuple[float, float] = (150.0, 300.0)
    rotation: tuple[float, float] = (600.0, 1200.0)
    reopen: tuple[float, float] = (5.0, 300.0)
    """The first and the longest wait before a radio that vanished is opened again; it doubles in between."""


@dataclass(frozen=True, slots=True)
class PhoneSettings:
    """Everything that a phone's owner or maker may set.

    `tx_power` is what the antenna sends in dBm; `utc_offset` the seconds by which the owner's day begins before UTC's
    (Vietnam: +07:00); `keep_days` how long sightings, keys and exposures are kept (Exposure Notification: 14).
    """

    duty: DutySettings = field(default_factory=DutySettings)
    tx_power: int = 0
    service: int = SERVICE_BLUEZONE
    utc_offset: int = 7 * 3600
    keep_days: int = 14
    first_sync: float = 600.0
    """The first look for archives comes at random within this many seconds, so that phones do not come all at once."""
    sync_retry: float = 60.0
    """The wait after a first failed look; it doubles with each further one, up to the configured interval."""
    clock_tolerance: float = 3600.0
    """A clock that differs from the server's by more is called wrong: identifiers match within two hours only."""
    unreachable_after: float = 2 * 86400.0
    """Without the server, or without every archive, for longer than this a phone says that it does not protect."""
    consent_valid: float = 3600.0
    """How long the content shown to the owner stands for what will leave."""
