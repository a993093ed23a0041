"""Cases that the Corona-Warn-App's projects published, with the configurations they were written for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bluezone.protocol import DAY_SECONDS, ReportType
from bluezone.risk import (
    ExposureWindow,
    Infectiousness,
    RiskConfig,
    RiskLevel,
    ScanInstance,
    assess,
    decode_config,
)

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "exposure_window_risk.json").read_text())
TODAY = 18_500 * DAY_SECONDS
DAY_SUM_DECIMALS = {"android": 1, "ios": None}  # as the file's note says


def load(name: str) -> RiskConfig:
    config = decode_config(VECTORS["sets"][name]["defaultRiskCalculationConfiguration"])
    return msgspec.structs.replace(config, day_sum_decimals=DAY_SUM_DECIMALS[name])


def window(row: dict[str, Any]) -> ExposureWindow:
    scans = tuple(
        ScanInstance(scan["minAttenuation"], scan["typicalAttenuation"], scan["secondsSinceLastScan"])
        for scan in row["scanInstances"]
    )
    return ExposureWindow(
        TODAY - row["ageInDays"] * DAY_SECONDS,
        ReportType(row["reportType"]),
        Infectiousness(row["infectiousness"]),
        row["calibrationConfidence"],
        scans,
    )


CASES = [
    pytest.param(name, case, id=f"{name}: {case['description']}")
    for name, each in VECTORS["sets"].items()
    for case in each["testCases"]
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_published_case_comes_out_as_published(name: str, case: dict[str, Any]) -> None:
    result = assess(map(window, case["exposureWindows"]), load(name), today=TODAY + 3600)

    outcome = {
        "expTotalRiskLevel": result.total_risk_level,
        "expAgeOfMostRecentDateWithLowRisk": result.age_of_most_recent_day(RiskLevel.LOW),
        "expAgeOfMostRecentDateWithHighRisk": result.age_of_most_recent_day(RiskLevel.HIGH),
        "expNumberOfDaysWithLowRisk": result.number_of_days(RiskLevel.LOW),
        "expNumberOfDaysWithHighRisk": result.number_of_days(RiskLevel.HIGH),
        "expTotalMinimumDistinctEncountersWithLowRisk": result.distinct_encounters(RiskLevel.LOW),
        "expTotalMinimumDistinctEncountersWithHighRisk": result.distinct_encounters(RiskLevel.HIGH),
    }
    assert outcome == {key: case[key] for key in outcome}


@pytest.mark.parametrize("name", VECTORS["sets"])
def test_published_configuration_loads(name: str) -> None:
    config = load(name)

    published = VECTORS["sets"][name]["defaultRiskCalculationConfiguration"]["minutesAtAttenuationWeights"]
    assert [entry.weight for entry in config.minutes_at_attenuation_weights] == [each["weight"] for each in published]


def test_a_day_just_below_fifteen_minutes_is_high_only_where_the_configuration_rounds() -> None:
    row = {
        "ageInDays": 1,
        "reportType": 1,
        "infectiousness": 1,
        "calibrationConfidence": 0,
        "scanInstances": [{"minAttenuation": 30, "typicalAttenuation": 30, "secondsSinceLastScan": 641}],
    }
    unrounded = load("ios")
    rounded = msgspec.structs.replace(unrounded, day_sum_decimals=1)

    assert assess([window(row)], unrounded, today=TODAY).days[0].normalized_minutes == pytest.approx(14.9567, abs=1e-4)
    assert assess([window(row)], unrounded, today=TODAY).total_risk_level == RiskLevel.LOW
    assert assess([window(row)], rounded, today=TODAY).total_risk_level == RiskLevel.HIGH
