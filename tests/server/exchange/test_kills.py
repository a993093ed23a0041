"""A process that is killed in the middle of an import: another one goes on, and nothing is there twice."""

import asyncio
import os
import signal
from multiprocessing import get_context

import msgspec
import pytest
import sqlalchemy as sa

from bluezone.clock import FixedClock
from bluezone.randomness import SystemRandomness
from bluezone.server import create_core
from bluezone.server.audit import Audit
from bluezone.server.casework import Casework
from bluezone.server.casework.service import contacts, persons
from bluezone.server.exchange import imports as work_on
from bluezone.server.exchange import working
from bluezone.server.exchange.service import Exchange
from bluezone.server.exchange.tables import imports
from bluezone.server.jobs import JobRunner
from tests.server.exchange.support import bring, count, finish, workbook
from tests.server.exchange.test_imports import CASE, CASES, CONTACTS
from tests.server.support import START

ROWS = 400


def work_until_killed(settings, import_id):
    """A server's process that works on an import, batch by batch."""
    working.BATCH = 10
    core = create_core(settings, clock=FixedClock(START), randomness=SystemRandomness())
    exchange = Exchange(Casework(core, Audit(core)))

    async def work():
        while await exchange.casework.write(working.work, import_id):
            pass

    asyncio.run(work())


@pytest.mark.parametrize("after", [1, 60, 250])
def test_a_killed_import_goes_on_where_it_was(core, settings, exchange, me, play, clock, after):
    async def story(exchange):
        await finish(exchange, me, await bring(exchange, me, "cases", workbook(CASES, CASE)))
        lines = [
            (n, f"Phạm Văn {chr(65 + n % 26)}", 1930 + n % 80, "Nam", f"Thôn {n}, xã Liên Phương", f"08{n:08d}",
             "29/7/2020", "BN1046", "F1")
            for n in range(ROWS)
        ]  # fmt: skip
        one = await bring(exchange, me, "contacts", workbook(CONTACTS, *lines))
        await exchange.casework.write(work_on.start, me, one)
        process = get_context("spawn").Process(target=work_until_killed, args=(msgspec.structs.replace(settings), one))
        process.start()
        while done(core, one) < after and process.is_alive():  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert done(core, one) >= after
        clock.advance(3600)
        other = Exchange(exchange.casework)
        await JobRunner(core, other.jobs()).run_due(other.jobs()[0])
        assert state(core, one) == ("done", ROWS)

    play(story)
    assert count(core, persons) == ROWS + 1
    assert count(core, contacts) == ROWS
    levels = core.database.read_now(lambda c: c.execute(sa.select(persons.c.level)).scalars().all())
    assert sorted(levels) == [0] + [1] * ROWS


def done(core, import_id):
    return state(core, import_id)[1]


def state(core, import_id):
    query = sa.select(imports.c.state, imports.c.done).where(imports.c.id == import_id)
    return tuple(core.database.read_now(lambda c: c.execute(query).one()))
