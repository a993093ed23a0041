"""How far a phone model's receiver is off, so that one attenuation means the same on every phone."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from bluezone.risk.errors import CalibrationInvalid

_COLUMNS = ("oem", "model", "rssi_correction_db", "tx_power_dbm", "confidence")
_MAX_DECIBELS = 127


@dataclass(frozen=True, slots=True)
class Calibration:
    """One model's figures as in Google's published table of device calibrations.

    `rssi_correction` (dB) is added to what the receiver reports; `tx_power` (dBm) is what the model states in its
    beacons' metadata; `confidence` runs from 0 (a guess) to 3 (measured on this model).
    """

    rssi_correction: int
    tx_power: int
    confidence: int


UNCALIBRATED = Calibration(rssi_correction=0, tx_power=-26, confidence=0)
"""A model that nobody measured: no correction, and the median transmit power of the 551 models of Google's table."""


def read_calibrations(table: str) -> dict[tuple[str, str], Calibration]:
    """Calibrations by (maker, model), lower case, from CSV with the columns of Google's table.

    Columns: oem, model, rssi_correction_db, tx_power_dbm, confidence; others are allowed. Raises CalibrationInvalid
    naming the column and the line.
    """
    rows = csv.DictReader(io.StringIO(table))
    missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise CalibrationInvalid(f"The calibration table lacks the column {missing[0]}; add it to the first line.")
    found: dict[tuple[str, str], Calibration] = {}
    for row in rows:
        correction, power, confidence = (
            _decibels(row, column, rows.line_num) for column in ("rssi_correction_db", "tx_power_dbm", "confidence")
        )
        found[row["oem"].lower(), row["model"].lower()] = Calibration(correction, power, confidence)
    return found


def _decibels(row: dict[str, str | None], column: str, line: int) -> int:
    try:
        value = int(row[column] or "")
    except ValueError:
        value = _MAX_DECIBELS + 1
    if not -_MAX_DECIBELS <= value <= _MAX_DECIBELS:
        raise CalibrationInvalid(
            f"Line {line} of the calibration table has {row[column]!r} as {column}; write a whole number of decibels."
        )
    return value
