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
    "C": (10.2, 11.6),
    "D": (10.2, 1.4),
    "E": (16.8, 2.4),
    "F": (19.8, 11.0),
}
"""Where the six begin: nobody so near to anybody that it would ever count."""


def place_at(spot: Point) -> Place:
    """The place that a spot on the plan lies in."""
    return next((place for place in PLACES if place.holds(spot)), PLACES[-1])


def settle(wanted: Point, others: Iterable[Point]) -> Point:
    """Where somebody ends up who is put at `wanted`: on the plan, and not nearer to the others than people stand."""
    x, y = _inside(wanted)
    crowd = list(others)
    for _ in range(8):  # stepping back from one may bring another too near
        nearest = min(crowd, key=lambda other: math.dist((x, y), other), default=None)
        if nearest is None or (metres := math.dist((x, y), nearest)) >= APART - 1e-9:
            break
        # From exactly above another the way out is towards the middle of the plan.
        towards = (x - nearest[0], y - nearest[1]) if metres else (WIDTH / 2 - x or 1.0, DEPTH / 2 - y)
        scale = APART / math.hypot(*towards)
        x, y = _inside((nearest[0] + towards[0] * scale, nearest[1] + towards[1] * scale))
    return x, y


def _inside(spot: Point) -> Point:
    return min(max(spot[0], _EDGE), WIDTH - _EDGE), min(max(spot[1], _EDGE), DEPTH - _EDGE)
