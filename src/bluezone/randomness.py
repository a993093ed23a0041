"""Randomness as a parameter: the system's for all that is secret, a seeded one for rehearsals and tests."""

from __future__ import annotations

import random
import secrets
from typing import Protocol


class Randomness(Protocol):
    """A source of random bytes and numbers."""

    def token_bytes(self, count: int) -> bytes:
        """`count` random bytes."""
        ...

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1, each alike."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        ...

    def gauss(self, mean: float, deviation: float) -> float:
        """A normally distributed number."""
        ...


class SystemRandomness:
    """The operating system's generator: the only one fit for secrets."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def token_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def below(self, limit: int) -> int:
        return secrets.randbelow(limit)

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def gauss(self, mean: float, deviation: float) -> float:
        return self._random.gauss(mean, deviation)


class SeededRandomness:
    """A repeatable generator; `child` gives independent streams by name: one part's draws never shift another's.

    Never used for a real phone's or server's secrets.
    """

    def __init__(self, seed: int | str) -> None:
        self._seed = str(seed)
        # Seeding by text hashes it with SHA-512, the same on every platform and in every process.
        self._random = random.Random(self._seed)  # noqa: S311 - repeatable on purpose

    def child(self, name: str) -> SeededRandomness:
        """A generator of its own, fixed by this one's seed and `name`."""
        return SeededRandomness(f"{self._seed}/{name}")

    def token_bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def gauss(self, mean: float, deviation: float) -> float:
        return self._random.gauss(mean, deviation)
