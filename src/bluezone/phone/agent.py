"""The loop that every phone runs: identifier and address change together, and every few minutes it listens.

It counts its waits in the seconds it asked for, never by subtracting times of day, so that a clock that jumps lengthens
and shortens nothing. It goes on through a radio that vanishes, a full disk and a kill at any instant.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from bluezone.clock import Clock
from bluezone.phone.errors import StoreError, StoreFull
from bluezone.phone.faults import FaultName, Faults
from bluezone.phone.schedule import Identity, KeySchedule, Silence
from bluezone.phone.settings import DutySettings
from bluezone.phone.sightings import Scan, SightingLog
from bluezone.phone.store import Store
from bluezone.protocol import INTERVAL_SECONDS
from bluezone.radio import Radio, RadioUnavailable
from bluezone.randomness import Randomness

JUMP_SECONDS = float(INTERVAL_SECONDS)
"""A wait that took this much more or less than asked means that the clock was set (or the machine slept)."""

_RETRY_SECONDS = 60.0
_LONGEST_ON_AIR = 3600.0
"""With a disk that takes no mark an identifier stays on the air this long at most, then the phone is silent."""
_RETENTION_SECONDS = 3600.0

_log = structlog.get_logger(__name__)


class Agent:
    """One phone's radio work. `on_jump` is called after the clock was found to have jumped."""

    def __init__(
        self,
        *,
        store: Store,
        schedule: KeySchedule,
        sightings: SightingLog,
        faults: Faults,
        radio: Radio,
        clock: Clock,
        randomness: Randomness,
        duty: DutySettings,
        on_jump: Callable[[], None],
    ) -> None:
        self._store = store
        self._schedule = schedule
        self._sightings = sightings
        self._faults = faults
        self._radio = radio
        self._clock = clock
        self._randomness = randomness
        self._duty = duty
        self._on_jump = on_jump
        self._changing = asyncio.Lock()
        self._ready = False
        self._on_air: float | None = None  # seconds that the present identifier has been sent, None in silence
        self._to_rotation = 0.0
        self._to_retention = 0.0
        self._since_last: float | None = None
        self._next_scan: float | None = None
        self._hurry = asyncio.Event()
        self._tried = asyncio.Event()
        self.radio_error: RadioUnavailable | None = None
        """Why the radio does not work, None while it does."""

    @property
    def on_air(self) -> bool:
        """Whether an identifier is being sent."""
        return self._on_air is not None

    @property
    def next_scan(self) -> float | None:
        """When it listens again (Unix seconds), None while the radio does not work."""
        return self._next_scan if self._ready else None

    async def reopen(self) -> bool:
        """Try a radio that is gone now instead of after the pause; whether it works. Only while `run` runs."""
        if not self._ready:
            tried = self._tried
            self._hurry.set()
            await tried.wait()
        return self._ready

    def rotate_soon(self) -> None:
        """Send another identifier with the next thing to do, a few minutes from now at most."""
        self._to_rotation = 0.0

    async def run(self) -> None:
        """Work until cancelled; then leave the air."""
        self._sightings.begin_epoch(self._clock.now(), None)
        pause = self._duty.reopen[0]
        try:
            while True:
                try:
                    await self._radio.open()
                    self._ready = True
                    await self.rotate()
                    self._faults.end(FaultName.RADIO_GONE)
                    self._note_try(None)
                    pause = self._duty.reopen[0]
                    await self._cycle()
                except RadioUnavailable as error:
                    self._ready, self._on_air = False, None
                    self._faults.begin(FaultName.RADIO_GONE, str(error))
                    self._note_try(error)
                    await self._pause(self._randomness.uniform(pause / 2, pause))
                    pause = min(2 * pause, self._duty.reopen[1])
        finally:
            self._ready, self._on_air = False, None
            self._note_try(self.radio_error)
            with contextlib.suppress(RadioUnavailable):
                await self._radio.silence()
            await self._radio.close()

    async def rotate(self) -> None:
        """Send another identifier under another address from now on; nothing when the radio is not working.

        Raises RadioUnavailable.
        """
        async with self._changing:
            if not self._ready:
                return
            try:
                identity = self._mark_next()
            except StoreFull as error:
                self._faults.begin(FaultName.STORAGE_FULL, str(error))
                self._to_rotation = _RETRY_SECONDS
                if self._on_air is not None and self._on_air >= _LONGEST_ON_AIR:
                    await self._be_silent()
                return
            if isinstance(identity, Silence):
                self._faults.begin(
                    FaultName.KEYS_EXHAUSTED,
                    "The clock was set back too often today; the phone is silent until it can go on.",
                )
                self._to_rotation = _RETRY_SECONDS
                await self._be_silent()
                return
            self._faults.end(FaultName.KEYS_EXHAUSTED)
            await self._radio.advertise(identity.data)
            self._on_air = 0.0
            self._to_rotation = self._randomness.uniform(*self._duty.rotation)

    async def leave_identity(self) -> None:
        """Rotate because the key in use is about to be sent; a radio that is gone sends nothing anyway."""
        with contextlib.suppress(RadioUnavailable):
            await self.rotate()

    def _mark_next(self) -> Identity | Silence:
        try:
            return self._schedule.next_identity(self._clock.now())
        except StoreFull:
            self._store.make_room(self._clock.now())
            return self._schedule.next_identity(self._clock.now())

    async def _be_silent(self) -> None:
        self._on_air = None
        await self._radio.silence()

    async def _cycle(self) -> None:
        to_scan = 0.0
        self._next_scan = self._clock.now()
        while True:
            if self._to_retention <= 0:
                self._retain()
            if self._to_rotation <= 0:
                await self.rotate()
            if to_scan <= 0:
                await self._scan()
                to_scan = self._randomness.uniform(*self._duty.scan_gap) - self._duty.scan_seconds
                self._next_scan = self._clock.now() + to_scan
            else:
                step = max(0.0, min(self._to_rotation, to_scan))
                to_scan -= step
                await self._wait(step)

    async def _scan(self) -> None:
        started, since_last = self._clock.now(), self._since_last
        reports = await self._radio.scan(self._duty.scan_seconds)
        self._since_last = 0.0
        self._pass(self._duty.scan_seconds)
        scan = Scan(started, self._duty.scan_seconds, since_last or 0.0)
        try:
            try:
                self._sightings.add(scan, reports)
            except StoreFull:
                self._store.make_room(self._clock.now())
                self._sightings.add(scan, reports)
            self._faults.end(FaultName.STORAGE_FULL)
        except StoreError as error:
            self._faults.begin(FaultName.STORAGE_FULL, str(error))

    def _retain(self) -> None:
        self._to_retention = _RETENTION_SECONDS
        if any(fault.name is FaultName.CLOCK_WRONG for fault in self._faults.current()):
            return  # a wrong clock would destroy what is not due
        with contextlib.suppress(StoreFull):
            self._store.destroy_due(self._clock.now())

    def _note_try(self, error: RadioUnavailable | None) -> None:
        self.radio_error = error
        tried, self._tried = self._tried, asyncio.Event()
        tried.set()

    async def _pause(self, seconds: float) -> None:
        """Wait, unless somebody is in a hurry."""
        self._hurry.clear()
        waited, hurried = asyncio.ensure_future(self._wait(seconds)), asyncio.ensure_future(self._hurry.wait())
        try:
            await asyncio.wait([waited, hurried], return_when=asyncio.FIRST_COMPLETED)
            if waited.done():
                waited.result()
        finally:
            waited.cancel()
            hurried.cancel()

    async def _wait(self, seconds: float) -> None:
        before = self._clock.now()
        await self._clock.sleep(seconds)
        self._pass(seconds)
        jump = self._clock.now() - before - seconds
        if abs(jump) >= JUMP_SECONDS:
            self._jumped(jump)

    def _pass(self, seconds: float) -> None:
        self._to_rotation -= seconds
        self._to_retention -= seconds
        if self._on_air is not None:
            self._on_air += seconds
        if self._since_last is not None:
            self._since_last += seconds

    def _jumped(self, jump: float) -> None:
        known = self._sightings.clock_error()
        with contextlib.suppress(StoreFull):
            self._sightings.begin_epoch(self._clock.now(), None if known is None else known + jump)
        self._faults.begin(
            FaultName.CLOCK_WRONG, f"The clock jumped by {jump / 60:.0f} minutes; check the phone's date and time."
        )
        # The identifier on the air belongs to another interval now.
        self._to_rotation = 0.0
        _log.warning("clock jumped", seconds=round(jump))
        self._on_jump()
