"""Distance stays inside; a person sees near, far or unclear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import ReportType
from bluezone.risk import Closeness, ExposureWindow, Infectiousness, ScanInstance, closeness, estimate_distance
from bluezone.risk.distance import attenuation_at, metres_at


def window(*attenuations: int) -> ExposureWindow:
    scans = tuple(ScanInstance(each, each, 240) for each in attenuations)
    return ExposureWindow(0, ReportType.CONFIRMED_TEST, Infectiousness.HIGH, 0, scans)


@given(st.floats(0.05, 100))
def test_attenuation_and_metres_undo_each_other(metres: float) -> None:
    assert metres_at(attenuation_at(metres)) == pytest.approx(metres)


def test_the_constants_place_one_and_eight_metres_where_they_were_measured() -> None:
    assert attenuation_at(1) == 50
    assert attenuation_at(8) == pytest.approx(72.6, abs=0.1)


@pytest.mark.parametrize(
    ("attenuation", "expected"),
    [(45, Closeness.NEAR), (50, Closeness.NEAR), (57, Closeness.UNCLEAR), (64, Closeness.FAR), (73, Closeness.FAR)],
)
def test_between_near_and_far_lies_a_band_that_cannot_be_told(attenuation: int, expected: Closeness) -> None:
    assert closeness([window(*[attenuation] * 6)]) == expected


def test_the_band_around_the_estimate_says_how_little_is_known() -> None:
    distance = estimate_distance([window(50, 50, 50)])

    assert distance is not None
    assert distance.metres == pytest.approx(1.0)
    assert distance.low < 0.5
    assert distance.high > 2.0


def test_more_looks_make_the_band_narrower_but_never_narrower_than_encounters_differ() -> None:
    one, many = estimate_distance([window(57)]), estimate_distance([window(*[57] * 50)])

    assert one is not None
    assert many is not None
    assert one.high / one.low > many.high / many.low > 6


def test_nothing_heard_is_unclear() -> None:
    assert estimate_distance([]) is None
    assert closeness([window()]) == Closeness.UNCLEAR
