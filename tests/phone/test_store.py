from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from bluezone.phone import StoreDamaged, StoreError, StoreFull, StoreInUse, StoreTooNew
from bluezone.phone.migrations import MIGRATIONS
from bluezone.phone.store import Store


def test_file_is_readable_by_its_owner_alone(path: Path) -> None:
    Store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_was_committed_is_there_after_reopening(path: Path) -> None:
    first = Store(path)
    first.set_meta("a", 1.5)
    first.close()
    second = Store(path)
    assert second.meta("a") == 1.5
    second.close()


def test_commits_are_flushed_to_the_disk_through_a_journal_that_keeps_room(path: Path) -> None:
    store = Store(path)
    assert store.row("PRAGMA journal_mode") == ("persist",)
    assert store.row("PRAGMA synchronous") == (2,)
    assert store.row("PRAGMA secure_delete") == (1,)
    store.close()


def test_second_process_is_refused_while_one_holds_the_store(path: Path) -> None:
    first = Store(path)
    with pytest.raises(StoreInUse):
        Store(path)
    first.close()
    Store(path).close()


def test_file_of_another_kind_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, but long enough to be taken for one" * 40)
    before = path.read_bytes()
    with pytest.raises(StoreDamaged):
        Store(path)
    assert path.read_bytes() == before


def test_store_of_a_newer_version_is_refused(path: Path) -> None:
    Store(path, migrations=(*MIGRATIONS, "CREATE TABLE later (a)")).close()
    with pytest.raises(StoreTooNew):
        Store(path)


def test_every_migration_leads_from_the_version_before_it_and_keeps_rows(path: Path) -> None:
    for version in range(1, len(MIGRATIONS) + 1):
        store = Store(path, migrations=MIGRATIONS[:version])
        assert store.version == version
        if version == 1:
            store.set_meta("kept", 7)
        store.close()
    store = Store(path)
    assert store.meta("kept") == 7
    assert store.version == len(MIGRATIONS)
    store.close()


def test_migration_that_fails_leaves_the_version_before_it(path: Path) -> None:
    Store(path).close()
    with pytest.raises(StoreError):
        Store(path, migrations=(*MIGRATIONS, "CREATE TABLE half (a); CREATE TABLE meta (a)"))
    store = Store(path)
    assert store.version == len(MIGRATIONS)
    assert store.rows("SELECT 1 FROM sqlite_master WHERE name = 'half'") == []
    store.close()


def test_transaction_that_fails_keeps_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            store.set_meta("a", 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.meta("a") is None


def test_every_table_says_what_it_is_for_and_when_its_rows_are_destroyed(store: Store) -> None:
    tables = {name for (name,) in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    listed = store.stored()
    assert {table.name for table in listed} == tables
    assert all(table.purpose and table.rule for table in listed)


def test_dated_tables_are_exactly_those_with_a_destruction_date(store: Store) -> None:
    from bluezone.phone.retention import TABLES

    for table in TABLES:
        columns = {name for _, name, *_ in store.rows(f"PRAGMA table_info({table.name})")}
        assert ("destroy_at" in columns) == table.dated, table.name


def test_rows_go_on_their_date_and_not_before(store: Store) -> None:
    store.execute("INSERT INTO clock_epochs (started_at) VALUES (0)")
    store.execute("INSERT INTO scans (epoch, started_at, seconds, since_last, destroy_at) VALUES (1, 0, 4, 0, 100)")
    store.execute("INSERT INTO sightings VALUES (1, ?, ?, 1, ?)", (bytes(16), bytes(4), b"abc"))
    store.destroy_due(99.9)
    assert store.row("SELECT count(*) FROM sightings") == (1,)
    store.destroy_due(100)
    assert store.row("SELECT (SELECT count(*) FROM sightings) + (SELECT count(*) FROM scans)") == (0,)


def test_destroyed_bytes_are_not_left_in_the_files(path: Path) -> None:
    secret = b"SECRETKEYMATERIA"
    store = Store(path)
    store.execute("INSERT INTO own_keys (key, rolling_start, destroy_at) VALUES (?, 1, 10)", (secret,))
    store.destroy_due(10)
    store.close()
    assert all(secret not in file.read_bytes() for file in path.parent.iterdir())


def test_full_disk_is_named_and_keeps_nothing_of_the_transaction(path: Path) -> None:
    store = Store(path)
    (pages,) = store.row("PRAGMA page_count")
    store.row(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        with store.transaction():
            for number in range(1000):
                store.set_meta(f"name {number} " + "x" * 200, number)

    with pytest.raises(StoreFull):
        fill()
    assert store.row("SELECT count(*) FROM meta") == (0,)
    store.set_meta("small", 1)
    store.close()


def test_other_faults_of_a_statement_stay_errors_of_the_store(store: Store) -> None:
    with pytest.raises(StoreError) as caught:
        store.execute("INSERT INTO nowhere VALUES (1)")
    assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
