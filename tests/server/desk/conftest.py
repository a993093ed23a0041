"""Desks with a clock that stands still, over the database under test."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from bluezone.clock import FixedClock
from bluezone.server import Database, Settings
from tests.server.desk.support import API_KEY, START, DeskServer


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    database.migrate()
    yield database
    database.close_now()


@pytest.fixture
def run_desk(database_url, tmp_path):
    """Runs `story(server, …)` with as many processes of one server as it has parameters."""

    @asynccontextmanager
    async def server(clock, settings):
        served = DeskServer(settings, clock)
        try:
            yield served
        finally:
            await served.client.aclose()
            await served.desk.stop()
            await served.core.database.close()

    def run(story, processes=1, **settings):
        clock = FixedClock(START)
        given = Settings(
            **{"data_dir": tmp_path / "data", "database_url": database_url, "desk_api_key": API_KEY} | settings
        )

        async def main():
            async with server(clock, given) as first:
                first.core.database.migrate()
                if processes == 1:
                    return await story(first)
                async with server(clock, given) as second:
                    return await story(first, second)

        return asyncio.run(main())

    return run
