"""Notices: days with an exposure and the province's bulletins, each new until the owner has read it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from bluezone.clock import Clock
from bluezone.phone.errors import StoreFull
from bluezone.phone.guidance import Bulletin
from bluezone.phone.places import PlaceWarning
from bluezone.phone.status import Exposure, StatusLevel
from bluezone.phone.store import Store
from bluezone.protocol import DAY_SECONDS
from bluezone.risk import Closeness


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to read. `day` is the exposure's UTC day or the bulletin's date; `first_seen` in Unix seconds.

    An exposure has minutes, closeness and a level, a bulletin title and body, a place its warning and the place's name
    as title; the other fields are None or empty. A day whose level rises is a new notice.
    """

    id: str
    kind: Literal["exposure", "place", "bulletin"]
    day: date
    first_seen: float
    read: bool
    minutes: int | None = None
    closeness: Closeness | None = None
    level: StatusLevel | None = None
    warning: PlaceWarning | None = None
    title: str = ""
    body: str = ""


class NoticeLog:
    """When each notice was first seen and read, in the store."""

    def __init__(self, store: Store, clock: Clock, *, keep_days: int) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep_days * DAY_SECONDS

    def note(
        self, exposures: Iterable[Exposure], bulletins: Iterable[Bulletin], warnings: Iterable[PlaceWarning] = ()
    ) -> list[Notice]:
        """The notices: exposures, newest day first, then places and bulletins as they come.

        New ones count as seen from now on.
        """
        now = self._clock.now()
        seen = {
            notice: (first_seen, read_at is not None, destroy_at)
            for notice, first_seen, read_at, destroy_at in self._store.rows(
                "SELECT id, first_seen, read_at, destroy_at FROM notices"
            )
        }

        def moment(notice: str, destroy_at: float) -> tuple[float, bool]:
            first_seen, read, kept_until = seen.get(notice, (now, False, 0.0))
            if destroy_at > kept_until:
                # A bulletin is remembered as read for as long as the province shows it; a day's margin spares writes.
                with contextlib.suppress(StoreFull):  # a full disk hides no warning
                    self._store.execute(
                        "INSERT INTO notices (id, first_seen, destroy_at) VALUES (?, ?, ?)"
                        " ON CONFLICT DO UPDATE SET destroy_at = excluded.destroy_at",
                        (notice, first_seen, destroy_at + DAY_SECONDS),
                    )
            return first_seen, read

        notices = []
        for exposure in sorted(exposures, key=lambda exposure: exposure.day, reverse=True):
            if exposure.level is StatusLevel.SAFE:
                continue  # heard, and too short or too far to matter
            notice = f"exposure-{exposure.day.isoformat()}-{exposure.level}"
            first_seen, read = moment(notice, _end(exposure.day) + self._keep)
            notices.append(
                Notice(
                    notice,
                    "exposure",
                    exposure.day,
                    first_seen,
                    read,
                    minutes=exposure.minutes,
                    closeness=exposure.closeness,
                    level=exposure.level,
                )
            )
        for warning in warnings:
            notice = f"place-{warning.visit.id}-{int(warning.start)}"
            first_seen, read = moment(notice, warning.visit.destroy_at)
            day = datetime.fromtimestamp(warning.start, UTC).date()
            notices.append(
                Notice(notice, "place", day, first_seen, read, warning=warning, title=warning.visit.place.name)
            )
        for bulletin in bulletins:
            notice = f"bulletin-{bulletin.id}"
            first_seen, read = moment(notice, now + self._keep)
            notices.append(
                Notice(notice, "bulletin", bulletin.day, first_seen, read, title=bulletin.title, body=bulletin.body)
            )
        return notices

    def mark_read(self, notice_id: str) -> None:
        """The owner has read it; nothing for a notice that was never listed, or on a full disk."""
        with contextlib.suppress(StoreFull):
            self._store.execute(
                "UPDATE notices SET read_at = coalesce(read_at, ?) WHERE id = ?", (self._clock.now(), notice_id)
            )


def _end(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + DAY_SECONDS
