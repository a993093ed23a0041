"""Recurring jobs, each done by one process at a time: a lease in the database says by which.

A lease that its holder no longer renews passes to another process. The old holder, should it still be alive, cannot
write any more: each write under a lease checks the lease's generation in its own transaction (fencing).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from prometheus_client import Counter, Gauge

from bluezone.server.core import Core
from bluezone.server.errors import ServerError
from bluezone.server.tables import leases

FIRST_BACKOFF_SECONDS = 1.0
LONGEST_BACKOFF_SECONDS = 60.0
_BUSY_SECONDS = 0.5

log = structlog.get_logger(__name__)


class LeaseLost(ServerError):
    """Another process has taken over this job; what was being written is undone."""

    code = "lease_lost"
    status = 503


class JobBusy(ServerError):
    """Another process does this job and does not come to an end."""

    code = "job_busy"
    status = 503


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do a job, as of one generation."""

    name: str
    holder: str
    generation: int

    def check(self, connection: sa.Connection) -> None:
        """Return if the lease still stands, and keep it standing until the transaction ends; raise LeaseLost if not."""
        row = connection.execute(
            sa.select(leases.c.generation, leases.c.holder).where(leases.c.name == self.name).with_for_update()
        ).one_or_none()
        if row is None or row.generation != self.generation or row.holder != self.holder:
            raise LeaseLost(f"The job {self.name} has passed to another process; this one leaves it alone.")


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every `every` seconds; `run` does its writes under the lease that it is handed.

    `destroys`: it destroys what is due and does nothing else.
    """

    name: str
    every: float
    run: Callable[[Lease], Awaitable[None]]
    destroys: bool = False


@dataclass(frozen=True, slots=True)
class JobState:
    """A job's row as readers see it; `expires_at` is 0 while nobody holds its lease."""

    name: str
    due_at: float
    last_success: float | None
    expires_at: float


def read_jobs(connection: sa.Connection) -> list[JobState]:
    """Every job that ever ran here."""
    columns = leases.c.name, leases.c.due_at, leases.c.last_success, leases.c.expires_at
    rows = connection.execute(sa.select(*columns).order_by(leases.c.name))
    return [JobState(row.name, row.due_at, row.last_success, row.expires_at) for row in rows]


def acquire(
    connection: sa.Connection, job: Job, holder: str, *, now: float, seconds: float, even_if_not_due: bool = False
) -> Lease | None:
    """The lease of a job that is due, for `seconds`; None when it is not due or another holds it.

    Times twice as far ahead as a holder sets them come from a clock that has since been put back; they count as past.
    Once would not do: two processes' clocks differ a little, and so do the moments at which they looked.
    """
    connection.execute(_insert_missing(connection, job.name))
    due = sa.or_(leases.c.due_at <= now, leases.c.due_at > now + 2 * max(job.every, LONGEST_BACKOFF_SECONDS))
    free = sa.or_(leases.c.expires_at <= now, leases.c.expires_at > now + 2 * seconds)
    generation = connection.execute(
        sa.update(leases)
        .where(leases.c.name == job.name, sa.or_(due, sa.literal(even_if_not_due)), free)
        .values(holder=holder, expires_at=now + seconds, generation=leases.c.generation + 1)
        .returning(leases.c.generation)
    ).scalar_one_or_none()
    return None if generation is None else Lease(job.name, holder, generation)


def renew(connection: sa.Connection, lease: Lease, *, expires_at: float) -> None:
    """Keep the lease until `expires_at`; raises LeaseLost when it has passed on."""
    lease.check(connection)
    connection.execute(sa.update(leases).where(leases.c.name == lease.name).values(expires_at=expires_at))


def release(connection: sa.Connection, lease: Lease, *, due_at: float, succeeded_at: float | None) -> None:
    """Give the lease back; the job is due again at `due_at`."""
    lease.check(connection)
    values: dict[str, float] = {"expires_at": 0.0, "due_at": due_at}
    if succeeded_at is not None:
        values["last_success"] = succeeded_at
    connection.execute(sa.update(leases).where(leases.c.name == lease.name).values(values))


class JobRunner:
    """Runs jobs on the core's clock until it is stopped."""

    def __init__(self, core: Core, jobs: Sequence[Job]) -> None:
        self._core = core
        self.jobs = jobs
        self._holder = core.randomness.token_bytes(16).hex()
        self._tasks: list[asyncio.Task[None]] = []
        self._success = Gauge(
            "bluezone_job_last_success_timestamp_seconds",
            "When a job last succeeded, in this process",
            ["job"],
            registry=core.registry,
        )
        self._failures = Counter("bluezone_job_failures", "Failed runs of a job", ["job"], registry=core.registry)

    def start(self) -> None:
        """Begin; needs a running loop."""
        self._tasks = [asyncio.create_task(self._keep_running(job), name=f"job {job.name}") for job in self.jobs]

    async def stop(self) -> None:
        """Cancel whatever runs; an interrupted job's lease runs out by itself."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def destroy_now(self) -> None:
        """Run every job that destroys what is due, also where it ran a moment ago; waits for whoever runs it now.

        Raises JobBusy when another process keeps a job for longer than a lease lasts, and what the jobs raise.
        """
        for job in self.jobs:
            if not job.destroys:
                continue
            until = self._core.clock.now() + 2 * self._core.settings.lease_seconds
            while not await self.run_due(job, even_if_not_due=True):
                if self._core.clock.now() >= until:
                    raise JobBusy(f"Another process has done the job {job.name} all the while; try again later.")
                await self._core.clock.sleep(_BUSY_SECONDS)

    async def run_due(self, job: Job, *, even_if_not_due: bool = False) -> bool:
        """Run a job once if it is due and free; True when it ran. Raises what the job raises."""
        clock, database, seconds = self._core.clock, self._core.database, self._core.settings.lease_seconds
        lease = await database.write(
            acquire, job, self._holder, now=clock.now(), seconds=seconds, even_if_not_due=even_if_not_due
        )
        if lease is None:
            return False
        async with contextlib.AsyncExitStack() as stack:
            keeper = asyncio.create_task(self._keep(lease))
            stack.callback(keeper.cancel)
            try:
                await job.run(lease)
            except BaseException:
                keeper.cancel()
                backoff = min(job.every, LONGEST_BACKOFF_SECONDS)
                with contextlib.suppress(ServerError):
                    await database.write(release, lease, due_at=clock.now() + backoff, succeeded_at=None)
                raise
        now = clock.now()
        await database.write(release, lease, due_at=now + job.every, succeeded_at=now)
        self._success.labels(job.name).set(now)
        return True

    async def _keep(self, lease: Lease) -> None:
        clock, seconds = self._core.clock, self._core.settings.lease_seconds
        while True:
            await clock.sleep(seconds / 3)
            try:
                await self._core.database.write(renew, lease, expires_at=clock.now() + seconds)
            except LeaseLost:
                return  # the job's own writes find out by themselves
            except ServerError:
                continue  # the database is away: try again while the lease lasts

    async def _keep_running(self, job: Job) -> None:
        backoffs = _backoffs()
        while True:
            try:
                await self.run_due(job)
                wait = await self._until_due(job)
                backoffs = _backoffs()
            except Exception as error:
                self._failures.labels(job.name).inc()
                wait = next(backoffs) * self._core.randomness.uniform(0.5, 1.0)
                log.warning("job failed", job=job.name, error=type(error).__name__, next_try_seconds=round(wait, 1))
            await self._core.clock.sleep(wait)

    async def _until_due(self, job: Job) -> float:
        states = {state.name: state for state in await self._core.database.read(read_jobs)}
        state = states.get(job.name)
        left = job.every if state is None else state.due_at - self._core.clock.now()
        wait = min(max(left, 1.0), job.every)
        # Nobody makes a job due earlier; looking again once a lease finds one whose holder died.
        held = state is not None and state.expires_at > 0
        return min(wait, self._core.settings.lease_seconds) if held else wait


def _backoffs() -> Iterator[float]:
    seconds = FIRST_BACKOFF_SECONDS
    while True:
        yield seconds
        seconds = min(seconds * 2, LONGEST_BACKOFF_SECONDS)


def _insert_missing(connection: sa.Connection, name: str) -> sa.Executable:
    row = {"name": name, "holder": "", "generation": 0, "expires_at": 0.0, "due_at": 0.0}
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(leases).values(row).on_conflict_do_nothing()
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(leases).values(row).on_conflict_do_nothing()
