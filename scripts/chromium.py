"""Which Chromium shows the pages to tests and to the camera of `scripts/screenshots.py`, and how it is started."""

from __future__ import annotations

import shutil

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
"""The names under which systems have it; `scripts/system-packages` knows the same."""

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip
"""No request of its own to anybody, and a start on machines without a display."""


def program() -> str:
    """The path of the first that is there. Raises FileNotFoundError."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise FileNotFoundError("Chromium is not installed; install it with: apt-get install chromium")
    return found
