"""The risk configurations that ship: ours, two of the Corona-Warn-App's, and the two nets of the 2020 symposium.

Why `bluezone` is as it is: docs/decisions/0006-risk-profile.md.
"""

from __future__ import annotations

from bluezone.risk.config import (
    ONSET_DAYS,
    Attenuation,
    AttenuationWeight,
    Infectiousness,
    MinutesAtAttenuationFilter,
    Range,
    RiskConfig,
    RiskLevel,
    RiskLevelMapping,
    TransmissionRiskFilter,
    TransmissionRiskValue,
)

_WITHOUT_END = 99999  # minutes; the published documents end their last range so


def _infectious(high: range, standard: range = range(0)) -> tuple[Infectiousness, ...]:
    days = range(-ONSET_DAYS, ONSET_DAYS + 1)
    return tuple(
        Infectiousness.HIGH if day in high else Infectiousness.STANDARD if day in standard else Infectiousness.NONE
        for day in days
    )


def _weights(*steps: tuple[float, float]) -> tuple[AttenuationWeight, ...]:
    """Weights for the attenuations from the end of the step before (at first 0 dB) up to each step's, not included."""
    starts = (0.0, *(end for end, _ in steps))
    return tuple(
        AttenuationWeight(attenuation_range=Range(min=start, max=end, max_exclusive=True), weight=weight)
        for start, (end, weight) in zip(starts, steps, strict=False)
    )


def _levels(low: float, high: float) -> tuple[RiskLevelMapping, ...]:
    return (
        RiskLevelMapping(normalized_time_range=Range(min=low, max=high, max_exclusive=True), risk_level=RiskLevel.LOW),
        RiskLevelMapping(normalized_time_range=Range(min=high, max=_WITHOUT_END), risk_level=RiskLevel.HIGH),
    )


def _values(*values: float) -> tuple[TransmissionRiskValue, ...]:
    return tuple(
        TransmissionRiskValue(transmission_risk_level=level, transmission_risk_value=value)
        for level, value in enumerate(values, 1)
    )


_CWA_VALUES = _values(0, 0, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6)
# Our keys carry the real days since onset; the Corona-Warn-App's servers put its own code there instead.
_WIDER_DAYS = _infectious(range(-3, 5), range(-5, 10))
_NARROWER_DAYS = _infectious(range(-2, 4), range(-3, 5))

PROFILES: dict[str, RiskConfig] = {
    # 2 m for 15 minutes in a day (Ministry of Health), from three days before the onset (decision 5053/QĐ-BYT).
    "bluezone": RiskConfig(
        attenuation=Attenuation.SMOOTHED,
        minutes_at_attenuation_weights=_weights((63, 1.0)),
        window_levels=_levels(5, 15),
        day_levels=_levels(5, 15),
        transmission_risk_value_mapping=_values(1, 1, 0, 0, 1, 1, 1, 1),
        max_encounter_age_in_days=14,
        infectiousness=_infectious(range(-3, ONSET_DAYS + 1)),
        infectiousness_when_days_since_onset_missing=Infectiousness.HIGH,
    ),
    # corona-warn-app/cwa-server, main-config/v2/risk-calculation-parameters-v2.yaml at 0f97860.
    "cwa-v1": RiskConfig(
        minutes_at_attenuation_weights=_weights((55, 1.0), (63, 0.5)),
        minutes_at_attenuation_filters=(
            MinutesAtAttenuationFilter(
                attenuation_range=Range(min=0, max=73, max_exclusive=True),
                drop_if_minutes_in_range=Range(min=0, max=5, max_exclusive=True),
            ),
        ),
        trl_filters=(TransmissionRiskFilter(drop_if_trl_in_range=Range(min=1, max=2)),),
        window_levels=_levels(0, 15),
        day_levels=_levels(0, 15),
        transmission_risk_value_mapping=_CWA_VALUES,
        infectiousness=_WIDER_DAYS,
    ),
    # The same, main-config/v2/risk-calculation-parameters-1.15.yaml at 24abfe3; values as in the Android app's cases.
    "cwa-v2": RiskConfig(
        minutes_at_attenuation_weights=_weights((63, 0.8), (73, 1.0), (79, 0.1)),
        window_levels=_levels(0, 9),
        day_levels=_levels(5, 9),
        transmission_risk_value_mapping=_CWA_VALUES,
        day_sum_decimals=1,
        max_encounter_age_in_days=10,
        infectiousness=_WIDER_DAYS,
    ),
    # lfph/gaen-risk-scoring, risk-scoring.md at 04feb93: narrower and wider net 1.0, alert from 15 minutes.
    "gaen-narrow": RiskConfig(
        attenuation=Attenuation.TYPICAL,
        minutes_at_attenuation_weights=_weights((55, 1.5), (63, 1.0), (70, 0.4)),
        window_levels=_levels(5, 15),
        day_levels=_levels(5, 15),
        transmission_risk_value_mapping=_values(0.3, 1.0, 0, 0, 0.3, 1.0, 0.3, 1.0),
        infectiousness=_NARROWER_DAYS,
    ),
    "gaen-wide": RiskConfig(
        attenuation=Attenuation.TYPICAL,
        minutes_at_attenuation_weights=_weights((55, 2.0), (70, 1.0), (80, 0.25)),
        window_levels=_levels(5, 15),
        day_levels=_levels(5, 15),
        transmission_risk_value_mapping=_values(0.6, 2.0, 0, 0, 0.6, 2.0, 0.6, 2.0),
        infectiousness=_WIDER_DAYS,
    ),
}
