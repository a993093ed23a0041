from __future__ import annotations

import numpy as np
import pytest

from bluezone.matching import Matcher, Observed, ObservedMalformed


def test_sightings_keep_their_order_and_repetitions():
    observed = Observed.of([(b"b" * 16, 2.0), (b"a" * 16, 1.5), (b"b" * 16, 2.0)])
    assert [row.tobytes() for row in observed.identifiers] == [b"b" * 16, b"a" * 16, b"b" * 16]
    assert observed.times.tolist() == [2.0, 1.5, 2.0]


def test_nothing_heard_has_no_rows():
    assert len(Observed.of([])) == 0


@pytest.mark.parametrize("length", [0, 15, 17, 32])
def test_identifier_of_another_length_is_named_by_its_place(length):
    with pytest.raises(ObservedMalformed, match=f"sighting 1 has {length}"):
        Observed.of([(bytes(16), 0.0), (bytes(length), 0.0)])


@pytest.mark.parametrize(
    "sighting", [bytes(16), (bytes(16),), (bytes(16), 0.0, -60), 7, ("a" * 16, 0.0), (bytes(16), "")]
)
def test_a_sighting_that_is_no_pair_is_named_by_its_place(sighting):
    for take in (Observed.of, Matcher):
        with pytest.raises(ObservedMalformed, match=r"Sighting 1 is no pair of an identifier and the time"):
            take([(bytes(16), 0.0), sighting])


@pytest.mark.parametrize("time", [float("nan"), float("inf"), float("-inf")])
def test_time_that_is_no_time_is_refused(time):
    with pytest.raises(ObservedMalformed):
        Observed.of([(bytes(16), time)])


@pytest.mark.parametrize(("identifiers", "times"), [((3, 16), (2,)), ((3, 15), (3,)), ((48,), (3,)), ((3, 16), (3, 1))])
def test_columns_that_do_not_fit_are_refused(identifiers, times):
    with pytest.raises(ObservedMalformed):
        Observed(np.zeros(identifiers, np.uint8), np.zeros(times))


def test_identifiers_that_are_not_bytes_are_refused():
    with pytest.raises(ObservedMalformed):
        Observed(np.zeros((1, 16), np.int64), np.zeros(1))
