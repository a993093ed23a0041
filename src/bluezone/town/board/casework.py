"""The health desk beside the town: codes issued through the server's own interface, and what became of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bluezone.clock import Clock
from bluezone.protocol import wire
from bluezone.town.desk import Desk
from bluezone.town.schedule import VIETNAM


class CaseKind(StrEnum):
    """What the desk confirms about somebody."""

    F0 = "f0"
    F1 = "f1"


class CaseState(StrEnum):
    """How far a code has come."""

    ISSUED = "issued"
    CLAIMED = "claimed"
    PUBLISHED = "published"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Officer:
    """Who may sign in at the desk's own pages; `code` tells their six digits of now and for how many seconds."""

    address: str
    login: str
    password: str
    code: Callable[[], tuple[str, int]]


@dataclass(slots=True)
class Case:
    """One code; `owner` is whom the officer gave it to. The server does not know, and does not ask."""

    uuid: str
    owner: str
    kind: CaseKind
    code: str
    long_code: str
    expires_at: float
    state: CaseState = CaseState.ISSUED


class Casework:
    """The officer's notes of this day."""

    def __init__(self, desk: Desk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self.cases: list[Case] = []

    async def issue(self, owner: str, kind: CaseKind) -> Case:
        """A code for `owner`: tested positive today, or confirmed as a contact. Raises httpx.HTTPError."""
        today = datetime.fromtimestamp(self._clock.now(), VIETNAM).date().isoformat()
        if kind is CaseKind.F0:
            issued = await self._desk.issue(wire.TEST_CONFIRMED, symptom_date=today, test_date=today)
        else:
            issued = await self._desk.issue(wire.TEST_RECURSIVE)
        case = Case(issued.uuid, owner, kind, issued.code, issued.long_code, issued.expires_at_timestamp)
        self.cases.append(case)
        return case

    async def refresh(self) -> None:
        """Ask the server what became of the codes that are still under way. Raises httpx.HTTPError."""
        for case in self.cases:
            if case.state in {CaseState.PUBLISHED, CaseState.EXPIRED}:
                continue
            status = await self._desk.status(case.uuid)
            if status.keys_published:
                case.state = CaseState.PUBLISHED
            elif status.claimed:
                case.state = CaseState.CLAIMED
            elif self._clock.now() >= case.expires_at:
                case.state = CaseState.EXPIRED
