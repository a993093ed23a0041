"""F0, F1 and F2 from who is ill and who met whom: a pure function, so that nobody ever types a level.

The rule (handbook 5053/QĐ-BYT, and the contact's own logic one step further):

- F0 is whoever has a confirmed or clinical case.
- F1 is whoever met an F0 on a day of the F0's window: from three days before onset (before the test, where there were
  no symptoms) until isolation. It makes no difference who named whom.
- F2 is whoever met an F1 on or after the day on which that F1 was first exposed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bluezone.server.casework.terms import Level

BEFORE_ONSET = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which an F0 could infect others; `closes` is the day of isolation, None while there is none."""

    opens: date
    closes: date | None

    @classmethod
    def of(cls, *, onset: date | None, test_date: date | None, reported: date, isolated_on: date | None) -> Window:
        """From the days that are known; a case without onset or test counts from the day it was reported."""
        return cls((onset or test_date or reported) - BEFORE_ONSET, isolated_on)

    def joined(self, other: Window) -> Window:
        """Both, where somebody has two cases."""
        closes = None if self.closes is None or other.closes is None else max(self.closes, other.closes)
        return Window(min(self.opens, other.opens), closes)


@dataclass(frozen=True, slots=True)
class Met:
    """Two people and the days, first to last, on which they met."""

    one: str
    other: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Standing:
    """A level; for F1 and F2 the days of first and latest exposure, and the person through whom the latest came."""

    level: Level
    exposed_first: date | None = None
    exposed_last: date | None = None
    via: str | None = None


def standings(ill: Mapping[str, Window], contacts: Iterable[Met]) -> dict[str, Standing]:
    """Who is F0, F1 or F2; whoever is none of these is not in the result."""
    met: defaultdict[str, list[tuple[str, date, date]]] = defaultdict(list)
    for one in contacts:
        met[one.one].append((one.other, one.first, one.last))
        met[one.other].append((one.one, one.first, one.last))
    found = {person: Standing(Level.F0) for person in ill}
    first_ring: dict[str, Standing] = {}
    for person, window in ill.items():
        for other, first, last in met[person]:
            if other not in ill and last >= window.opens and (window.closes is None or first <= window.closes):
                exposed_last = last if window.closes is None else min(last, window.closes)
                _expose(first_ring, other, Level.F1, max(first, window.opens), exposed_last, person)
    second_ring: dict[str, Standing] = {}
    for person, standing in first_ring.items():
        since = standing.exposed_first or date.min
        for other, first, last in met[person]:
            if other not in ill and other not in first_ring and last >= since:
                _expose(second_ring, other, Level.F2, max(first, since), last, person)
    return found | first_ring | second_ring


def _expose(ring: dict[str, Standing], person: str, level: Level, first: date, last: date, via: str) -> None:
    before = ring.get(person)
    if before is None or before.exposed_first is None or before.exposed_last is None:
        ring[person] = Standing(level, first, last, via)
        return
    # Ties by name, so that the order in which contacts were read makes no difference.
    latest, through = max((before.exposed_last, before.via or ""), (last, via))
    ring[person] = Standing(level, min(before.exposed_first, first), latest, through)
