"""Follow-up for the pages and other rooms: lists of a day, entries, sheets and figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, allowed, roots
from bluezone.server.casework.service import (
    WATCH_DAYS,
    Casework,
    Ground,
    Level,
    Panel,
    assign_officer,
    find_person,
    persons,
)
from bluezone.server.followup import words
from bluezone.server.followup.entries import (
    Entry,
    Inserted,
    checked_entry,
    enter,
    entries_since,
    find_entry,
    insert_entries,
    undo_entry,
)
from bluezone.server.followup.errors import FollowUpChanged, FollowUpError, OfficerUnsuitable
from bluezone.server.followup.figures import FEWEST, Figures, Indicator, Share, indicators
from bluezone.server.followup.lists import Chosen, Daily, choosable_officers, due, list_day, on_list, works_where
from bluezone.server.followup.sheets import destroy_sheets
from bluezone.server.followup.tables import followup_history, followups
from bluezone.server.followup.terms import ENDS, LETTER_OF, REACHED, Result, Source, is_alert
from bluezone.server.followup.typed import temperature_text
from bluezone.server.jobs import Job, Lease
from bluezone.server.units.service import find_unit

__all__ = [
    "ENDS",
    "REACHED",
    "Chosen",
    "Daily",
    "Entry",
    "Figures",
    "FollowUp",
    "FollowUpChanged",
    "FollowUpError",
    "Indicator",
    "Inserted",
    "Result",
    "Share",
    "Source",
    "checked_entry",
    "due",
    "enter",
    "entries_since",
    "find_entry",
    "followup_history",
    "followups",
    "indicators",
    "insert_entries",
    "list_day",
    "on_list",
    "undo_entry",
]

HOUR_SECONDS = 3600


class FollowUp:
    """The room's service; built once, when the application is."""

    def __init__(self, casework: Casework) -> None:
        self.casework = casework
        self.ground = casework.ground
        casework.panels.append(Panel("followup/panel.html", self.panel))

    @property
    def levels(self) -> tuple[Level, ...]:
        """Which levels are followed every day."""
        return (Level.F1, Level.F2) if self.ground.core.settings.follow_f2 else (Level.F1,)

    async def day_list(self, account: Account, chosen: Chosen) -> Daily:
        return await self.casework.read(list_day, account, chosen, self.levels)

    async def enter(self, account: Account, entry: Entry, version: int, source: Source = Source.SCREEN) -> sa.Row[Any]:
        """As `entries.enter`."""
        return await self.casework.write(enter, account, entry, version, source)

    async def undo(self, account: Account, person: str, day: date, version: int) -> sa.Row[Any] | None:
        """As `entries.undo_entry`."""
        return await self.casework.write(undo_entry, account, person, day, version)

    async def assign(self, account: Account, people: Sequence[str], officer: str) -> None:
        """Say who follows these people, nobody for "". Raises AccessDenied or OfficerUnsuitable."""

        def run(ground: Ground, connection: sa.Connection) -> None:
            rows = [find_person(connection, account, Action.WORK_CASES, person) for person in people]
            if officer:
                offered = {one.id for one in choosable_officers(connection, account)}
                if officer not in offered or not all(works_where(connection, officer, row) for row in rows):
                    raise OfficerUnsuitable("Choose an officer who works where these people live.")
            assign_officer(ground, connection, account, people, officer or None)

        await self.casework.write(run)

    async def figures(self, account: Account, day: date) -> Figures:
        """The indicators of the units where the account sees figures."""
        return await self.casework.read(self.figures_of, account, day)

    def figures_of(self, connection: sa.Connection, account: Account, day: date) -> Figures:
        """As `figures`, within a read; of few people nothing is told to whoever may not see their records."""
        seen, records = roots(account, Action.SEE_FIGURES), roots(account, Action.SEE_CASES)
        fewest = 0 if all(path.startswith(records) for path in seen) else FEWEST
        return indicators(connection, seen, day, self.ground.now(), self.levels, fewest=fewest)

    def panel(self, connection: sa.Connection, account: Account, person: str) -> dict[str, Any]:
        """What `followup/panel.html` shows: each day since the latest exposure, or those that have an answer."""
        row = find_person(connection, account, Action.SEE_CASES, person)
        today = self.ground.today()
        answers = {
            one.day: one
            for one in connection.execute(
                sa.select(followups).where(followups.c.person == person).order_by(followups.c.day)
            )
        }
        last = row.exposed_last
        days = [last + timedelta(days=number + 1) for number in range(WATCH_DAYS)] if last else []
        watched = bool(days) and row.level in self.levels
        first = today - timedelta(days=WATCH_DAYS)
        shown = sorted({*days, *(day for day in answers if watched is False or day > first)})[-2 * WATCH_DAYS :]
        homes = (find_unit(connection, row.unit), find_unit(connection, row.desk))
        is_due = sa.select(persons.c.id).where(persons.c.id == person, due(today, self.levels))
        return {
            "person": row,
            "days": [(day, (day - last).days if last and day > last else None, answers.get(day)) for day in shown],
            "today": today,
            "answer": answers.get(today),
            "due": connection.execute(is_due).first() is not None,
            "may_work": row.closed_at is None and any(allowed(account, Action.WORK_CASES, home) for home in homes),
            "is_alert": is_alert,
            "results": words.RESULTS,
            "letters": LETTER_OF,
            "temperature_text": temperature_text,
        }

    def jobs(self) -> list[Job]:
        """The destruction of what is due; results go with the people's records."""
        return [Job("followup", HOUR_SECONDS, self._destroy, destroys=True)]

    async def _destroy(self, lease: Lease) -> None:
        def run(ground: Ground, connection: sa.Connection) -> None:
            lease.check(connection)
            destroy_sheets(connection, ground.now())

        await self.casework.write(run)
