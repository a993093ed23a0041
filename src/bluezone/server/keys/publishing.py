"""Writing published keys: new ones, revisions by whoever holds the token, and repeated calls that change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bluezone.protocol import ReportType
from bluezone.server.keys.errors import (
    InvalidReportTypeTransition,
    InvalidRevisionToken,
    KeyAlreadyRevised,
    MissingRevisionToken,
)
from bluezone.server.keys.revision import RevisableKey
from bluezone.server.keys.rules import TRANSITIONS, Candidate
from bluezone.server.keys.tables import export_batches, published_keys

WINDOW_LOCK = 0x424C5746
"""PostgreSQL's advisory lock between writers of keys (shared) and whoever closes a time of arrival (alone)."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a write did; `revisable` is False when the keys were there before and may be public already."""

    inserted: int
    revised: int
    revisable: bool = True


def store(
    connection: sa.Connection, candidates: Sequence[Candidate], *, token: Sequence[RevisableKey] | None, arrived: int
) -> Stored:
    """Insert keys that are new and revise those that are not.

    Keys that are published already are touched only under a token that lists them; without one, a call that would
    change nothing is answered as a success, so that a phone which lost the answer may ask again. Raises
    MissingRevisionToken, InvalidRevisionToken, KeyAlreadyRevised or InvalidReportTypeTransition.
    """
    closed = closed_until(connection)
    existing = _existing(connection, [candidate.key for candidate in candidates])
    new = [candidate for candidate in candidates if candidate.key not in existing]
    known = [candidate for candidate in candidates if candidate.key in existing]
    if known and token is None:
        if new or any(_changes(existing[candidate.key], candidate) for candidate in known):
            raise MissingRevisionToken(
                "Some of these keys are published already; send the revision token of that publish call as well."
            )
        # Until an archive holds them nobody but their phone can know the keys; after that anybody could send them.
        return Stored(0, 0, revisable=all(existing[candidate.key].created_at >= closed for candidate in known))
    listed = {(key.key, key.rolling_start, key.rolling_period) for key in token or ()}
    changes = [change for c in known if (change := _revision(existing[c.key], c, listed)) is not None]
    # What is withdrawn before it was ever published need not be stored (docs/tek_validation.md).
    rows = [_row(c, max(c.created_at, closed)) for c in new if c.report_type != ReportType.REVOKED]
    if rows:
        connection.execute(sa.insert(published_keys), rows)
    for candidate in changes:
        connection.execute(
            sa.update(published_keys)
            .where(published_keys.c.key == candidate.key, published_keys.c.revised_at.is_(None))
            .values(
                revised_at=max(arrived, closed),
                revised_report_type=int(candidate.report_type),
                revised_days_since_onset=candidate.days_since_onset,
                revised_transmission_risk=candidate.transmission_risk,
            )
        )
    return Stored(len(rows), len(changes))


def closed_until(connection: sa.Connection) -> int:
    """The time of arrival up to which archives are built or being built; later keys are given a later one.

    Holds off the closing of a further one until the transaction ends.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": WINDOW_LOCK})
    return connection.execute(sa.select(sa.func.max(export_batches.c.end_at))).scalar_one() or 0


def _existing(connection: sa.Connection, keys: Sequence[bytes]) -> dict[bytes, Any]:
    query = sa.select(
        published_keys.c.key,
        published_keys.c.rolling_start,
        published_keys.c.rolling_period,
        published_keys.c.report_type,
        published_keys.c.created_at,
        published_keys.c.revised_report_type,
    ).where(published_keys.c.key.in_(keys))
    return {bytes(row.key): row for row in connection.execute(query)}


def _changes(row: Any, candidate: Candidate) -> bool:
    """Whether the call says something else of a key than what is published."""
    return (
        candidate.report_type not in {row.report_type, row.revised_report_type}
        or row.rolling_start != candidate.rolling_start
        or row.rolling_period != candidate.rolling_period
    )


def _revision(row: Any, candidate: Candidate, listed: Iterable[tuple[bytes, int, int]]) -> Candidate | None:
    """The candidate if it changes its key, None if it says what is published."""
    identity = (bytes(row.key), row.rolling_start, row.rolling_period)
    if identity not in listed or identity[1:] != (candidate.rolling_start, candidate.rolling_period):
        raise InvalidRevisionToken("The revision token is for other keys than these; send the one that came with them.")
    if not _changes(row, candidate):
        return None
    if row.revised_report_type is not None:
        raise KeyAlreadyRevised("One of these keys was changed once already; it cannot be changed again.")
    before = ReportType(row.report_type)
    if candidate.report_type not in TRANSITIONS.get(before, ()):
        raise InvalidReportTypeTransition(
            f"Keys published as {before.name} cannot become {candidate.report_type.name}; nothing was changed."
        )
    return candidate


def _row(candidate: Candidate, created_at: int) -> dict[str, object]:
    return {
        "key": candidate.key,
        "rolling_start": candidate.rolling_start,
        "rolling_period": candidate.rolling_period,
        "report_type": int(candidate.report_type),
        "days_since_onset": candidate.days_since_onset,
        "transmission_risk": candidate.transmission_risk,
        "created_at": created_at,
        "filler": False,
    }
