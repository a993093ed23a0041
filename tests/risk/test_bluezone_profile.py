"""The profile that ships, in an air harsher than the town's: whole bodies, fading, scans with pauses, lost packets."""

from __future__ import annotations

import math
import random

import msgspec
import pytest

from bluezone.protocol import DAY_SECONDS, DailyKey, PublishedKey, ReportType
from bluezone.risk import PROFILES, Attenuation, Closeness, HeardBeacon, Level, assess, build_windows, closeness
from bluezone.risk.windows import ExposureWindow

CONFIG = PROFILES["bluezone"]
MORNING = 18_477 * DAY_SECONDS  # 07:00 in Vietnam
TX_POWER = -20


def hear(noise: random.Random, metres: float, minutes: float) -> list[HeardBeacon]:
    """What a phone hears of another in an encounter: 4 s of scanning every 2.5 to 5 minutes, a beacon every 250 ms."""
    body = noise.uniform(5, 15)  # dB, for the whole encounter
    time = MORNING - noise.uniform(0, 300)
    previous = time - noise.uniform(150, 300)
    heard = []
    while time < MORNING + minutes * 60:
        turned = noise.gauss(0, 3)
        for at in range(16):
            sent = time + 0.25 * at
            loss = 41 + 25 * math.log10(metres) + body + turned + noise.gauss(0, 5)
            if MORNING <= sent < MORNING + minutes * 60 and TX_POWER - loss > -100 and noise.random() > 0.05:
                heard.append(HeardBeacon(sent, round(TX_POWER - loss), TX_POWER, previous))
        previous = time + 4
        time = previous + noise.uniform(150, 300)
    return heard


def windows(seed: str, metres: float, minutes: float, report_type: ReportType) -> list[ExposureWindow]:
    key = PublishedKey(DailyKey(bytes(16), MORNING // 600), report_type, days_since_onset=0)
    return build_windows(key, hear(random.Random(seed), metres, minutes), CONFIG)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize(
    ("metres", "minutes", "report_type", "level"),
    [
        (1, 40, ReportType.CONFIRMED_TEST, Level.F1),
        (1, 30, ReportType.CONFIRMED_TEST, Level.F1),
        (1, 30, ReportType.RECURSIVE, Level.F2),
        (1, 2, ReportType.CONFIRMED_TEST, Level.SAFE),
        (8, 240, ReportType.CONFIRMED_TEST, Level.SAFE),
    ],
)
def test_the_office_the_corridor_and_the_far_desk_come_out_right(
    metres: float, minutes: float, report_type: ReportType, level: Level, seed: int
) -> None:
    result = assess(windows(f"{seed}", metres, minutes, report_type), CONFIG, today=MORNING)

    assert result.level == level


@pytest.mark.parametrize("seed", range(20))
def test_nobody_at_one_metre_is_called_far_and_nobody_at_eight_near(seed: int) -> None:
    assert closeness(windows(f"{seed}", 1, 40, ReportType.CONFIRMED_TEST)) != Closeness.FAR
    assert closeness(windows(f"{seed}", 8, 240, ReportType.CONFIRMED_TEST)) == Closeness.FAR


def test_smoothing_keeps_single_lucky_scans_of_a_far_phone_from_adding_up() -> None:
    unsmoothed = msgspec.structs.replace(CONFIG, attenuation=Attenuation.TYPICAL)
    minutes = {"smoothed": 0.0, "unsmoothed": 0.0}
    for seed in range(40):
        found = windows(f"{seed}", 6, 240, ReportType.CONFIRMED_TEST)
        for name, config in (("smoothed", CONFIG), ("unsmoothed", unsmoothed)):
            minutes[name] += sum(day.f1_minutes for day in assess(found, config, today=MORNING).days)

    assert minutes["smoothed"] < 0.8 * minutes["unsmoothed"]
