"""Attenuation smoothed over the scans of one window: a Kalman filter, then a Rauch-Tung-Striebel smoother.

The state is the attenuation in dB, which is distance on a logarithmic scale: it wanders as people move, and every scan
sees it with an error, because bodies and hands turn. Both constants come from published spreads, none is fitted here.
"""

from __future__ import annotations

from collections.abc import Sequence

from bluezone.risk.windows import ScanInstance

WANDER = 0.03
"""How fast the true attenuation wanders, in dB² a second: within one window of 30 minutes by the 7.5 dB that encounters
at one distance differ when phones are worn (MIT and MITRE range-angle sets, 2020); about 2.6 dB between two scans."""
SCAN_VARIANCE = 25.0
"""Variance in dB² of one scan's mean around the true attenuation: 5 dB, the middle of 4 to 6 dB of indoor fading."""


def smoothed_attenuations(scans: Sequence[ScanInstance]) -> list[float]:
    """The smoothed attenuation of each scan in dB, from the scans' typical attenuations."""
    return [mean for mean, _ in smoothed_states(scans)]


def smoothed_states(scans: Sequence[ScanInstance]) -> list[tuple[float, float]]:
    """Mean (dB) and variance (dB²) of the attenuation at each scan, given all scans of the window."""
    if not scans:
        return []
    states = [(float(scans[0].typical_attenuation), SCAN_VARIANCE)]
    for scan in scans[1:]:
        mean, variance = states[-1]
        predicted = variance + WANDER * max(0, scan.seconds_since_last_scan)
        gain = predicted / (predicted + SCAN_VARIANCE)
        states.append((mean + gain * (scan.typical_attenuation - mean), predicted * (1 - gain)))
    for at in range(len(states) - 2, -1, -1):
        mean, variance = states[at]
        predicted = variance + WANDER * max(0, scans[at + 1].seconds_since_last_scan)
        gain = variance / predicted
        next_mean, next_variance = states[at + 1]
        states[at] = (mean + gain * (next_mean - mean), variance + gain * gain * (next_variance - predicted))
    return states
