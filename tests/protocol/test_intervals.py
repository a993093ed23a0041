"""Ten-minute intervals and UTC days."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import DAY_SECONDS, LAST_INTERVAL, day_start, interval_at, interval_start
from tests.protocol.conftest import load_vector

VECTOR = load_vector("gaen_crypto_v1_2")


def test_the_official_vector_s_time_is_in_its_interval() -> None:
    assert interval_at(VECTOR["key_generation_unix_seconds"]) == VECTOR["rolling_start_interval_number"]


@given(st.integers(0, LAST_INTERVAL), st.floats(0, 599.5))
def test_a_time_lies_in_the_interval_that_holds_it(interval: int, offset: float) -> None:
    assert interval_at(interval_start(interval) + offset) == interval


@given(st.integers(0, LAST_INTERVAL))
def test_a_day_starts_at_midnight_utc(interval: int) -> None:
    start = day_start(interval)
    assert interval_start(start) % DAY_SECONDS == 0
    assert 0 <= interval - start < 144


@pytest.mark.parametrize("seconds", [-1, -0.001, (LAST_INTERVAL + 1) * 600])
def test_a_time_without_an_interval_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="check the clock"):
        interval_at(seconds)
