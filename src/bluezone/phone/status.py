"""What a phone tells its owner: one level, the exact fault if it does not protect, and the days with exposures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from bluezone.phone.faults import Fault
from bluezone.protocol.wire import TEST_RECURSIVE
from bluezone.risk import Assessment, Closeness, ExposureWindow, Level, closeness


class StatusLevel(StrEnum):
    """F0 is a case, F1 a contact, F2 a contact of a contact; NOT_PROTECTING is said only of who would else be safe."""

    SAFE = "safe"
    F2 = "f2"
    F1 = "f1"
    F0 = "f0"
    NOT_PROTECTING = "not_protecting"


@dataclass(frozen=True, slots=True)
class Exposure:
    """One UTC day near people who published: weighted minutes, the nearest closeness, and the level of that day."""

    day: date
    minutes: int
    closeness: Closeness
    level: StatusLevel


@dataclass(frozen=True, slots=True)
class PhoneStatus:
    """Everything that the first screen shows; `minutes_today` are minutes of listening since the owner's midnight.

    `fault` is the gravest of `faults`; it is set whenever the phone does not protect, whatever the level.
    `last_contact` is when the server was last reached, Unix seconds.
    """

    level: StatusLevel
    fault: Fault | None
    faults: tuple[Fault, ...]
    minutes_today: int
    exposures: tuple[Exposure, ...]
    last_contact: float | None


def overall_level(assessment: Assessment | None, published: Iterable[str], faults: Sequence[Fault]) -> StatusLevel:
    """The level from what was heard, what the owner published (test types) and what is broken: F0 > F1 > F2 > safe."""
    types = set(published)
    heard = Level.SAFE if assessment is None else assessment.level
    if types - {TEST_RECURSIVE}:
        return StatusLevel.F0
    if types or heard is Level.F1:
        return StatusLevel.F1
    if heard is Level.F2:
        return StatusLevel.F2
    return StatusLevel.NOT_PROTECTING if faults else StatusLevel.SAFE


def exposures(assessment: Assessment, by_key: Iterable[Sequence[ExposureWindow]]) -> tuple[Exposure, ...]:
    """The days with exposures, oldest first; keys are not told apart, so that nobody is."""
    nearest: dict[int, Closeness] = {}
    order = [Closeness.NEAR, Closeness.UNCLEAR, Closeness.FAR]
    for windows in by_key:
        for day in {window.day for window in windows}:
            found = closeness([window for window in windows if window.day == day])
            nearest[day] = min(nearest.get(day, Closeness.FAR), found, key=order.index)
    return tuple(
        Exposure(
            datetime.fromtimestamp(day.day, UTC).date(),
            round(day.f1_minutes + day.f2_minutes),
            nearest[day.day],
            StatusLevel(day.level),
        )
        for day in assessment.days
    )
