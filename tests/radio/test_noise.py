"""Noise without state."""

import statistics

from hypothesis import given
from hypothesis import strategies as st

from bluezone.radio import Noise
from bluezone.randomness import SeededRandomness

NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4)


@given(st.text(max_size=20), NUMBERS, NUMBERS)
def test_a_number_depends_on_its_name_alone(name, numbers, asked_before):
    fresh, used = Noise(SeededRandomness(5)), Noise(SeededRandomness(5))
    used.unit("other", *asked_before)
    assert fresh.unit(name, *numbers) == used.unit(name, *numbers)
    assert 0 < fresh.unit(name, *numbers) < 1


def test_seeds_and_names_give_independent_numbers():
    one, two = Noise(SeededRandomness(1)), Noise(SeededRandomness(2))
    numbers = {one.unit("a", 1), one.unit("a", 2), one.unit("b", 1), one.unit("a", 1, 1), two.unit("a", 1)}
    assert len(numbers) == 5


def test_gauss_has_its_mean_and_deviation():
    noise = Noise(SeededRandomness(1))
    drawn = [noise.gauss(4.0, "x", number) for number in range(4000)]
    assert abs(statistics.fmean(drawn)) < 0.25
    assert 3.8 < statistics.stdev(drawn) < 4.2
