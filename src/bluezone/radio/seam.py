"""The seam between a phone and whatever Bluetooth it has: put 31 bytes on the air, listen for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Report:
    """One advertisement heard.

    `address` is the sender's device address as text; `rssi` in dBm; `data` the advertising data (at most 31 bytes on
    legacy advertising); `time` the Unix time in seconds at which it was heard.
    """

    address: str
    rssi: int
    data: bytes
    time: float


class Radio(Protocol):
    """A Bluetooth Low Energy radio that one phone uses alone.

    Every method except `close` raises RadioUnavailable when the radio does not answer; `open` again recovers it once
    it is back.
    """

    async def open(self) -> None:
        """Make the radio ready, silent and with nothing left over from before; also recovers one that vanished."""
        ...

    async def advertise(self, data: bytes) -> None:
        """Put `data` (at most 31 bytes) on the air, in place of what was there.

        A new random non-resolvable device address is taken at the same moment, so that no address ever carries two
        identifiers (cryptography specification 1.2, Bluetooth specification 1.2).
        """
        ...

    async def silence(self) -> None:
        """Take everything off the air."""
        ...

    async def scan(self, seconds: float) -> list[Report]:
        """Listen for `seconds` of this radio's clock and return every advertisement heard, oldest first."""
        ...

    async def close(self) -> None:
        """Give the radio back; never raises, and closing twice is harmless."""
        ...
