"""Telling the health office: the owner chooses each field, sees exactly what would be sent, and keeps a receipt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import msgspec

from bluezone.clock import Clock
from bluezone.phone.client import ServerClient, padded
from bluezone.phone.errors import NothingToTell
from bluezone.phone.status import PhoneStatus
from bluezone.phone.store import Store
from bluezone.protocol import DAY_SECONDS
from bluezone.protocol.wire import TELL_LEVELS, TellRequest


@dataclass(frozen=True, slots=True)
class Telling:
    """What would be told: nothing else leaves, apart from padding that makes the call as long as every upload."""

    content: TellRequest
    server: str

    def document(self) -> str:
        """The JSON that leaves, laid out to be read, without its padding."""
        return msgspec.json.format(msgspec.json.encode(self.content), indent=2).decode()


@dataclass(frozen=True, slots=True)
class TellReceipt:
    """What was told and when (Unix seconds); the office destroys it on `destroyed_on`, this phone at `destroy_at`.

    `destroyed_on` is None when the office's answer named no day.
    """

    told_at: float
    server: str
    content: TellRequest
    destroyed_on: date | None
    destroy_at: float


class Teller:
    """One phone's tellings, with receipts in the store."""

    def __init__(self, store: Store, client: ServerClient, clock: Clock, *, keep_days: int) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._keep = keep_days * DAY_SECONDS

    def prepare(
        self, status: PhoneStatus, days: Collection[date] | None, *, name: str, phone: str, commune: str, note: str
    ) -> Telling:
        """Put together what would be told; `days` None means every day of the status with an exposure.

        Raises NothingToTell for who is neither F1 nor F2.
        """
        if status.level not in TELL_LEVELS:
            raise NothingToTell(
                "Only who was near a case or a contact tells the office through the app; call it instead."
            )
        known = [exposure.day for exposure in status.exposures if exposure.level in TELL_LEVELS]
        content = TellRequest(
            level=status.level.value,
            exposure_days=[day.isoformat() for day in known if days is None or day in days],
            name=name.strip(),
            phone=phone.strip(),
            commune=commune.strip(),
            note=note.strip(),
        )
        return Telling(content, self._client.base_url)

    async def tell(self, telling: Telling, *, size: int) -> TellReceipt:
        """Send exactly that. Raises ServerUnreachable, ServerRefused or BodyOverSize; then nothing was kept."""
        answer = await self._client.tell(padded(telling.content, size))
        now = self._clock.now()
        self._store.execute(
            "INSERT INTO tellings (told_at, server, content, destroyed_on, destroy_at) VALUES (?, ?, ?, ?, ?)",
            (now, telling.server, msgspec.json.encode(telling.content), answer.destroyed_on, now + self._keep),
        )
        return TellReceipt(now, telling.server, telling.content, _day(answer.destroyed_on), now + self._keep)


def tell_receipts(store: Store) -> list[TellReceipt]:
    """What was told and not destroyed yet, oldest first."""
    return [
        TellReceipt(
            told_at,
            server,
            msgspec.json.decode(content, type=TellRequest),
            _day(destroyed_on),
            destroy_at,
        )
        for told_at, server, content, destroyed_on, destroy_at in store.rows(
            "SELECT told_at, server, content, destroyed_on, destroy_at FROM tellings ORDER BY id"
        )
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
