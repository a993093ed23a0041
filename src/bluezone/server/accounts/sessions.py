"""Sessions in the database: who is signed in, how far, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from bluezone.server.accounts.access import Account
from bluezone.server.accounts.people import read_account
from bluezone.server.accounts.tables import IDLE_SECONDS, LONGEST_AT, account_sessions

PROOF_SECONDS = 15 * 60
"""How long a proof is fresh enough to change how one signs in."""
_SEEN_EVERY = 60


class Stage(StrEnum):
    """How far somebody has come with signing in."""

    PASSWORD = "password"  # noqa: S105 - a stage's name
    ENROL = "enrol"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in, or on the way there; times are Unix seconds."""

    id: str
    hash: bytes
    account: Account
    stage: Stage
    device: str
    created_at: int
    seen_at: int
    proved_at: int
    pending: bytes | None

    def fresh(self, now: float) -> bool:
        """Whether the last proof is fresh enough to change how one signs in."""
        return 0 <= now - self.proved_at < PROOF_SECONDS


def begin(
    connection: sa.Connection, *, hashed: bytes, session_id: str, account: str, stage: Stage, device: str, now: float
) -> None:
    """A new session; the proof was given just now."""
    at = int(now)
    connection.execute(
        sa.insert(account_sessions).values(
            hash=hashed,
            id=session_id,
            account=account,
            stage=stage.value,
            device=device,
            created_at=at,
            seen_at=at,
            proved_at=at,
        )
    )


def find(connection: sa.Connection, hashed: bytes, now: float) -> Session | None:
    """The session of a hash, None when it has ended or its account is closed."""
    row = connection.execute(sa.select(account_sessions).where(account_sessions.c.hash == hashed)).one_or_none()
    if row is None or _over(row.stage, row.created_at, row.seen_at, now):
        return None
    account = read_account(connection, row.account)
    if account is None or account.closed_at is not None:
        return None
    return Session(
        row.id,
        bytes(row.hash),
        account,
        Stage(row.stage),
        row.device,
        row.created_at,
        row.seen_at,
        row.proved_at,
        None if row.pending is None else bytes(row.pending),
    )


def due_to_be_seen(session: Session, now: float) -> bool:
    """Whether it is a minute since the session was last noted as used; noting every call would write at every look."""
    return now - session.seen_at >= _SEEN_EVERY


def see(connection: sa.Connection, hashed: bytes, now: float) -> None:
    """Note that the session was used."""
    change(connection, hashed, seen_at=int(now))


def change(connection: sa.Connection, hashed: bytes, **values: object) -> None:
    """Set columns of a session."""
    connection.execute(sa.update(account_sessions).where(account_sessions.c.hash == hashed).values(values))


def end(connection: sa.Connection, hashed: bytes) -> bool:
    """True when there was one to end: of two who use up a session at once, one does."""
    return connection.execute(sa.delete(account_sessions).where(account_sessions.c.hash == hashed)).rowcount > 0


def end_all(connection: sa.Connection, account: str, *, but: bytes | None = None) -> int:
    """End an account's sessions, all or all but one; how many."""
    query = sa.delete(account_sessions).where(account_sessions.c.account == account)
    if but is not None:
        query = query.where(account_sessions.c.hash != but)
    return connection.execute(query).rowcount


def end_one(connection: sa.Connection, account: str, session_id: str) -> bool:
    """End one of an account's own sessions."""
    mine = account_sessions.c.account == account, account_sessions.c.id == session_id
    return connection.execute(sa.delete(account_sessions).where(*mine)).rowcount > 0


def of_account(connection: sa.Connection, account: str, now: float) -> list[tuple[str, str, int, int]]:
    """Id, device, beginning and last use of an account's sessions, last used first."""
    rows = connection.execute(
        sa.select(account_sessions)
        .where(account_sessions.c.account == account, account_sessions.c.stage == Stage.FULL.value)
        .order_by(account_sessions.c.seen_at.desc(), account_sessions.c.id)
    )
    return [
        (row.id, row.device, row.created_at, row.seen_at)
        for row in rows
        if not _over(row.stage, row.created_at, row.seen_at, now)
    ]


def forget(connection: sa.Connection, now: float) -> None:
    """Destroy sessions that are over."""
    columns = account_sessions.c
    over = [
        sa.and_(columns.stage == stage, columns.created_at <= now - longest) for stage, longest in LONGEST_AT.items()
    ]
    connection.execute(sa.delete(account_sessions).where(sa.or_(columns.seen_at <= now - IDLE_SECONDS, *over)))


def _over(stage: str, created_at: int, seen_at: int, now: float) -> bool:
    return now - created_at >= LONGEST_AT[stage] or now - seen_at >= IDLE_SECONDS
