"""The health desk's casework: cases (F0), their contacts (F1) and those people's contacts (F2)."""

from __future__ import annotations

from bluezone.server.casework.service import Casework

__all__ = ["Casework"]
