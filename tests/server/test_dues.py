"""Every table with personal data says when its rows are due, and that is when they are destroyed."""

from __future__ import annotations

import asyncio
import math

import pytest
import sqlalchemy as sa

from bluezone.clock import FixedClock
from bluezone.server import Core
from bluezone.server.ages import AGE, Age
from bluezone.server.app import create_runner
from bluezone.server.database import metadata
from bluezone.server.dues import LATE_SECONDS, TableDues, personal_tables, purge, read_dues
from bluezone.server.jobs import JobBusy, JobRunner, acquire, renew
from tests.server.filled import fill
from tests.server.support import START

PERSONAL = [table.name for table in personal_tables()]


@pytest.fixture
def runner(core: Core) -> JobRunner:
    return create_runner(core)


@pytest.fixture
def still(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """The clock, which no sleep moves on: whoever keeps a lease alive while a job runs would."""

    async def sleep(_seconds: float) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(clock, "sleep", sleep)
    return clock


def dues(core: Core) -> dict[str, TableDues]:
    now = core.clock.now()
    found = core.database.read_now(lambda connection: read_dues(connection, core.settings, now))
    return {one.name: one for one in found}


def tell(core: Core, at: float, number: int) -> None:
    core.database.write_now(lambda connection: fill(connection, at, number=number, tables=["tells"]))


def test_every_table_about_people_says_when_its_rows_are_due() -> None:
    silent = [table.name for table in personal_tables() if not isinstance(table.info.get(AGE), Age)]
    assert silent == [], "Say in the info of these tables when their rows are due (bluezone.server.ages)."


@pytest.mark.parametrize("name", PERSONAL)
def test_a_row_is_destroyed_in_the_second_in_which_the_ledger_calls_it_due(
    core: Core, runner: JobRunner, still: FixedClock, name: str
) -> None:
    """And not a second earlier; a row that is emptied in part first is due again, until it is gone."""
    core.database.write_now(lambda connection: fill(connection, START))
    assert dues(core)[name].rows == 1
    for _stage in range(3):
        first_due = dues(core)[name].first_due
        assert first_due is not None, f"Say in tests/server/filled.py what lets a row of {name} end."
        still.set(math.ceil(first_due) - 1)
        asyncio.run(purge(core, runner))
        assert (dues(core)[name].rows, dues(core)[name].due) == (1, 0)
        still.advance(1)
        assert dues(core)[name].due == 1
        assert next(one for one in asyncio.run(purge(core, runner)) if one.name == name).destroyed == 1
        if name == "audit_entries":
            return  # what was destroyed is written down in the log itself
        assert dues(core)[name].due == 0
        if dues(core)[name].rows == 0:
            return
    raise AssertionError("the row is never gone")


def test_an_empty_table_has_no_dates(core: Core) -> None:
    for one in dues(core).values():
        assert (one.rows, one.oldest, one.first_due, one.due, one.late) == (0, None, None, 0, 0)


def test_the_ledger_tells_the_oldest_row_and_what_missed_its_run(core: Core, clock: FixedClock) -> None:
    for number, age in enumerate((0, 3600, 86400), start=1):
        tell(core, START - age, number)
    told = dues(core)["tells"]
    assert (told.rows, told.oldest, told.due, told.late) == (3, START - 86400, 0, 0)
    assert told.first_due is not None
    clock.set(told.first_due)
    assert (dues(core)["tells"].due, dues(core)["tells"].late) == (1, 0)
    clock.advance(LATE_SECONDS)
    assert (dues(core)["tells"].due, dues(core)["tells"].late) == (1, 1)
    clock.advance(86400)
    assert (dues(core)["tells"].due, dues(core)["tells"].late) == (3, 3)


def test_an_open_account_is_never_due(core: Core, runner: JobRunner, clock: FixedClock) -> None:
    core.database.write_now(lambda connection: fill(connection, START))
    accounts = metadata.tables["accounts"]
    core.database.write_now(lambda connection: connection.execute(sa.update(accounts).values(closed_at=None)))
    clock.advance(10 * 365 * 86400)
    asyncio.run(purge(core, runner))
    for name in ("accounts", "account_roles", "account_passkeys", "account_recovery"):
        assert (dues(core)[name].rows, dues(core)[name].first_due, dues(core)[name].due) == (1, None, 0)


def test_a_purge_destroys_although_the_jobs_ran_a_moment_ago_and_tells_what(
    core: Core, runner: JobRunner, clock: FixedClock
) -> None:
    asyncio.run(runner.destroy_now())
    clock.advance(1)
    tell(core, START - 15 * 86400, 1)
    tell(core, START, 2)
    assert [(one.name, one.destroyed, one.left) for one in asyncio.run(purge(core, runner))] == [("tells", 1, 0)]
    assert asyncio.run(purge(core, runner)) == []


def test_a_purge_waits_for_whoever_destroys_at_this_moment(core: Core, runner: JobRunner, clock: FixedClock) -> None:
    tell(core, START - 15 * 86400, 1)
    [job] = [job for job in runner.jobs if job.name == "guidance"]
    seconds = core.settings.lease_seconds
    core.database.write_now(lambda connection: acquire(connection, job, "other", now=clock.now(), seconds=seconds))
    assert [one.destroyed for one in asyncio.run(purge(core, runner))] == [1]
    assert clock.now() >= START + seconds


def test_a_purge_does_not_wait_for_ever(
    core: Core, runner: JobRunner, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    [job] = [job for job in runner.jobs if job.name == "guidance"]
    seconds = core.settings.lease_seconds
    lease = core.database.write_now(lambda c: acquire(c, job, "other", now=clock.now(), seconds=seconds))
    assert lease is not None
    sleep = clock.sleep

    async def keep(slept: float) -> None:
        await sleep(slept)
        await core.database.write(renew, lease, expires_at=clock.now() + seconds)

    monkeypatch.setattr(clock, "sleep", keep)
    with pytest.raises(JobBusy):
        asyncio.run(purge(core, runner))


def test_a_purge_sends_and_builds_nothing(runner: JobRunner) -> None:
    assert "archives" in {job.name for job in runner.jobs if not job.destroys}
