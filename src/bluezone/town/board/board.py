"""The town as one person plays it: moving people, the clock's speed, the desk, and the three steps of the guide."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import httpx
import structlog

from bluezone.phone import PhoneStatus, StatusLevel
from bluezone.town.air import TX_POWER_LOW, Point, stay
from bluezone.town.board.casework import Case, CaseKind, Casework
from bluezone.town.board.ledger import Ledger
from bluezone.town.board.plan import SPOTS, Place, place_at, settle
from bluezone.town.board.witness import NEAR_DB, Witness
from bluezone.town.pace import FASTEST, PacedClock
from bluezone.town.schedule import VIETNAM
from bluezone.town.town import Town

RATES = (0, 1, 60, 600)
"""The speeds that the page offers."""

MORNING = 6
"""The hour to which `skip_night` runs."""

MINUTES_TO_COUNT = 30
"""Minutes near each other that tick the guide's first step: twice what makes a contact, so that no warning fails."""

REST_SECONDS = 60.0
"""Real seconds without a form after which nobody works at the desk any more."""

_LOOK_SECONDS = 1.0  # real seconds between two looks at the server and the phones

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """Two phones that can hear each other: mean strength in dBm, metres, whether they did lately, minutes near."""

    one: str
    other: str
    rssi: float
    near: bool
    metres: float
    heard: bool
    minutes: float


@dataclass(frozen=True, slots=True)
class Progress:
    """The guide's three steps, each ticked by what really happened.

    `closest` are the two who were near each other longest, and for how many minutes.
    """

    met: bool
    published: bool
    warned: bool
    closest: tuple[str, str, float] | None
    publisher: str | None
    told: str | None


class Board:
    """What the page shows and does. `ledger` and `casework` reach the server; made inside the town's loop."""

    def __init__(self, town: Town, clock: PacedClock, casework: Casework, ledger: Ledger) -> None:
        self.town = town
        self.clock = clock
        self.casework = casework
        self.ledger = ledger
        self.server_answers = True
        self._witness = Witness(town, clock)
        self._spots = dict(SPOTS)
        self._statuses: dict[str, PhoneStatus] = {}
        self._looked_at: float | None = None
        self._looking = asyncio.Lock()
        self._skipping: asyncio.Task[None] | None = None
        self._rate_before_skip = clock.rate
        self._rate_before: float | None = None
        self._rested_at: float | None = None
        self._codes = 0
        self._met = False
        self._published: list[str] = []
        self._told: str | None = None

    def spot(self, key: str) -> Point:
        return self._spots[key]

    def place(self, key: str) -> Place:
        """The place of the plan in which somebody is."""
        return place_at(self._spots[key])

    def move(self, key: str, wanted: Point) -> Point:
        """Put somebody there at once, or as near to it as people stand; raises KeyError for a stranger."""
        resident = self.town.residents[key]
        spot = settle(wanted, (other for name, other in self._spots.items() if name != key))
        self._spots[key] = spot
        self.town.air.place(resident.person.key, stay(spot, ()))
        return spot

    @property
    def skipping_to_morning(self) -> bool:
        return self._skipping is not None

    @property
    def waits_for_a_code(self) -> bool:
        """Whether the clock runs at real time because a code was given out that is good for minutes only."""
        return self._rate_before is not None and self._rested_at is None

    @property
    def waits_for_the_desk(self) -> bool:
        """Whether the clock runs at real time because somebody works at the desk."""
        return self._rate_before is not None and self._rested_at is not None

    def set_rate(self, rate: float) -> None:
        """Run the town at `rate` times real time from now on; 0 pauses it. Ends `skip_night`.

        Raises ValueError beyond the clock's limits.
        """
        self.clock.set_rate(rate)
        self._rate_before = self._rested_at = None
        self._stop_skipping()

    def skip_night(self) -> None:
        """Live through to the next morning as fast as the machine can, then go on at the speed of now.

        Nothing is left out: every phone sends, listens and changes its identifiers all night.
        """
        if self._skipping is None:
            self._rate_before_skip = self._chosen_rate()
            self._rate_before = self._rested_at = None
            self.clock.set_rate(FASTEST)
            self._skipping = asyncio.create_task(self._until_morning())

    def speak(self, language: Literal["vi", "en"]) -> None:
        """Let every phone's pages be in this language."""
        for resident in self.town.residents.values():
            phone = resident.phone
            phone.set_preferences(replace(phone.preferences(), language=language))

    async def issue(self, owner: str, kind: CaseKind) -> Case:
        """A code from the desk. The clock then runs at real time until keys are published: codes last 15 minutes.

        Raises KeyError for a stranger, httpx.HTTPError when the server does not answer or issues no code.
        """
        case = await self.casework.issue(self.town.residents[owner].person.key, kind)
        self._codes += 1
        self._give_time_for_a_code()
        return case

    def note_desk_at_work(self) -> None:
        """Run at real time while somebody sends forms at the desk: a code or an undo there is good for minutes."""
        if not self.waits_for_a_code and self._give_time():
            self._rested_at = asyncio.get_running_loop().time() + REST_SECONDS

    async def look(self) -> None:
        """Look at phones and server again, unless that was done a moment ago."""
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if self._looked_at is not None and now - self._looked_at < _LOOK_SECONDS:
                return
            self._statuses = {key: one.phone.status() for key, one in self.town.residents.items()}
            if self._rested_at is not None and now >= self._rested_at:
                self._hurry_again()
            self._follow_story()
            try:
                await self.ledger.refresh()
                await self.casework.refresh()
                self._notice_codes()
                self.server_answers = True
            except httpx.HTTPError as error:
                _log.warning("the board's server does not answer", error=type(error).__name__)
                self.server_answers = False
            self._looked_at = asyncio.get_running_loop().time()

    def status(self, key: str) -> PhoneStatus:
        """What the phone told its owner at the last look."""
        return self._statuses[key]

    def links(self) -> list[Link]:
        """Every two phones that can hear each other where they are now."""
        now, air, witness = self.clock.now(), self.town.air, self._witness
        return [
            Link(
                one,
                other,
                rssi,
                # The same line that a phone's risk profile draws.
                near=TX_POWER_LOW - rssi < NEAR_DB,
                metres=air.distance(one, other, now),
                heard=witness.heard_lately(one, other),
                minutes=witness.minutes_near(one, other),
            )
            for one, other in itertools.combinations(self.town.residents, 2)
            if (rssi := air.mean_rssi(one, other, now)) is not None
        ]

    def progress(self) -> Progress:
        """How far the guide has come."""
        minutes = {pair: self._witness.minutes_near(*pair) for pair in itertools.combinations(self.town.residents, 2)}
        closest = max(minutes, key=lambda pair: minutes[pair])
        self._met = self._met or minutes[closest] >= MINUTES_TO_COUNT
        return Progress(
            self._met,
            bool(self._published),
            self._told is not None,
            (*closest, minutes[closest]) if minutes[closest] else None,
            self._published[0] if self._published else None,
            self._told,
        )

    async def close(self) -> None:
        self._stop_skipping()
        await self.ledger.close()

    def _follow_story(self) -> None:
        published = [key for key, one in self.town.residents.items() if one.phone.receipts()]
        if len(published) > len(self._published):
            self._hurry_again()
        self._published += [key for key in published if key not in self._published]
        if self._told is None:
            self._told = next(
                (
                    key
                    for key, status in self._statuses.items()
                    if key not in self._published and status.level in {StatusLevel.F1, StatusLevel.F2}
                ),
                None,
            )

    def _give_time_for_a_code(self) -> None:
        self._give_time()
        self._rested_at = None

    def _give_time(self) -> bool:
        """Run at real time for now; False where the clock was no faster anyway."""
        if self.clock.rate > 1:
            rate = self._chosen_rate()
            self._stop_skipping()
            self.clock.set_rate(1)
            self._rate_before = rate
        return self._rate_before is not None

    def _hurry_again(self) -> None:
        if self._rate_before is not None:
            self.set_rate(self._rate_before)

    def _notice_codes(self) -> None:
        """Give time for codes of the desk's own pages and of the command line too."""
        issued = self.ledger.table("desk_cases")
        if issued is not None:
            if issued.count > self._codes:
                self._give_time_for_a_code()
            self._codes = issued.count  # fewer, once the server has destroyed old ones

    def _chosen_rate(self) -> float:
        if self._rate_before is not None:
            return self._rate_before
        return self.clock.rate if self._skipping is None else self._rate_before_skip

    async def _until_morning(self) -> None:
        await self.clock.sleep(next_morning(self.clock.now()) - self.clock.now())
        self._skipping = None
        self.clock.set_rate(self._rate_before_skip)

    def _stop_skipping(self) -> None:
        if self._skipping is not None:
            self._skipping.cancel()
            self._skipping = None


def next_morning(now: float) -> float:
    """The next time that it is MORNING o'clock in Vietnam, Unix seconds."""
    local = datetime.fromtimestamp(now, VIETNAM)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return (morning if morning > local else morning + timedelta(days=1)).timestamp()
