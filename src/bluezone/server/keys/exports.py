"""Building key archives: every published key goes into exactly one, whatever happens in between.

A time of arrival (a window) is closed first, so that no key can enter it any more; then filler is stored among its
keys; then files are written under names that nothing refers to yet; then, in one transaction, the index lists them.
Each step can be repeated after a crash: a closed window no longer changes, so its files come out the same to the byte.
A window without keys makes no file, as with the Google key server.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from bluezone.protocol import ArchiveSigner, KeyBatch, write_archive
from bluezone.randomness import Randomness
from bluezone.server.core import Core
from bluezone.server.jobs import Lease
from bluezone.server.keys.columns import arrived_between, read_new, read_revised, still_reported
from bluezone.server.keys.publishing import WINDOW_LOCK, closed_until
from bluezone.server.keys.store import ArchiveStore
from bluezone.server.keys.tables import archives, export_batches, published_keys
from bluezone.server.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Window:
    """Times of arrival from `start` until before `end`, Unix seconds."""

    start: int
    end: int

    @property
    def prefix(self) -> str:
        """With what the names of this window's files begin."""
        return f"{self.start}-{self.end}-"


@dataclass(frozen=True, slots=True)
class BuiltArchive:
    """A file as the index lists it."""

    name: str
    end: int
    number: int
    keys: int
    revised_keys: int
    size: int
    digest: str


async def build_due(core: Core, archive_store: ArchiveStore, signer: ArchiveSigner, lease: Lease) -> list[BuiltArchive]:
    """Build the archives of every window that is old enough; the files that were added.

    Raises LeaseLost when another process has taken over, and the errors of database and store; what is left is done by
    the next call.
    """
    loop = asyncio.get_running_loop()
    built: list[BuiltArchive] = []
    while True:
        window = await core.database.write(close_window, lease, core.settings, core.clock.now())
        if window is None:
            return built
        await core.database.write(fill, lease, window, core.settings, core.randomness)
        new, revised = await core.database.read(
            lambda c, w: (read_new(c, w.start, w.end), read_revised(c, w.start, w.end)), window
        )
        files = await loop.run_in_executor(
            None, _write_files, window, new, revised, core.settings, signer, archive_store
        )
        await core.database.write(finish, lease, window, files)
        built += files
        log.info("archives built", files=len(files), published=sum(f.keys for f in files), end=window.end)


def close_window(connection: sa.Connection, lease: Lease, settings: Settings, now: float) -> Window | None:
    """The window to build next, closed to further keys; None when none is old enough or has keys."""
    lease.check(connection)
    unfinished = connection.execute(
        sa.select(export_batches.c.start_at, export_batches.c.end_at)
        .where(~export_batches.c.done)
        .order_by(export_batches.c.end_at)
        .limit(1)
    ).one_or_none()
    if unfinished is not None:
        return Window(unfinished.start_at, unfinished.end_at)
    if connection.dialect.name == "postgresql":
        # Waits for writers that have not seen this window close; on SQLite there is one writer at a time.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WINDOW_LOCK})
    closed = closed_until(connection)
    first = _earliest(connection, closed)
    if first is None:
        return None
    period = settings.export_period_minutes * 60
    start = first // period * period
    window = Window(max(start, closed), start + period)
    if window.end > now - settings.export_min_age_hours * 3600:
        return None
    connection.execute(
        sa.insert(export_batches).values(start_at=window.start, end_at=window.end, filled=False, done=False)
    )
    return window


def fill(connection: sa.Connection, lease: Lease, window: Window, settings: Settings, randomness: Randomness) -> None:
    """Store filler keys, which copy the metadata of the window's real ones, until there are enough; once a window."""
    lease.check(connection)
    this = export_batches.c.end_at == window.end
    if connection.execute(sa.select(export_batches.c.filled).where(this)).scalar_one():
        return
    enough = settings.export_min_records
    real = read_new(connection, window.start, window.end) if _count(connection, window) < enough else None
    if real is not None and len(real):
        wanted = enough + randomness.below(settings.export_padding_range + 1) - len(real)
        times = _times(connection, window)
        connection.execute(
            sa.insert(published_keys), [_filler(real, row % len(real), times, randomness) for row in range(wanted)]
        )
    connection.execute(sa.update(export_batches).where(this).values(filled=True))


def finish(connection: sa.Connection, lease: Lease, window: Window, files: list[BuiltArchive]) -> None:
    """List a window's files in the index."""
    lease.check(connection)
    if files:
        connection.execute(
            sa.insert(archives),
            [
                {
                    "name": file.name,
                    "end_at": file.end,
                    "number": file.number,
                    "keys": file.keys,
                    "revised_keys": file.revised_keys,
                    "size": file.size,
                    "digest": file.digest,
                }
                for file in files
            ],
        )
    connection.execute(sa.update(export_batches).where(export_batches.c.end_at == window.end).values(done=True))


def _write_files(
    window: Window,
    new: KeyBatch,
    revised: KeyBatch,
    settings: Settings,
    signer: ArchiveSigner,
    archive_store: ArchiveStore,
) -> list[BuiltArchive]:
    groups = list(_split(new, revised, settings.export_max_records))
    files: list[BuiltArchive] = []
    for number, (keys, changed) in enumerate(groups, start=1):
        # Files of one window differ in their end, as with the Google key server: phones take a second one with the
        # same end for the first one repeated.
        end = window.end + number if len(groups) > 1 else window.end
        data = write_archive(
            keys, signers=[signer], start=window.start, end=end, region=settings.region, revised=changed
        )
        name = f"{window.prefix}{number:05d}.zip"
        archive_store.put(name, data)
        digest = hashlib.sha256(data).hexdigest()
        files.append(BuiltArchive(name, window.end, number, len(keys), len(changed), len(data), digest))
    return files


def _split(new: KeyBatch, revised: KeyBatch, most: int) -> Iterator[tuple[KeyBatch, KeyBatch]]:
    """Parts of at most `most` keys in all; new keys first."""
    total = len(new) + len(revised)
    for at in range(0, total, most):
        until = min(at + most, total)
        yield (
            new.take(min(at, len(new)), min(until, len(new))),
            revised.take(max(at - len(new), 0), max(until - len(new), 0)),
        )


def _earliest(connection: sa.Connection, closed: int) -> int | None:
    """The earliest arrival or revision that no archive holds yet."""
    times = [
        connection.execute(sa.select(sa.func.min(column)).where(column >= closed)).scalar_one()
        for column in (published_keys.c.created_at, published_keys.c.revised_at)
    ]
    return min((time for time in times if time is not None), default=None)


def _count(connection: sa.Connection, window: Window) -> int:
    query = sa.select(sa.func.count()).select_from(published_keys)
    where = (arrived_between(window.start, window.end), still_reported(window.end))
    return connection.execute(query.where(*where)).scalar_one()


def _times(connection: sa.Connection, window: Window) -> list[int]:
    """The different times of arrival in a window."""
    column = published_keys.c.created_at
    query = sa.select(column).where(arrived_between(window.start, window.end), still_reported(window.end)).distinct()
    return sorted(connection.execute(query).scalars())


def _filler(real: KeyBatch, row: int, times: list[int], randomness: Randomness) -> dict[str, object]:
    return {
        "key": randomness.token_bytes(real.keys.shape[1]),
        "rolling_start": int(real.rolling_start[row]),
        "rolling_period": int(real.rolling_period[row]),
        "report_type": int(real.report_type[row]),
        "days_since_onset": int(real.days_since_onset[row]),
        "transmission_risk": int(real.transmission_risk[row]),
        "created_at": times[row % len(times)],
        "filler": True,
    }
