"""Matching as the specification tells it, one identifier at a time: slow, and obviously right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bluezone.matching import TOLERANCE_SECONDS, Match
from bluezone.protocol import INTERVAL_SECONDS, DailyKey, interval_start
from bluezone.randomness import SeededRandomness

START = 2_660_544  # Monday 3 August 2020, 00:00 UTC

Sighting = tuple[bytes, float]


def naive_matches(sightings: Sequence[Sighting], keys: Iterable[DailyKey]) -> list[Match]:
    heard: dict[bytes, list[int]] = {}
    for index, (identifier, _) in enumerate(sightings):
        heard.setdefault(identifier, []).append(index)
    found = []
    for key_index, key in enumerate(keys):
        for interval, identifier in enumerate(key.rolling_identifiers(), key.rolling_start):
            earliest = interval_start(interval) - TOLERANCE_SECONDS
            latest = interval_start(interval) + INTERVAL_SECONDS + TOLERANCE_SECONDS
            found += [
                Match(key_index, index, interval)
                for index in heard.get(identifier, [])
                if earliest <= sightings[index][1] <= latest
            ]
    return sorted(found)


def heard_on_time(key: DailyKey, slot: int, late: float = 0.0) -> Sighting:
    """One sighting of the key's interval number `slot`, `late` seconds after the interval began."""
    return key.rolling_identifiers()[slot], interval_start(key.rolling_start + slot) + late


def random_keys(seed: str, count: int, *, whole_days: bool = False) -> list[DailyKey]:
    randomness = SeededRandomness(seed)
    return [
        DailyKey(
            randomness.token_bytes(16),
            START + randomness.below(2000),
            144 if whole_days else 1 + randomness.below(144),
        )
        for _ in range(count)
    ]


def noise(seed: str, count: int) -> list[Sighting]:
    """Sightings of identifiers that belong to no key."""
    randomness = SeededRandomness(seed)
    return [(randomness.token_bytes(16), interval_start(START) + randomness.uniform(0, 86400)) for _ in range(count)]
