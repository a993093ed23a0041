"""Whether the compiled kernel may be used here: installed, understood by the processor, and right on random keys."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from bluezone.matching import processor
from bluezone.matching.filter import Filter
from bluezone.matching.numba_tier import NumbaTier
from bluezone.matching.numpy_tier import NumpyTier
from bluezone.matching.observed import Observed
from bluezone.protocol import INTERVALS_A_DAY, KEY_BYTES, LAST_INTERVAL, DailyKey, KeyBatch
from bluezone.randomness import SeededRandomness

_KEYS = 67  # odd, because the kernel takes keys in pairs


class Verdict(NamedTuple):
    """The kernel, or why it must not be used."""

    kernel: Callable[..., Any] | None
    fault: str = ""


@functools.cache
def numba_verdict() -> Verdict:
    """The verdict for this process; the first call takes a second, or several where the kernel was never compiled."""
    return examine(_load)


def examine(load: Callable[[], Callable[..., Any]]) -> Verdict:
    """The verdict on the kernel that `load` gives, which must find what tier 0 finds."""
    try:
        missing = processor.REQUIRED - processor.instructions()
        if missing:
            return Verdict(None, f"The processor lacks, or numba may not use, these instructions: {sorted(missing)}.")
        kernel = load()
        if _agrees(kernel):
            return Verdict(kernel)
    except ImportError:
        return Verdict(None, "Numba is not installed; install bluezone[fast] for it.")
    except Exception as error:  # whatever a compiler may raise, tier 0 goes on
        return Verdict(None, f"The compiled kernel does not run here: {type(error).__name__}: {error}")
    return Verdict(None, "The compiled kernel differs from tier 0 on random keys.")


def _agrees(kernel: Callable[..., Any]) -> bool:
    randomness = SeededRandomness("matching self-test")
    starts = [2_655_000, LAST_INTERVAL, *(randomness.below(LAST_INTERVAL) for _ in range(_KEYS - 2))]
    periods = [INTERVALS_A_DAY, 1, *(1 + randomness.below(INTERVALS_A_DAY) for _ in range(_KEYS - 2))]
    keys = [
        DailyKey(randomness.token_bytes(KEY_BYTES), start, period)
        for start, period in zip(starts, periods, strict=True)
    ]
    heard = Filter(Observed.of((identifier, 0.0) for key in keys for identifier in key.rolling_identifiers()))
    batch = KeyBatch.of(keys)
    ours, reference = (
        # Tier 0 may also offer identifiers beyond a key's period, which `confirm` refuses.
        sorted(
            entry
            for found in tier.candidates(batch, heard)
            for entry in zip(*(column.tolist() for column in found), strict=True)
            if entry[1] < periods[entry[0]]
        )
        for tier in (NumbaTier(kernel, threads=1), NumpyTier())
    )
    return ours == reference and len(ours) == sum(periods)


def _load() -> Callable[..., Any]:
    from bluezone.matching.numba_kernel import compiled

    kernel: Callable[..., Any] = compiled()
    return kernel
