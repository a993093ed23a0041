"""What the server holds, table by table: for what, until when, and row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa
from litestar import get

from bluezone.server.core import CoreParameter
from bluezone.server.database import metadata

MOST_ROWS = 1000
"""How many rows of one table an answer holds at most."""


class StoredTable(msgspec.Struct, frozen=True):
    """A table: how many rows it has, for what they are there, when they are destroyed, whether they concern people.

    `rows` are the first 1,000 by primary key; bytes are told as hexadecimal.
    """

    name: str
    count: int
    purpose: str
    destroyed: str
    personal: bool
    columns: list[str]
    rows: list[list[str | int | float | bool | None]]


def list_stored(connection: sa.Connection, *, with_rows: bool = True) -> list[StoredTable]:
    """Every table of the database that this connection sees, by name."""
    return [
        StoredTable(
            name=table.name,
            count=connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one(),
            purpose=table.info["purpose"],
            destroyed=table.info["destroyed"],
            personal=table.info["personal"],
            columns=[column.name for column in table.columns],
            rows=list(_rows(connection, table)) if with_rows else [],
        )
        for table in sorted(metadata.tables.values(), key=lambda table: table.name)
    ]


@get("/stored", summary="What this server holds, for what and until when")
async def stored(core: CoreParameter) -> list[StoredTable]:
    """Rows are listed only where the setting `open_rows` allows it."""
    return await core.database.read(list_stored, with_rows=core.settings.open_rows)


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[list[str | int | float | bool | None]]:
    query = sa.select(table).order_by(*table.primary_key.columns).limit(MOST_ROWS)
    for row in connection.execute(query):
        yield [_plain(value) for value in row]


def _plain(value: Any) -> str | int | float | bool | None:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)
