"""Attenuation smoothed over the scans of one window: a Kalman filter, then a Rauch-Tung-Striebel smoother.

The state is the attenuation in dB, which is distance on a logarithmic scale: it wanders as people move, and every scan
sees it with an error, because bodies and hands turn. Both constants are the most likely ones for 333 pairs of phones
in pockets and hands (DP-3T bt-measurements, experiment 05, lunch and office, one look of 4 s every 150 s or more).
"""

from __future__ import annotations

from collections.abc import Sequence

from bluezone.risk.windows import ScanInstance

WANDER = 0.02
"""How fast the true attenuation wanders: variance in dB² a second, so about 2.2 dB from one scan to the next."""
SCAN_VARIANCE = 25.0
"""Variance in dB² of the mean attenuation of one scan around the true one: 5 dB."""


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
