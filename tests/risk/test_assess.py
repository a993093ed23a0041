"""Levels: who becomes F1, who F2, who stays safe, and what never counts."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import DAY_SECONDS, ReportType
from bluezone.risk import (
    PROFILES,
    ExposureWindow,
    Infectiousness,
    Level,
    RiskLevel,
    ScanInstance,
    assess,
    weighted_minutes,
)

CONFIG = PROFILES["bluezone"]
TODAY = 18_500 * DAY_SECONDS


def window(
    minutes: int,
    *,
    attenuation: int = 50,
    report_type: ReportType = ReportType.CONFIRMED_TEST,
    infectiousness: Infectiousness = Infectiousness.HIGH,
    age: int = 1,
) -> ExposureWindow:
    scans = tuple(ScanInstance(attenuation, attenuation, 60) for _ in range(minutes))
    return ExposureWindow(TODAY - age * DAY_SECONDS, report_type, infectiousness, 0, scans)


@pytest.mark.parametrize(
    ("report_type", "level"),
    [
        (ReportType.CONFIRMED_TEST, Level.F1),
        (ReportType.CONFIRMED_CLINICAL_DIAGNOSIS, Level.F1),
        (ReportType.RECURSIVE, Level.F2),
        (ReportType.SELF_REPORT, Level.SAFE),
        (ReportType.REVOKED, Level.SAFE),
        (ReportType.UNKNOWN, Level.SAFE),
    ],
)
def test_fifteen_close_minutes_make_the_level_of_the_report(report_type: ReportType, level: Level) -> None:
    assert assess([window(15, report_type=report_type)], CONFIG, today=TODAY).level == level


def test_fourteen_minutes_are_told_as_minutes_but_make_no_contact() -> None:
    result = assess([window(14)], CONFIG, today=TODAY)

    assert result.level == Level.SAFE
    assert (result.days[0].f1_minutes, result.days[0].risk_level) == (14.0, RiskLevel.LOW)


def test_minutes_of_one_day_add_up_and_those_of_two_days_do_not() -> None:
    assert assess([window(8), window(7)], CONFIG, today=TODAY).level == Level.F1
    assert assess([window(8), window(7, age=2)], CONFIG, today=TODAY).level == Level.SAFE


def test_minutes_near_a_case_and_near_a_contact_do_not_add_up() -> None:
    result = assess([window(10), window(10, report_type=ReportType.RECURSIVE)], CONFIG, today=TODAY)

    assert result.level == Level.SAFE
    assert (result.days[0].f1_minutes, result.days[0].f2_minutes) == (10, 10)


def test_f1_outweighs_f2_whichever_day_came_first() -> None:
    windows = [window(20, report_type=ReportType.RECURSIVE, age=1), window(20, age=5)]

    assert assess(windows, CONFIG, today=TODAY).level == Level.F1


def test_far_minutes_do_not_count_however_many() -> None:
    result = assess([window(240, attenuation=72)], CONFIG, today=TODAY)

    assert result.level == Level.SAFE
    assert result.days[0].f1_minutes == 0


def test_an_exposure_is_forgotten_after_fourteen_days() -> None:
    assert assess([window(20, age=14)], CONFIG, today=TODAY).level == Level.F1
    assert assess([window(20, age=15)], CONFIG, today=TODAY).days == ()


def test_a_day_on_which_nobody_was_infectious_is_not_counted() -> None:
    assert assess([window(20, infectiousness=Infectiousness.NONE)], CONFIG, today=TODAY).days == ()


def test_without_exposures_the_level_is_safe() -> None:
    result = assess([], CONFIG, today=TODAY + 5)

    assert (result.today, result.days, result.level) == (TODAY, (), Level.SAFE)
    assert result.total_risk_level == RiskLevel.LOW
    assert result.age_of_most_recent_day(RiskLevel.HIGH) is None


def test_filters_drop_short_windows_and_low_transmission_risk() -> None:
    config = PROFILES["cwa-v1"]

    assert assess([window(4, attenuation=40)], config, today=TODAY).days == ()
    assert assess([window(30, attenuation=80)], config, today=TODAY).days == ()
    assert assess([window(30, report_type=ReportType.RECURSIVE)], config, today=TODAY).days == ()
    assert assess([window(15, attenuation=40)], config, today=TODAY).level == Level.F1


def test_negative_seconds_count_as_none() -> None:
    odd = msgspec.structs.replace(CONFIG, attenuation="minimum")
    scans = (ScanInstance(50, 50, 600), ScanInstance(50, 50, -600))

    assert weighted_minutes(ExposureWindow(TODAY, ReportType.CONFIRMED_TEST, Infectiousness.HIGH, 0, scans), odd) == 10


def test_encounters_are_told_apart_by_transmission_risk_and_confidence() -> None:
    windows = [window(15), window(15), window(15, report_type=ReportType.CONFIRMED_CLINICAL_DIAGNOSIS), window(6)]
    result = assess(windows, CONFIG, today=TODAY)

    assert result.distinct_encounters(RiskLevel.HIGH) == 2
    assert result.distinct_encounters(RiskLevel.LOW) == 1


windows = st.builds(
    window,
    st.integers(0, 20),
    attenuation=st.integers(0, 120),
    report_type=st.sampled_from(ReportType),
    infectiousness=st.sampled_from(Infectiousness),
    age=st.integers(0, 20),
)


@given(st.lists(windows, max_size=12), st.sampled_from(sorted(PROFILES)), st.integers(0, 2**32))
def test_order_does_not_matter_and_more_exposure_never_lowers_the_level(
    some: list[ExposureWindow], profile: str, seed: int
) -> None:
    config = PROFILES[profile]
    order = [Level.SAFE, Level.F2, Level.F1]
    result = assess(some, config, today=TODAY)

    assert assess(random.Random(seed).sample(some, len(some)), config, today=TODAY) == result
    assert [day.day for day in result.days] == sorted({day.day for day in result.days})
    if some:
        assert order.index(assess(some[1:], config, today=TODAY).level) <= order.index(result.level)
