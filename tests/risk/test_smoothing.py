"""The smoother: constant stays constant, noise shrinks, order of time is respected."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.risk import ScanInstance
from bluezone.risk.smoothing import SCAN_VARIANCE, smoothed_attenuations, smoothed_states


def scans(*attenuations: int, seconds: int = 240) -> list[ScanInstance]:
    return [ScanInstance(each, each, seconds) for each in attenuations]


def test_a_steady_attenuation_stays_as_it_is() -> None:
    assert smoothed_attenuations(scans(50, 50, 50, 50)) == pytest.approx([50] * 4)


def test_one_scan_is_believed_with_the_variance_of_one_scan() -> None:
    assert smoothed_states(scans(61)) == [(61.0, SCAN_VARIANCE)]
    assert smoothed_states([]) == []


def test_an_outlier_is_drawn_towards_its_neighbours() -> None:
    smoothed = smoothed_attenuations(scans(50, 50, 80, 50, 50))

    assert smoothed == pytest.approx(list(reversed(smoothed)))
    assert 50 < smoothed[2] < 62


def test_a_step_is_followed() -> None:
    smoothed = smoothed_attenuations(scans(*[45] * 6, *[75] * 6))

    assert smoothed[2] < 50
    assert smoothed[-3] > 70


def test_noise_is_less_than_half_after_smoothing() -> None:
    noise = random.Random(7)
    raw = [round(noise.gauss(60, 5)) for _ in range(2000)]

    assert statistics.stdev(smoothed_attenuations(scans(*raw))) < 0.55 * statistics.stdev(raw)


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(-5, 300)), min_size=1, max_size=40))
def test_smoothed_values_stay_within_what_was_heard_and_never_grow_less_certain(rows: list[tuple[int, int]]) -> None:
    states = smoothed_states([ScanInstance(attenuation, attenuation, seconds) for attenuation, seconds in rows])
    heard = [attenuation for attenuation, _ in rows]

    assert len(states) == len(rows)
    for mean, variance in states:
        assert min(heard) - 1e-6 <= mean <= max(heard) + 1e-6
        assert 0 < variance <= SCAN_VARIANCE + 1e-9
