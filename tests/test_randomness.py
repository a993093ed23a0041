"""Randomness: the system's for secrets, the seeded one for what must repeat."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bluezone.randomness import Randomness, SeededRandomness, SystemRandomness


@pytest.mark.parametrize("source", [SystemRandomness(), SeededRandomness(1)])
def test_draws_lie_where_they_should(source: Randomness) -> None:
    assert len(source.token_bytes(16)) == 16
    assert {source.below(3) for _ in range(200)} == {0, 1, 2}
    assert all(2.0 <= source.uniform(2.0, 3.0) <= 3.0 for _ in range(100))
    assert abs(sum(source.gauss(10.0, 1.0) for _ in range(1000)) / 1000 - 10.0) < 0.5


def test_a_seed_gives_the_same_draws_in_every_process() -> None:
    code = "from bluezone.randomness import SeededRandomness as S; print(S(7).child('air').token_bytes(8).hex())"
    elsewhere = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert SeededRandomness(7).child("air").token_bytes(8).hex() == elsewhere


def test_children_are_independent_of_their_parents_draws_and_of_each_other() -> None:
    fresh, used = SeededRandomness(7), SeededRandomness(7)
    used.token_bytes(100)
    assert fresh.child("air").token_bytes(8) == used.child("air").token_bytes(8)
    assert fresh.child("air").token_bytes(8) != fresh.child("link").token_bytes(8)
    assert SeededRandomness(7).token_bytes(8) != SeededRandomness(8).token_bytes(8)
