"""A phone that is killed at any instant, many times over one store."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluezone.phone.store import Store
from tests.phone.conftest import START

KILLS = 30


class Template:
    def __init__(self, folder: Path) -> None:
        self.store = folder / "phone.sqlite"
        self.journal = folder / "journal"
        self.journal.touch()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.phone.kill_template"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def live_and_die(self, seed: str, start: float, lines: int, limit: int = 0) -> list[str]:
        """Let a phone live until it wrote so many more lines, kill it, and return all lines so far."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{self.store} {self.journal} {seed} {start} {limit}\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        # An "air" line is the longest; waiting by size spares reading the journal over and over.
        size = self.journal.stat().st_size + lines * 40
        while self.journal.stat().st_size < size:
            os.kill(pid, 0)
        os.kill(pid, signal.SIGKILL)
        assert self._process.stdout.readline() == "gone\n"
        return self.lines()

    def lines(self) -> list[str]:
        return self.journal.read_text().splitlines()

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@pytest.fixture
def template(tmp_path: Path) -> Iterator[Template]:
    template = Template(tmp_path)
    yield template
    template.end()


def test_killed_at_any_instant_it_loses_no_acknowledged_scan_and_sends_no_identifier_twice(template: Template) -> None:
    choose = random.Random("kills")
    start = START
    for kill in range(KILLS):
        lines = template.live_and_die(f"life-{kill}", start, choose.randrange(1, 60))
        last = max(float(line.split()[2]) for line in lines if line.startswith("air"))
        # The next life begins a little later, or with a clock that went back.
        start = last + choose.uniform(-3600, 1800)
    sent = Counter(line.split()[1] for line in lines if line.startswith("air"))
    assert len(sent) >= KILLS / 2
    assert set(sent.values()) == {1}
    store = Store(template.store)
    assert store.row("PRAGMA integrity_check") == ("ok",)
    kept = {started for (started,) in store.rows("SELECT started_at FROM scans")}
    acknowledged = [float(line.split()[1]) for line in lines if line.startswith("scan")]
    assert acknowledged
    assert set(acknowledged) <= kept
    store.close()


def test_no_room_for_a_single_byte_more_stops_neither_rotation_nor_the_promise(template: Template) -> None:
    """A bound on file sizes refuses every write that would make a file grow, as a full disk does."""
    template.live_and_die("before", START, 30)
    limit = template.store.stat().st_size + 20_000
    lines = template.live_and_die("full", START + 7200, 200, limit)
    assert any("storage_full" in line for line in lines if line.startswith("faults"))
    after = lines[lines.index("limit") :]
    full = next(number for number, line in enumerate(after) if "storage_full" in line)
    assert sum(line.startswith("air") for line in after[full:]) >= 3
    sent = Counter(line.split()[1] for line in lines if line.startswith("air"))
    assert set(sent.values()) == {1}
    store = Store(template.store)
    assert store.row("PRAGMA integrity_check") == ("ok",)
    kept = {started for (started,) in store.rows("SELECT started_at FROM scans")}
    assert {float(line.split()[1]) for line in lines if line.startswith("scan")} <= kept
    store.close()
