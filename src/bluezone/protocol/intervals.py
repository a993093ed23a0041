"""Ten-minute intervals (ENIN), the time unit of Exposure Notification (cryptography specification 1.2)."""

from __future__ import annotations

from typing import NewType

Interval = NewType("Interval", int)
"""Ten minutes, counted from the Unix epoch; an unsigned 32-bit number."""

INTERVAL_SECONDS = 600
INTERVALS_A_DAY = 144  # the specification's TEKRollingPeriod
DAY_SECONDS = INTERVAL_SECONDS * INTERVALS_A_DAY
LAST_INTERVAL = 2**32 - 1


def interval_at(seconds: float) -> Interval:
    """The interval that holds the time `seconds` (Unix).

    Raises ValueError for times before 1970 or after the 32-bit interval count ends.
    """
    interval = int(seconds // INTERVAL_SECONDS)
    if not 0 <= interval <= LAST_INTERVAL:
        raise ValueError(f"The time {seconds} lies outside the range of interval numbers; check the clock.")
    return Interval(interval)


def interval_start(interval: int) -> int:
    """The Unix time in seconds at which `interval` begins."""
    return interval * INTERVAL_SECONDS


def day_start(interval: int) -> Interval:
    """The first interval of the UTC day that holds `interval`."""
    return Interval(interval - interval % INTERVALS_A_DAY)
