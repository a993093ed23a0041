"""The key records of an export as columns: many `TemporaryExposureKey` messages written or read in one go with numpy.

A record is key (field 1), transmission risk (2), rolling start (3), rolling period (4), report type (5) and days since
onset (6), all varints but the key. What is written is byte for byte what protobuf writes; a record that is not laid out
in this order is left to protobuf.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError

from bluezone.protocol._layout import Records
from bluezone.protocol.archive_pb2 import TemporaryExposureKey
from bluezone.protocol.batch import MAX_ONSET_DAYS, MAX_TRANSMISSION_RISK, NO_ONSET, KeyBatch
from bluezone.protocol.errors import ArchiveContentMalformed, KeyMalformed
from bluezone.protocol.intervals import INTERVALS_A_DAY
from bluezone.protocol.keys import KEY_BYTES
from bluezone.protocol.reports import ReportType

_Numbers = npt.NDArray[np.int64]
_Fields = npt.NDArray[np.int32]
_Flags = npt.NDArray[np.bool_]

_KEY_TAG = 0x0A
_RISK_TAG = 0x10
_START_TAG = 0x18
_PERIOD_TAG = 0x20
_REPORT_TAG = 0x28
_ONSET_TAG = 0x30
_NOT_TOLD = -1  # stands for an onset that is missing, before the zigzag coding is undone
_FIELDS = ((_RISK_TAG, 0), (_START_TAG, 0), (_PERIOD_TAG, INTERVALS_A_DAY), (_REPORT_TAG, 0), (_ONSET_TAG, _NOT_TOLD))
"""Tag and missing value, in the order in which servers write them."""

_ROW_BYTES = 35  # the longest record with tag and length: 2 + 18 + 2 + 6 + 3 + 2 + 2
_ROWS_AT_ONCE = 65_536  # bounds what the columns need beside the result
_INT32_END = 2**31
_ONSET_FIELD = "days_since_onset_of_symptoms"


def encode_records(batch: KeyBatch, tag: int) -> bytes:
    """The records of `batch` in its order, each under the field `tag` of the export message.

    Report type and onset are left out where unknown; everything else is always written.
    """
    if len(batch) and int(batch.rolling_start.max()) >= _INT32_END:
        return b"".join(_encode_one(batch, row, tag) for row in range(len(batch)))
    return b"".join(_encode_rows(batch.take(at, at + _ROWS_AT_ONCE), tag) for at in range(0, len(batch), _ROWS_AT_ONCE))


def _encode_rows(batch: KeyBatch, tag: int) -> bytes:
    """All rows at their longest in one table, from which the bytes that a row does not need are then left out."""
    count = len(batch)
    table = np.zeros((count, _ROW_BYTES), np.uint8)
    needed = np.ones((count, _ROW_BYTES), bool)
    table[:, 0] = tag
    table[:, 2] = _KEY_TAG
    table[:, 3] = KEY_BYTES
    table[:, 4:20] = batch.keys
    table[:, 20] = _RISK_TAG
    table[:, 21] = batch.transmission_risk
    table[:, 22] = _START_TAG
    at = 23
    for index in range(5):
        rest = batch.rolling_start >> np.uint32(7 * index)
        more = rest > 0x7F
        table[:, at + index] = rest & 0x7F | np.where(more, 0x80, 0)
        if index:
            needed[:, at + index] = rest > 0
    table[:, 28] = _PERIOD_TAG
    long_period = batch.rolling_period > 0x7F
    table[:, 29] = (
        batch.rolling_period
    )  # from 128 to 144 the low byte and the mark of a second one are the number itself
    table[:, 30] = 1
    needed[:, 30] = long_period
    table[:, 31] = _REPORT_TAG
    table[:, 32] = batch.report_type
    needed[:, 31:33] = (batch.report_type != ReportType.UNKNOWN)[:, None]
    onset = batch.days_since_onset.astype(np.int16)
    table[:, 33] = _ONSET_TAG
    table[:, 34] = (onset << 1 ^ onset >> 15).astype(np.uint8)  # zigzag
    needed[:, 33:35] = (batch.days_since_onset != NO_ONSET)[:, None]
    table[:, 1] = needed.sum(axis=1) - 2
    always = needed.all(axis=0)
    if (always == needed.any(axis=0)).all():
        return table[:, always].tobytes()
    return table[needed].tobytes()


def _encode_one(batch: KeyBatch, row: int, tag: int) -> bytes:
    """One record by protobuf: for starts from 2^31 on, which the format's int32 holds as negative numbers."""
    key = batch[row]
    start = key.key.rolling_start
    message = TemporaryExposureKey(
        key_data=key.key.key,
        transmission_risk_level=key.transmission_risk,
        rolling_start_interval_number=start - 2**32 if start >= _INT32_END else start,
        rolling_period=key.key.rolling_period,
        report_type=key.report_type.name if key.report_type else None,
        days_since_onset_of_symptoms=key.days_since_onset,
    )
    record = message.SerializeToString()
    return bytes([tag, len(record)]) + record


def decode_records(data: npt.NDArray[np.uint8], records: Records) -> KeyBatch:
    """The records that lie at those places in `data`, as columns.

    A missing rolling period is 144, a missing transmission risk 0; report types that the format does not know are
    UNKNOWN. Raises KeyMalformed for a key, period, risk or onset out of range, ArchiveContentMalformed for a record
    that is no message.
    """
    count = len(records.starts)
    keys = np.empty((count, KEY_BYTES), np.uint8)
    fields = np.empty((len(_FIELDS), count), np.int32)
    for at in range(0, count, _ROWS_AT_ONCE):
        rows = slice(at, at + _ROWS_AT_ONCE)
        first, last = np.array(records.starts[rows], np.int64), np.array(records.ends[rows], np.int64)
        odd = _decode_rows(data, first, last, keys[rows], fields[:, rows])
        for row in np.flatnonzero(odd).tolist():
            record = data[first[row] : last[row]].tobytes()
            keys[at + row], fields[:, at + row] = _decode_one(record)
    return _as_batch(keys, fields)


def _decode_rows(
    data: npt.NDArray[np.uint8], first: _Numbers, last: _Numbers, keys: npt.NDArray[np.uint8], fields: _Fields
) -> _Flags:
    """Fill `keys` and `fields` from the records in the usual order; the flags name the records that are not in it."""
    # Reading past a record's end is harmless: its position is compared with the end before anything is believed.
    odd: _Flags = (data.take(first, mode="clip") != _KEY_TAG) | (data.take(first + 1, mode="clip") != KEY_BYTES)
    odd |= first + 2 + KEY_BYTES > last
    keys[:] = np.lib.stride_tricks.sliding_window_view(data, KEY_BYTES)[np.minimum(first + 2, len(data) - KEY_BYTES)]
    at = first + 2 + KEY_BYTES
    for field, (tag, missing) in enumerate(_FIELDS):
        present = (at < last) & (data.take(at, mode="clip") == tag)
        value, after = _varints(data, at + 1, present)
        odd |= present & (value >= _INT32_END)
        fields[field] = np.where(present, value, missing)
        at = np.where(present, after, at)
    odd |= at != last
    return odd


def _varints(data: npt.NDArray[np.uint8], at: _Numbers, wanted: _Flags) -> tuple[_Numbers, _Numbers]:
    """The numbers that begin at `at` and the positions after them; one of more than five bytes comes out too large."""
    low = data.take(at, mode="clip").astype(np.int64)
    value = low & 0x7F
    at = at + 1
    more = wanted & (low > 0x7F)
    for shift in (7, 14, 21, 28):
        if not more.any():
            break
        low = data.take(at, mode="clip").astype(np.int64)
        value |= np.where(more, (low & 0x7F) << shift, 0)
        at += more
        more &= low > 0x7F
    return np.where(more, _INT32_END, value), at


def _decode_one(record: bytes) -> tuple[npt.NDArray[np.uint8], tuple[int, ...]]:
    """One record by protobuf: the key and the fields in the order of `_FIELDS`."""
    try:
        message = TemporaryExposureKey.FromString(record)
    except DecodeError as error:
        raise ArchiveContentMalformed(
            "A key record of this archive cannot be decoded; fetch the archive again."
        ) from error
    if len(message.key_data) != KEY_BYTES:
        raise KeyMalformed(f"A daily key has {KEY_BYTES} bytes, one of this archive {len(message.key_data)}.")
    onset = message.days_since_onset_of_symptoms
    return np.frombuffer(message.key_data, np.uint8), (
        message.transmission_risk_level,
        message.rolling_start_interval_number,
        message.rolling_period,
        message.report_type,
        # Zigzag as on the wire, cut where it leaves the column: what is that large is out of range anyway.
        min(onset << 1 ^ onset >> 31, _INT32_END - 1) if message.HasField(_ONSET_FIELD) else _NOT_TOLD,
    )


def _as_batch(keys: npt.NDArray[np.uint8], fields: _Fields) -> KeyBatch:
    """Range checks before the narrow columns can hide what was out of range."""
    risk, start, period, report, zigzag = fields
    onset = zigzag >> 1 ^ -(zigzag & 1)
    if ((period < 1) | (period > INTERVALS_A_DAY)).any():
        raise KeyMalformed(f"A rolling period lies between 1 and {INTERVALS_A_DAY}; a key of this archive breaks that.")
    if ((risk < 0) | (risk > MAX_TRANSMISSION_RISK)).any():
        raise KeyMalformed(
            f"A transmission risk lies between 0 and {MAX_TRANSMISSION_RISK}; one of this archive does not."
        )
    if ((zigzag != _NOT_TOLD) & (np.abs(onset) > MAX_ONSET_DAYS)).any():
        raise KeyMalformed(
            f"Days since onset lie between -{MAX_ONSET_DAYS} and {MAX_ONSET_DAYS}; some of this archive do not."
        )
    return KeyBatch(
        keys,
        start.astype(np.uint32),
        period.astype(np.uint8),
        np.where(report > max(ReportType), ReportType.UNKNOWN, report).astype(np.uint8),
        np.where(zigzag == _NOT_TOLD, NO_ONSET, onset).astype(np.int8),
        risk.astype(np.uint8),
    )
