"""The exchange room's service: imports that go on whatever happens, and the destruction of old ones."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa
import structlog

from bluezone.server.accounts.access import Account, Action
from bluezone.server.casework.service import Casework, Panel, PersonData, alike, persons
from bluezone.server.errors import DatabaseUnavailable
from bluezone.server.exchange import imports as work_on
from bluezone.server.exchange.columns import ListKind
from bluezone.server.exchange.entries import Entry
from bluezone.server.exchange.imports import State
from bluezone.server.exchange.matching import maybe_same
from bluezone.server.exchange.tables import IMPORT_SECONDS, imports
from bluezone.server.exchange.working import fail, work
from bluezone.server.jobs import Job, Lease
from bluezone.server.units.service import find_unit

HOUR_SECONDS = 3600.0
RESUME_SECONDS = 600.0
"""Nobody waits for this: whoever looks at an import that stands takes it up."""
STALLED_SECONDS = 10
"""A running import of which no batch was done for so long is taken up by another process."""

log = structlog.get_logger(__name__)


class Exchange:
    """Built once, when the application is."""

    def __init__(self, casework: Casework) -> None:
        self.casework = casework
        self.ground = casework.ground
        casework.panels.append(Panel("exchange/alike_panel.html", self.panel, Action.WORK_CASES))
        self._tasks: set[asyncio.Task[None]] = set()

    def panel(self, connection: sa.Connection, account: Account, person: str) -> dict[str, Any]:
        """Whom else on record somebody may be, for their page."""
        row = connection.execute(sa.select(persons).where(persons.c.id == person)).one()
        data = PersonData(name=row.name, unit=row.unit, birth_year=row.birth_year, phone=row.phone)
        others = [one for one in alike(connection, account, data) if one.id != person and maybe_same(row, one)]
        titles = {one.unit: unit.title for one in others if (unit := find_unit(connection, one.unit))}
        return {"person": person, "others": others, "titles": titles}

    async def bring(self, account: Account, kind: ListKind, name: str, data: bytes, usual_unit: str) -> str:
        """Read a file and keep what its rows would change; the import's identifier. Raises FileRefused."""
        table = await asyncio.to_thread(work_on.read_file, data, name, kind)

        def look(connection: sa.Connection) -> list[Entry]:
            return work_on.preview(self.ground, connection, account, kind, table, usual_unit)

        entries = await self.casework.read(look)
        said = work_on.said_of(table, usual_unit)
        return await self.casework.write(work_on.keep, account, kind, name, said, entries)

    async def start(self, account: Account, import_id: str) -> None:
        """Begin working on an import's rows, in the background. Raises AccessDenied or ImportNotOpen."""
        await self.casework.write(work_on.start, account, import_id)
        self._begin(import_id)

    def take_up(self, row: sa.Row[Any]) -> None:
        """Go on with an import that a process left, when somebody looks at its row."""
        if row.state == State.RUNNING and row.worked_at <= self.ground.now() - STALLED_SECONDS and not self._tasks:
            self._begin(row.id)

    def _begin(self, import_id: str) -> None:
        task = asyncio.create_task(self._keep_on(import_id), name="import")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Return when what was started here has ended."""
        await asyncio.gather(*self._tasks)

    async def stop(self) -> None:
        """Leave off; what is not done is taken up again later."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def jobs(self) -> list[Job]:
        """Taking up imports that a process left, and the destruction of old ones."""
        return [
            Job("imports", RESUME_SECONDS, self._resume),
            Job("exchange", HOUR_SECONDS, self._destroy, destroys=True),
        ]

    async def _keep_on(self, import_id: str) -> None:
        """Work until all is done; what the database could not keep is taken up again later."""
        try:
            while await self.casework.write(work, import_id):
                pass
        except DatabaseUnavailable as error:
            log.warning("import interrupted", error=type(error).__name__)
        except Exception as error:
            # It would come again with the same rows: whoever brought them is told, and nothing is tried for ever.
            log.error("import failed", error=type(error).__name__)
            await self.casework.write(fail, import_id)

    async def _resume(self, _lease: Lease) -> None:
        now = self.ground.now()

        def stalled(connection: sa.Connection) -> list[str]:
            c = imports.c
            query = sa.select(c.id).where(c.state == State.RUNNING, c.worked_at <= now - STALLED_SECONDS)
            return list(connection.execute(query).scalars())

        for import_id in await self.casework.read(stalled):
            await self._keep_on(import_id)

    async def _destroy(self, lease: Lease) -> None:
        await self.casework.write(lambda _ground, connection: destroy_due(connection, lease, self.ground.now()))


def destroy_due(connection: sa.Connection, lease: Lease, now: int) -> None:
    """Destroy imports that were brought seven days ago, with all their rows."""
    lease.check(connection)
    connection.execute(sa.delete(imports).where(imports.c.created_at <= now - IMPORT_SECONDS))
