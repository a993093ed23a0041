"""The units room: the administrative tree in which every account, case and task has its place."""

from __future__ import annotations

from bluezone.server.units.service import load_units, read_units, search_units, shipped_units, units_above

__all__ = ["load_units", "read_units", "search_units", "shipped_units", "units_above"]
