"""The town's plan: four places, their walls, where the six people begin, and where somebody may be put.

Metres from the north-west corner, east and south. The page draws what stands here; the air counts the same walls.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bluezone.town.air import Point, Wall
from bluezone.town.story import Said

WIDTH, DEPTH = 22.0, 13.0

APART = 1.2
"""Nobody stands nearer to another, in metres: pucks stay apart, and people do."""

_EDGE = 0.8
_SLACK = 1e-9  # metres, for rounding
_TURNS = 24
_WEST, _EAST = 9.0, 11.4  # walls of the corridor
_MIDDLE = 7.0  # the wall between office and home


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the plan: a rectangle with its north-west corner at (`x`, `y`), and what people call it."""

    key: str
    said: Said
    x: float
    y: float
    width: float
    depth: float

    def holds(self, spot: Point) -> bool:
        return self.x <= spot[0] < self.x + self.width and self.y <= spot[1] < self.y + self.depth


PLACES = (
    Place("office", Said("Văn phòng", "Office"), 0.0, 0.0, _WEST, _MIDDLE),
    Place("home", Said("Nhà", "Home"), 0.0, _MIDDLE, _WEST, DEPTH - _MIDDLE),
    Place("corridor", Said("Hành lang", "Corridor"), _WEST, 0.0, _EAST - _WEST, DEPTH),
    Place("market", Said("Chợ", "Market"), _EAST, 0.0, WIDTH - _EAST, DEPTH),
)

WALLS = (
    Wall((_WEST, 0.0), (_WEST, 4.6)),
    Wall((_WEST, 5.8), (_WEST, 9.0)),
    Wall((_WEST, 10.2), (_WEST, DEPTH)),
    Wall((0.0, _MIDDLE), (_WEST, _MIDDLE)),
    Wall((_EAST, 0.0), (_EAST, 5.2)),
    Wall((_EAST, 7.6), (_EAST, DEPTH)),
)
"""Between them are two doors and the market's gate."""

SPOTS: dict[str, Point] = {
    "A": (2.0, 2.0),
    "B": (2.4, 10.8),
    "C": (10.2, 10.9),
    "D": (10.2, 2.6),
    "E": (16.8, 2.4),
    "F": (19.8, 11.0),
}
"""Where the six begin: nobody so near to anybody that it would ever count."""


def place_at(spot: Point) -> Place:
    """The place that a spot on the plan lies in."""
    return next((place for place in PLACES if place.holds(spot)), PLACES[-1])


def settle(wanted: Point, others: Iterable[Point]) -> Point:
    """Where somebody ends up who is put at `wanted`: on the plan, and not nearer to the others than people stand."""
    x, y = wanted
    spot = min(max(x, _EDGE), WIDTH - _EDGE), min(max(y, _EDGE), DEPTH - _EDGE)
    crowd = [other for other in others if math.dist(spot, other) < 4 * APART]
    if _is_free(spot, crowd):
        return spot
    beside = (place for other in crowd for place in _around(other, spot))
    return min((place for place in beside if _is_free(place, crowd)), key=lambda place: math.dist(place, spot))


def _around(other: Point, towards: Point) -> Iterable[Point]:
    """Spots just beside somebody, the first of them on the side of `towards`."""
    start = math.atan2(towards[1] - other[1], towards[0] - other[0])
    for step in range(_TURNS):
        angle = start + step * math.tau / _TURNS
        yield other[0] + APART * math.cos(angle), other[1] + APART * math.sin(angle)


def _is_free(spot: Point, crowd: Iterable[Point]) -> bool:
    x, y = spot
    return (
        _EDGE - _SLACK <= x <= WIDTH - _EDGE + _SLACK
        and _EDGE - _SLACK <= y <= DEPTH - _EDGE + _SLACK
        and all(math.dist(spot, other) >= APART - _SLACK for other in crowd)
    )
