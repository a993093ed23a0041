"""What of the tables with personal data is due to be destroyed, and when: read from the rows, not promised."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from bluezone.server.ages import AGE, Age
from bluezone.server.core import Core
from bluezone.server.database import metadata
from bluezone.server.jobs import JobRunner
from bluezone.server.language import Language
from bluezone.server.settings import Settings

LATE_SECONDS = 2 * 3600
"""What is due for longer has missed a run of its job: they come once an hour at least."""


class TableDues(msgspec.Struct, frozen=True):
    """How a table stands at one moment; times are Unix seconds, None where there is no row or nothing says.

    `oldest` is when the oldest row came to be, `first_due` when the first row is to be destroyed. `due` rows are to be
    destroyed, or emptied in part, by now; `late` are those of them that should have been in an earlier run.
    """

    name: str
    title: str
    destroyed: str
    rows: int
    oldest: float | None
    first_due: float | None
    due: int
    late: int


class Purged(msgspec.Struct, frozen=True):
    """What a purge did to a table: rows destroyed or emptied in part, and rows that are still due."""

    name: str
    title: str
    destroyed: int
    left: int


def personal_tables() -> list[sa.Table]:
    """The tables whose rows concern people, by name."""
    return [metadata.tables[name] for name in sorted(metadata.tables) if metadata.tables[name].info["personal"]]


def read_dues(
    connection: sa.Connection, settings: Settings, now: float, *, language: Language = "vi"
) -> list[TableDues]:
    """Every table with personal data, by name."""
    return [_read(connection, table, settings, now, language) for table in personal_tables()]


async def purge(core: Core, runner: JobRunner, *, language: Language = "vi") -> list[Purged]:
    """Destroy now what is due now, by the very jobs that do it every hour; every table that had something due.

    Raises JobBusy, DatabaseUnavailable, and what else the jobs raise.
    """
    now = core.clock.now()

    async def read() -> list[TableDues]:
        return await core.database.read(read_dues, core.settings, now, language=language)

    before = await read()
    await runner.destroy_now()
    return _purged(before, await read())


def _purged(before: Sequence[TableDues], after: Sequence[TableDues]) -> list[Purged]:
    return [
        Purged(one.name, one.title, one.due - other.due, other.due)
        for one, other in zip(before, after, strict=True)
        if one.due
    ]


def _read(connection: sa.Connection, table: sa.Table, settings: Settings, now: float, language: Language) -> TableDues:
    age: Age = table.info[AGE]
    born = sa.null() if age.born is None else age.born(table.c)
    moments = sa.select(born.label("born"), age.due(table.c, settings).label("due")).select_from(table)
    rows = moments.cte().prefix_with("MATERIALIZED")  # each row's moment is found once, not once a figure

    def due_for(seconds: float) -> sa.ColumnElement[int]:
        return sa.func.count().filter(rows.c.due <= now - seconds)

    count, oldest, first_due, due, late = connection.execute(
        sa.select(sa.func.count(), sa.func.min(rows.c.born), sa.func.min(rows.c.due), due_for(0), due_for(LATE_SECONDS))
    ).one()
    told = {key: table.info[key][language] for key in ("title", "destroyed")}
    return TableDues(name=str(table.name), rows=count, oldest=oldest, first_due=first_due, due=due, late=late, **told)
