"""Published keys as columns."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import DailyKey, KeyBatch, KeyMalformed, PublishedKey, ReportType
from tests.protocol.conftest import random_batch, rows

any_published_key = st.builds(
    PublishedKey,
    st.builds(DailyKey, st.binary(min_size=16, max_size=16), st.integers(0, 2**32 - 1), st.integers(1, 144)),
    st.sampled_from(ReportType),
    st.none() | st.integers(-14, 14),
    st.integers(0, 8),
)


@given(st.lists(any_published_key, max_size=8))
def test_keys_come_out_of_a_batch_as_they_went_in(keys: list[PublishedKey]) -> None:
    assert list(KeyBatch.of(keys)) == keys


def test_a_daily_key_alone_is_published_without_further_facts() -> None:
    key = DailyKey(bytes(16), 7)
    assert list(KeyBatch.of([key])) == [PublishedKey(key)]


def test_rows_are_taken_as_views_and_picked_as_copies() -> None:
    batch = random_batch(10)
    assert rows(batch.take(3, 6)) == rows(batch)[3:6]
    assert np.shares_memory(batch.take(3, 6).keys, batch.keys)
    assert rows(batch.pick(np.array([5, 2]))) == [rows(batch)[5], rows(batch)[2]]
    assert rows(batch.pick(batch.rolling_period == 144)) == [row for row in rows(batch) if row[2] == 144]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("rolling_period", 0),
        ("rolling_period", 145),
        ("report_type", 6),
        ("days_since_onset", 15),
        ("days_since_onset", -127),
        ("transmission_risk", 9),
    ],
)
def test_a_column_out_of_range_is_refused(column: str, value: int) -> None:
    batch = random_batch(4)
    values = getattr(batch, column).copy()
    values[2] = value
    with pytest.raises(KeyMalformed):
        dataclasses.replace(batch, **{column: values})


def test_columns_of_different_length_are_refused() -> None:
    batch = random_batch(4)
    with pytest.raises(KeyMalformed, match="differ in length"):
        dataclasses.replace(batch, report_type=batch.report_type[:3])
    with pytest.raises(KeyMalformed, match="differ in length"):
        dataclasses.replace(batch, keys=batch.keys[:, :15])


@pytest.mark.parametrize("facts", [{"days_since_onset": 15}, {"days_since_onset": -128}, {"transmission_risk": 9}])
def test_a_published_key_out_of_range_is_refused(facts: dict[str, int]) -> None:
    with pytest.raises(KeyMalformed):
        PublishedKey(DailyKey(bytes(16), 0), **facts)  # type: ignore[arg-type]
