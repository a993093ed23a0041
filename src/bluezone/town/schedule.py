"""Where the six people of the rehearsal are, and when: two and a half days in Hưng Yên, August 2020."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "+07")
STORY_START = datetime(2020, 8, 3, 7, 0, tzinfo=VIETNAM)
"""Monday, the day before the province's directive; 07:00 in Vietnam is where UTC days, and so daily keys, begin."""

STORY_HOURS = 58


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone; `key` is the letter the story calls them by."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Stay:
    """One person at one spot (metres) from `start` to `end` (Unix seconds)."""

    person: str
    start: float
    end: float
    spot: tuple[float, float]


PEOPLE = (
    Person("A", "An"),
    Person("B", "Bích"),
    Person("C", "Chi"),
    Person("D", "Dũng"),
    Person("E", "Én"),
    Person("F", "Phúc"),
)

HOMES = {person.key: (1000.0 * at, 5000.0) for at, person in enumerate(PEOPLE)}
"""A kilometre apart: nobody hears a neighbour."""

DESK_A = (0.0, 0.0)
BESIDE_A = (0.0, 1.0)
DESK_D = (8.0, 0.0)
CORRIDOR_B = (60.0, 40.0)
CORRIDOR_C = (61.5, 40.0)
CAFE_B = (300.0, 0.0)
CAFE_E = (301.0, 0.0)


def at(day: int, hour: int, minute: int = 0) -> float:
    """Unix seconds of a Vietnamese wall-clock time on story day 0, 1 or 2."""
    return (STORY_START.replace(hour=hour, minute=minute) + timedelta(days=day)).timestamp()


def stays() -> list[Stay]:
    """All stays away from home, by person and start."""
    return [
        Stay("A", at(0, 8), at(0, 12), DESK_A),
        Stay("D", at(0, 8), at(0, 12), DESK_D),
        Stay("B", at(0, 9), at(0, 9, 40), BESIDE_A),
        Stay("B", at(0, 10, 30), at(0, 10, 32), CORRIDOR_B),
        Stay("C", at(0, 10, 30), at(0, 10, 32), CORRIDOR_C),
        Stay("B", at(1, 10), at(1, 10, 30), CAFE_B),
        Stay("E", at(1, 10), at(1, 10, 30), CAFE_E),
    ]
