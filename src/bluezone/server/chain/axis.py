"""Days from left to right, and which of them are written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_WIDE, _NARROW = 40.0, 4.0
_WHOLE = 620.0
_LABEL_ROOM = 46.0
_STEPS = (1, 2, 7, 14, 28, 56, 112)


@dataclass(frozen=True, slots=True)
class Axis:
    """The days from `first` to `last`, each `step` pixels wide, from `left` on; `today` is one of them."""

    first: date
    last: date
    today: date
    left: float
    step: float

    @classmethod
    def over(cls, days: Iterable[date], today: date, left: float, *, whole: float = _WHOLE) -> Axis:
        """From the earliest to the latest of these days and today, as wide as fits into `whole` pixels, within reason.

        Without any days it is the two weeks until today.
        """
        every = list(days) or [today - timedelta(days=13)]
        first, last = min([today, *every]), max([today, *every])
        return cls(first, last, today, left, min(_WIDE, max(_NARROW, whole / ((last - first).days + 1))))

    @property
    def right(self) -> float:
        return self.edges(self.first, self.last)[1]

    def x(self, day: date) -> float:
        """The middle of a day."""
        return self.left + ((day - self.first).days + 0.5) * self.step

    def edges(self, first: date, last: date) -> tuple[float, float]:
        """From where the first day begins to where the last one ends."""
        return self.x(first) - self.step / 2, self.x(last) + self.step / 2

    def labelled(self) -> Iterator[date]:
        """The days that are written down, counted from today so that it is always there."""
        apart = next((step for step in _STEPS if step * self.step >= _LABEL_ROOM), _STEPS[-1])
        earliest = (self.today - self.first).days // apart
        for at in range(-earliest, (self.last - self.today).days // apart + 1):
            yield self.today + timedelta(days=at * apart)
