from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
import structlog

from bluezone.matching import Matcher, TierUnavailable, matcher, processor, selftest
from bluezone.matching.selftest import Verdict, examine, numba_verdict
from bluezone.protocol import KeyBatch
from tests.matching.baseline import heard_on_time, naive_matches, random_keys

VERDICT = "from bluezone.matching.selftest import numba_verdict; print(numba_verdict().fault)"


def fault_in_a_process_with(**environment: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", VERDICT], env=os.environ | environment, check=True, capture_output=True, text=True
    )
    return run.stdout.strip()


def test_kernel_is_used_wherever_the_processor_has_the_instructions():
    able = processor.instructions() >= processor.REQUIRED
    assert (numba_verdict().kernel is not None) is able
    assert bool(numba_verdict().fault) is not able


def test_kernel_that_finds_nothing_is_refused():
    def blind(keys, starts, periods, at, *rest):
        return len(keys), 0

    assert examine(lambda: blind) == (None, "The compiled kernel differs from tier 0 on random keys.")


def test_kernel_with_one_wrong_bit_is_refused():
    kernel = numba_verdict().kernel
    assert kernel is not None

    def wrong(keys, starts, periods, at, coarse, fine, rows, slots, low, high):
        at, count = kernel(keys, starts, periods, at, coarse, fine, rows, slots, low, high)
        high[count // 2] ^= np.uint64(1)
        return at, count

    assert "differs from tier 0" in examine(lambda: wrong).fault


def test_kernel_that_reaches_beyond_a_rolling_period_is_refused():
    kernel = numba_verdict().kernel
    assert kernel is not None

    def unbounded(keys, starts, periods, *rest):
        return kernel(keys, starts, np.full_like(periods, 143), *rest)

    assert "differs from tier 0" in examine(lambda: unbounded).fault


def test_kernel_that_stands_still_is_refused():
    def still(keys, starts, periods, at, *rest):
        return at, 0

    assert "stands still" in examine(lambda: still).fault


def test_kernel_that_raises_is_refused_with_the_reason():
    def broken(*columns):
        raise RuntimeError("no such instruction")

    assert examine(lambda: broken).fault == "The compiled kernel does not run here: RuntimeError: no such instruction"


def test_missing_instruction_is_named_and_nothing_is_compiled(monkeypatch):
    monkeypatch.setattr(processor, "instructions", lambda: processor.REQUIRED - {"sha"})

    def load():
        pytest.fail("A kernel was compiled for a processor that cannot run it.")

    assert "['sha']" in examine(load).fault


def test_missing_numba_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba.core.registry", None)
    assert examine(selftest._load).fault == "Numba is not installed; install bluezone[fast] for it."


def test_processor_that_numba_is_told_to_assume_counts():
    assert "instructions" in fault_in_a_process_with(NUMBA_CPU_NAME="generic")


@pytest.mark.parametrize("wider", [set(), {"avx", "avx2", "vaes"}, {"avx", "avx2", "avx512f", "vaes"}])
def test_kernel_is_right_at_every_width_that_the_processor_offers(tmp_path, wider):
    # What this processor lacks is left out, so that a narrower kernel runs once more rather than nothing.
    instructions = (processor.REQUIRED | {"sse2"} | wider) & processor.instructions()
    features = ",".join(f"+{name}" for name in sorted(instructions))
    fault = fault_in_a_process_with(NUMBA_CPU_FEATURES=features, NUMBA_CACHE_DIR=str(tmp_path))
    assert (fault == "") is (numba_verdict().kernel is not None)


def test_kernel_is_compiled_without_a_cache_where_no_folder_can_be_written(tmp_path):
    (tmp_path / "file").touch()
    fault = fault_in_a_process_with(
        NUMBA_CACHE_LOCATOR_CLASSES="UserProvidedCacheLocator", NUMBA_CACHE_DIR=str(tmp_path / "file" / "folder")
    )
    assert fault == numba_verdict().fault


def test_auto_stays_on_tier_0_says_why_and_still_finds_everything(monkeypatch):
    monkeypatch.setattr(matcher, "numba_verdict", lambda: Verdict(None, "For some reason."))
    monkeypatch.setattr(matcher, "WORTH_COMPILING", 10)
    keys = random_keys("fallback", 20)
    sightings = [heard_on_time(key, 0) for key in keys]
    matching = Matcher(sightings)
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            assert matching.match(KeyBatch.of(keys)) == naive_matches(sightings, keys)
    assert logs == [{"event": "matching_stays_on_tier_0", "reason": "For some reason.", "log_level": "info"}]
    assert matching.tier == "numpy"


def test_auto_takes_the_kernel_from_the_first_batch_that_is_worth_it(monkeypatch):
    monkeypatch.setattr(matcher, "WORTH_COMPILING", 10)
    keys = random_keys("worth", 20)
    sightings = [heard_on_time(key, 0) for key in keys]
    matching = Matcher(sightings)
    assert matching.match(KeyBatch.of(keys[:9])) == naive_matches(sightings, keys[:9])
    assert matching.tier == "numpy"
    assert matching.match(KeyBatch.of(keys)) == naive_matches(sightings, keys)
    assert matching.tier == ("numba" if numba_verdict().kernel else "numpy")


def test_forced_tier_that_cannot_be_used_is_an_error_with_the_reason(monkeypatch):
    monkeypatch.setattr(matcher, "numba_verdict", lambda: Verdict(None, "For some reason."))
    with pytest.raises(TierUnavailable, match=r"For some reason\. Use tier 'auto'\."):
        Matcher([], tier="numba")


def test_small_batches_do_not_import_numba():
    code = (
        "import sys; from bluezone.matching import Matcher; from bluezone.protocol import DailyKey, KeyBatch;"
        "key = DailyKey(bytes(16), 0); m = Matcher([(key.rolling_identifiers()[0], 0.0)]);"
        "assert len(m.match(KeyBatch.of([key]))) == 1; assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
