"""Deleting a day with some seconds to think again."""

from __future__ import annotations

import asyncio
from datetime import date

from bluezone.phone.phone import Phone

UNDO_SECONDS = 10.0
"""How long a deleted day can be brought back."""


class Deletions:
    """Days that are about to be deleted; for a few seconds they can be brought back."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._pending: dict[date, asyncio.Task[None]] = {}

    def days(self) -> tuple[date, ...]:
        """The days that wait."""
        return tuple(sorted(self._pending))

    def begin(self, day: date) -> None:
        if day not in self._pending:
            self._pending[day] = asyncio.create_task(self._delete_later(day))

    def bring_back(self, day: date) -> bool:
        """Whether the day was still there to be kept."""
        task = self._pending.pop(day, None)
        return task is not None and task.cancel()

    def finish(self) -> None:
        """Delete at once what waits, since nobody can bring it back any more."""
        for day in self.days():
            self._pending.pop(day).cancel()
            self._phone.delete_day(day)

    async def _delete_later(self, day: date) -> None:
        # The owner's own seconds, even where the phone's clock is a rehearsal's.
        await asyncio.sleep(UNDO_SECONDS)
        self._pending.pop(day, None)
        self._phone.delete_day(day)
