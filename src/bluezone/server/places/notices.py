"""Place notices: made from a case's landmark, published for phones in the next window, taken back the same way."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bluezone.protocol import ArchiveSigner
from bluezone.protocol.notices import VALUE_BYTES, hours_between, notice_value, padding_count, write_notices
from bluezone.server.accounts.access import Account, Action, denied, roots
from bluezone.server.casework.service import Ground, find_case, is_id, landmarks
from bluezone.server.errors import NotFound
from bluezone.server.jobs import Lease
from bluezone.server.names import clean_name
from bluezone.server.places.errors import NoticeOver, PlaceInvalid
from bluezone.server.places.register import find_place, sheets_of
from bluezone.server.places.tables import (
    FILE_SECONDS,
    NOTICE_SECONDS,
    WITHDRAWN_SECONDS,
    notice_files,
    place_notices,
    places,
)
from bluezone.server.units.service import units_at

DAY_SECONDS = 86400
LONGEST_NOTICE_SECONDS = DAY_SECONDS
OLDEST_SECONDS = 14 * DAY_SECONDS
"""Phones keep visits for 14 days."""

_PHONE = re.compile(r"\+?\d[\d .]{5,18}\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class NoticeData:
    """For whom and until when (Unix seconds); `zone` None is all of the place; the owner answers who asks."""

    place: str
    zone: str | None
    from_at: int
    to_at: int
    owner_name: str
    owner_phone: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """A notice with the place that it is about."""

    row: sa.Row[Any]
    place: sa.Row[Any]


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """A published file; `digest` is its SHA-256, hexadecimal."""

    name: str
    digest: str
    body: bytes


def find_landmark(connection: sa.Connection, account: Account, landmark: str) -> tuple[sa.Row[Any], sa.Row[Any]]:
    """A landmark of a case on which the account works, and the patient. Raises AccessDenied."""
    known = sa.select(landmarks).where(landmarks.c.id == landmark)
    row = connection.execute(known).one_or_none() if is_id(landmark) else None
    if row is None:
        raise denied()
    _case, person = find_case(connection, account, Action.WORK_CASES, row.case)
    return row, person


def make_notice(ground: Ground, connection: sa.Connection, account: Account, landmark: str, data: NoticeData) -> str:
    """Warn whoever was at a place; the log names the place, never the case. Raises AccessDenied or PlaceInvalid."""
    _row, person = find_landmark(connection, account, landmark)
    now = ground.now()
    faults = {}
    owner = clean_name(data.owner_name)
    if not data.place:
        faults["place"] = "place_missing"
    if not data.from_at < data.to_at <= data.from_at + LONGEST_NOTICE_SECONDS:
        faults["to_at"] = "span_impossible"
    elif not now - OLDEST_SECONDS <= data.from_at <= data.to_at <= now + 3600:
        faults["from_at"] = "hours_outside"
    if not 2 <= len(owner) <= 120:
        faults["owner_name"] = "owner_missing"
    if not _PHONE.fullmatch(data.owner_phone.strip()):
        faults["owner_phone"] = "phone_malformed"
    if faults:
        raise PlaceInvalid(faults)
    place = find_place(connection, account, Action.PLACES_SEE, data.place)
    if data.zone is not None and data.zone not in {sheet.zone for sheet in sheets_of(connection, data.place)}:
        raise PlaceInvalid({"place": "place_missing"})
    notice = ground.id()
    connection.execute(
        sa.insert(place_notices).values(
            id=notice,
            place=place.id,
            zone=data.zone,
            landmark=landmark,
            unit=person.desk,
            from_at=data.from_at,
            to_at=data.to_at,
            owner_name=owner,
            owner_phone=data.owner_phone.strip(),
            made_at=now,
            made_by=account.id,
        )
    )
    ground.note(connection, account, "notice_made", unit=place.unit, subject=place.id, notice=notice)
    return notice


def find_notice(connection: sa.Connection, account: Account, notice: str) -> Noticed:
    """Raises AccessDenied."""
    mine = place_notices.c.unit.in_(units_at(roots(account, Action.WORK_CASES)))
    known = sa.select(place_notices).where(place_notices.c.id == notice, mine)
    row = connection.execute(known).one_or_none() if is_id(notice) else None
    if row is None:
        raise denied()
    return Noticed(row, connection.execute(sa.select(places).where(places.c.id == row.place)).one())


def list_notices(connection: sa.Connection, account: Account) -> list[Noticed]:
    """The notices of the desks where the account works, newest first."""
    mine = place_notices.c.unit.in_(units_at(roots(account, Action.WORK_CASES)))
    rows = connection.execute(sa.select(place_notices).where(mine).order_by(place_notices.c.made_at.desc())).all()
    found = sa.select(places).where(places.c.id.in_({row.place for row in rows}))
    by_id = {row.id: row for row in connection.execute(found)}
    return [Noticed(row, by_id[row.place]) for row in rows]


def take_back(ground: Ground, connection: sa.Connection, account: Account, notice: str) -> None:
    """Before publication nothing is ever sent; afterwards phones take it back. Raises AccessDenied or NoticeOver."""
    found = find_notice(connection, account, notice)
    changed = connection.execute(
        sa.update(place_notices)
        .where(place_notices.c.id == notice, place_notices.c.over_at.is_(None))
        .values(over_at=ground.now())
    )
    if not changed.rowcount:
        raise NoticeOver("This notice was taken back already.")
    ground.note(connection, account, "notice_over", unit=found.place.unit, subject=found.place.id, notice=notice)


def build_file(ground: Ground, connection: sa.Connection, lease: Lease, signer: ArchiveSigner) -> str | None:
    """Write the file of the window that ended last; its name, None when it is written or there was never a place.

    There is a file for every window and each looks alike, so that none tells whether somebody was warned.
    """
    lease.check(connection)
    period = ground.core.settings.export_period_minutes * 60
    end = ground.now() // period * period
    written = connection.execute(sa.select(sa.func.max(notice_files.c.end_at))).scalar_one()
    if (written is not None and written >= end) or connection.execute(sa.select(places.c.id).limit(1)).first() is None:
        return None
    start = end - period if written is None else written
    c = place_notices.c
    fresh = sa.and_(c.made_at < end, c.published_at.is_(None), c.over_at.is_(None))
    over = sa.and_(c.over_at < end, c.published_at.isnot(None), c.over_published_at.is_(None))
    warned = connection.execute(sa.select(place_notices).where(fresh)).all()
    recalled = connection.execute(sa.select(place_notices).where(over)).all()
    active = connection.execute(sa.select(place_notices).where(c.over_at.is_(None))).all()
    values = {notice_value(*of) for of in _hours(connection, warned)}
    values |= {notice_value(*of, over=True) for of in _hours(connection, recalled) - _hours(connection, active)}
    padded = len(values) + padding_count(len(values))
    while len(values) < padded:
        values.add(ground.core.randomness.token_bytes(VALUE_BYTES))
    body = write_notices(values, signers=[signer], start=start, end=end)
    name = f"{start}-{end}.zip"
    digest = hashlib.sha256(body).hexdigest()
    connection.execute(sa.insert(notice_files).values(name=name, start_at=start, end_at=end, digest=digest, body=body))
    for rows, column in ((warned, "published_at"), (recalled, "over_published_at")):
        ids = [row.id for row in rows]
        connection.execute(sa.update(place_notices).where(c.id.in_(ids)).values({column: ground.now()}))
    return name


def file_names(connection: sa.Connection) -> list[str]:
    """What the index lists, oldest to newest."""
    return list(connection.execute(sa.select(notice_files.c.name).order_by(notice_files.c.end_at)).scalars())


def read_file(connection: sa.Connection, name: str) -> NoticeFile:
    """Raises NotFound."""
    row = connection.execute(sa.select(notice_files).where(notice_files.c.name == name)).one_or_none()
    if row is None:
        raise NotFound("There is no such file; fetch the index again.")
    return NoticeFile(row.name, row.digest, row.body)


def destroy_due(ground: Ground, connection: sa.Connection, lease: Lease) -> None:
    """Destroy withdrawn places, old notices and old files."""
    lease.check(connection)
    now = ground.now()
    for table, column, seconds in (
        (places, places.c.withdrawn_at, WITHDRAWN_SECONDS),
        (place_notices, place_notices.c.made_at, NOTICE_SECONDS),
        (notice_files, notice_files.c.end_at, FILE_SECONDS),
    ):
        connection.execute(sa.delete(table).where(column <= now - seconds))


def _hours(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> set[tuple[bytes, int]]:
    """Seed and hour for every sheet that hung or hangs at the doors of these notices."""
    return {
        (sheet.code.seed, hour)
        for row in rows
        for sheet in sheets_of(connection, row.place)
        if row.zone is None or sheet.zone == row.zone
        for hour in hours_between(row.from_at, row.to_at)
    }
