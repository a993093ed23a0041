"""What the browser tests take from others is what the lock names, byte by byte, with its licences beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).parent / "vendor"


def test_vendored_files_are_the_locked_ones_and_no_others() -> None:
    packages = json.loads(FOLDER.with_suffix(".lock.json").read_text("utf-8"))["packages"]
    locked = {name: checksum for package in packages for name, checksum in package["files"].items()}
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.iterdir()} == locked
    assert "Mozilla Public License, version 2.0" in (FOLDER / "LICENSE.txt").read_text("utf-8")
