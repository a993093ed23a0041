"""A row in every table of the database, made from the columns alone: a new table is filled as soon as it is there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bluezone.server.database import metadata

WITH_END: dict[str, dict[str, Any]] = {
    "accounts": {"closed_at": "now"},
    "account_sessions": {"stage": "full"},
    "text_messages": {"state": "waiting"},
}
"""What a row needs beside the columns that may not be null, so that it has an end; "now" is the moment of filling."""


def fill(connection: sa.Connection, now: float, *, number: int = 1, tables: Collection[str] = ()) -> None:
    """Insert one row into every table (or these), each belonging to the rows of the tables that it refers to.

    Columns of times, days and minutes hold `now`; `number` keeps the rows of several fillings apart.
    """
    ids: dict[tuple[str, str], Any] = {}
    for table in metadata.sorted_tables:
        if tables and table.name not in tables:
            continue
        row: dict[str, Any] = {}
        for column in table.columns:
            row[column.name] = _value(column, now, number, ids)
            ids[table.name, column.name] = row[column.name]
        row |= {name: int(now) if value == "now" else value for name, value in WITH_END.get(table.name, {}).items()}
        connection.execute(sa.insert(table).values(row))


def _value(column: sa.Column[Any], now: float, number: int, ids: dict[tuple[str, str], Any]) -> Any:
    for key in column.foreign_keys:
        return ids[key.column.table.name, key.column.name] if not column.nullable or column.primary_key else None
    if column.nullable:
        return None if column.name != "long_hash" else bytes([number]) * 32
    if column.name == "path":
        return "/x/"
    match column.type:
        case sa.Boolean():
            return False
        case sa.LargeBinary():
            return bytes([number]) * 16
        case sa.Date():
            return datetime.fromtimestamp(now, UTC).date()
        case sa.Double():
            return float(int(now))
        case sa.Integer():
            if column.name == "minute":
                return int(now // 60)
            if column.name.endswith("_day"):
                return int(now // 86400)
            moment = column.name.endswith(("_at", "_start", "at", "until", "from", "to"))
            return int(now) if moment else number
    return f"{number}x"[: getattr(column.type, "length", None)]
