"""The root of every error that Bluezone raises on purpose.

Each room derives one root of its own from `BluezoneError`; leaves are named by the fact. A message is one sentence that
says what happened and what to do; `code` is stable and listed in docs/errors.md (a test compares the two).
"""

from __future__ import annotations

from typing import ClassVar


class BluezoneError(Exception):
    """The root of all errors with a stable code."""

    code: ClassVar[str] = "bluezone_error"
