"""What holds for every test: nothing is skipped, and generated examples are the same on every machine."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pytest
from hypothesis import settings

# Tests never judge by the clock; the same examples everywhere make a failure repeatable by name alone.
settings.register_profile("bluezone", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("bluezone")

AnyReport = TypeVar("AnyReport", pytest.TestReport, pytest.CollectReport)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _refuse_skip((yield))


def _refuse_skip(report: AnyReport) -> AnyReport:
    """A skipped or expected-to-fail test counts as failed: what cannot be tested here has to be said."""
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped or expected to fail here: {report.longrepr}"
        if hasattr(report, "wasxfail"):
            del report.wasxfail
    return report
