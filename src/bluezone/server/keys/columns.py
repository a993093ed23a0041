"""Rows of published keys as columns, a million at a time, without an object for each key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from bluezone.protocol import KEY_BYTES, KeyBatch, ReportType
from bluezone.server.keys.tables import published_keys

_ROWS_AT_ONCE = 4096  # few enough that the rows stay in the processor's cache
_COPY_HEAD_BYTES = 19  # PostgreSQL's binary COPY: signature 11, flags 4, length of the extension 4
_COPY_ROW = np.dtype(
    [("fields", ">i2"), ("key_length", ">i4"), ("key", "u1", KEY_BYTES), ("length", ">i4"), ("rest", ">i8")]
)
_COPY_END_BYTES = 2
_LITERALLY = {"literal_binds": True}  # the drivers' bulk ways, used below, have other marks for parameters


def read_new(connection: sa.Connection, start: int, end: int) -> KeyBatch:
    """The keys that arrived from `start` until before `end`, sorted, as they stood at `end`; without the withdrawn."""
    c = published_keys.c
    # The many that nobody changed need no case distinction, which would double the time to read them.
    unchanged = _query(c.report_type, c.days_since_onset, c.transmission_risk).where(c.revised_at.is_(None))
    early = c.revised_at < end
    changed = _query(
        sa.case((early, c.revised_report_type), else_=c.report_type),
        sa.case((early, c.revised_days_since_onset), else_=c.days_since_onset),
        sa.case((early, c.revised_transmission_risk), else_=c.transmission_risk),
    ).where(c.revised_at.is_not(None), still_reported(end))
    arrived = arrived_between(start, end)
    return _read(connection, unchanged.where(arrived), changed.where(arrived))


def read_revised(connection: sa.Connection, start: int, end: int) -> KeyBatch:
    """The keys published before `start` that were revised from `start` until before `end`, sorted."""
    c = published_keys.c
    query = _query(c.revised_report_type, c.revised_days_since_onset, c.revised_transmission_risk).where(
        c.revised_at >= start, c.revised_at < end, c.created_at < start
    )
    return _read(connection, query)


def arrived_between(start: int, end: int) -> sa.ColumnElement[bool]:
    """The condition for keys of an archive that covers `start` until before `end`."""
    return sa.and_(published_keys.c.created_at >= start, published_keys.c.created_at < end)


def still_reported(end: int) -> sa.ColumnElement[bool]:
    """The condition for keys that were not withdrawn before `end`."""
    c = published_keys.c
    return sa.or_(c.revised_at.is_(None), c.revised_at >= end, c.revised_report_type != int(ReportType.REVOKED))


def _query(report_type: Any, onset: Any, risk: Any) -> sa.Select[Any]:
    """Key and one number for all the rest: start (32 bits), period, report type, onset + 128, risk (8 bits each)."""
    c = published_keys.c

    def shifted(bits: int) -> sa.ColumnElement[int]:
        return sa.cast(1 << bits, sa.BigInteger)

    packed = (
        c.rolling_start * shifted(32)
        + c.rolling_period * shifted(24)
        + report_type * shifted(16)
        + (onset + 128) * shifted(8)
        + risk
    )
    return sa.select(c.key, packed)


def _read(connection: sa.Connection, *queries: sa.Select[Any]) -> KeyBatch:
    rows_of = _postgresql if connection.dialect.name == "postgresql" else _sqlite
    keys: list[npt.NDArray[np.uint8]] = [np.empty((0, KEY_BYTES), np.uint8)]
    numbers: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    for query in queries:
        for some_keys, some_numbers in rows_of(connection, str(query.compile(connection, compile_kwargs=_LITERALLY))):
            keys.append(some_keys)
            numbers.append(some_numbers)
    key = np.concatenate(keys)
    packed = np.concatenate(numbers)
    halves = np.ascontiguousarray(key).view(">u8")
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    packed = packed[order]
    return KeyBatch(
        key[order],
        (packed >> 32).astype(np.uint32),
        (packed >> 24 & 0xFF).astype(np.uint8),
        (packed >> 16 & 0xFF).astype(np.uint8),
        ((packed >> 8 & 0xFF) - 128).astype(np.int8),
        (packed & 0xFF).astype(np.uint8),
    )


def _sqlite(connection: sa.Connection, sql: str) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]]:
    driver: Any = connection.connection.driver_connection
    cursor = driver.execute(sql)
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        keys = np.frombuffer(b"".join([key for key, _ in rows]), np.uint8).reshape(-1, KEY_BYTES)
        yield keys, np.array([number for _, number in rows], np.int64)


def _postgresql(connection: sa.Connection, sql: str) -> Iterator[tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]]:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT BINARY)") as copy:
        data = b"".join(bytes(part) for part in copy)
    table = np.frombuffer(data[_COPY_HEAD_BYTES : len(data) - _COPY_END_BYTES], _COPY_ROW)
    yield table["key"].copy(), table["rest"].astype(np.int64)
