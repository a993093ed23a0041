"""What the units room refuses, and what to do then."""

from __future__ import annotations

from bluezone.server.errors import RequestRefused


class UnitsError(RequestRefused):
    """The root of the units room's errors."""

    code = "units_error"


class UnitsFileInvalid(UnitsError, ValueError):
    """A file of units has faults; nothing of it was loaded."""

    code = "units_file_invalid"

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        shown = "; ".join(faults[:MOST_SHOWN])
        more = f"; and {len(faults) - MOST_SHOWN} more" if len(faults) > MOST_SHOWN else ""
        super().__init__(f"Nothing was loaded, correct the file first: {shown}{more}.")


MOST_SHOWN = 20
"""How many faults an error's sentence lists."""
