"""Distance from attenuation, and the closeness class that a person sees instead of metres.

Distance follows from transmit power minus calibrated RSSI (the attenuation) by a logarithmic path loss. One look is
nearly worthless, so looks are pooled by the smoother; what a body in between adds to a whole encounter cannot be told
from distance at all and stays as a band. Hence three classes: near, far, and between them "cannot be told".
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bluezone.risk.smoothing import smoothed_states
from bluezone.risk.windows import ExposureWindow

LOSS_AT_ONE_METRE = 50.0
"""dB: 41 for 2.4 GHz between phone antennas at 1 m, and 9 for a body or pocket in between (5 to 20 are usual)."""
PATH_LOSS_EXPONENT = 2.5
"""Indoors 2.5 to 3.5, in the open 1.8 to 2.2."""
ENCOUNTER_DEVIATION = 8.0
"""dB by which encounters at one distance differ (MIT and MITRE range-angle recordings: 7.5 to 9, worn on the body)."""
CLOSE_METRES = 2.0
CERTAIN = 0.7
"""Probability from which an encounter counts as near, and the complement below which it counts as far."""


class Closeness(StrEnum):
    """What a person is told about an encounter: never metres."""

    NEAR = "near"
    UNCLEAR = "unclear"
    FAR = "far"


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance in metres: the median, and the ends of the band that holds 80 % of the probability."""

    metres: float
    low: float
    high: float
    probability_close: float
    """Probability of less than `CLOSE_METRES`."""

    @property
    def closeness(self) -> Closeness:
        if self.probability_close >= CERTAIN:
            return Closeness.NEAR
        return Closeness.FAR if self.probability_close <= 1 - CERTAIN else Closeness.UNCLEAR


def metres_at(attenuation: float) -> float:
    """The median distance in metres at which that attenuation (dB) is seen."""
    return float(10 ** ((attenuation - LOSS_AT_ONE_METRE) / (10 * PATH_LOSS_EXPONENT)))


def attenuation_at(metres: float) -> float:
    """The median attenuation in dB at a distance above 0 m."""
    return LOSS_AT_ONE_METRE + 10 * PATH_LOSS_EXPONENT * math.log10(metres)


def estimate_distance(windows: Iterable[ExposureWindow]) -> Distance | None:
    """The distance of one encounter, each scan weighed by the seconds that it stands for; None without scans."""
    total = weight = spread = 0.0
    for window in windows:
        for scan, (mean, variance) in zip(window.scans, smoothed_states(window.scans), strict=True):
            seconds = max(1, scan.seconds_since_last_scan)
            total += seconds * mean
            spread += seconds * variance
            weight += seconds
    if not weight:
        return None
    attenuation = total / weight
    deviation = math.sqrt(ENCOUNTER_DEVIATION**2 + spread / weight)
    tenth = 1.2816 * deviation  # the normal distribution's 90th percentile
    nearer = (attenuation_at(CLOSE_METRES) - attenuation) / deviation
    return Distance(
        metres_at(attenuation),
        metres_at(attenuation - tenth),
        metres_at(attenuation + tenth),
        0.5 * (1 + math.erf(nearer / math.sqrt(2))),
    )


def closeness(windows: Iterable[ExposureWindow]) -> Closeness:
    """The class of one encounter; unclear when nothing was heard."""
    distance = estimate_distance(windows)
    return Closeness.UNCLEAR if distance is None else distance.closeness
