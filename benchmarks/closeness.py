"""How often each risk profile is right: under the town's air, and on recordings whose distances cameras measured.

The folder of recordings (SQLite layout of DP-3T bt-measurements, experiment 05, which may not be copied here) is named
in BLUEZONE_RECORDINGS; without it only the town's rows are made. The figures stand in docs/decisions/0006.
"""

from __future__ import annotations

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.harness import Row
from bluezone.protocol import DAY_SECONDS, DailyKey, PublishedKey, ReportType
from bluezone.randomness import SeededRandomness
from bluezone.risk import PROFILES, HeardBeacon, Level, RiskConfig, assess, build_windows
from bluezone.town.air import TX_POWER_LOW, Air

MORNING = 1_596_412_800.0  # 3 August 2020, 07:00 in Vietnam
SEEDS = 100
ENCOUNTERS = (
    (1, 40, True),
    (1, 30, True),
    (1, 2, False),
    (8, 240, False),
)  # metres, minutes, whether it makes a contact
CLOSE_METRES, CLOSE_MINUTES = 2, 15
SCAN_EVERY, HEARD_OF_IT = 240, 8  # seconds
PHASES = range(0, SCAN_EVERY, 20)  # seconds; when a scan falls decides more than anything else, so all are averaged


def rows() -> Iterator[Row]:
    """Shares of encounters called right, then misses and false alarms on the recordings."""
    for metres, minutes, contact in ENCOUNTERS:
        heard = [_hear(SeededRandomness(seed), metres, minutes) for seed in range(SEEDS)]
        for name, config in PROFILES.items():
            right = sum(_is_contact(beacons, config) == contact for beacons in heard)
            yield Row(
                what=f"{name}: {metres} m for {minutes} minutes called {'F1' if contact else 'safe'}",
                ours=100 * right / SEEDS,
                unit="%",
                promise=100 if name == "bluezone" else None,
                note=f"the town's air, {SEEDS} seeds, 4 s of scanning every 150 to 300 s",
            )
    folder = os.environ.get("BLUEZONE_RECORDINGS")
    if folder:
        yield from _recorded(Path(folder))


def _recorded(folder: Path) -> Iterator[Row]:
    pairs = [pair for path in sorted(folder.glob("*.sqlite")) for pair in _pairs(path)]
    close = [phases for phases, contact in pairs if contact]
    far = [phases for phases, contact in pairs if not contact]
    note = (
        f"{len(pairs)} ordered pairs, {len(close)} of them under {CLOSE_METRES} m in {CLOSE_MINUTES} heard minutes; "
        f"{HEARD_OF_IT} s of every {SCAN_EVERY} s, mean of {len(PHASES)} phases"
    )
    for name, config in PROFILES.items():
        missed = 1 - _share_called_contact(close, config)
        alarms = _share_called_contact(far, config)
        yield Row(what=f"{name}: contacts missed", ours=100 * missed, unit="%", better="lower", note=note)
        yield Row(what=f"{name}: false alarms", ours=100 * alarms, unit="%", better="lower", note=note)


def _share_called_contact(pairs: Sequence[Sequence[list[HeardBeacon]]], config: RiskConfig) -> float:
    return sum(_is_contact(phase, config) for phases in pairs for phase in phases) / (len(pairs) * len(PHASES))


def _is_contact(beacons: Sequence[HeardBeacon], config: RiskConfig) -> bool:
    day = int((beacons[0].time if beacons else MORNING) // DAY_SECONDS)
    key = PublishedKey(DailyKey(bytes(16), day * 144), ReportType.CONFIRMED_TEST, days_since_onset=0)
    return assess(build_windows(key, beacons, config), config, today=day * DAY_SECONDS).level == Level.F1


def _hear(randomness: SeededRandomness, metres: float, minutes: float) -> list[HeardBeacon]:
    """What one phone hears of another that sends every 250 ms, as long as both stay."""
    air = Air(randomness.child("air"))
    air.place("a", lambda _: (0, 0))
    air.place("b", lambda _: (0, metres))
    end = MORNING + 60 * minutes
    time = MORNING - randomness.uniform(0, 300)
    previous = time - 200
    heard = []
    while time < end:
        for packet in range(16):
            sent = time + packet / 4
            rssi = air.rssi("a", "b", 37 + packet % 3, sent) if MORNING <= sent < end else None
            if rssi is not None:
                heard.append(HeardBeacon(sent, round(rssi), round(TX_POWER_LOW), previous))
        previous = time + 4
        time = previous + randomness.uniform(150, 300)
    return heard


def _pairs(path: Path) -> Iterator[tuple[list[list[HeardBeacon]], bool]]:
    """What each receiver would hear of each transmitter in short scans, by phase, and whether both were close."""
    found: dict[tuple[int, int], list[tuple[float, int, int, float | None]]] = defaultdict(list)
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        for receiver, transmitter, *row in connection.execute(
            "SELECT receiver_id, transmitter_id, timestamp / 1000, rssi, tx_power, ground_truth_distance"
            " FROM results ORDER BY timestamp"
        ):
            found[receiver, transmitter].append((row[0], row[1], row[2], row[3]))
    for looks in found.values():
        measured = [(time, metres) for time, _, _, metres in looks if metres is not None and metres >= 0]
        if len(measured) < 20:  # too little is known about the truth
            continue
        minutes = {int(time // 60) for time, metres in measured if metres < CLOSE_METRES}
        phases = [
            [
                HeardBeacon(time, rssi, power, time - SCAN_EVERY)
                for time, rssi, power, _ in looks
                if (time - phase) % SCAN_EVERY < HEARD_OF_IT
            ]
            for phase in PHASES
        ]
        yield phases, len(minutes) >= CLOSE_MINUTES
