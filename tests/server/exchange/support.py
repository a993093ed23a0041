"""What exchange tests share: officers whose accounts are in the database, lists as districts write them."""

from __future__ import annotations

import csv
import io

import sqlalchemy as sa
from openpyxl import Workbook

from bluezone.server.accounts.access import Role
from bluezone.server.accounts.people import add_role, read_account
from bluezone.server.accounts.tables import accounts
from bluezone.server.database import metadata
from bluezone.server.exchange import imports as work_on
from bluezone.server.exchange.columns import ListKind
from bluezone.server.exchange.tables import import_rows, imports

DISTRICT = "323"


def plant_officer(core, unit=DISTRICT, role=Role.HEALTH_OFFICER, *, login="ban", name="Trần Thị Bàn"):
    """An account in the database that need not be able to sign in."""
    one = (login.encode().hex() + "a" * 32)[:32]

    def plant(connection):
        row = {}
        for column in accounts.columns:
            if not column.nullable and column.default is None:
                row[column.name] = 0 if isinstance(column.type, (sa.Integer, sa.Double)) else ""
        row |= {"id": one, "login": login, "name": name, "unit": unit}
        row = {key: value for key, value in row.items() if key in accounts.c}
        connection.execute(sa.insert(accounts).values(row))
        add_role(connection, one, role, unit, 0)
        return read_account(connection, one)

    return core.database.write_now(plant)


def workbook(titles, *rows, above=()):
    """An .xlsx file as a district sends it."""
    book = Workbook()
    page = book.active
    for line in above:
        page.append([line])
    page.append(list(titles))
    for row in rows:
        page.append(list(row))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def text_table(titles, *rows):
    kept = io.StringIO()
    csv.writer(kept).writerows([titles, *rows])
    return kept.getvalue().encode()


async def bring(exchange, account, kind, data, *, name="danh sách.xlsx", unit=""):
    return await exchange.bring(account, ListKind(kind), name, data, unit)


async def finish(exchange, account, import_id):
    """Take the import over, and wait until it has ended."""
    await exchange.start(account, import_id)
    await exchange.settle()
    return await exchange.casework.read(work_on.find_import, account, import_id)


async def look(exchange, import_id, **asked):
    return await exchange.casework.read(lambda c: work_on.read_rows(exchange.ground, c, import_id, **asked))


def count(core, table):
    return core.database.read_now(lambda c: c.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def everything(core, *names):
    """All rows of these tables."""
    tables = [metadata.tables[name] for name in names]
    return core.database.read_now(
        lambda c: {table.name: sorted(map(str, c.execute(sa.select(table)).all())) for table in tables}
    )


__all__ = [
    "DISTRICT",
    "bring",
    "count",
    "everything",
    "finish",
    "import_rows",
    "imports",
    "look",
    "plant_officer",
    "text_table",
    "workbook",
]
