"""Casework for other rooms and the pages: changes tried and made, and what is destroyed when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from bluezone.server.accounts.access import Account
from bluezone.server.audit.service import Audit
from bluezone.server.casework.cases import CaseData, LandmarkData, find_case
from bluezone.server.casework.contacts import ContactData, find_contact
from bluezone.server.casework.errors import CaseworkError, PreviewStale
from bluezone.server.casework.ground import Ground
from bluezone.server.casework.people import PersonData, add_person, alike, find_person, reachable, touch
from bluezone.server.casework.standing import Change, fingerprint, settle, settle_all, windows
from bluezone.server.casework.tables import (
    CODE_SECONDS,
    DRAFT_SECONDS,
    KEEP_DAYS,
    WATCH_DAYS,
    case_codes,
    cases,
    contacts,
    drafts,
    landmarks,
    openings,
    persons,
    transfers,
    undos,
)
from bluezone.server.casework.terms import CaseStatus, Channel, Closeness, Level, Origin, Outcome
from bluezone.server.casework.transfers import tell_communes, to_tell
from bluezone.server.core import Core
from bluezone.server.jobs import Job, Lease

__all__ = [
    "WATCH_DAYS",
    "CaseData",
    "CaseStatus",
    "Casework",
    "CaseworkError",
    "Change",
    "Channel",
    "Closeness",
    "ContactData",
    "Ground",
    "LandmarkData",
    "Level",
    "Origin",
    "Outcome",
    "PersonData",
    "add_person",
    "alike",
    "case_codes",
    "cases",
    "contacts",
    "find_case",
    "find_contact",
    "find_person",
    "landmarks",
    "persons",
    "reachable",
    "settle",
    "settle_all",
    "tell_communes",
    "to_tell",
    "touch",
    "transfers",
    "windows",
]

HOUR_SECONDS = 3600
DAY_SECONDS = 86400

P = ParamSpec("P")
T = TypeVar("T")


class _Seen(Exception):
    """Carries a preview out of the write that it undoes."""

    def __init__(self, changes: list[Change]) -> None:
        self.changes = changes


class Casework:
    """Built once, when the application is."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self.ground = Ground(core, audit)

    async def read(self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.ground.core.database.read(fn, *args, **kwargs)

    async def write(
        self, fn: Callable[Concatenate[Ground, sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`fn(ground, connection, …)` in a transaction of its own."""

        def run(connection: sa.Connection) -> T:
            return fn(self.ground, connection, *args, **kwargs)

        return await self.ground.core.database.write(run)

    async def preview(self, account: Account, change: Callable[[Ground, sa.Connection, Account], Any]) -> list[Change]:
        """Whose level would become another: the change is really made, looked at and undone.

        `change` returns the changes, or a pair of something and the changes; it raises what it raises.
        """

        def attempt(ground: Ground, connection: sa.Connection) -> None:
            raise _Seen(_changes(change(ground, connection, account)))

        try:
            await self.write(attempt)
        except _Seen as seen:
            return seen.changes
        raise AssertionError("a preview is undone by its exception")

    async def apply(
        self,
        account: Account,
        change: Callable[[Ground, sa.Connection, Account], T],
        *,
        seen: str | None = None,
    ) -> T:
        """Make a change and tell the communes concerned, in one transaction.

        `seen` is the fingerprint of the preview that the official agreed to. Raises PreviewStale when the change would
        do something else by now; nothing was changed then.
        """

        def run(ground: Ground, connection: sa.Connection) -> T:
            result = change(ground, connection, account)
            changes = _changes(result)
            if seen is not None and fingerprint(changes) != seen:
                raise PreviewStale("Others worked on these people meanwhile; look at the change again.", changes)
            tell_communes(ground, connection, account, changes)
            return result

        return await self.write(run)

    def jobs(self) -> list[Job]:
        """The destruction of what is due."""
        return [Job("casework", HOUR_SECONDS, self._destroy, destroys=True)]

    async def _destroy(self, lease: Lease) -> None:
        await self.ground.core.database.write(destroy_due, lease, self.ground.now())


def destroy_due(connection: sa.Connection, lease: Lease, now: int) -> None:
    """Destroy records that nobody worked on for 90 days, old codes, drafts, openings and undos."""
    lease.check(connection)
    gone = persons.c.changed_at <= now - KEEP_DAYS * DAY_SECONDS
    due = connection.execute(sa.select(persons.c.id).where(gone)).scalars().all()
    if due:
        ends = sa.select(persons.c.id).where(gone)
        met = sa.select(contacts.c.source, contacts.c.exposed).where(
            contacts.c.source.in_(ends) | contacts.c.exposed.in_(ends)
        )
        left = {end for row in connection.execute(met) for end in row} - set(due)
        connection.execute(sa.delete(persons).where(gone))
        settle(connection, left)
    for table, column, before in (
        (case_codes, case_codes.c.issued_at, now - CODE_SECONDS),
        (drafts, drafts.c.saved_at, now - DRAFT_SECONDS),
        (openings, openings.c.until, now),
        (undos, undos.c.until, now),
    ):
        connection.execute(sa.delete(table).where(column <= before))


def _changes(result: Any) -> list[Change]:
    changes: Sequence[Change] = result[1] if isinstance(result, tuple) else result
    return list(changes)
