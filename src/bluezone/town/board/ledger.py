"""What the server holds now, as it tells anybody who asks, and when its next archive is due."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import msgspec

_PATH = "/stored"
_LANGUAGES = ("vi", "en")


class HeldTable(msgspec.Struct, frozen=True):
    """One table of the server: what is in it, for what, until when. Rows are there where the server opens them."""

    name: str
    title: str
    count: int
    purpose: str
    destroyed: str
    personal: bool
    columns: list[str]
    rows: list[list[str | int | float | bool | None]]

    def column(self, name: str) -> list[str | int | float | bool | None]:
        at = self.columns.index(name)
        return [row[at] for row in self.rows]


@dataclass(frozen=True, slots=True)
class ArchiveSchedule:
    """The server's settings for archives, in seconds: what time of arrival one covers, and how old that must be."""

    period: float
    least_age: float


class Ledger:
    """The server's tables, asked for over HTTP. Methods raise httpx.HTTPError when the server does not answer."""

    def __init__(self, server: str, transport: httpx.AsyncBaseTransport, schedule: ArchiveSchedule) -> None:
        self._http = httpx.AsyncClient(transport=transport, base_url=server)
        self._schedule = schedule
        self.tables: list[HeldTable] = []
        self._told: dict[str, dict[str, HeldTable]] = {}

    async def refresh(self) -> None:
        self.tables = await self._ask(_LANGUAGES[0])
        if not self._told:
            # Sentences do not change while a server runs; rows are taken from `tables`.
            self._told = {
                language: {table.name: table for table in await self._ask(language)} for language in _LANGUAGES
            }

    def table(self, name: str) -> HeldTable | None:
        """A table as of the last `refresh`."""
        return next((table for table in self.tables if table.name == name), None)

    def told(self, name: str, language: str) -> tuple[str, str]:
        """For what a table is there and when its rows are destroyed, in a language."""
        table = self._told[language][name]
        return table.purpose, table.destroyed

    def title(self, name: str, language: str) -> str:
        """What the server calls a table."""
        table = self._told.get(language, {}).get(name)
        return name if table is None else table.title

    def next_archive(self) -> float | None:
        """When the earliest keys that no archive holds yet come out, Unix seconds; None when no key waits."""
        keys, batches = self.table("published_keys"), self.table("export_batches")
        if keys is None or batches is None:
            return None
        closed = max((float(end or 0) for end in batches.column("end_at")), default=0.0)
        waiting = [float(at or 0) for at in keys.column("created_at") if float(at or 0) >= closed]
        if not waiting:
            return None
        period = self._schedule.period
        return (min(waiting) // period + 1) * period + self._schedule.least_age

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, language: str) -> list[HeldTable]:
        response = await self._http.get(_PATH, params={"lang": language})
        return msgspec.json.decode(response.raise_for_status().content, type=list[HeldTable])
