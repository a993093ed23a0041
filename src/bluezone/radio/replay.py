"""Recorded sightings as a radio: the same phone agent hears again what another phone once heard."""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path

from bluezone.clock import Clock
from bluezone.radio.replay_btsnoop import MAGIC, read_btsnoop
from bluezone.radio.replay_csv import read_csv
from bluezone.radio.replay_errors import RecordingUnreadable
from bluezone.radio.replay_recording import Recording, ReplaySummary, Sighting, summarise
from bluezone.radio.replay_sqlite import read_sqlite
from bluezone.radio.seam import Report

__all__ = ["Recording", "ReplayRadio", "ReplaySummary", "Sighting", "read_recording", "summarise"]

_SQLITE_MAGIC = b"SQLite format 3\0"


def read_recording(path: Path, *, receiver: int | None = None) -> Recording:
    """The recording in a file; its first bytes tell btsnoop capture, SQLite recording and CSV apart.

    `receiver` chooses whose hearing is read from a recording of several, else the lowest number's. Raises a
    RecordingError that says what is wrong where.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(16)
            if magic == _SQLITE_MAGIC:
                return read_sqlite(path, receiver)
            data = magic + file.read()
    except OSError as error:
        raise RecordingUnreadable(f"{path} cannot be read ({error.strerror}); name another file.") from error
    return read_btsnoop(data) if magic.startswith(MAGIC[:7]) else read_csv(data)


class ReplayRadio:
    """A radio that hears what a recording holds, each sighting at its recorded time on `clock`; it sends nothing.

    Who scans with pauses misses what was recorded in them, as a live phone would.
    """

    def __init__(self, recording: Recording, clock: Clock) -> None:
        self._reports = [sighting.report for sighting in recording.sightings]
        self._times = [report.time for report in self._reports]
        self._clock = clock

    async def open(self) -> None:
        """A recording is always ready."""

    async def advertise(self, data: bytes) -> None:
        """Nothing happens: whoever was recorded can no longer hear anybody."""

    async def silence(self) -> None:
        """Nothing was on the air."""

    async def scan(self, seconds: float) -> list[Report]:
        """What was recorded in the `seconds` from now on, oldest first."""
        begin = self._clock.now()
        await self._clock.sleep(seconds)
        return self._reports[bisect_left(self._times, begin) : bisect_left(self._times, self._clock.now())]

    async def close(self) -> None:
        """Nothing is held."""
