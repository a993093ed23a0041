"""The one door to the database: what is acknowledged is on disk, one bad write takes no other with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bluezone.server import Core, Database
from bluezone.server.database import metadata
from bluezone.server.errors import DatabaseUnavailable, StorageFull
from bluezone.server.tables import leases


def add(connection: sa.Connection, name: str) -> str:
    row = {"name": name, "holder": "", "generation": 0, "expires_at": 0.0, "due_at": 0.0}
    connection.execute(sa.insert(leases).values(row))
    return name


def names(core: Core) -> set[str]:
    return core.database.read_now(lambda c: set(c.execute(sa.select(leases.c.name)).scalars()))


def test_the_migrations_make_the_tables_that_the_rooms_declare(core: Core) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    assert core.database.read_now(differences) == []


def test_starting_again_changes_nothing(core: Core) -> None:
    core.database.write_now(lambda c: add(c, "kept"))
    core.database.migrate()
    assert names(core) == {"kept"}


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    async def main() -> None:
        databases = [Database(database_url) for _ in range(4)]
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(None, database.migrate) for database in databases))
        for database in databases:
            await database.close()

    asyncio.run(main())


def test_many_writes_at_once_all_return_their_own_result(core: Core) -> None:
    async def main() -> list[str]:
        return await asyncio.gather(*(core.database.write(add, str(number)) for number in range(300)))

    assert asyncio.run(main()) == [str(number) for number in range(300)]
    assert len(names(core)) == 300


def test_a_write_that_fails_undoes_itself_alone(core: Core) -> None:
    def fails(connection: sa.Connection) -> None:
        add(connection, "half")
        raise ValueError("stop")

    async def main() -> list[object]:
        writes = [core.database.write(add, "a"), core.database.write(fails), core.database.write(add, "a")]
        return await asyncio.gather(*writes, core.database.write(add, "b"), return_exceptions=True)

    first, second, third, fourth = asyncio.run(main())
    assert (sorted([first == "a", third == "a"]), fourth) == ([False, True], "b")
    assert isinstance(second, ValueError)
    assert isinstance(third if first == "a" else first, sa.exc.IntegrityError)
    assert names(core) == {"a", "b"}


def test_a_read_keeps_nothing(core: Core) -> None:
    assert asyncio.run(core.database.read(add, "lost")) == "lost"
    assert names(core) == set()


def test_a_caller_that_gave_up_does_not_disturb_the_others(core: Core) -> None:
    async def main() -> None:
        given_up = asyncio.create_task(core.database.write(add, "given up"))
        await asyncio.sleep(0)
        given_up.cancel()
        assert await core.database.write(add, "kept") == "kept"

    asyncio.run(main())
    assert "kept" in names(core)


def test_a_closed_database_says_so_instead_of_waiting(core: Core, database_url: str) -> None:
    async def main() -> None:
        database = Database(database_url)
        await database.close()
        with pytest.raises(DatabaseUnavailable):
            await database.write(add, "late")
        with pytest.raises(DatabaseUnavailable):
            await database.read(add, "late")

    asyncio.run(main())


def test_an_absent_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    async def main() -> None:
        for url in (f"sqlite:///{tmp_path}/none/none.sqlite", "postgresql://127.0.0.1:9/none"):
            database = Database(url)
            with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
                await database.read(add, "x")
            await database.close()

    asyncio.run(main())


def test_a_full_disk_refuses_what_does_not_fit_and_keeps_the_rest(tmp_path: Path) -> None:
    """SQLite alone: it is the engine whose disk is this process's."""
    database = Database(f"sqlite:///{tmp_path / 'full.sqlite'}")
    database.migrate()

    def grow(connection: sa.Connection, name: str, size: int) -> None:
        add(connection, name)
        connection.execute(sa.text("CREATE TABLE IF NOT EXISTS ballast (b BLOB)"))
        connection.execute(sa.text("INSERT INTO ballast VALUES (zeroblob(:size))"), {"size": size})

    def limit(connection: sa.Connection) -> None:
        pages = connection.execute(sa.text("PRAGMA page_count")).scalar_one()
        connection.execute(sa.text(f"PRAGMA max_page_count={pages + 64}"))

    database.write_now(limit)

    async def main() -> list[object]:
        sizes = [1000, 10_000_000, 1000, 1000]
        writes = [database.write(grow, f"write {number}", size) for number, size in enumerate(sizes)]
        return await asyncio.gather(*writes, return_exceptions=True)

    first, second, third, fourth = asyncio.run(main())
    assert (first, third, fourth) == (None, None, None)
    assert isinstance(second, StorageFull)
    kept = database.read_now(lambda c: set(c.execute(sa.select(leases.c.name)).scalars()))
    assert kept == {"write 0", "write 2", "write 3"}
    database.close_now()
