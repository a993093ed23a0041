"""Why a phone does not protect right now, and since when."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from enum import StrEnum

from bluezone.clock import Clock
from bluezone.phone.errors import StoreError
from bluezone.phone.store import Store
from bluezone.protocol import DAY_SECONDS


class FaultName(StrEnum):
    """Every reason, the gravest first; where one follows from another, the cause first."""

    STOPPED = "stopped"
    RADIO_GONE = "radio_gone"
    CLOCK_WRONG = "clock_wrong"
    STORAGE_FULL = "storage_full"
    KEYS_EXHAUSTED = "keys_exhausted"
    SERVER_UNREACHABLE = "server_unreachable"
    NOT_UPDATED = "not_updated"


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason; `since` in Unix seconds, `detail` one sentence for the owner."""

    name: FaultName
    since: float
    detail: str


class Faults:
    """The faults of now; their history is kept in the store as far as the store can be written."""

    def __init__(self, store: Store, clock: Clock, *, keep_days: int) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep_days * DAY_SECONDS
        self._now: dict[FaultName, Fault] = {}
        self.changes = 0
        """How many faults began or ended; the store does not say when its disk is full."""
        self._end(None)

    def current(self) -> list[Fault]:
        """The faults of now, the gravest first."""
        return [self._now[name] for name in FaultName if name in self._now]

    def begin(self, name: FaultName, detail: str) -> None:
        """A fault is there; the first call counts as its beginning."""
        if name in self._now:
            return
        now = self._clock.now()
        self._now[name] = Fault(name, now, detail)
        self.changes += 1
        with contextlib.suppress(StoreError):
            self._store.execute(
                "INSERT INTO faults (name, detail, since, destroy_at) VALUES (?, ?, ?, ?)",
                (name, detail, now, now + self._keep),
            )

    def end(self, name: FaultName) -> None:
        """A fault is over."""
        if self._now.pop(name, None) is not None:
            self.changes += 1
            self._end(name)

    def _end(self, name: FaultName | None) -> None:
        with contextlib.suppress(StoreError):
            self._store.execute(
                "UPDATE faults SET until = ? WHERE until IS NULL AND name = coalesce(?, name)",
                (self._clock.now(), name),
            )
