"""Gates for the pages and the devices: registering, enrolling, counting, and what is destroyed when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.server.audit.service import Audit
from bluezone.server.core import Core
from bluezone.server.gates.registry import Registry
from bluezone.server.gates.tables import KEEP_SECONDS, gate_counts, gates
from bluezone.server.jobs import Job, Lease

__all__ = ["Gates", "gate_counts", "gates"]

HOUR_SECONDS = 3600

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
