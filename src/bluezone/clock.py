"""Time as a parameter: the real clock, a fixed one for tests, and a scaled one for a rehearsal.

No rule in this project asks the system for the time; it is handed a `Clock`. Times are Unix seconds as floats.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """The time in Unix seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of this clock's time have passed (at once when they are not positive)."""
        ...


class RealClock:
    """The system's clock."""

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class FixedClock:
    """A clock that stands still until it is set; sleeping moves it on and gives way to other tasks once."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def set(self, now: float) -> None:
        self._now = now

    def advance(self, seconds: float) -> None:
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        self._now += max(0.0, seconds)
        await asyncio.sleep(0)


class ScaledClock:
    """A clock that starts at `start` and runs `rate` times as fast as the running event loop's own time.

    On a loop in virtual time a rate of 1 makes hours pass in a moment; on an ordinary loop a rate of 60 makes an hour
    pass in a minute. A change of rate reaches those who already sleep. Once it was read within its loop, threads that
    the loop waits for may read it too.
    """

    def __init__(self, start: float, rate: float = 1.0) -> None:
        if rate < 0:
            raise ValueError(f"A clock cannot run backwards: rate {rate} is negative.")
        self._rate = rate
        self._base = start
        self._anchor: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()

    @property
    def rate(self) -> float:
        return self._rate

    def now(self) -> float:
        self._loop = self._loop or asyncio.get_running_loop()
        return self._at(self._loop.time())

    def set_rate(self, rate: float) -> None:
        """Run `rate` times as fast from now on; 0 stops the clock."""
        if rate < 0:
            raise ValueError(f"A clock cannot run backwards: rate {rate} is negative.")
        self._rebase(self.now())
        self._rate = rate

    def skip(self, seconds: float) -> None:
        """Jump forward at once; sleepers whose time has come wake up."""
        if seconds < 0:
            raise ValueError(f"A clock cannot be skipped backwards by {-seconds} s.")
        self._rebase(self.now() + seconds)

    async def sleep(self, seconds: float) -> None:
        due = self.now() + seconds
        while (left := due - self.now()) > 1e-6:
            changed = self._changed
            timeout = left / self._rate if self._rate else None
            try:
                async with asyncio.timeout(timeout):
                    await changed.wait()
            except TimeoutError:
                pass
        # However short the sleep, others get a turn; a loop of short sleeps would starve them.
        await asyncio.sleep(0)

    def _at(self, loop_time: float) -> float:
        if self._anchor is None:
            self._anchor = loop_time
        return self._base + (loop_time - self._anchor) * self._rate

    def _rebase(self, now: float) -> None:
        self._base = now
        self._anchor = asyncio.get_running_loop().time()
        self._changed.set()
        self._changed = asyncio.Event()


class SkewedClock:
    """Another clock, wrong by `offset` seconds, as a phone's may be; the offset can jump."""

    def __init__(self, clock: Clock, offset: float = 0.0) -> None:
        self._clock = clock
        self.offset = offset

    def now(self) -> float:
        return self._clock.now() + self.offset

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
