"""Follow-up: a list of 500 people as its page, and lists and figures where 200,000 contacts were named."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import argon2
import sqlalchemy as sa

from benchmarks.casework import _postgresql
from benchmarks.harness import Row, median_seconds
from bluezone.clock import FixedClock
from bluezone.randomness import SeededRandomness
from bluezone.server import Accounts, Audit, Core, Settings, create_core
from bluezone.server.app import assemble
from bluezone.server.casework.service import Casework, persons
from bluezone.server.desk import Desk
from bluezone.server.followup.service import Chosen, FollowUp, due, followups, list_day, on_list
from bluezone.server.units.service import paths_at
from tests.server.accounts.browser import browser
from tests.server.accounts.support import join
from tests.server.casework.support import officer, outbreak, plant_province
from tests.server.support import START, keys_room

_PAGE_MS = 150
_DAYS = 7
"""So many days of results lie behind the day that is asked for."""


def rows() -> Iterator[Row]:
    """Milliseconds of each, on both databases."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _measured("SQLite", Settings(data_dir=Path(folder), run_jobs=False))
    with _postgresql() as url, tempfile.TemporaryDirectory() as folder:
        yield from _measured("PostgreSQL", Settings(data_dir=Path(folder), database_url=url, run_jobs=False))


def _measured(engine: str, settings: Settings) -> Iterator[Row]:
    core = create_core(settings, clock=FixedClock(START), randomness=SeededRandomness("follow-up"))
    core.database.migrate()
    plant_province(core)
    outbreak(core, ill=34, exposed_each=8, beyond_each=2, units=["12280"], days=10, seed="few")
    few = _followed(core)
    seconds = asyncio.run(_page_seconds(core))
    yield _row(f"page of a list, {engine}", seconds, f"{few:,} people on the list; whole answer, median of 5", _PAGE_MS)
    core.database.write_now(lambda c: c.execute(sa.delete(persons)))
    communes = core.database.read_now(lambda c: list(paths_at(c, ["/33/"])))[11:]
    outbreak(core, ill=20_000, exposed_each=7, beyond_each=3, days=60, units=communes)
    many = _followed(core)
    follow_up, province, commune = _room(core), officer(core, "33"), officer(core, "12280")
    today = follow_up.ground.today()
    people = core.database.read_now(lambda c: c.execute(sa.select(sa.func.count()).select_from(persons)).scalar_one())
    note = f"{people:,} people on record, {many:,} to be asked today, {_DAYS} days of results; median of 5, warm"
    work: dict[str, Callable[[sa.Connection], object]] = {
        "list of a commune": lambda c: list_day(c, commune, Chosen(today), follow_up.levels),
        "first 500 of the province": lambda c: list_day(c, province, Chosen(today), follow_up.levels),
        "figures of a commune": lambda c: follow_up.figures_of(c, commune, today),
        "figures of the province": lambda c: follow_up.figures_of(c, province, today),
    }
    for what, one in work.items():
        yield _row(f"{what}, {engine}", median_seconds(lambda one=one: core.database.read_now(one)), note)  # type: ignore[misc]
    core.database.close_now()


def _followed(core: Core) -> int:
    """Give whoever was to be asked on the days before a result; returns how many are on today's list."""
    follow_up = _room(core)
    today = follow_up.ground.today()
    said = sa.case((persons.c.id < "10", "no_answer"), (persons.c.id < "11", "lost"), else_="seen")
    columns = ["person", "day", "result", "note", "by", "at", "source", "version"]

    def fill(connection: sa.Connection) -> None:
        for ago in range(_DAYS, 0, -1):
            day = today - timedelta(days=ago)
            rest = [sa.literal(value) for value in ("", "", int(START), "import", 1)]
            given = sa.select(persons.c.id, sa.literal(day, sa.Date()), said, *rest).where(due(day, follow_up.levels))
            connection.execute(sa.insert(followups).from_select(columns, given))

    core.database.write_now(fill)
    return len(core.database.read_now(lambda c: c.execute(on_list(today, follow_up.levels)).all()))


def _room(core: Core) -> FollowUp:
    return FollowUp(Casework(core, Audit(core)))


async def _page_seconds(core: Core) -> float:
    """The median of a page's whole answer."""
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    accounts = Accounts(core, Audit(core), hasher=quick)
    member = await join(accounts, "an", "health_officer", "12280")
    app = assemble(core, desk=Desk(core), keys=keys_room(core), accounts=accounts)
    times = []
    async with browser(app, member.token) as page:
        for _ in range(6):
            begin = time.perf_counter()
            await page.get("/console/follow-up")
            times.append(time.perf_counter() - begin)
    accounts.stop()
    return statistics.median(times[1:])


def _row(what: str, seconds: float, note: str, promise: float | None = None) -> Row:
    return Row(what=what, ours=seconds * 1000, unit="ms", better="lower", promise=promise, note=note)
