"""What the server holds, table by table: for what, until when, and row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from bluezone.server.core import Core
from bluezone.server.database import KEPT_BACK, metadata
from bluezone.server.language import Language

MOST_ROWS = 1000
"""How many rows of one table an answer holds at most."""

HIDDEN = "•••"
"""Stands for every value of a column that is kept back."""

COUNTED_EVERY_SECONDS = 3600.0
COARSE_STEP = 10


class StoredTable(msgspec.Struct, frozen=True):
    """A table: how many rows it has, for what they are there, when they are destroyed, whether they concern people.

    Sentences are in the language that was asked for. `exact` is false where `count` is cut to the ten below. `rows` are
    the first 1,000 by primary key; bytes are told as hexadecimal.
    """

    name: str
    title: str
    count: int
    exact: bool
    purpose: str
    destroyed: str
    personal: bool
    columns: list[str]
    rows: list[list[str | int | float | bool | None]]


def list_stored(connection: sa.Connection, *, with_rows: bool = True, language: Language = "vi") -> list[StoredTable]:
    """Every table of the database that this connection sees, by name."""
    counts = _count(connection)
    return [
        _told(table, counts[table.name], language, list(_rows(connection, table)) if with_rows else [])
        for table in _tables()
    ]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was read of the tables, and when (Unix seconds)."""

    tables: list[StoredTable]
    read_at: float


class PublicLedger:
    """What anybody may read of the tables.

    Every row, as of now, where the setting `open_rows` allows it. Elsewhere counts alone, taken at most once an hour
    and cut to the ten below where a table concerns people: whoever watches somebody's phone and asks before and after a
    call does not learn whether a case was registered or keys were published by it.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._counts: dict[str, int] = {}
        self._counted_at: float | None = None

    async def read(self, language: Language) -> Ledger:
        """Raises DatabaseUnavailable."""
        now = self._core.clock.now()
        if self._core.settings.open_rows:
            return Ledger(await self._core.database.read(list_stored, language=language), now)
        if self._counted_at is None or not 0 <= now - self._counted_at < COUNTED_EVERY_SECONDS:
            self._counts, self._counted_at = await self._core.database.read(_count), now
        told = [_coarse(_told(table, self._counts[table.name], language, [])) for table in _tables()]
        return Ledger(told, self._counted_at)


def _tables() -> list[sa.Table]:
    return sorted(metadata.tables.values(), key=lambda table: table.name)


def _count(connection: sa.Connection) -> dict[str, int]:
    return {
        table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in _tables()
    }


def _told(
    table: sa.Table, count: int, language: Language, rows: list[list[str | int | float | bool | None]]
) -> StoredTable:
    return StoredTable(
        name=table.name,
        title=table.info["title"][language],
        count=count,
        exact=True,
        purpose=table.info["purpose"][language],
        destroyed=table.info["destroyed"][language],
        personal=table.info["personal"],
        columns=[column.name for column in table.columns],
        rows=rows,
    )


def _coarse(table: StoredTable) -> StoredTable:
    if not table.personal:
        return table
    return msgspec.structs.replace(table, count=table.count - table.count % COARSE_STEP, exact=False)


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[list[str | int | float | bool | None]]:
    query = sa.select(table).order_by(*table.primary_key.columns).limit(MOST_ROWS)
    kept_back = [column.info.get(KEPT_BACK, False) for column in table.columns]
    for row in connection.execute(query):
        yield [HIDDEN if hidden else _plain(value) for value, hidden in zip(row, kept_back, strict=True)]


def _plain(value: Any) -> str | int | float | bool | None:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)
