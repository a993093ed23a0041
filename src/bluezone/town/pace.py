"""A clock that runs as fast as it is told, and never faster than the town can live.

A clock that is merely scaled runs on while the event loop is busy: at 600 times, a second of hard work makes every
phone find that its clock jumped by ten minutes, and a scan of 4 s is over before its first beacon was delivered. Here
whoever sleeps is woken one after another, each exactly at its time, and only when everybody who is awake has done what
can be done without waiting for a socket or a thread. When the machine cannot keep up, the clock slows down.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")

FASTEST = 3600.0

_MOST_BEHIND = 0.25
"""Real seconds' worth of the clock that are made up for after a pause of the loop; the rest never happens."""


class PacedClock:
    """A `Clock` from `start` (Unix seconds) at `rate` times real time; works inside `run_paced` only."""

    def __init__(self, start: float, rate: float) -> None:
        self._now = self._target = start
        self._rate = _checked(rate)
        self._seen: float | None = None
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    @property
    def rate(self) -> float:
        return self._rate

    def set_rate(self, rate: float) -> None:
        """Run `rate` times as fast from now on; 0 stops the clock. Raises ValueError below 0 and above FASTEST."""
        self._rate = _checked(rate)
        self._target = self._now

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), waking))
        await waking

    def follow(self, instant: float) -> None:
        """Let time pass up to the real `instant` (seconds of any steady clock), at most until somebody is to wake."""
        elapsed = 0.0 if self._seen is None else instant - self._seen
        self._seen = instant
        self._target = min(self._target + elapsed * self._rate, self._now + _MOST_BEHIND * self._rate)
        due = self._next_due()
        self._now = max(self._now, self._target if due is None else min(self._target, due))

    def wake_next(self) -> bool:
        """Wake the one whose time has come first; False when nobody's has, or the clock stands."""
        due = self._next_due()
        if due is None or due > self._now or not self._rate:
            return False
        _, _, waking = heapq.heappop(self._sleepers)
        waking.set_result(None)
        return True

    def real_seconds_to_next(self) -> float | None:
        """How long nobody is to wake; None while that is for ever."""
        due = self._next_due()
        return None if due is None or not self._rate else max(0.0, (due - self._now) / self._rate)

    def _next_due(self) -> float | None:
        while self._sleepers and self._sleepers[0][2].done():  # cancelled
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None


def run_paced(
    main: Callable[[PacedClock], Coroutine[Any, Any, _T]],
    *,
    start: float,
    rate: float,
    monotonic: Callable[[], float] = time.monotonic,
) -> _T:
    """The result of `main(clock)`; raises what it raises."""
    clock = PacedClock(start, rate)
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(_PacingSelector(clock, monotonic))) as runner:
        return runner.run(main(clock))


class _PacingSelector(selectors.DefaultSelector):
    """Moves the clock whenever the loop has nothing left to do."""

    def __init__(self, clock: PacedClock, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self._clock = clock
        self._monotonic = monotonic

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if timeout is not None and timeout <= 0:
            return events  # somebody has work to do; meanwhile no time passes
        self._clock.follow(self._monotonic())
        if events or self._clock.wake_next():
            return events
        waits = [wait for wait in (timeout, self._clock.real_seconds_to_next()) if wait is not None]
        events = super().select(min(waits, default=None))
        self._clock.follow(self._monotonic())
        self._clock.wake_next()
        return events


def _checked(rate: float) -> float:
    if not 0 <= rate <= FASTEST:
        raise ValueError(f"The town's clock runs 0 to {FASTEST:.0f} times as fast as real time, not {rate:g} times.")
    return rate
