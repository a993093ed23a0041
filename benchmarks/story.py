"""The whole story with twenty seeds: does every line come true, and how long does it take?"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Row
from bluezone.cli.rehearsal import be_quiet, rehearse
from bluezone.phone import Consent, Receipt
from bluezone.town import STORY_HOURS, Narrator, Said

SEEDS = range(1, 21)
PROMISED_SECONDS = 60.0
_DATA = "6 phones, 58 simulated hours, bumble hosts and controllers, a real server on SQLite in process"


class _Silent(Narrator):
    def scene(self, time: float, said: Said) -> None:
        pass

    def line(self, said: Said, came_true: bool) -> None:
        pass

    def consent(self, owner: str, consent: Consent) -> None:
        pass

    def receipt(self, owner: str, receipt: Receipt) -> None:
        pass


def rows() -> Iterator[Row]:
    """Wall and processor time of a story, and how many of twenty came true line by line."""
    be_quiet()
    wall, processor, whole = [], [], 0
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            begun, busy = time.perf_counter(), time.process_time()
            outcome = rehearse(Path(folder), seed, _Silent(), lambda _: None)
            wall.append(time.perf_counter() - begun)
            processor.append(time.process_time() - busy)
            whole += outcome.missed == 0
    yield Row(
        what="stories of which every line came true", ours=whole, unit="of 20", promise=len(SEEDS), note="seeds 1 to 20"
    )
    median = statistics.median(wall)
    yield Row(
        what="story, wall time (median)", ours=median, unit="s", better="lower", promise=PROMISED_SECONDS, note=_DATA
    )
    yield Row(what="story, slowest", ours=max(wall), unit="s", better="lower", promise=PROMISED_SECONDS, note=_DATA)
    yield Row(
        what="story, processor time (median)", ours=statistics.median(processor), unit="s", better="lower", note=_DATA
    )
    yield Row(what="story time to wall time", ours=STORY_HOURS * 3600 / median, unit="times real time", note=_DATA)
