"""Gates for the pages and the devices: registering, enrolling, counting, and what is destroyed when."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.materials import GateSheet, GateSheetRow, gate_sheet
from bluezone.protocol.gate import SHEET_SEED_BYTES, paper_sheet
from bluezone.server.accounts.access import Account, Action, denied
from bluezone.server.audit.service import Audit
from bluezone.server.core import Core
from bluezone.server.gates.registry import Registry, find_gate
from bluezone.server.gates.tables import KEEP_SECONDS, gate_counts, gates
from bluezone.server.jobs import Job, Lease
from bluezone.server.language import VIETNAM, Language
from bluezone.server.units.service import find_unit

__all__ = ["Gates", "gate_counts", "gates"]

HOUR_SECONDS = 3600
PAPER_KEY_FILE = "gates-paper-key"
SHEET_HOURS = (6, 19)
"""From when to when a day's sheet goes: 78 rows, as many as an A4 page holds."""

P = ParamSpec("P")
T = TypeVar("T")


class Gates:
    """The room's service; `key` certifies gates, and phones trust it."""

    def __init__(self, core: Core, audit: Audit, key: ec.EllipticCurvePrivateKey) -> None:
        self.core = core
        self.registry = Registry(core, audit, key)

    async def read(self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.core.database.read(fn, *args, **kwargs)

    async def write(
        self, fn: Callable[Concatenate[Registry, sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`fn(registry, connection, …)` in a transaction of its own."""

        def run(connection: sa.Connection) -> T:
            return fn(self.registry, connection, *args, **kwargs)

        return await self.core.database.write(run)

    async def sheet(self, account: Account, gate: str, day: date, *, language: Language) -> bytes:
        """A gate's paper of a day as PDF, from six to seven in the evening. Raises AccessDenied."""

        def read(connection: sa.Connection) -> tuple[str, str]:
            row = find_gate(connection, account, Action.GATES_WORK, gate)
            if row.withdrawn_at is not None:
                raise denied()
            unit = find_unit(connection, row.unit)
            return row.label, unit.title if unit else ""

        label, unit = await self.read(read)
        midnight = datetime(day.year, day.month, day.day, tzinfo=VIETNAM)
        begins, ends = (int((midnight + timedelta(hours=hour)).timestamp()) for hour in SHEET_HOURS)
        rows = [
            GateSheetRow(row.starts_at, row.word, row.glance.digits, row.glance.picture, row.glance.colour)
            for row in paper_sheet(self._paper_seed(gate, day), starts_at=begins, ends_at=ends)
        ]
        hotline, now = self.core.settings.hotline, self.core.clock.now()
        paper = GateSheet(label, unit, day, rows, hotline, now)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, lambda: gate_sheet(paper, language=language))

    def _paper_seed(self, gate: str, day: date) -> bytes:
        """Nothing of it is kept: the same gate and day give the same words."""
        key = self.core.secrets.token(PAPER_KEY_FILE)
        return hmac.digest(key, f"{gate} {day.isoformat()}".encode(), hashlib.sha256)[:SHEET_SEED_BYTES]

    def jobs(self) -> list[Job]:
        """The destruction of what is due."""
        return [Job("gates", HOUR_SECONDS, self._destroy, destroys=True)]

    async def _destroy(self, lease: Lease) -> None:
        def run(registry: Registry, connection: sa.Connection) -> None:
            lease.check(connection)
            before: Any = registry.now() - KEEP_SECONDS
            connection.execute(sa.delete(gate_counts).where(gate_counts.c.hour <= before))
            connection.execute(sa.delete(gates).where(gates.c.withdrawn_at <= before))

        await self.write(run)
