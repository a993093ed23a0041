"""Destroying what is due: keys, archives, their files and what unfinished building left behind."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa
import structlog

from bluezone.protocol import DAY_SECONDS
from bluezone.server.core import Core
from bluezone.server.jobs import Lease
from bluezone.server.keys.exports import Window
from bluezone.server.keys.store import ArchiveStore, is_of
from bluezone.server.keys.tables import archives, export_batches, published_keys

_KEYS_AT_ONCE = 20_000  # one transaction's worth, so that publish calls do not wait long

log = structlog.get_logger(__name__)


async def destroy_due(core: Core, archive_store: ArchiveStore, lease: Lease) -> None:
    """Destroy what is older than the retention; raises the errors of lease, database and store."""
    loop = asyncio.get_running_loop()
    before = int(core.clock.now()) - core.settings.retention_days * DAY_SECONDS
    destroyed = 0
    while count := await core.database.write(_destroy_keys, lease, before):
        destroyed += count
    await core.database.write(_destroy_archives, lease, before)
    # The files first, the rows after: a file that is listed here and has no row then has none coming either.
    names = await loop.run_in_executor(None, archive_store.names)
    listed, unfinished = await core.database.read(_referred)
    for name in sorted(names - listed):
        if not any(is_of(name, window.prefix) for window in unfinished):
            await loop.run_in_executor(None, archive_store.delete, name)
    if destroyed:
        log.info("keys destroyed", count=destroyed)


def _destroy_keys(connection: sa.Connection, lease: Lease, before: int) -> int:
    lease.check(connection)
    due = sa.select(published_keys.c.key).where(published_keys.c.created_at < before).limit(_KEYS_AT_ONCE)
    return connection.execute(sa.delete(published_keys).where(published_keys.c.key.in_(due))).rowcount


def _destroy_archives(connection: sa.Connection, lease: Lease, before: int) -> None:
    lease.check(connection)
    connection.execute(sa.delete(archives).where(archives.c.end_at < before))
    latest = sa.select(sa.func.max(export_batches.c.end_at)).scalar_subquery()
    connection.execute(
        sa.delete(export_batches).where(
            export_batches.c.end_at < before, export_batches.c.done, export_batches.c.end_at != latest
        )
    )


def _referred(connection: sa.Connection) -> tuple[set[str], list[Window]]:
    """The files that the index lists, and the windows whose files are being written."""
    rows = connection.execute(
        sa.select(export_batches.c.start_at, export_batches.c.end_at).where(~export_batches.c.done)
    )
    return set(connection.execute(sa.select(archives.c.name)).scalars()), [Window(r.start_at, r.end_at) for r in rows]
