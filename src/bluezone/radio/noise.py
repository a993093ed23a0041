"""Repeatable noise without state: a number fixed by a key and by what it is for, whatever is asked before it."""

from __future__ import annotations

import struct
from hashlib import blake2b
from statistics import NormalDist

from bluezone.randomness import Randomness

_STANDARD_NORMAL = NormalDist()


class Noise:
    """Numbers drawn by name: the same name gives the same number, other names independent ones.

    A name is a text and any integers of 64 bits. For simulation, never for secrets.
    """

    def __init__(self, randomness: Randomness) -> None:
        self._key = randomness.token_bytes(16)

    def unit(self, name: str, *numbers: int) -> float:
        """A number in the open interval from 0 to 1, each alike."""
        packed = struct.pack(f"<{len(numbers)}q", *numbers) + name.encode()
        drawn = int.from_bytes(blake2b(packed, digest_size=8, key=self._key).digest(), "little")
        return ((drawn >> 12) + 0.5) / 2**52

    def gauss(self, deviation: float, name: str, *numbers: int) -> float:
        """A normally distributed number around 0."""
        return deviation * _STANDARD_NORMAL.inv_cdf(self.unit(name, *numbers))
