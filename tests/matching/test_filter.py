from __future__ import annotations

import numpy as np
import pytest

from bluezone.matching.filter import Filter
from bluezone.matching.observed import Observed


def heard(count: int) -> Filter:
    rng = np.random.default_rng(count)
    return Filter(Observed(rng.integers(0, 256, (count, 16), dtype=np.uint8), np.zeros(count)))


@pytest.mark.parametrize(
    ("count", "coarse", "fine"),
    [(0, 20, 20), (1, 20, 20), (4096, 20, 20), (4097, 21, 21), (16385, 22, 23), (524_288, 22, 27), (524_289, 22, 27)],
)
def test_bitmaps_have_256_bits_an_identifier_between_their_floor_and_cap(count, coarse, fine):
    bitmaps = heard(count)
    assert (bitmaps.coarse.size * 8, bitmaps.fine.size * 8) == (1 << coarse, 1 << fine)


@pytest.mark.parametrize("count", [1, 1000, 100_000])
def test_everything_heard_passes(count):
    rng = np.random.default_rng(count)
    identifiers = rng.integers(0, 256, (count, 16), dtype=np.uint8)
    halves = identifiers.view("<u8")
    passing = Filter(Observed(identifiers, np.zeros(count))).passing(halves[:, 0], halves[:, 1])
    assert passing.tolist() == list(range(count))


@pytest.mark.parametrize("count", [1000, 500_000])
def test_hardly_anything_else_passes(count):
    halves = np.random.default_rng(0).integers(0, 2**64, (200_000, 2), dtype=np.uint64)
    # Expected with 500,000 heard: 4.5 % pass the coarse bitmap, one in 269 of those the fine one.
    assert len(heard(count).passing(halves[:, 0], halves[:, 1])) < 100
