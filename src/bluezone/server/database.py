"""One door to the database: reads and writes as plain functions of a connection, on SQLite and on PostgreSQL.

On SQLite one writer thread commits whatever has queued up in one transaction (group commit), each write in a savepoint
of its own, with `synchronous=FULL`; a write returns only after that COMMIT, so that what was acknowledged survives the
power switch. On PostgreSQL every write has a transaction and a pooled connection of its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import Any, Concatenate, ParamSpec, TypeVar

import alembic.command
import alembic.config
import psycopg
import psycopg.errors
import sqlalchemy as sa
import sqlalchemy.exc

from bluezone.server.errors import DatabaseUnavailable, StorageFull

P = ParamSpec("P")
T = TypeVar("T")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every room's tables hang here, each with `info={"purpose": …, "destroyed": …}` (bluezone.server.stored)."""

KEPT_BACK = "kept_back"
"""A column whose `info` says so is never shown in the ledger: what would open an account to whoever reads it."""

GROUP = 256
"""The largest number of writes in one SQLite transaction."""

BUSY_SECONDS = 10
"""How long SQLite waits for another process's transaction."""

_TROUBLE = (sqlalchemy.exc.OperationalError, sqlite3.OperationalError, psycopg.OperationalError)
"""Trouble with the database itself, from SQLAlchemy or from a driver used directly for bulk."""

_MIGRATION_LOCK = 0x424C5545  # an arbitrary number for pg_advisory_xact_lock: "BLUE"


@dataclass(slots=True)
class _Write:
    """A queued write and where its result goes."""

    run: Callable[[sa.Connection], Any]
    done: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Raised:
    """What a write raised, told apart from an exception that a write returns as its result."""

    error: Exception


class Database:
    """A database of either kind; `connections` bounds concurrent readers (SQLite) or all connections (PostgreSQL)."""

    def __init__(self, url: str, *, connections: int = 4) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._readers = _sqlite_engine(self.url, "BEGIN", connections)
            self._writers = _sqlite_engine(self.url, "BEGIN IMMEDIATE", 1)
            self._write_threads = ThreadPoolExecutor(1, "database-writer")
        else:
            self._readers = self._writers = sa.create_engine(
                self.url.set(drivername="postgresql+psycopg"),
                pool_size=connections,
                max_overflow=0,
                pool_pre_ping=True,
                connect_args={"connect_timeout": BUSY_SECONDS},
            )
            self._write_threads = ThreadPoolExecutor(connections, "database-writer")
        self._read_threads = ThreadPoolExecutor(connections, "database-reader")
        self._queue: list[_Write] = []
        self._drain: asyncio.Task[None] | None = None

    async def read(self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `fn(connection, …)` in a transaction that is rolled back.

        Raises DatabaseUnavailable when the database cannot be reached.
        """
        return await self._run(self._read_threads, self.read_now, lambda c: fn(c, *args, **kwargs))

    async def write(self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `fn(connection, …)` once it is committed to disk.

        An exception of `fn` undoes its own write alone. `fn` may run twice (the first time undone), so it has no effect
        outside the database; on PostgreSQL other writes run beside it, so it relies on constraints and conditional
        updates, not on having looked first. Raises DatabaseUnavailable, or StorageFull, when nothing was kept.
        """
        loop = asyncio.get_running_loop()

        def run(connection: sa.Connection) -> T:
            return fn(connection, *args, **kwargs)

        if not self.is_sqlite:
            return await self._run(self._write_threads, self.write_now, run)
        done: asyncio.Future[T] = loop.create_future()
        self._queue.append(_Write(run, done))
        if self._drain is None or self._drain.done():
            self._drain = loop.create_task(self._drain_queue())
        return await done

    def read_now(self, fn: Callable[[sa.Connection], T]) -> T:
        """As `read`, in the calling thread."""
        try:
            with self._readers.connect() as connection, connection.begin() as transaction:
                result = fn(connection)
                transaction.rollback()
                return result
        except _TROUBLE as error:
            raise _unavailable(error) from error

    def write_now(self, fn: Callable[[sa.Connection], T]) -> T:
        """As `write`, in the calling thread and in a transaction of its own."""
        try:
            with self._writers.begin() as connection:
                return fn(connection)
        except _TROUBLE as error:
            raise _unavailable(error) from error

    def migrate(self) -> None:
        """Bring the tables to this version's; other processes that start meanwhile wait for it."""

        def upgrade(connection: sa.Connection) -> None:
            # SQLite's BEGIN IMMEDIATE already keeps others out.
            if not self.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
            with as_file(files("bluezone.server") / "migrations") as scripts:
                config = alembic.config.Config()
                config.set_main_option("script_location", str(scripts).replace("%", "%%"))
                config.attributes["connection"] = connection
                alembic.command.upgrade(config, "head")

        self.write_now(upgrade)

    async def close(self) -> None:
        """Finish what is queued and let go of the connections."""
        if self._drain is not None and not self._drain.done():
            await self._drain
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self.close_now)

    def close_now(self) -> None:
        """As `close`, when no write is queued."""
        self._write_threads.shutdown()
        self._read_threads.shutdown()
        self._writers.dispose()
        self._readers.dispose()

    async def _run(
        self,
        threads: ThreadPoolExecutor,
        door: Callable[[Callable[[sa.Connection], T]], T],
        fn: Callable[[sa.Connection], T],
    ) -> T:
        try:
            waiting = asyncio.get_running_loop().run_in_executor(threads, door, fn)
        except RuntimeError as error:
            raise DatabaseUnavailable("The server is stopping; nothing of this call was kept.") from error
        return await waiting

    async def _drain_queue(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            group, self._queue = self._queue[:GROUP], self._queue[GROUP:]
            try:
                outcomes = await loop.run_in_executor(self._write_threads, self._commit, [write.run for write in group])
            except BaseException as error:
                # The database is closed or the loop ends: whoever waits is told, instead of waiting for ever.
                gone = DatabaseUnavailable("The server is stopping; nothing of this call was kept, try again later.")
                for write in (*group, *self._queue):
                    if not write.done.done():
                        write.done.set_exception(gone)
                self._queue = []
                if not isinstance(error, Exception):
                    raise
                return
            for write, outcome in zip(group, outcomes, strict=True):
                if write.done.done():
                    continue  # nobody waits any more
                if isinstance(outcome, _Raised):
                    write.done.set_exception(outcome.error)
                else:
                    write.done.set_result(outcome)

    def _commit(self, group: list[Callable[[sa.Connection], Any]]) -> list[Any]:
        """The results of writes that share a transaction, `_Raised` where one failed."""
        if len(group) > 1:
            try:
                with self._writers.begin() as connection:
                    return [_in_savepoint(connection, run) for run in group]
            except _TROUBLE:
                # SQLite may have undone the whole transaction (disk full, input/output error): each alone, then,
                # so that one write that cannot be kept takes no other with it.
                pass
        return [self._alone(run) for run in group]

    def _alone(self, run: Callable[[sa.Connection], Any]) -> Any:
        try:
            return self.write_now(run)
        except Exception as error:
            return _Raised(error)


def _in_savepoint(connection: sa.Connection, run: Callable[[sa.Connection], Any]) -> Any:
    try:
        with connection.begin_nested():
            return run(connection)
    except _TROUBLE:
        raise
    except Exception as error:
        return _Raised(error)


def _sqlite_engine(url: sa.URL, begin: str, connections: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        poolclass=sa.QueuePool,
        pool_size=connections,
        max_overflow=0,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
    )

    @sa.event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins no transaction by itself; the event below does
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _unavailable(error: Exception) -> DatabaseUnavailable:
    cause = getattr(error, "orig", error)
    full = isinstance(cause, psycopg.errors.DiskFull) or (
        isinstance(cause, sqlite3.OperationalError) and getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL
    )
    if full:
        return StorageFull("The disk is full and nothing of this call was kept; try again later.")
    return DatabaseUnavailable("The database cannot be reached and nothing of this call was kept; try again later.")
