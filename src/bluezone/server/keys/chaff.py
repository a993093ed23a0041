"""Answers to fake uploads that take as long, and as many bytes, as answers to real ones took lately.

Model: the tracker of github.com/mikehelmick/go-chaff, which the Google key server uses.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from bluezone.randomness import Randomness

REMEMBERED = 256
"""How many real answers the profile is drawn from."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How long a real call took, in seconds, and how many bytes its answer had."""

    seconds: float
    size: int


class ChaffProfile:
    """What real calls looked like lately; one for each path."""

    def __init__(self, randomness: Randomness, *, max_seconds: float, first: Answered) -> None:
        self._randomness = randomness
        self._max_seconds = max_seconds
        self._answered: deque[Answered] = deque([first], REMEMBERED)

    def record(self, seconds: float, size: int) -> None:
        """Remember a real call."""
        self._answered.append(Answered(seconds, size))

    def draw(self) -> Answered:
        """One of the remembered calls."""
        return self._answered[self._randomness.below(len(self._answered))]

    async def wait(self, drawn: Answered, since: float) -> None:
        """Return when as much loop time has passed after `since` as the drawn call took, or the longest allowed."""
        left = min(drawn.seconds, self._max_seconds) - (asyncio.get_running_loop().time() - since)
        if left > 0:
            await asyncio.sleep(left)
