"""Casework for other rooms and the pages: changes tried and made, and what is destroyed when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action
from bluezone.server.audit.service import Audit
from bluezone.server.casework.cases import (
    CaseData,
    LandmarkData,
    case_row,
    change_case,
    checked_case,
    find_case,
    next_number,
    report_case,
)
from bluezone.server.casework.contacts import (
    ContactData,
    add_contact,
    contact_faults,
    contact_row,
    find_contact,
    insert_contact,
)
from bluezone.server.casework.drafts import drop_draft, require_open
from bluezone.server.casework.errors import CaseworkError, PreviewStale, RecordInvalid, UndoImpossible
from bluezone.server.casework.ground import Ground, is_id
from bluezone.server.casework.journal import Undone, remember, rows_of, transfer_rows, undo_change
from bluezone.server.casework.people import (
    PersonData,
    add_person,
    alike,
    assign_officer,
    checked_person,
    cleaned_person,
    find_person,
    home_desk,
    person_row,
    person_values,
    reachable,
    touch,
)
from bluezone.server.casework.record import Named, case_name, people_named
from bluezone.server.casework.standing import Change, fingerprint, merged, settle, settle_all, windows
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
    with_person,
)
from bluezone.server.casework.terms import CaseStatus, Channel, Closeness, Level, Origin, Outcome
from bluezone.server.casework.transfers import tell_communes, to_tell
from bluezone.server.casework.typed import NotUnderstood, day_text, moment_text, read_day, read_moment
from bluezone.server.core import Core
from bluezone.server.jobs import Job, Lease

__all__ = [
    "KEEP_DAYS",
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
    "Made",
    "Named",
    "NotUnderstood",
    "Origin",
    "Outcome",
    "Panel",
    "PersonData",
    "RecordInvalid",
    "UndoImpossible",
    "Undone",
    "add_contact",
    "add_person",
    "alike",
    "assign_officer",
    "case_codes",
    "case_name",
    "case_row",
    "cases",
    "change_case",
    "checked_case",
    "checked_person",
    "cleaned_person",
    "contact_faults",
    "contact_row",
    "contacts",
    "day_text",
    "find_case",
    "find_contact",
    "find_person",
    "home_desk",
    "insert_contact",
    "is_id",
    "landmarks",
    "merged",
    "moment_text",
    "next_number",
    "people_named",
    "person_row",
    "person_values",
    "persons",
    "reachable",
    "read_day",
    "read_moment",
    "report_case",
    "require_open",
    "settle",
    "settle_all",
    "tell_communes",
    "to_tell",
    "touch",
    "transfers",
    "windows",
    "with_person",
]

HOUR_SECONDS = 3600
DAY_SECONDS = 86400

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a person's page that another room brings: a template, and what it shows as its variable `panel`."""

    template: str
    read: Callable[[sa.Connection, Account, str], Mapping[str, Any]]
    action: Action = Action.SEE_CASES


@dataclass(frozen=True, slots=True)
class Made(Generic[T]):
    """A change that was made: what it returned, whose level became another, how to undo it, how many units were told.

    `undo` is None when nothing changed.
    """

    result: T
    changes: list[Change]
    undo: str | None
    told: int


class _Seen(Exception):
    """Carries a preview out of the write that it undoes."""

    def __init__(self, changes: list[Change]) -> None:
        self.changes = changes


class Casework:
    """Built once, when the application is."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self.ground = Ground(core, audit)
        self.panels: list[Panel] = []
        """What other rooms add to a person's page, in this order; each room's own service appends its panel."""

    async def read(self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.ground.core.database.read(fn, *args, **kwargs)

    async def write(
        self, fn: Callable[Concatenate[Ground, sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`fn(ground, connection, …)` in a transaction of its own, one after another.

        A level depends on contacts that others may be adding at this moment: on PostgreSQL two transactions would each
        compute it without the other's.
        """

        def run(connection: sa.Connection) -> T:
            self.ground.audit.take_turn(connection)
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

    async def make(
        self,
        account: Account,
        what: str,
        people: list[str],
        change: Callable[[Ground, sa.Connection, Account], T],
        *,
        seen: str | None = None,
        form: str = "",
    ) -> Made[T]:
        """Make a change and tell the communes concerned, in one transaction, so that its author can undo it.

        `seen` is the fingerprint of the preview that the official agreed to; the draft of `form` goes.
        `people` are those whose records the change touches. It appends whom it puts on record, and nobody who was there
        before: an undo takes them away again. Of those `seen` tells nothing. Raises PreviewStale when the change would
        do something else by now; nothing was changed then.
        """
        known = set(people)

        def run(ground: Ground, connection: sa.Connection) -> Made[T]:
            before = rows_of(connection, people)
            result = change(ground, connection, account)
            changes = _changes(result)
            others = [one for one in changes if one.person in known or one.person not in people]
            if seen is not None and fingerprint(others) != seen:
                raise PreviewStale("Others worked on these people meanwhile; look at the change again.", changes)
            made = tell_communes(ground, connection, account, changes)
            after = rows_of(connection, people) | transfer_rows(connection, made)
            undo = remember(ground, connection, account, what, before, after)
            if form:
                drop_draft(connection, account, form)
            told = len({one.unit for one in to_tell(changes)} - {account.unit.code})
            return Made(result, changes, undo, told)

        return await self.write(run)

    async def undo(self, account: Account, undo: str) -> Undone:
        """Raises AccessDenied or UndoImpossible."""
        return await self.write(undo_change, account, undo)

    def jobs(self) -> list[Job]:
        """The destruction of what is due."""
        return [Job("casework", HOUR_SECONDS, self._destroy, destroys=True)]

    async def _destroy(self, lease: Lease) -> None:
        await self.write(lambda ground, connection: destroy_due(connection, lease, ground.now()))


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
