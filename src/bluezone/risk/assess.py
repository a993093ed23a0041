"""From exposure windows to a level: weighted minutes, the level of each window and day, and F1, F2 or safe.

The rules are those of the Corona-Warn-App's risk calculation (cwa-documentation, cwa-risk-assessment.md); the contact
level is ours: the same sum a day, taken over the keys of one kind of report at a time.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bluezone.protocol import DAY_SECONDS, ReportType
from bluezone.risk.config import Attenuation, Range, RiskConfig, RiskLevel
from bluezone.risk.smoothing import smoothed_attenuations
from bluezone.risk.windows import ExposureWindow, ScanInstance

_NOISE_DECIMALS = 9  # sums of decimal fractions land a hair beside a limit that they mean to reach


class Level(StrEnum):
    """What the keys a phone heard make of its owner."""

    SAFE = "safe"
    F2 = "f2"
    F1 = "f1"


@dataclass(frozen=True, slots=True)
class DayAssessment:
    """One UTC day with exposures; `day` is its midnight, Unix seconds.

    `normalized_minutes` are weighted minutes times risk value over all keys, `f1_minutes` and `f2_minutes` over the
    keys of cases and of contacts alone. `risk_level` is None where the minutes reach no level.
    Encounters count keys that the phone can tell apart, so at least so many people.
    """

    day: int
    normalized_minutes: float
    risk_level: RiskLevel | None
    f1_minutes: float
    f2_minutes: float
    level: Level
    low_encounters: int
    high_encounters: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """The days with exposures, oldest first, and what follows from them. `today` is a UTC midnight, Unix seconds."""

    today: int
    days: tuple[DayAssessment, ...]

    @property
    def level(self) -> Level:
        """F1 when any day makes a contact, else F2 when any makes a contact of a contact, else safe."""
        levels = {day.level for day in self.days}
        return next((level for level in (Level.F1, Level.F2) if level in levels), Level.SAFE)

    @property
    def total_risk_level(self) -> RiskLevel:
        """HIGH when any day is, else LOW, also without any exposure."""
        return RiskLevel.HIGH if self.number_of_days(RiskLevel.HIGH) else RiskLevel.LOW

    def number_of_days(self, level: RiskLevel) -> int:
        """How many days have that level."""
        return sum(day.risk_level == level for day in self.days)

    def age_of_most_recent_day(self, level: RiskLevel) -> int | None:
        """Days since the last day of that level, 0 for today; None when there is none."""
        ages = [(self.today - day.day) // DAY_SECONDS for day in self.days if day.risk_level == level]
        return min(ages, default=None)

    def distinct_encounters(self, level: RiskLevel) -> int:
        """At least how many encounters of that level there were, counted on days that reach a level."""
        return sum(
            day.high_encounters if level == RiskLevel.HIGH else day.low_encounters
            for day in self.days
            if day.risk_level is not None
        )


@dataclass(frozen=True, slots=True)
class _Scored:
    window: ExposureWindow
    transmission_risk: int
    minutes: float
    level: RiskLevel | None


def assess(windows: Iterable[ExposureWindow], config: RiskConfig, *, today: float) -> Assessment:
    """What exposure windows, in any order, amount to on the UTC day that holds the Unix time `today`.

    Windows of revoked keys, of days without infectiousness, of a transmission risk value of 0, filtered ones and those
    older than the configuration counts play no part.
    """
    midnight = int(today // DAY_SECONDS) * DAY_SECONDS
    by_day: dict[int, list[_Scored]] = {}
    for window in windows:
        age = (midnight - window.day) // DAY_SECONDS
        if config.max_encounter_age_in_days is not None and age > config.max_encounter_age_in_days:
            continue
        scored = _score(window, config)
        if scored is not None:
            by_day.setdefault(window.day, []).append(scored)
    return Assessment(midnight, tuple(_assess_day(day, by_day[day], config) for day in sorted(by_day)))


def weighted_minutes(window: ExposureWindow, config: RiskConfig) -> float:
    """The window's minutes, each weighed by its attenuation."""
    return _sum(
        max(0, scan.seconds_since_last_scan) * config.weight(attenuation) / 60
        for scan, attenuation in zip(window.scans, _attenuations(window.scans, config), strict=True)
    )


def _score(window: ExposureWindow, config: RiskConfig) -> _Scored | None:
    risk = config.trl_encoding.level(window.report_type, window.infectiousness)
    if risk is None or any(risk in each.drop_if_trl_in_range for each in config.trl_filters):
        return None
    if any(
        _minutes_within(window, each.attenuation_range, config) in each.drop_if_minutes_in_range
        for each in config.minutes_at_attenuation_filters
    ):
        return None
    value = config.transmission_risk_value(risk)
    if not value:
        return None
    minutes = round(value * weighted_minutes(window, config), _NOISE_DECIMALS)
    return _Scored(window, risk, minutes, config.window_level(minutes))


def _assess_day(day: int, scored: Sequence[_Scored], config: RiskConfig) -> DayAssessment:
    minutes = _sum(each.minutes for each in scored)
    f1_minutes = _minutes_by(scored, config.f1_report_types)
    f2_minutes = _minutes_by(scored, config.f2_report_types)
    level = Level.SAFE
    if config.day_level(f1_minutes) == RiskLevel.HIGH:
        level = Level.F1
    elif config.day_level(f2_minutes) == RiskLevel.HIGH:
        level = Level.F2
    return DayAssessment(
        day,
        minutes,
        config.day_level(minutes),
        f1_minutes,
        f2_minutes,
        level,
        _encounters(scored, RiskLevel.LOW),
        _encounters(scored, RiskLevel.HIGH),
    )


def _encounters(scored: Iterable[_Scored], level: RiskLevel) -> int:
    return len({(each.transmission_risk, each.window.calibration_confidence) for each in scored if each.level == level})


def _minutes_by(scored: Iterable[_Scored], report_types: Sequence[ReportType]) -> float:
    return _sum(each.minutes for each in scored if each.window.report_type in report_types)


def _minutes_within(window: ExposureWindow, attenuations: Range, config: RiskConfig) -> float:
    return _sum(
        max(0, scan.seconds_since_last_scan) / 60
        for scan, attenuation in zip(window.scans, _attenuations(window.scans, config), strict=True)
        if attenuation in attenuations
    )


def _attenuations(scans: Sequence[ScanInstance], config: RiskConfig) -> Sequence[float]:
    if config.attenuation == Attenuation.SMOOTHED:
        return smoothed_attenuations(scans)
    if config.attenuation == Attenuation.TYPICAL:
        return [scan.typical_attenuation for scan in scans]
    return [scan.min_attenuation for scan in scans]


def _sum(minutes: Iterable[float]) -> float:
    return round(math.fsum(minutes), _NOISE_DECIMALS)
