"""What the town alone knows: whose beacons each phone hears, and for how long two were near.

Phones and server never learn this. The board needs it to draw lines between pucks and to tick the guide's first step.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from statistics import fmean

from bluezone.clock import Clock
from bluezone.radio import Report
from bluezone.town.air import TX_POWER_LOW
from bluezone.town.town import Town, identifiers

NEAR_DB = 63.0
"""Mean attenuation in dB below which a scan counts as near; the shipped risk profile draws the line there too."""

_FRESH_SECONDS = 360.0  # phones listen every 2.5 to 5 minutes
_MOST_SECONDS = 300.0  # one scan stands for at most this long (Exposure Notification: 5 minutes)


@dataclass(slots=True)
class _Hearing:
    """One phone's hearing of another: when last, and the seconds of nearness that its scans stand for."""

    last: float
    near_seconds: float = 0.0


class Witness:
    """Listens to every scan of the town's phones from now on."""

    def __init__(self, town: Town, clock: Clock) -> None:
        self._town = town
        self._clock = clock
        self._hearings: dict[tuple[str, str], _Hearing] = {}
        self._scanned: dict[str, float] = {}
        for name, resident in town.residents.items():
            resident.radio.on_scan = functools.partial(self._note, name)

    def heard_lately(self, one: str, other: str) -> bool:
        """Whether either phone heard the other in a scan of the last minutes."""
        now = self._clock.now()
        return any(
            now - hearing.last < _FRESH_SECONDS
            for pair in ((one, other), (other, one))
            if (hearing := self._hearings.get(pair)) is not None
        )

    def minutes_near(self, one: str, other: str) -> float:
        """How many minutes the two were near each other, as the one who noticed more of it knows."""
        hearings = (self._hearings.get(pair) for pair in ((one, other), (other, one)))
        return max((hearing.near_seconds / 60 for hearing in hearings if hearing is not None), default=0.0)

    def _note(self, name: str, reports: list[Report]) -> None:
        """A scan of the phone `name` has ended."""
        now = self._clock.now()
        stands_for = min(now - self._scanned.get(name, now), _MOST_SECONDS)
        self._scanned[name] = now
        strengths: dict[bytes, list[int]] = {}
        for report in reports:
            strengths.setdefault(report.data, []).append(report.rssi)
        for data, readings in strengths.items():
            sender = self._sender(data)
            if sender is None:
                continue
            hearing = self._hearings.setdefault((name, sender), _Hearing(now))
            hearing.last = now
            if TX_POWER_LOW - fmean(readings) < NEAR_DB:
                hearing.near_seconds += stands_for

    def _sender(self, data: bytes) -> str | None:
        sent = identifiers([data])
        return next((name for name, one in self._town.residents.items() if sent & one.radio.sent), None)
