"""Which identifier goes on the air next, such that none is ever sent under two addresses.

A key is valid for one UTC day. Before an identifier is sent, its interval is on the disk as used; after a restart
inside a used interval the next unused one is taken, at most an hour ahead (matching tolerates two). A clock that went
back behind used intervals gets a fresh key of the same day. A server takes three keys with one start
(exposure-notifications-server docs/tek_validation.md), so after the third the phone is silent until it can go on.
"""

from __future__ import annotations

from dataclasses import dataclass

from bluezone.phone.store import Store
from bluezone.protocol import (
    DAY_SECONDS,
    INTERVAL_SECONDS,
    INTERVALS_A_DAY,
    KEY_BYTES,
    Beacon,
    DailyKey,
    Metadata,
    day_start,
    interval_at,
    interval_start,
)
from bluezone.randomness import Randomness

KEYS_A_DAY = 3
INTERVALS_AHEAD = 6


@dataclass(frozen=True, slots=True)
class Identity:
    """What to send: the beacon's 31 bytes, of this interval."""

    interval: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing may be sent before the Unix time `until`."""

    until: float


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One of this phone's keys with the period that was really used; `row` is its number in the store."""

    row: int
    key: DailyKey
    publication: str | None


class KeySchedule:
    """The phone's keys in its store. `tx_power` in dBm travels in the encrypted metadata."""

    def __init__(self, store: Store, randomness: Randomness, *, tx_power: int, service: int, keep_days: int) -> None:
        self._store = store
        self._randomness = randomness
        self._metadata = Metadata(tx_power).encode()
        self._service = service
        self._keep = keep_days * DAY_SECONDS

    def next_identity(self, now: float) -> Identity | Silence:
        """An identifier that was never on the air, on the disk as used before this returns. Raises StoreError."""
        interval = interval_at(now)
        start = day_start(interval)
        with self._store.transaction() as connection:
            count = self._store.row("SELECT count(*) FROM own_keys WHERE rolling_start = ?", (start,))[0]
            current = self._store.first(
                "SELECT id, key, last_used FROM own_keys WHERE rolling_start = ? AND NOT closed ORDER BY id DESC",
                (start,),
            )
            chosen = None if current is None else self._unused(interval, start, current[2])
            if current is None or chosen is None:
                if count >= KEYS_A_DAY:
                    return Silence(self._resume_at(start, None if current is None else current[2]))
                current, chosen = self._fresh(start), interval
            key = DailyKey(current[1], start)
            connection.execute("UPDATE own_keys SET last_used = ? WHERE id = ?", (chosen, current[0]))
        identifier = key.rolling_identifier(chosen)
        encrypted = key.encrypt_metadata(identifier, self._metadata)
        return Identity(chosen, Beacon(identifier, encrypted, self._service).encode())

    def close(self, now: float) -> None:
        """End the keys in use, so that their later identifiers are never sent; a fresh key follows."""
        self._store.execute("UPDATE own_keys SET closed = 1 WHERE rolling_start <= ?", (interval_at(now),))

    def used_keys(self, now: float) -> list[OwnKey]:
        """The keys of the last days that were on the air, oldest first, each cut to what was used."""
        rows = self._store.rows(
            "SELECT id, key, rolling_start, last_used, publication FROM own_keys"
            " WHERE last_used IS NOT NULL AND rolling_start BETWEEN ? AND ? ORDER BY rolling_start, id",
            (interval_at(max(0.0, now - self._keep)), interval_at(now)),
        )
        return [OwnKey(row, DailyKey(key, start, last - start + 1), sent) for row, key, start, last, sent in rows]

    def _unused(self, interval: int, start: int, used: int | None) -> int | None:
        if used is None or used < interval:
            return interval
        following = used + 1
        return following if following - interval <= INTERVALS_AHEAD and following < start + INTERVALS_A_DAY else None

    def _resume_at(self, start: int, used: int | None) -> float:
        tomorrow = start + INTERVALS_A_DAY
        if used is None or used + 1 >= tomorrow:
            return interval_start(tomorrow)
        return interval_start(used + 1 - INTERVALS_AHEAD)

    def _fresh(self, start: int) -> tuple[int | None, bytes]:
        key = self._randomness.token_bytes(KEY_BYTES)
        destroy_at = (start + INTERVALS_A_DAY) * INTERVAL_SECONDS + self._keep
        with self._store.transaction() as connection:
            row = connection.execute(
                "INSERT INTO own_keys (key, rolling_start, destroy_at) VALUES (?, ?, ?)", (key, start, destroy_at)
            ).lastrowid
        return row, key
