"""What can go wrong in a town of simulated phones."""

from __future__ import annotations

from bluezone.errors import BluezoneError


class TownError(BluezoneError, RuntimeError):
    """The root of the town room's errors."""

    code = "town_error"


class VirtualTimeStalled(TownError):
    """Every task waits for something that nothing will bring: no timer, thread or socket is left."""

    code = "virtual_time_stalled"
