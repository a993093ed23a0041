"""The outbox in the database: what waits, who tries it, what became of it.

A row is `waiting`, then `sending` from the moment before the gateway is called, and ends as `sent`, `failed`, `expired`
or `cancelled`. A row that stays `sending` longer than a call can take was left by a process that died, and is tried
again. Whether the gateway had it by then nobody knows; `doubtful` counts such tries.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bluezone.server.messages.tables import RETENTION_SECONDS, text_messages

MOST_DOUBTS = 2
"""So many tries of unknown fate a message gets at gateways that do not know references: one text more than wanted."""
UNCERTAIN = "uncertain"
_MINUTE = 60.0

_row = text_messages.c
_OPEN = ("waiting", "sending")


@dataclass(frozen=True, slots=True)
class MessageState:
    """How a message stands: `waiting`, `sending`, `sent`, `failed`, `expired` or `cancelled`.

    `outcome` says in a few letters what the last try met (`HTTP 503`, `code 108`, `timeout`, `uncertain` when it may
    have been sent); times are Unix seconds.
    """

    id: str
    purpose: str
    state: str
    outcome: str
    attempts: int
    parts: int
    created_at: float
    next_at: float
    valid_until: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process alone tries now; `attempt` tells this try from later ones."""

    id: str
    attempt: int
    sealed: bytes
    reference: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """How often and how fast messages are tried; a claim runs out after `claim_seconds`."""

    attempts: int
    per_minute: int
    claim_seconds: float
    knows_references: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """What has not ended: how many, since when the oldest, and whether something is to be done now."""

    count: int
    oldest: float | None
    due: bool


def read_states(connection: sa.Connection, ids: Collection[str]) -> dict[str, MessageState]:
    """How these messages stand; those destroyed already are left out."""
    columns = [_row[name] for name in MessageState.__dataclass_fields__]
    rows = connection.execute(sa.select(*columns).where(_row.id.in_(ids)))
    return {row.id: MessageState(*row) for row in rows}


def waiting(connection: sa.Connection, now: float) -> Waiting:
    due = sa.func.coalesce(sa.func.max(sa.case((sa.or_(_row.next_at <= now, _row.valid_until <= now), 1), else_=0)), 0)
    row = connection.execute(
        sa.select(sa.func.count(), sa.func.min(_row.created_at), due).where(_row.state.in_(_OPEN))
    ).one()
    return Waiting(row[0], row[1], bool(row[2]))


def end_hopeless(connection: sa.Connection, now: float, bounds: Bounds | None) -> dict[str, int]:
    """End what is past its time or was tried often enough, and wipe it; how many by their new state."""
    free = sa.or_(_row.state == "waiting", sa.and_(_row.state == "sending", _row.next_at <= now))
    # What a process left in the middle of a try may have been sent.
    outcome = sa.case((_row.state == "sending", UNCERTAIN), else_=_row.outcome)
    late = sa.and_(free, _row.valid_until <= now)
    ended = {"expired": _end(connection, late, now, state="expired", outcome=outcome)}
    if bounds is not None:
        due = sa.and_(_row.state.in_(_OPEN), _row.next_at <= now)
        tired = sa.and_(due, _row.attempts >= bounds.attempts)
        ended["failed"] = _end(connection, tired, now, state="failed", outcome=outcome)
        if not bounds.knows_references:
            doubted = sa.and_(due, _row.doubtful >= MOST_DOUBTS)
            ended["failed"] += _end(connection, doubted, now, state="failed", outcome=UNCERTAIN)
    return ended


def claim(connection: sa.Connection, most: int, now: float, bounds: Bounds) -> list[Claimed]:
    """At most `most` messages that are due, for this process alone; fewer when a minute's share is used up."""
    tried = sa.select(sa.func.count()).where(_row.claimed_at > now - _MINUTE, _row.claimed_at <= now)
    most = min(most, bounds.per_minute - connection.execute(tried).scalar_one())
    if most <= 0:
        return []
    # Stated again for the row itself: of two processes that found it due, the second finds it claimed.
    due = sa.and_(_row.state.in_(_OPEN), _row.next_at <= now, _row.valid_until > now)
    rows = connection.execute(
        sa.update(text_messages)
        .where(_row.id.in_(sa.select(_row.id).where(due).order_by(_row.next_at).limit(most)), due)
        .values(
            state="sending",
            attempts=_row.attempts + 1,
            doubtful=_row.doubtful + 1,
            claimed_at=now,
            next_at=now + bounds.claim_seconds,
        )
        .returning(_row.id, _row.attempts, _row.sealed, _row.reference)
    )
    return [Claimed(row.id, row.attempts, row.sealed, row.reference) for row in rows]


def note_sent(connection: sa.Connection, provider_ids: Mapping[str, str], now: float) -> int:
    """The gateway has these, which is true whoever holds them by now; how many had not ended otherwise."""
    sent = 0
    for id_, given in provider_ids.items():
        here = sa.and_(_row.id == id_, _row.state.in_(_OPEN))
        sent += _end(connection, here, now, state="sent", provider_id=given, outcome="")
    return sent


def note_refused(connection: sa.Connection, claimed: Sequence[Claimed], outcome: str, now: float) -> int:
    """The gateway will never send these; how many ended by it."""
    return sum(_end(connection, _held(one), now, state="failed", outcome=outcome) for one in claimed)


def note_unavailable(
    connection: sa.Connection, claimed: Sequence[Claimed], outcome: str, *, doubtful: bool, next_at: Mapping[str, float]
) -> None:
    """These are tried again at their times."""
    for one in claimed:
        connection.execute(
            sa.update(text_messages)
            .where(_held(one))
            .values(
                state="waiting",
                outcome=outcome,
                doubtful=_row.doubtful - (0 if doubtful else 1),
                next_at=next_at[one.id],
            )
        )


def cancel(connection: sa.Connection, message_id: str, now: float) -> bool:
    """End a message that no process tries now; one that is being tried is not tried again. True when it ended."""
    if _end(connection, sa.and_(_row.id == message_id, _row.state == "waiting"), now, state="cancelled"):
        return True
    being_tried = sa.and_(_row.id == message_id, _row.state == "sending")
    connection.execute(sa.update(text_messages).where(being_tried).values(valid_until=now))
    return False


def destroy(connection: sa.Connection, now: float) -> None:
    """Destroy the rows of messages that ended a week ago."""
    connection.execute(sa.delete(text_messages).where(_row.ended_at <= now - RETENTION_SECONDS))


def _held(one: Claimed) -> sa.ColumnElement[bool]:
    return sa.and_(_row.id == one.id, _row.state == "sending", _row.attempts == one.attempt)


def _end(connection: sa.Connection, which: sa.ColumnElement[bool], now: float, **values: object) -> int:
    return connection.execute(
        sa.update(text_messages).where(which).values(sealed=None, ended_at=now, **values)
    ).rowcount
