"""The phone's SQLite file: opened for its owner alone, migrated, written in transactions that survive a kill.

Whatever is acknowledged was committed with synchronous=FULL. One process holds a store at a time, since two phones on
one store would send the same identifiers. Calls are short and synchronous, in the event loop.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bluezone.phone.errors import StoreDamaged, StoreError, StoreFull, StoreInUse, StoreTooNew
from bluezone.phone.migrations import MIGRATIONS
from bluezone.phone.protection import Protection, Storage, open_storage
from bluezone.phone.retention import PARTIAL_DOWNLOADS, TABLES, StoredItem, StoredTable

_JOURNAL_RESERVE = 64 * 1024  # bytes: a dozen pages, several times what marking an identifier changes


class Store:
    """An open store. Raises StoreInUse, StoreTooNew, StoreDamaged, StoreLocked or StoreFull.

    A file is created readable by its owner alone; deleted rows are overwritten (secure_delete).
    """

    def __init__(self, storage: Storage, *, migrations: Sequence[str] = MIGRATIONS) -> None:
        self.name = str(storage)
        opened = open_storage(storage)
        self.plain_reason = opened.reason
        self._connection, self._errors = opened.connection, opened.errors
        try:
            with self._translated():
                for pragma in (
                    "locking_mode=EXCLUSIVE",
                    # Not a write-ahead log: on a full disk its pages find no place in the database and block every
                    # write, while this journal keeps room for the small one that each new identifier needs.
                    "journal_mode=PERSIST",
                    f"journal_size_limit={_JOURNAL_RESERVE}",
                    "synchronous=FULL",
                    "foreign_keys=ON",
                    "secure_delete=ON",
                ):
                    self._connection.execute(f"PRAGMA {pragma}")
            self._migrate(migrations)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    @property
    def protection(self) -> Protection:
        """Whether the file is encrypted; `plain_reason` says why it is not."""
        return Protection.KEYRING if self.plain_reason is None else Protection.PLAIN

    @property
    def version(self) -> int:
        """The number of migrations applied."""
        return int(self.row("PRAGMA user_version")[0])

    @property
    def changes(self) -> int:
        """A number that grows with every change since the store was opened."""
        return self._connection.total_changes

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Statements kept together or not at all; when it returns they are on the disk. Nested ones join the outer."""
        if self._connection.in_transaction:
            yield self._connection
            return
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # a full disk may have ended it already
            self._connection.execute("ROLLBACK")

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """One statement in a transaction of its own; the number of rows it changed."""
        with self.transaction() as connection:
            return connection.execute(statement, parameters).rowcount

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._translated():
            return self._connection.execute(query, parameters).fetchall()

    def row(self, query: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...]:
        """The one row of a query that always has one."""
        (row,) = self.rows(query, parameters)
        return row

    def first(self, query: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        rows = self.rows(query, parameters)
        return rows[0] if rows else None

    def meta(self, name: str) -> float | None:
        """A remembered moment or number."""
        found = self.first("SELECT value FROM meta WHERE name = ?", (name,))
        return None if found is None else float(found[0])

    def set_meta(self, name: str, value: float) -> None:
        self.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (name, value))

    def destroy_due(self, now: float) -> int:
        """Destroy every row whose date has come; the number of rows."""
        count = 0
        with self.transaction() as connection:
            for table in TABLES:
                if table.dated:
                    count += connection.execute(f"DELETE FROM {table.name} WHERE destroy_at <= ?", (now,)).rowcount  # noqa: S608
            connection.execute(
                "DELETE FROM clock_epochs WHERE id < (SELECT max(id) FROM clock_epochs)"
                " AND NOT EXISTS (SELECT 1 FROM scans WHERE epoch = clock_epochs.id)"
            )
        if count:
            self._empty_journal(now)
        return count

    def destroy_day(self, since: float, until: float, now: float) -> None:
        """Destroy what is of this time, apart from receipts of what was sent."""
        with self.transaction() as connection:
            for table in TABLES:
                if table.moment and not table.kept:
                    connection.execute(
                        f"DELETE FROM {table.name} WHERE {table.moment} >= ? AND {table.moment} < ?",  # noqa: S608
                        (since, until),
                    )
        self._empty_journal(now)

    def destroy_all(self, now: float) -> None:
        """Destroy everything but public documents of the server, which say nothing of the owner."""
        with self.transaction() as connection:
            for table in TABLES:
                if not table.public:
                    connection.execute(f"DELETE FROM {table.name}")  # noqa: S608
        self._empty_journal(now)
        self.execute("DELETE FROM meta")

    def make_room(self, now: float) -> None:
        """On a full disk: give up what can be fetched again, and destroy what is due as far as that can be written."""
        with contextlib.suppress(StoreFull):
            # Public bytes need no overwriting, which would itself need room.
            self.row("PRAGMA secure_delete = OFF")
            self.execute(f"DELETE FROM {PARTIAL_DOWNLOADS}")  # noqa: S608
        self.row("PRAGMA secure_delete = ON")
        with contextlib.suppress(StoreFull):
            self.destroy_due(now)

    def _empty_journal(self, now: float) -> None:
        """Cut away the old pages that the journal holds, so that what was destroyed is in no file any more.

        The journal is cut when a transaction ends; the second one fills the reserve for a full disk again.
        """
        for mode in ("TRUNCATE", "PERSIST"):
            self.row(f"PRAGMA journal_mode={mode}")
            self.set_meta("last_destruction", now)

    def has_room(self) -> bool:
        """Whether the disk takes a scan in a full hall (64 KB) beyond the room that is kept free for small marks."""
        try:
            self.execute("INSERT INTO meta VALUES ('room', zeroblob(?))", (2 * _JOURNAL_RESERVE,))
        except StoreFull:
            return False
        self.execute("DELETE FROM meta WHERE name = 'room'")
        return True

    def stored_items(self, since: float, until: float) -> list[StoredItem]:
        """What is kept of this time: of each table that has any, the rows and when the last of them is destroyed."""
        items = []
        for table in TABLES:
            if table.moment:
                rows, last = self.row(
                    f"SELECT count(*), max({table.destruction}) FROM {table.name}"  # noqa: S608
                    f" WHERE {table.moment} >= ? AND {table.moment} < ?",
                    (since, until),
                )
                if rows:
                    items.append(StoredItem(table.name, rows, last))
        return items

    def stored(self) -> list[StoredTable]:
        """Every table: what it is for, when its rows are destroyed, how many there are and when the next one goes."""
        rows = []
        for table in TABLES:
            dates = "min(destroy_at), max(destroy_at)" if table.dated else "NULL, NULL"
            count, first, last = self.row(f"SELECT count(*), {dates} FROM {table.name}")  # noqa: S608
            rows.append(StoredTable(table.name, table.purpose, table.rule, count, first, last))
        return rows

    def _migrate(self, migrations: Sequence[str]) -> None:
        version = self.version
        if version > len(migrations):
            raise StoreTooNew(f"The store {self.name} was written by a newer version; update the program.")
        for number, script in enumerate(migrations[version:], start=version + 1):
            with self.transaction() as connection:
                for statement in script.split(";"):
                    if statement.strip():
                        connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise _error(self.name, error) from error


def _error(name: str, error: Exception) -> StoreError:
    # Primary result codes are the low byte of extended ones (sqlite.org/rescode.html).
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreInUse(f"Another program uses the store {name}; stop it or choose another file.")
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return StoreFull(f"The disk under {name} takes no more; free some space, the phone goes on by itself.")
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return StoreDamaged(f"The file {name} is not a phone's store or is damaged; move it away and start anew.")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StoreDamaged(f"The store {name} cannot be opened for writing; check the file's permissions.")
        case _:
            return StoreError(f"The store {name} refused a statement: {error}.")
