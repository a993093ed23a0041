"""`bluezone replay` over a capture recorded in the town."""

from __future__ import annotations

import io
from pathlib import Path

from scripts.town_capture import CAPTURE, record
from tests.cli.conftest import Run


def test_the_capture_is_what_the_town_records_today() -> None:
    file = io.BytesIO()
    kept = record(file)
    assert file.getvalue() == CAPTURE.read_bytes()
    assert kept == 141


def test_the_phone_keeps_every_beacon_of_the_capture(bluezone: Run) -> None:
    shown = bluezone("replay", str(CAPTURE), "--identifiers")
    figures = {line[:32].strip(): line[32:].strip() for line in shown.stdout.splitlines()[:10]}
    assert shown.returncode == 0, shown.stderr
    assert figures["Exposure Notification reports"] == figures["Kept by the phone"] == "141"
    assert figures["Distinct identifiers"] == figures["Distinct addresses"] == "5"
    assert len([line for line in shown.stdout.splitlines() if line.startswith("  ")]) == 5


def test_a_recording_with_an_absurd_line_says_which(bluezone: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("time,rssi,identifier\n1596412800,-60," + "ab" * 16 + "\n1596412801,loud,xy\n")
    refused = bluezone("replay", "bad.csv")
    assert refused.returncode == 1
    assert "3" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_an_unknown_profile_names_those_there_are(bluezone: Run) -> None:
    refused = bluezone("replay", str(CAPTURE), "--profile", "wishful")
    assert refused.returncode == 2
    assert "cwa-v2" in refused.stderr
