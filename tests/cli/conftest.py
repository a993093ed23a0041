"""The command as a person runs it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def bluezone(tmp_path: Path) -> Run:
    """Runs `bluezone` with these arguments in an empty folder, in English unless `lang` says otherwise."""

    def run(*arguments: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bluezone", *arguments],
            cwd=tmp_path,
            env={**os.environ, "BLUEZONE_LANG": lang, "COLUMNS": "120", "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run
