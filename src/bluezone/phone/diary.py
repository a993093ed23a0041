"""The diary: minutes near others by day. It counts minutes, never identifiers, which change and are not people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bluezone.phone.radar import closeness_at
from bluezone.phone.sightings import SightingLog
from bluezone.protocol import DAY_SECONDS
from bluezone.risk import Closeness


@dataclass(frozen=True, slots=True)
class DiaryDay:
    """One local day: minutes of listening, and of those the minutes in which somebody was heard, by the nearest class.

    A minute counts once however many people there were; a scan stands for the time since the last, at most 5 minutes.
    `visits` counts places.
    """

    day: date
    minutes_protected: int
    minutes_near: int
    minutes_unclear: int
    minutes_far: int
    visits: int

    @property
    def minutes_near_others(self) -> int:
        """Minutes with somebody near, or perhaps near; whoever was heard from farther away was not near."""
        return self.minutes_near + self.minutes_unclear

    @property
    def empty(self) -> bool:
        """Whether nothing is known of the day."""
        return not (self.minutes_protected or self.minutes_near_others or self.minutes_far or self.visits)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Local days; `utc_offset` is the seconds by which they begin before UTC's."""

    utc_offset: int

    def day(self, time: float) -> date:
        return datetime.fromtimestamp(time + self.utc_offset, UTC).date()

    def begin(self, day: date) -> float:
        """The Unix time of the day's midnight."""
        return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() - self.utc_offset

    def last_days(self, now: float, count: int) -> list[date]:
        """Today and the days before, newest first."""
        today = self.day(now)
        return [today - timedelta(back) for back in range(count)]


def diary(
    sightings: SightingLog, visits: dict[date, int], calendar: Calendar, *, now: float, days: int, tx_power: int
) -> list[DiaryDay]:
    """The last `days` days, newest first. `tx_power` (dBm) is taken for the senders, whose own is sealed."""
    shown = calendar.last_days(now, days)
    protected = dict.fromkeys(shown, 0.0)
    near: dict[tuple[date, Closeness], float] = {}
    for started_at, seconds, rssi in sightings.nearest_by_scan(calendar.begin(shown[-1]), now + DAY_SECONDS):
        day = calendar.day(started_at)
        if day not in protected:
            continue
        protected[day] += seconds
        if rssi is not None:
            cell = day, closeness_at(round(tx_power - rssi))
            near[cell] = near.get(cell, 0.0) + seconds

    def minutes(day: date, kind: Closeness) -> int:
        return round(near.get((day, kind), 0.0) / 60)

    return [
        DiaryDay(
            day,
            round(protected[day] / 60),
            minutes(day, Closeness.NEAR),
            minutes(day, Closeness.UNCLEAR),
            minutes(day, Closeness.FAR),
            visits.get(day, 0),
        )
        for day in shown
    ]
