"""Being told about places: every file of place notices is fetched, and compared with this phone's own visits here.

All phones fetch all files, so that fetching tells nobody whether there were visits. A visit that its owner enters later
for an earlier time is compared with later files alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import structlog

from bluezone.clock import Clock
from bluezone.phone.client import ServerClient
from bluezone.phone.store import Store
from bluezone.phone.trust import Trust
from bluezone.phone.visits import Visit, Visits
from bluezone.protocol import DAY_SECONDS, ArchiveError
from bluezone.protocol.notices import HOUR_SECONDS, NoticeArchive, hours_between, notice_value, verify_notices

_FILE_DAYS = 16
_AROUND = DAY_SECONDS
"""Hours so far around a visit are compared too: its owner may still correct when it began or ended."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PlaceWarning:
    """A visit during hours in which a case was at the place; `start` and `end` of what they share, Unix seconds."""

    visit: Visit
    start: float
    end: float


class _Hour(NamedTuple):
    """An hour of a visit, told or taken back."""

    visit: str
    hour: int
    over: bool


class PlaceWarnings:
    """Which hours of which visits were told, in the store."""

    def __init__(self, store: Store, trust: Trust, visits: Visits, clock: Clock) -> None:
        self._store = store
        self._trust = trust
        self._visits = visits
        self._clock = clock

    async def fetch(self, client: ServerClient) -> int:
        """Read every new file of notices; how many could be used. One that is broken is fetched again at the next look.

        Raises ServerUnreachable, ServerRefused or AnswerTooLarge.
        """
        names = await client.notice_names()
        read = {name for (name,) in self._store.rows("SELECT name FROM notice_files")}
        new = [name for name in names if name not in read]
        own = _values(self._visits.all()) if new else {}
        count = 0
        for name in new:
            body = await client.notice_file(name)
            try:
                archive = verify_notices(body, self._trust.verification_keys())
            except ArchiveError as error:
                _log.warning("place notices cannot be used", file=name, reason=error.code)
                continue
            self._take(name, archive, own)
            count += 1
        return count

    def current(self) -> list[PlaceWarning]:
        """The visits that were in told hours, newest first."""
        told: dict[str, list[int]] = {}
        for visit_id, hour in self._store.rows("SELECT visit, hour FROM place_warnings WHERE NOT over ORDER BY hour"):
            told.setdefault(visit_id, []).append(hour)
        warnings = []
        for visit in self._visits.all() if told else ():
            left = visit.leaves_at if visit.ended_at is None else visit.ended_at
            here = hours_between(visit.started_at, left)
            if hours := [hour for hour in told.get(visit.id, ()) if hour in here]:
                start = max(visit.started_at, hours[0] * float(HOUR_SECONDS))
                warnings.append(PlaceWarning(visit, start, min(left, (hours[-1] + 1) * float(HOUR_SECONDS))))
        return warnings

    def _take(self, name: str, archive: NoticeArchive, own: Mapping[bytes, Sequence[_Hour]]) -> None:
        with self._store.transaction() as connection:
            for told in (told for value in own.keys() & archive.values for told in own[value]):
                # What a later file says stands, in whatever order they arrive; the visit may be gone meanwhile.
                connection.execute(
                    "INSERT INTO place_warnings SELECT id, ?, ?, ? FROM visits WHERE id = ? ON CONFLICT DO UPDATE"
                    " SET over = excluded.over, told_at = excluded.told_at WHERE excluded.told_at >= told_at",
                    (told.hour, told.over, float(archive.end), told.visit),
                )
            connection.execute(
                "INSERT OR IGNORE INTO notice_files VALUES (?, ?)", (name, self._clock.now() + _FILE_DAYS * DAY_SECONDS)
            )


def _values(visits: Sequence[Visit]) -> dict[bytes, list[_Hour]]:
    """What a file would hold to tell an hour, or that it is taken back; visits to one place share their values."""
    values: dict[bytes, list[_Hour]] = {}
    for visit in visits:
        for hour in hours_between(max(visit.started_at - _AROUND, 0), visit.started_at + 2 * _AROUND):
            for over in (False, True):
                value = notice_value(visit.place.seed, hour, over=over)
                values.setdefault(value, []).append(_Hour(visit.id, hour, over))
    return values
