"""Cases and their codes in the database: functions of a connection, which `Database` runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import sqlalchemy.exc

from bluezone.protocol import DAY_SECONDS
from bluezone.server.desk import limits
from bluezone.server.desk.codes import CodeKind
from bluezone.server.desk.errors import (
    CasePublished,
    CaseUnknown,
    CodeExpired,
    CodesExhausted,
    CodeUnknown,
    CodeUsed,
    DeskError,
    QuotaExceeded,
    TokenRevoked,
    TokenUsed,
    UnsupportedTestType,
)
from bluezone.server.desk.rules import CASE_SECONDS, LONG_SECONDS, SHORT_SECONDS, Test, utc_day
from bluezone.server.desk.tables import desk_cases

_ISSUE_LOCK = 0x49535355  # an arbitrary number for pg_advisory_xact_lock: "ISSU"


@dataclass(frozen=True, slots=True)
class Draw:
    """A pair of drawn codes, hashed, and the identifier for their case."""

    uuid: str
    short_hash: bytes
    long_hash: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a draw: `short_expires_at` is 0 when only the long code was kept."""

    draw: Draw
    short_expires_at: int
    long_expires_at: int


@dataclass(frozen=True, slots=True)
class CaseState:
    """What the desk may know of a case."""

    claimed: bool
    published: bool
    short_expires_at: int
    long_expires_at: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal that is returned, not raised: raising would undo the count of a wrong code."""

    error: DeskError


def insert_case(
    connection: sa.Connection, test: Test, draws: Sequence[Draw], *, quota: int, now: float, aloud: bool = True
) -> Stored:
    """Keep a case under the first of the drawn code pairs that no stored case has.

    While short codes are paused or too many of them are good, or not `aloud`, the case gets its long code alone.
    Raises QuotaExceeded, or CodesExhausted when every draw is taken.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ISSUE_LOCK)))
    today = utc_day(now)
    issued = connection.execute(
        sa.select(sa.func.count()).select_from(desk_cases).where(desk_cases.c.issued_day == today)
    ).scalar_one()
    if issued >= quota:
        raise QuotaExceeded(
            f"The desk has issued its {quota} codes of today; raise code_quota_day or wait for tomorrow."
        )
    short = aloud and limits.short_codes_open(connection, now)
    short_expires_at, long_expires_at = int(now) + SHORT_SECONDS, int(now) + LONG_SECONDS
    for draw in draws:
        row = {
            "uuid": draw.uuid,
            "issued_day": today,
            "test_type": test.test_type,
            "symptom_date": test.symptom_date,
            "test_date": test.test_date,
            "short_hash": draw.short_hash if short else None,
            "short_expires_at": short_expires_at if short else 0,
            "long_hash": draw.long_hash,
            "long_expires_at": long_expires_at,
            "claimed": False,
            "published": False,
        }
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(desk_cases).values(row))
        except sqlalchemy.exc.IntegrityError:
            continue
        return Stored(draw, short_expires_at if short else 0, long_expires_at)
    raise CodesExhausted("No free code was found in several draws; try again.")


def read_state(connection: sa.Connection, uuid: str) -> CaseState:
    """A case as the desk may see it. Raises CaseUnknown."""
    row = connection.execute(sa.select(desk_cases).where(desk_cases.c.uuid == uuid)).one_or_none()
    if row is None:
        raise _unknown_case()
    return CaseState(row.claimed, row.published, row.short_expires_at, row.long_expires_at)


def read_states(connection: sa.Connection, uuids: Collection[str]) -> dict[str, CaseState]:
    """The states of those of these cases that are stored still (published: told up to an hour late)."""
    c = desk_cases.c
    query = sa.select(c.uuid, c.claimed, c.published, c.short_expires_at, c.long_expires_at).where(c.uuid.in_(uuids))
    return {uuid: CaseState(*state) for uuid, *state in connection.execute(query)}


def issued_by_day(connection: sa.Connection, first: int) -> dict[int, int]:
    """How many codes were issued on each UTC day from `first` on; days without any are not there."""
    day = desk_cases.c.issued_day
    query = sa.select(day, sa.func.count().label("codes")).where(day >= first).group_by(day)
    return {row.issued_day: row.codes for row in connection.execute(query)}


def revoke(connection: sa.Connection, uuid: str, *, now: float) -> CaseState:
    """End a case's codes and its token at once. Raises CaseUnknown."""
    limits.take_turn(connection)  # a claim that has read the case would otherwise write its token after this
    state = read_state(connection, uuid)
    ended = CaseState(
        state.claimed, state.published, min(state.short_expires_at, int(now)), min(state.long_expires_at, int(now))
    )
    connection.execute(
        sa.update(desk_cases)
        .where(desk_cases.c.uuid == uuid)
        .values(short_expires_at=ended.short_expires_at, long_expires_at=ended.long_expires_at, token_hash=None)
    )
    return ended


def reissue(connection: sa.Connection, uuid: str, draws: Sequence[Draw], *, quota: int, now: float) -> Stored:
    """A new case with the same test, the old one revoked. Raises CaseUnknown, CasePublished, or as `insert_case`."""
    row = connection.execute(sa.select(desk_cases).where(desk_cases.c.uuid == uuid)).one_or_none()
    if row is None or row.long_hash is None:
        raise _unknown_case()
    if row.published:
        raise CasePublished("The keys of this case are already published; no new code is needed.")
    revoke(connection, uuid, now=now)
    return insert_case(connection, Test(row.test_type, row.symptom_date, row.test_date), draws, quota=quota, now=now)


def claim(
    connection: sa.Connection,
    kind: CodeKind,
    code_hashes: Sequence[bytes],
    token_hashes: Sequence[bytes],
    *,
    accept: Sequence[str],
    client: bytes,
    now: float,
) -> Test | Refused:
    """Trade a code for a token, once; the case's test when it is good.

    `token_hashes` are hashes of the token's identifier, the one for new rows first. Whoever comes again for the very
    token that the code was traded for, while the code is good and no certificate was issued, gets it again.

    A used or expired code is as hard to guess as a good one, and opens nothing: it is told apart, and not counted, so
    that honest people learn what to ask for.
    """
    limits.take_turn(connection)
    live = limits.live_short_codes(connection, now)
    is_short = kind is CodeKind.SHORT
    # Before the brake lets a short code through nobody looks whether it exists.
    outcome: Test | DeskError | None = limits.refusal(connection, client, live, now) if is_short else None
    if outcome is None:
        outcome = _claim(connection, kind, code_hashes, token_hashes, accept, now)
    if isinstance(outcome, Test):
        return outcome
    if isinstance(outcome, CodeUnknown) and is_short:
        limits.charge(connection, client, live, now)
    else:
        limits.touch(connection, now)
    return Refused(outcome)


def _claim(
    connection: sa.Connection,
    kind: CodeKind,
    code_hashes: Sequence[bytes],
    token_hashes: Sequence[bytes],
    accept: Sequence[str],
    now: float,
) -> Test | DeskError:
    # The look-up goes by a keyed hash: how long the index takes tells nothing about the code.
    c = desk_cases.c
    column, expiry = (c.short_hash, c.short_expires_at) if kind is CodeKind.SHORT else (c.long_hash, c.long_expires_at)
    row = connection.execute(sa.select(desk_cases, expiry.label("ends")).where(column.in_(code_hashes))).one_or_none()
    if row is None:
        return CodeUnknown(
            "This code is not known; compare it with what you were given, or ask the desk for a new one."
        )
    again = row.token_hash in token_hashes and row.keys_hash is None
    if row.claimed and not again:
        return CodeUsed("This code was used before; ask the health desk for a new one.")
    if row.ends <= now:
        return CodeExpired("This code's time is over; ask the health desk for a new one.")
    if row.test_type not in accept:
        return UnsupportedTestType("This app is too old for this kind of code; update it and try again.")
    if again:
        limits.touch(connection, now)
    else:
        claimed = sa.update(desk_cases).where(c.uuid == row.uuid).values(claimed=True, token_hash=token_hashes[0])
        connection.execute(claimed)
    return Test(row.test_type, row.symptom_date, row.test_date)


def bind(
    connection: sa.Connection, token_hashes: Sequence[bytes], keys_hashes: Sequence[bytes], *, now: float
) -> Refused | None:
    """Bind a token to the keys of one HMAC; again and again for the same, never for another.

    `keys_hashes` are hashes of the HMAC, the one for new rows first.
    """
    limits.take_turn(connection)
    c = desk_cases.c
    uuid = connection.execute(sa.select(c.uuid).where(c.token_hash.in_(token_hashes))).scalar_one_or_none()
    if uuid is None:
        limits.touch(connection, now)
        return Refused(TokenRevoked("The health desk withdrew this token's code; ask for a new one."))
    bound = connection.execute(
        sa.update(desk_cases)
        .where(c.uuid == uuid, sa.or_(c.keys_hash.is_(None), c.keys_hash.in_(keys_hashes)))
        .values(keys_hash=sa.func.coalesce(c.keys_hash, keys_hashes[0]))
    )
    if bound.rowcount == 0:
        limits.touch(connection, now)
        return Refused(TokenUsed("This token is already bound to other keys; ask the health desk for a new code."))
    return None


def claim_nothing(connection: sa.Connection, value: bytes, *, now: float) -> None:
    """Do the work of `claim` for a fake call: the same turn, counts, look-up and commit, and no change."""
    limits.take_turn(connection)
    limits.refusal(connection, value[:16], limits.live_short_codes(connection, now), now)
    connection.execute(sa.select(desk_cases).where(desk_cases.c.short_hash == value)).one_or_none()
    limits.touch(connection, now)


def bind_nothing(connection: sa.Connection, value: bytes, *, now: float) -> None:
    """Do the work of `bind` for a fake call."""
    limits.take_turn(connection)
    connection.execute(sa.select(desk_cases.c.uuid).where(desk_cases.c.token_hash == value)).one_or_none()
    limits.touch(connection, now)


def mark_published(connection: sa.Connection, keys_hashes: Sequence[bytes]) -> None:
    """Note of the cases behind these hashes that their keys are published.

    Every case that could have been meant is rewritten in the same transaction, so that the database's own bookkeeping
    (PostgreSQL's xmin) tells neither which ones were, nor which certificate was issued just before an upload.
    """
    connection.execute(sa.update(desk_cases).where(desk_cases.c.keys_hash.in_(keys_hashes)).values(published=True))
    connection.execute(
        sa.update(desk_cases).where(desk_cases.c.long_hash.is_not(None)).values(issued_day=desk_cases.c.issued_day)
    )


def destroy(connection: sa.Connection, *, retention_days: int, now: float) -> None:
    """Destroy what nobody can use any more: hashes, days and times of day after two days, rows after the retention."""
    day_end = (desk_cases.c.issued_day + 1) * DAY_SECONDS
    connection.execute(
        sa.update(desk_cases)
        .where(desk_cases.c.issued_day < utc_day(now - CASE_SECONDS), desk_cases.c.long_hash.is_not(None))
        .values(
            symptom_date=None,
            test_date=None,
            short_hash=None,
            short_expires_at=day_end,
            long_hash=None,
            long_expires_at=day_end,
            token_hash=None,
            keys_hash=None,
        )
    )
    connection.execute(sa.delete(desk_cases).where(desk_cases.c.issued_day < utc_day(now) - retention_days))
    limits.forget(connection, now)


def _unknown_case() -> CaseUnknown:
    return CaseUnknown("No case is stored under this identifier; issue a new code.")
