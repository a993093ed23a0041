"""Which of millions of candidate identifiers were heard: two bitmaps that rule nearly all out, then an exact search.

Candidates come out of AES, so their bits are uniform and slices of them serve as hashes. The coarse bitmap, two bits an
identifier, stays in a core's own cache and is probed for every candidate. The fine one, with at least 256 bits for each
identifier heard, up to its cap, is probed only for what passes, so the cost hardly depends on how much was heard.
A sender who chooses his identifiers can set three bits with each, no more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bluezone.matching.observed import Observed
from bluezone.protocol import INTERVAL_SECONDS, KeyBatch

TOLERANCE_SECONDS = 7200
"""How long before or after its own interval an identifier may be heard (cryptography specification 1.2, two hours)."""

_BITS_EACH = 256
_COARSE = (20, 22)  # powers of two of bits: 128 KiB to 512 KiB, within the second-level cache of one core
_FINE = (20, 27)  # 128 KiB to 16 MiB: 256 bits each for up to 524,288 identifiers
_SHIFT = np.uint64(32)


class Candidates(NamedTuple):
    """Identifiers that may have been heard: row of the key in the batch, interval's place in the key, both halves."""

    rows: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int64]
    low: npt.NDArray[np.uint64]
    high: npt.NDArray[np.uint64]


class Hits(NamedTuple):
    """Sightings that belong to published keys, in no order: row in the batch, row in what was observed, interval."""

    rows: npt.NDArray[np.int64]
    observed: npt.NDArray[np.int64]
    intervals: npt.NDArray[np.int64]


class Filter:
    """What was heard, arranged for looking up.

    `coarse` and `fine` are bitmaps, uint8 with the lowest bit first. An identifier's halves are little-endian numbers;
    the low half and the low half moved right by 32 bits are its places in `coarse`, the high half in `fine`, each taken
    modulo the number of bits.
    """

    def __init__(self, observed: Observed) -> None:
        halves = np.ascontiguousarray(observed.identifiers).view("<u8").astype(np.uint64)
        order = np.lexsort((halves[:, 1], halves[:, 0]))
        self._order = order
        self._low, self._high = halves[order, 0], halves[order, 1]
        self._times = observed.times[order]
        self.coarse = _empty_bitmap(len(observed), _COARSE)
        _set(self.coarse, self._low)
        _set(self.coarse, self._low >> _SHIFT)
        self.fine = _empty_bitmap(len(observed), _FINE)
        _set(self.fine, self._high)

    def passing(self, low: npt.NDArray[np.uint64], high: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """Places in `low` and `high`, the halves of many identifiers, that the bitmaps let pass."""
        places = np.flatnonzero(_probe(self.coarse, low))
        places = places[_probe(self.coarse, low[places] >> _SHIFT)]
        return places[_probe(self.fine, high[places])]

    def confirm(self, found: Candidates, batch: KeyBatch) -> Hits:
        """The sightings that truly match, within each key's period and `TOLERANCE_SECONDS` of the interval."""
        begin = np.searchsorted(self._low, found.low, "left")
        count = np.searchsorted(self._low, found.low, "right") - begin
        count[found.slots >= batch.rolling_period[found.rows]] = 0
        # One line for each sighting whose first half is the candidate's.
        line = np.repeat(np.arange(len(count)), count)
        place = np.repeat(begin - (np.cumsum(count) - count), count) + np.arange(len(line))
        rows = found.rows[line]
        intervals = batch.rolling_start[rows].astype(np.int64) + found.slots[line]
        begins = intervals * float(INTERVAL_SECONDS)
        heard = self._times[place]
        true = (self._high[place] == found.high[line]) & (heard >= begins - TOLERANCE_SECONDS)
        true &= heard <= begins + (INTERVAL_SECONDS + TOLERANCE_SECONDS)
        return Hits(rows[true], self._order[place[true]], intervals[true])


def _empty_bitmap(count: int, bits: tuple[int, int]) -> npt.NDArray[np.uint8]:
    least, most = bits
    return np.zeros(1 << min(max(least, (_BITS_EACH * count - 1).bit_length()), most) - 3, np.uint8)


def _set(bitmap: npt.NDArray[np.uint8], hashes: npt.NDArray[np.uint64]) -> None:
    index = hashes & np.uint64(len(bitmap) * 8 - 1)
    np.bitwise_or.at(bitmap, index >> np.uint64(3), np.uint8(1) << (index & np.uint64(7)).astype(np.uint8))


def _probe(bitmap: npt.NDArray[np.uint8], hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    index = hashes.astype(np.uint32) & np.uint32(len(bitmap) * 8 - 1)
    byte = bitmap.take(index >> np.uint32(3))
    return (byte >> (index & np.uint32(7)).astype(np.uint8) & np.uint8(1)).view(np.bool_)
