"""What a phone heard, as columns: every sighting keeps its row, however often one identifier was heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bluezone.matching.errors import ObservedMalformed
from bluezone.protocol import IDENTIFIER_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Columns of equal length, one row a sighting.

    `identifiers` uint8 (m, 16); `times` float64 (m,), Unix seconds. Raises ObservedMalformed when the shapes differ or
    a time is not a finite number.
    """

    identifiers: npt.NDArray[np.uint8]
    times: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        count = len(self.times)
        if self.identifiers.shape != (count, IDENTIFIER_BYTES) or self.times.shape != (count,):
            raise ObservedMalformed(
                f"Identifiers of shape {self.identifiers.shape} do not fit times of shape {self.times.shape};"
                f" give {IDENTIFIER_BYTES} bytes and one time a sighting."
            )
        if self.identifiers.dtype != np.uint8 or not np.isfinite(self.times).all():
            raise ObservedMalformed("Identifiers are bytes and times finite Unix seconds; a sighting breaks that.")

    @classmethod
    def of(cls, sightings: Iterable[tuple[bytes, float]]) -> Observed:
        """The columns of (identifier, time) pairs, in their order; raises ObservedMalformed as the class does."""
        identifiers = bytearray()
        times: list[float] = []
        for row, sighting in enumerate(sightings):
            try:
                identifier, heard = sighting
                identifiers += identifier
                times.append(float(heard))
            except (TypeError, ValueError) as error:
                raise ObservedMalformed(
                    f"Sighting {row} is no pair of an identifier and the time it was heard; give both."
                ) from error
            if len(identifier) != IDENTIFIER_BYTES:
                raise ObservedMalformed(
                    f"An identifier has {IDENTIFIER_BYTES} bytes, sighting {row} has {len(identifier)}."
                )
        return cls(
            np.frombuffer(bytes(identifiers), np.uint8).reshape(-1, IDENTIFIER_BYTES), np.array(times, np.float64)
        )

    def __len__(self) -> int:
        return len(self.times)
