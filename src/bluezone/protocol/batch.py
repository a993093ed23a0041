"""Published keys as columns, so that a million of them pass from an archive to the matcher without an object each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bluezone.protocol.errors import KeyMalformed
from bluezone.protocol.intervals import INTERVALS_A_DAY
from bluezone.protocol.keys import KEY_BYTES, DailyKey
from bluezone.protocol.reports import ReportType

MAX_ONSET_DAYS = 14
MAX_TRANSMISSION_RISK = 8
NO_ONSET = -128
"""Stands in `days_since_onset` where the key says nothing about the onset of symptoms."""


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """One key as an archive carries it (`TemporaryExposureKey` of the key export format).

    `transmission_risk` is 0 to 8; `days_since_onset` is -14 to 14, or None when not told. Raises KeyMalformed
    for anything else.
    """

    key: DailyKey
    report_type: ReportType = ReportType.UNKNOWN
    days_since_onset: int | None = None
    transmission_risk: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.transmission_risk <= MAX_TRANSMISSION_RISK:
            raise KeyMalformed(
                f"A transmission risk lies between 0 and {MAX_TRANSMISSION_RISK}, not at {self.transmission_risk}."
            )
        if self.days_since_onset is not None and abs(self.days_since_onset) > MAX_ONSET_DAYS:
            raise KeyMalformed(
                f"Days since onset lie between -{MAX_ONSET_DAYS} and {MAX_ONSET_DAYS}, not at {self.days_since_onset}."
            )


@dataclass(frozen=True, slots=True, eq=False)
class KeyBatch:
    """Columns of equal length, one row a key.

    `keys` uint8 (n, 16); `rolling_start` uint32 (n,), intervals; `rolling_period` uint8 (n,), 1 to 144;
    `report_type` uint8 (n,), `ReportType` numbers; `days_since_onset` int8 (n,), -14 to 14, `NO_ONSET` where absent;
    `transmission_risk` uint8 (n,), 0 to 8. Raises KeyMalformed when shapes differ or a value is out of range.
    """

    keys: npt.NDArray[np.uint8]
    rolling_start: npt.NDArray[np.uint32]
    rolling_period: npt.NDArray[np.uint8]
    report_type: npt.NDArray[np.uint8]
    days_since_onset: npt.NDArray[np.int8]
    transmission_risk: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        count = len(self.rolling_start)
        columns = (self.rolling_period, self.report_type, self.days_since_onset, self.transmission_risk)
        if self.keys.shape != (count, KEY_BYTES) or any(column.shape != (count,) for column in columns):
            raise KeyMalformed(f"The columns of a batch of {count} keys differ in length.")
        if not count:
            return
        onset = self.days_since_onset
        if int(self.rolling_period.min()) < 1 or int(self.rolling_period.max()) > INTERVALS_A_DAY:
            raise KeyMalformed(f"A rolling period lies between 1 and {INTERVALS_A_DAY}; one of this batch does not.")
        if int(self.report_type.max()) > max(ReportType):
            raise KeyMalformed("A key of this batch has a report type that the key export format does not know.")
        if not bool(((np.abs(onset.astype(np.int16)) <= MAX_ONSET_DAYS) | (onset == NO_ONSET)).all()):
            raise KeyMalformed(f"Days since onset lie between -{MAX_ONSET_DAYS} and {MAX_ONSET_DAYS}; some do not.")
        if int(self.transmission_risk.max()) > MAX_TRANSMISSION_RISK:
            raise KeyMalformed(f"A transmission risk lies between 0 and {MAX_TRANSMISSION_RISK}; one does not.")

    @classmethod
    def of(cls, keys: Iterable[PublishedKey | DailyKey]) -> KeyBatch:
        """A batch of single keys, in their order."""
        rows = [key if isinstance(key, PublishedKey) else PublishedKey(key) for key in keys]
        onset = [NO_ONSET if row.days_since_onset is None else row.days_since_onset for row in rows]
        return cls(
            np.frombuffer(b"".join(row.key.key for row in rows), np.uint8).reshape(-1, KEY_BYTES),
            np.array([row.key.rolling_start for row in rows], np.uint32),
            np.array([row.key.rolling_period for row in rows], np.uint8),
            np.array([row.report_type for row in rows], np.uint8),
            np.array(onset, np.int8),
            np.array([row.transmission_risk for row in rows], np.uint8),
        )

    def __len__(self) -> int:
        return len(self.rolling_start)

    def __getitem__(self, index: int) -> PublishedKey:
        onset = int(self.days_since_onset[index])
        return PublishedKey(
            DailyKey(self.keys[index].tobytes(), int(self.rolling_start[index]), int(self.rolling_period[index])),
            ReportType(int(self.report_type[index])),
            None if onset == NO_ONSET else onset,
            int(self.transmission_risk[index]),
        )

    def __iter__(self) -> Iterator[PublishedKey]:
        return (self[index] for index in range(len(self)))

    def take(self, start: int, stop: int) -> KeyBatch:
        """Rows `start` to `stop` (not included) as views, nothing copied."""
        return self._rows(slice(start, stop))

    def pick(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> KeyBatch:
        """Copies of the rows that an index array or mask names, in its order."""
        return self._rows(rows)

    def _rows(self, rows: slice | npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> KeyBatch:
        return KeyBatch(
            self.keys[rows],
            self.rolling_start[rows],
            self.rolling_period[rows],
            self.report_type[rows],
            self.days_since_onset[rows],
            self.transmission_risk[rows],
        )
