"""The risk configuration: one document that the server publishes and every phone applies.

Field names and meaning of the first seven fields are those of the Corona-Warn-App's risk calculation configuration, so
that its published configurations and cases load unchanged; the rest says how windows are built (Exposure Notification
`DiagnosisKeysDataMapping`) and which report types lead to which contact level.
"""

from __future__ import annotations

import math
from enum import IntEnum, StrEnum
from typing import Any

import msgspec

from bluezone.protocol import ReportType
from bluezone.risk.errors import RiskConfigInvalid

ONSET_DAYS = 14  # days since onset of symptoms run from -14 to 14


class Infectiousness(IntEnum):
    """How infectious the owner of a key was on its day, numbers as in Exposure Notification."""

    NONE = 0
    STANDARD = 1
    HIGH = 2


class RiskLevel(IntEnum):
    """The level of a window or a day, numbers as in the Corona-Warn-App."""

    LOW = 1
    HIGH = 2


class Attenuation(StrEnum):
    """Which attenuation of a scan is weighed: the least heard, the mean, or the mean smoothed over the window."""

    MINIMUM = "minimum"
    TYPICAL = "typical"
    SMOOTHED = "smoothed"


class _Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Field names are camelCase in the document; a field that this version does not know is refused, not ignored."""


class Range(_Document, frozen=True):
    """A range of numbers, its ends included unless said otherwise."""

    min: float
    max: float
    min_exclusive: bool = False
    max_exclusive: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.min) and math.isfinite(self.max) and self.min <= self.max):
            raise ValueError(f"the range from {self.min} to {self.max} is empty or not finite")

    def __contains__(self, value: float) -> bool:
        above = value > self.min if self.min_exclusive else value >= self.min
        below = value < self.max if self.max_exclusive else value <= self.max
        return above and below


class MinutesAtAttenuationFilter(_Document, frozen=True):
    """Drops a window whose minutes within the attenuation range (dB) lie in the other range."""

    attenuation_range: Range
    drop_if_minutes_in_range: Range


class TransmissionRiskFilter(_Document, frozen=True):
    """Drops a window whose transmission risk level lies in the range."""

    drop_if_trl_in_range: Range


class AttenuationWeight(_Document, frozen=True):
    """What a minute within the attenuation range (dB) counts; the first range that holds a scan decides."""

    attenuation_range: Range
    weight: float

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 100:
            raise ValueError(f"the weight {self.weight} lies outside 0 to 100")


class RiskLevelMapping(_Document, frozen=True):
    """The level of a window or day whose normalized time (minutes) lies in the range; the first match decides."""

    normalized_time_range: Range
    risk_level: RiskLevel


class TransmissionRiskEncoding(_Document, frozen=True):
    """How report type and infectiousness make a transmission risk level from 1 to 8: the sum of two offsets."""

    infectiousness_offset_standard: int = 1
    infectiousness_offset_high: int = 2
    report_type_offset_recursive: int = 0
    report_type_offset_self_report: int = 2
    report_type_offset_confirmed_clinical_diagnosis: int = 4
    report_type_offset_confirmed_test: int = 6

    def level(self, report_type: ReportType, infectiousness: Infectiousness) -> int | None:
        """The transmission risk level; None for report types and days that lead to no exposure."""
        report = {
            ReportType.RECURSIVE: self.report_type_offset_recursive,
            ReportType.SELF_REPORT: self.report_type_offset_self_report,
            ReportType.CONFIRMED_CLINICAL_DIAGNOSIS: self.report_type_offset_confirmed_clinical_diagnosis,
            ReportType.CONFIRMED_TEST: self.report_type_offset_confirmed_test,
        }.get(report_type)
        if report is None or infectiousness == Infectiousness.NONE:
            return None
        if infectiousness == Infectiousness.HIGH:
            return report + self.infectiousness_offset_high
        return report + self.infectiousness_offset_standard


class TransmissionRiskValue(_Document, frozen=True):
    """The factor that windows of a transmission risk level are multiplied by; 0 drops them."""

    transmission_risk_level: int
    transmission_risk_value: float

    def __post_init__(self) -> None:
        if not 0 <= self.transmission_risk_value <= 100:
            raise ValueError(f"the transmission risk value {self.transmission_risk_value} lies outside 0 to 100")


class RiskConfig(_Document, frozen=True):
    """Everything the assessment depends on besides the windows themselves.

    A level that no value is given for counts as 0. `day_sum_decimals` rounds a day's normalized time before it is
    mapped. `infectiousness` holds 29 numbers, for -14 to 14 days since the onset of symptoms.
    """

    minutes_at_attenuation_weights: tuple[AttenuationWeight, ...]
    window_levels: tuple[RiskLevelMapping, ...] = msgspec.field(name="normalizedTimePerEWToRiskLevelMapping")
    day_levels: tuple[RiskLevelMapping, ...] = msgspec.field(name="normalizedTimePerDayToRiskLevelMapping")
    transmission_risk_value_mapping: tuple[TransmissionRiskValue, ...]
    trl_encoding: TransmissionRiskEncoding = TransmissionRiskEncoding()
    minutes_at_attenuation_filters: tuple[MinutesAtAttenuationFilter, ...] = ()
    trl_filters: tuple[TransmissionRiskFilter, ...] = ()

    attenuation: Attenuation = Attenuation.MINIMUM
    day_sum_decimals: int | None = None
    max_encounter_age_in_days: int | None = None
    """Days after which an exposure no longer counts; None counts all that the phone still keeps."""

    infectiousness: tuple[Infectiousness, ...] = (Infectiousness.STANDARD,) * (2 * ONSET_DAYS + 1)
    infectiousness_when_days_since_onset_missing: Infectiousness = Infectiousness.STANDARD
    report_type_when_missing: ReportType = ReportType.CONFIRMED_TEST

    f1_report_types: tuple[ReportType, ...] = (ReportType.CONFIRMED_TEST, ReportType.CONFIRMED_CLINICAL_DIAGNOSIS)
    """A day of level HIGH by keys of these types makes a contact (F1)."""
    f2_report_types: tuple[ReportType, ...] = (ReportType.RECURSIVE,)
    """A day of level HIGH by keys of these types makes a contact of a contact (F2)."""

    def __post_init__(self) -> None:
        if len(self.infectiousness) != 2 * ONSET_DAYS + 1:
            raise ValueError(f"infectiousness has {len(self.infectiousness)} entries instead of 29, for days -14 to 14")
        if self.day_sum_decimals is not None and not 0 <= self.day_sum_decimals <= 9:
            raise ValueError(f"day sums cannot be rounded to {self.day_sum_decimals} decimals")
        if self.max_encounter_age_in_days is not None and self.max_encounter_age_in_days < 1:
            raise ValueError("exposures must count for at least one day")
        if ReportType.REVOKED in self.f1_report_types + self.f2_report_types:
            raise ValueError("a revoked key can never make a contact")
        if set(self.f1_report_types) & set(self.f2_report_types):
            raise ValueError("one report type cannot make both F1 and F2")

    def infectiousness_on(self, days_since_onset: int | None) -> Infectiousness:
        """How infectious an owner was, -14 to 14 days after the onset of symptoms, or with an onset not known."""
        if days_since_onset is None:
            return self.infectiousness_when_days_since_onset_missing
        return self.infectiousness[days_since_onset + ONSET_DAYS]

    def transmission_risk_value(self, level: int) -> float:
        """The factor for a transmission risk level, 0 where the document gives none."""
        for entry in self.transmission_risk_value_mapping:
            if entry.transmission_risk_level == level:
                return entry.transmission_risk_value
        return 0.0

    def weight(self, attenuation: float) -> float:
        """What a minute at `attenuation` (dB) counts, 0 outside every range."""
        for entry in self.minutes_at_attenuation_weights:
            if attenuation in entry.attenuation_range:
                return entry.weight
        return 0.0

    def window_level(self, minutes: float) -> RiskLevel | None:
        """The level of one window with that normalized time."""
        return _first(self.window_levels, minutes)

    def day_level(self, minutes: float) -> RiskLevel | None:
        """The level of a day with that normalized time, rounded as the document says."""
        if self.day_sum_decimals is not None:
            minutes = round(minutes, self.day_sum_decimals)
        return _first(self.day_levels, minutes)


def _first(mapping: tuple[RiskLevelMapping, ...], minutes: float) -> RiskLevel | None:
    return next((entry.risk_level for entry in mapping if minutes in entry.normalized_time_range), None)


def decode_config(document: bytes | str | dict[str, Any]) -> RiskConfig:
    """The configuration in a JSON document (bytes or text) or in one already parsed.

    Raises RiskConfigInvalid for anything else, naming the field.
    """
    try:
        if isinstance(document, dict):
            return msgspec.convert(document, RiskConfig)
        return msgspec.json.decode(document, type=RiskConfig)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise RiskConfigInvalid(f"The risk configuration cannot be used: {error}; keep the previous one.") from error


def encode_config(config: RiskConfig) -> bytes:
    """The configuration as a JSON document, the same bytes every time."""
    return msgspec.json.encode(config)
