"""The ledger shows every row, but nothing that would open an account."""

from __future__ import annotations

import asyncio
from datetime import date

import sqlalchemy as sa

from bluezone.server.accounts.tables import accounts
from bluezone.server.core import Core
from bluezone.server.database import KEPT_BACK, metadata
from bluezone.server.stored import HIDDEN, list_stored
from bluezone.server.units.tables import units


async def _ledger(core: Core) -> dict[str, dict[str, object]]:
    unit = {
        "code": "33",
        "type": "Tỉnh",
        "name": "Hưng Yên",
        "path": "33",
        "folded": "hung yen",
        "valid_from": date(2020, 1, 1),
    }
    account = {
        "id": "a" * 32, "login": "hoa", "name": "Nguyễn Thị Hoa", "unit": "33", "password": "$argon2id$secret",
        "totp_secret": b"secret", "totp_step": 0, "created_at": 0,
    }  # fmt: skip

    def fill(connection: sa.Connection) -> None:
        connection.execute(sa.insert(units).values(**unit))
        connection.execute(sa.insert(accounts).values(**account))

    await core.database.write(fill)
    found = {table.name: table for table in await core.database.read(list_stored)}
    (row,) = found["accounts"].rows
    return {"accounts": dict(zip(found["accounts"].columns, row, strict=True))}


def test_the_ledger_hides_passwords_and_keys_of_codes_and_nothing_else(core: Core) -> None:
    core.database.migrate()
    shown = asyncio.run(_ledger(core))["accounts"]
    assert (shown["password"], shown["totp_secret"]) == (HIDDEN, HIDDEN)
    assert (shown["login"], shown["name"]) == ("hoa", "Nguyễn Thị Hoa")


def test_every_column_with_a_password_or_a_secret_is_kept_back() -> None:
    named = {
        f"{table.name}.{column.name}": column.info.get(KEPT_BACK, False)
        for table in metadata.tables.values()
        for column in table.columns
        if {"password", "secret"} & set(column.name.split("_"))
    }
    assert named == {"accounts.password": True, "accounts.totp_secret": True}
