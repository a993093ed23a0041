"""Writing entries into the chain, reading them, and finding out whether somebody changed them.

Each entry's seal covers the seal before it, under a key that lies in a file and not in the database: whoever changes,
takes out or puts in an entry would have to make every later seal anew and cannot. What is not seen is the loss of the
latest entries together with everything after them; whoever notes the last seal sees that too.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from bluezone.server.audit.tables import RETENTION_SECONDS, audit_entries
from bluezone.server.core import Core
from bluezone.server.jobs import Job, Lease
from bluezone.server.units.service import units_at

KEY_FILE = "audit-key"
HOUR_SECONDS = 3600
PAGE = 100
_LOCK = 0x41554449  # an arbitrary number for pg_advisory_xact_lock: "AUDI"
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Event:
    """Something to be written down; `subject` names what it was done to, `detail` says the rest, without secrets."""

    action: str
    unit: str = ""
    actor: str = ""
    actor_name: str = ""
    subject: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in its place; `at` is Unix seconds."""

    number: int
    at: int
    event: Event
    seal: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the whole chain found: how many entries, the first that does not fit, the last seal."""

    entries: int
    broken_at: int | None
    last_seal: bytes


class Audit:
    """The audit room's service."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._key = core.secrets.token(KEY_FILE)

    def take_turn(self, connection: sa.Connection) -> None:
        """Wait until whoever took the turn before has ended their transaction.

        Whoever changes rows that others may change too takes it before the first of them, since `append` takes it later
        anyway: two transactions that each wait for the other's would end in an error.
        """
        if connection.dialect.name == "postgresql":  # SQLite's writers take turns anyway
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    def append(self, connection: sa.Connection, event: Event) -> None:
        """Write an event within the transaction of what it tells of: both are kept or neither."""
        # One at a time, so that each finds the seal before it.
        self.take_turn(connection)
        last = connection.execute(
            sa.select(audit_entries.c.number, audit_entries.c.seal).order_by(audit_entries.c.number.desc()).limit(1)
        ).one_or_none()
        number, before = (1, b"") if last is None else (last.number + 1, last.seal)
        at = int(self._core.clock.now())
        connection.execute(
            sa.insert(audit_entries).values(
                number=number,
                at=at,
                action=event.action,
                actor=event.actor,
                actor_name=event.actor_name,
                unit=event.unit,
                subject=event.subject,
                detail=msgspec.json.encode(dict(event.detail)).decode(),
                seal=self._seal(before, number, at, event),
            )
        )

    def entries(
        self, connection: sa.Connection, roots: Sequence[str], *, before: int | None = None, most: int = PAGE
    ) -> list[Entry]:
        """Entries of units at or below these paths, latest first, with numbers below `before`.

        What belongs to no unit (a wrong password for a name that nobody has) is for the top of the tree, path "/".
        """
        query = sa.select(audit_entries).order_by(audit_entries.c.number.desc()).limit(most)
        if "/" not in roots:
            query = query.where(audit_entries.c.unit.in_(units_at(roots)))
        if before is not None:
            query = query.where(audit_entries.c.number < before)
        return [_entry(row) for row in connection.execute(query)]

    def about(self, connection: sa.Connection, subject: str, units: Sequence[str], *, most: int = PAGE) -> list[Entry]:
        """Entries of these units (codes) about one subject, latest first."""
        row = audit_entries.c
        query = sa.select(audit_entries).where(row.unit.in_(units), row.subject == subject)
        return [_entry(found) for found in connection.execute(query.order_by(row.number.desc()).limit(most))]

    def verify(self, connection: sa.Connection) -> Verdict:
        """Check every seal from the oldest entry that is kept; the seal before it is not known any more."""
        count, previous, last_number = 0, None, 0
        while rows := connection.execute(
            sa.select(audit_entries)
            .where(audit_entries.c.number > last_number)
            .order_by(audit_entries.c.number)
            .limit(_AT_ONCE)
        ).all():
            for entry in map(_entry, rows):
                # The very first entry has nothing before it; the first one left after destruction had something.
                before = b"" if entry.number == 1 else previous
                follows = previous is None or entry.number == last_number + 1
                sealed = before is None or hmac.compare_digest(
                    self._seal(before, entry.number, entry.at, entry.event), entry.seal
                )
                if not (follows and sealed):
                    return Verdict(count, entry.number, entry.seal)
                count, previous, last_number = count + 1, entry.seal, entry.number
        return Verdict(count, None, previous or b"")

    def jobs(self) -> list[Job]:
        """The destruction of what is due."""
        return [Job("audit", HOUR_SECONDS, self._destroy, destroys=True)]

    async def _destroy(self, lease: Lease) -> None:
        await self._core.database.write(self._destroy_entries, lease, int(self._core.clock.now()) - RETENTION_SECONDS)

    def _destroy_entries(self, connection: sa.Connection, lease: Lease, before: int) -> None:
        lease.check(connection)
        row = audit_entries.c
        # By number, not by time alone: only the beginning of the chain may go.
        kept = connection.execute(sa.select(sa.func.min(row.number)).where(row.at >= before)).scalar_one()
        due = sa.true() if kept is None else row.number < kept
        count, last, latest_due = connection.execute(
            sa.select(sa.func.count(), sa.func.max(row.number), sa.func.max(row.at)).where(due)
        ).one()
        if not count:
            return
        if latest_due > connection.execute(sa.select(sa.func.max(row.at))).scalar_one() - RETENTION_SECONDS:
            # The database lets go of what is two years older than the latest entry, and the chain goes on from an
            # entry that stays: where nobody did anything lately, this one is both.
            self.append(connection, Event("entries_destroyed", detail={"count": str(count)}))
        connection.execute(sa.delete(audit_entries).where(row.number <= last))

    def _seal(self, before: bytes, number: int, at: int, event: Event) -> bytes:
        told = [event.action, event.actor, event.actor_name, event.unit, event.subject, sorted(event.detail.items())]
        return hmac.digest(self._key, before + msgspec.json.encode([number, at, *told]), hashlib.sha256)


def _entry(row: Any) -> Entry:
    detail = msgspec.json.decode(row.detail, type=dict[str, str])
    event = Event(row.action, row.unit, row.actor, row.actor_name, row.subject, detail)
    return Entry(row.number, row.at, event, bytes(row.seal))
