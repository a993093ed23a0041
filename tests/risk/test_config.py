"""The one document of risk rules: what is read, what is refused."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import ReportType
from bluezone.risk import (
    PROFILES,
    Infectiousness,
    RiskConfig,
    RiskConfigInvalid,
    RiskLevel,
    decode_config,
    encode_config,
)
from bluezone.risk.config import Range


def document() -> dict[str, Any]:
    return json.loads(encode_config(PROFILES["bluezone"]))


@pytest.mark.parametrize("name", PROFILES)
def test_a_shipped_profile_survives_the_document(name: str) -> None:
    written = encode_config(PROFILES[name])

    assert decode_config(written) == PROFILES[name]
    assert decode_config(written.decode()) == PROFILES[name]
    assert decode_config(json.loads(written)) == PROFILES[name]


def test_the_document_uses_the_published_field_names() -> None:
    assert {
        "minutesAtAttenuationFilters",
        "trlFilters",
        "minutesAtAttenuationWeights",
        "normalizedTimePerEWToRiskLevelMapping",
        "normalizedTimePerDayToRiskLevelMapping",
        "trlEncoding",
        "transmissionRiskValueMapping",
    } <= set(document())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("minutesAtAttenuationWeights", [{"attenuationRange": {"min": 63, "max": 0}, "weight": 1}]),
        ("minutesAtAttenuationWeights", [{"attenuationRange": {"min": 0, "max": 63}, "weight": -1}]),
        ("minutesAtAttenuationWeights", [{"attenuationRange": {"min": 0, "max": 63}, "weight": 1e9}]),
        ("minutesAtAttenuationWeights", "55/63/70"),
        ("transmissionRiskValueMapping", [{"transmissionRiskLevel": 1, "transmissionRiskValue": -0.5}]),
        ("normalizedTimePerDayToRiskLevelMapping", [{"normalizedTimeRange": {"min": 0, "max": 1}, "riskLevel": 3}]),
        ("infectiousness", [2] * 28),
        ("infectiousness", [9] * 29),
        ("daySumDecimals", -1),
        ("maxEncounterAgeInDays", 0),
        ("f1ReportTypes", [5]),
        ("f2ReportTypes", [1, 4]),
        ("attenuation", "guessed"),
        ("weights", []),
    ],
)
def test_a_contradictory_or_unknown_field_is_refused_with_the_reason(field: str, value: object) -> None:
    with pytest.raises(RiskConfigInvalid, match=r"cannot be used: .*; keep the previous one"):
        decode_config(document() | {field: value})


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"a":1', b"\xff", b"[" * 5000])
def test_what_is_no_configuration_is_refused(data: bytes) -> None:
    with pytest.raises(RiskConfigInvalid):
        decode_config(data)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_configuration_or_a_risk_error(data: bytes) -> None:
    with contextlib.suppress(RiskConfigInvalid):
        decode_config(data)


@given(st.floats(-10, 110), st.booleans(), st.booleans())
def test_a_range_holds_its_ends_unless_they_are_excluded(value: float, low: bool, high: bool) -> None:
    limits = Range(min=0, max=100, min_exclusive=low, max_exclusive=high)

    assert (value in limits) == (0 < value < 100 or (value == 0 and not low) or (value == 100 and not high))


def test_the_first_matching_range_decides() -> None:
    config = PROFILES["gaen-narrow"]

    assert [config.weight(attenuation) for attenuation in (0, 54.9, 55, 62.9, 63, 69.9, 70, 255)] == [
        1.5, 1.5, 1.0, 1.0, 0.4, 0.4, 0.0, 0.0,
    ]  # fmt: skip
    assert [config.day_level(minutes) for minutes in (0, 5, 14.99, 15, 1440)] == [
        None,
        RiskLevel.LOW,
        RiskLevel.LOW,
        RiskLevel.HIGH,
        RiskLevel.HIGH,
    ]


def test_transmission_risk_levels_are_the_published_sums() -> None:
    encoding = PROFILES["cwa-v2"].trl_encoding
    types = (
        ReportType.RECURSIVE,
        ReportType.SELF_REPORT,
        ReportType.CONFIRMED_CLINICAL_DIAGNOSIS,
        ReportType.CONFIRMED_TEST,
    )

    assert [
        encoding.level(report_type, infectiousness)
        for report_type in types
        for infectiousness in (Infectiousness.STANDARD, Infectiousness.HIGH)
    ] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert encoding.level(ReportType.REVOKED, Infectiousness.HIGH) is None
    assert encoding.level(ReportType.CONFIRMED_TEST, Infectiousness.NONE) is None


def test_a_level_without_a_value_counts_as_nothing() -> None:
    config = RiskConfig(
        minutes_at_attenuation_weights=(), window_levels=(), day_levels=(), transmission_risk_value_mapping=()
    )

    assert config.transmission_risk_value(8) == 0
    assert config.weight(50) == 0
    assert config.window_level(50) is None
