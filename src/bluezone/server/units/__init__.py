"""The units room: the administrative tree in which every account, case and task has its place."""

from __future__ import annotations

from bluezone.server.units.service import (
    find_unit,
    load_units,
    read_units,
    search_units,
    shipped_units,
    units_above,
    units_below,
)

__all__ = [
    "find_unit",
    "load_units",
    "read_units",
    "search_units",
    "shipped_units",
    "units_above",
    "units_below",
]
