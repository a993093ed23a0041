from __future__ import annotations

import os

import pytest

from benchmarks.harness import Row, in_child, peak_mib, pinned


def test_ratio_above_one_is_better_whichever_way_is_good():
    rate = Row(what="rate", ours=30, unit="keys/s", peer="peer", peer_value=10, limit="bound", limit_value=60)
    seconds = Row(
        what="time", ours=2, unit="s", better="lower", peer="peer", peer_value=6, limit="bound", limit_value=1
    )
    assert (rate.ratio, rate.limit_share) == (3, 0.5)
    assert (seconds.ratio, seconds.limit_share) == (3, 0.5)


@pytest.mark.parametrize(
    ("better", "promise", "kept"),
    [("higher", 10, True), ("higher", 11, False), ("lower", 9, False), ("lower", 10, True)],
)
def test_promise_is_kept_when_reached(better, promise, kept):
    assert Row(what="what", ours=10, unit="s", better=better, promise=promise).kept is kept


def test_row_without_peer_limit_or_promise_claims_nothing():
    row = Row(what="what", ours=10, unit="s")
    assert (row.ratio, row.limit_share, row.kept) == (None, None, None)


def large(count: int) -> int:
    return len(bytes(count).replace(b"\0", b"\1"))


def fails() -> None:
    raise ValueError("on purpose")


def test_child_tells_its_result_and_its_own_peak_memory():
    ballast = bytearray(b"\1" * 200_000_000)
    result, peak = in_child(large, 1000)
    assert result == 1000
    assert 1 < peak < len(ballast) / 2**20 < peak_mib()


def test_child_that_fails_is_an_error_here(capfd):
    with pytest.raises(RuntimeError, match="fails failed in its own process"):
        in_child(fails)
    assert "on purpose" in capfd.readouterr().err


def test_pinning_ends_with_its_block():
    before = os.sched_getaffinity(0)
    with pinned(1):
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before
