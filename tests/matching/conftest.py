"""Both tiers, wherever the processor has what the compiled one needs."""

from __future__ import annotations

import pytest

from bluezone.matching.selftest import numba_verdict

# On a processor without AES and SHA instructions there is one tier; test_selftest.py holds the rule to its reason.
TIERS = ["numpy", "numba"] if numba_verdict().kernel else ["numpy"]


@pytest.fixture(params=TIERS, scope="session")
def tier(request: pytest.FixtureRequest) -> str:
    return request.param
