"""The pass at a gate: the phone checks itself, then shows what the gate shows. Nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass

from bluezone.clock import Clock
from bluezone.phone.faults import Fault, FaultName, Faults
from bluezone.phone.store import Store
from bluezone.protocol import DAY_SECONDS
from bluezone.protocol.gate import PAPER_SLOT_SECONDS, GateChallenge, Glance, typed_glance
from bluezone.protocol.scan import TypedCode

ALIVE_SECONDS = 900.0
"""A phone whose last scan is older than this is not working."""
BLOCKING = frozenset({
    FaultName.STOPPED,
    FaultName.RADIO_GONE,
    FaultName.CLOCK_WRONG,
    FaultName.STORAGE_FULL,
    FaultName.KEYS_EXHAUSTED,
})  # fmt: skip
"""Faults with which a phone neither hears nor is heard; without a network it passes, since it works."""


@dataclass(frozen=True, slots=True)
class GatePass:
    """What the guard compares, the gate's name (empty for a paper sheet), and until when (Unix seconds)."""

    glance: Glance
    gate_label: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class PastPass:
    """A pass that was shown (Unix seconds); the label is empty for a paper sheet."""

    gate_label: str
    shown_at: float
    destroy_at: float


class GatePasses:
    """The passes in the store, for the owner's own diary."""

    def __init__(self, store: Store, clock: Clock, *, keep_days: int) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep_days * DAY_SECONDS

    def past(self) -> list[PastPass]:
        """The passes that were shown, newest first."""
        return [
            PastPass(*row)
            for row in self._store.rows("SELECT gate, shown_at, destroy_at FROM gate_passes ORDER BY id DESC")
        ]

    def show(
        self, shown: GateChallenge | TypedCode, faults: Faults, *, on_air: bool, last_scan: float | None
    ) -> GatePass | Fault:
        """See `Phone.gate_pass`; a pass leaves a line in the diary."""
        now = self._clock.now()
        found = _pass(shown, now)
        for fault in faults.current():
            if fault.name in BLOCKING:
                return fault
        if not on_air or last_scan is None or not 0 <= now - last_scan <= ALIVE_SECONDS:
            return Fault(
                FaultName.STOPPED, now, "The phone has sent or heard nothing for 15 minutes; wait a minute, try again."
            )
        self._store.execute(
            "INSERT INTO gate_passes (gate, shown_at, destroy_at) VALUES (?, ?, ?)",
            (found.gate_label, now, now + self._keep),
        )
        return found


def _pass(shown: GateChallenge | TypedCode, now: float) -> GatePass:
    if isinstance(shown, GateChallenge):
        shown.check_time(now)
        return GatePass(shown.glance, shown.gate.label, shown.expires_at)
    row = typed_glance(shown.text, now)
    return GatePass(row.glance, "", float(row.starts_at + PAPER_SLOT_SECONDS))
