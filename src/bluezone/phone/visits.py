"""Visits to places: checked in by the owner, checked out by hand or by itself, known to this phone alone."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from bluezone.clock import Clock
from bluezone.phone.diary import Calendar
from bluezone.phone.errors import VisitTimesWrong, VisitUnknown
from bluezone.phone.store import Store
from bluezone.protocol import DAY_SECONDS
from bluezone.protocol.place import PlaceCode
from bluezone.randomness import Randomness

LONGEST_STAY = float(DAY_SECONDS)
SHORTEST_STAY = 60.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay at a place, Unix seconds. `ended_at` is None while it lasts; `leaves_at` says when it ends by itself.

    `automatic` says that it ended by itself, after the place's default stay.
    """

    id: str
    place: PlaceCode
    started_at: float
    ended_at: float | None
    leaves_at: float
    automatic: bool
    destroy_at: float


class Visits:
    """The visits in the store."""

    def __init__(
        self, store: Store, clock: Clock, randomness: Randomness, calendar: Calendar, *, keep_days: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._randomness = randomness
        self._calendar = calendar
        self._keep = keep_days * DAY_SECONDS

    def check_in(self, place: PlaceCode, at: float | None = None) -> Visit:
        """Begin a visit, which ends any other; at a place where one lasts already it is that one.

        Raises PlaceCodeEarly, PlaceCodeExpired or VisitTimesWrong.
        """
        now = self._clock.now()
        started_at = now if at is None else at
        place.check_day(self._calendar.day(started_at))
        self._check(started_at, None, now)
        present = [visit for visit in self.all() if visit.ended_at is None]
        for visit in present:
            if visit.place.place_id == place.place_id and visit.started_at <= started_at:
                return visit
        visit_id = self._randomness.token_bytes(8).hex()
        with self._store.transaction() as connection:
            for visit in present:
                if visit.started_at < started_at:
                    self._end(visit.id, max(started_at, visit.started_at + SHORTEST_STAY))
            connection.execute(
                "INSERT INTO visits (id, place, started_at, destroy_at) VALUES (?, ?, ?, ?)",
                (visit_id, msgspec.json.encode(place), started_at, started_at + LONGEST_STAY + self._keep),
            )
        return self.visit(visit_id)

    def check_out(self, visit_id: str, at: float | None = None) -> Visit:
        """End a visit that lasts. Raises VisitUnknown or VisitTimesWrong."""
        visit = self.visit(visit_id)
        now = self._clock.now()
        ended_at = max(now, visit.started_at + SHORTEST_STAY) if at is None else at
        if at is not None:
            self._check(visit.started_at, ended_at, now)
        self._end(visit_id, ended_at)
        return self.visit(visit_id)

    def edit(self, visit_id: str, *, started_at: float, ended_at: float | None) -> Visit:
        """Correct a visit's times; `ended_at` None lets it end by itself. Raises VisitUnknown or VisitTimesWrong."""
        self.visit(visit_id)
        self._check(started_at, ended_at, self._clock.now())
        destroy_at = (started_at + LONGEST_STAY if ended_at is None else ended_at) + self._keep
        self._store.execute(
            "UPDATE visits SET started_at = ?, ended_at = ?, destroy_at = ? WHERE id = ?",
            (started_at, ended_at, destroy_at, visit_id),
        )
        return self.visit(visit_id)

    def delete(self, visit_id: str) -> None:
        """Forget a visit. Raises VisitUnknown."""
        if not self._store.execute("DELETE FROM visits WHERE id = ?", (visit_id,)):
            raise _unknown(visit_id)

    def visit(self, visit_id: str) -> Visit:
        """Raises VisitUnknown."""
        for visit in self._read("WHERE id = ?", (visit_id,)):
            return visit
        raise _unknown(visit_id)

    def all(self) -> list[Visit]:
        """Every visit, newest first."""
        return self._read("ORDER BY started_at DESC, id")

    def _read(self, rest: str, parameters: tuple[object, ...] = ()) -> list[Visit]:
        now = self._clock.now()
        visits = []
        for visit_id, body, started_at, ended_at, destroy_at in self._store.rows(
            f"SELECT id, place, started_at, ended_at, destroy_at FROM visits {rest}",  # noqa: S608
            parameters,
        ):
            place = msgspec.json.decode(body, type=PlaceCode)
            leaves_at = started_at + place.default_stay_minutes * 60.0
            automatic = ended_at is None and now >= leaves_at
            ended = leaves_at if automatic else ended_at
            visits.append(Visit(visit_id, place, started_at, ended, leaves_at, automatic, destroy_at))
        return visits

    def _end(self, visit_id: str, ended_at: float) -> None:
        self._store.execute(
            "UPDATE visits SET ended_at = ?, destroy_at = ? WHERE id = ?", (ended_at, ended_at + self._keep, visit_id)
        )

    def _check(self, started_at: float, ended_at: float | None, now: float) -> None:
        if not now - self._keep <= started_at <= now + SHORTEST_STAY:
            raise VisitTimesWrong("A visit begins within the last 14 days and not later than now; correct its time.")
        if ended_at is not None and not (
            started_at + SHORTEST_STAY <= ended_at <= min(started_at + LONGEST_STAY, now + LONGEST_STAY)
        ):
            raise VisitTimesWrong("A visit lasts from a minute to a day; correct when it ended.")


def _unknown(visit_id: str) -> VisitUnknown:
    return VisitUnknown(f"There is no visit {visit_id} any more; look at the list.")
