"""The home room's duty: say in one place what this server is, how it is and what it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bluezone.protocol import VerificationKey
from bluezone.protocol.wire import PinnedKey
from bluezone.server.core import Core
from bluezone.server.errors import DatabaseUnavailable, NotFound
from bluezone.server.jobs import JobState, read_jobs
from bluezone.server.keys.service import Keys, ListedArchive
from bluezone.server.language import Language
from bluezone.server.stored import Ledger, PublicLedger

LATE_SECONDS = 3 * 3600.0
"""Every job is due once an hour or oftener: after three hours without success something is wrong."""

State = Literal["ready", "late", "away"]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key with which archives and configuration are signed: its PEM file and the SHA-256 of its DER form."""

    key_id: str
    version: str
    pem: str
    fingerprint: str

    @property
    def file_name(self) -> str:
        """Named as the setting `accepted_keys` and `bluezone archive verify` take it."""
        return f"{self.key_id}_{self.version}.pem"


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies in the database."""

    jobs: list[JobState]
    archives: list[ListedArchive]
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page says; `kept` is None while the database is away."""

    now: float
    state: State
    region: str
    authority: str
    next_archive_at: float
    keys: list[PublicKey]
    kept: Kept | None


class Home:
    """The service of the home room; it reads what other rooms and the core know."""

    def __init__(self, core: Core, keys: Keys, ledger: PublicLedger) -> None:
        self._core = core
        self._keys = keys
        self.ledger = ledger

    async def overview(self, language: Language) -> Overview:
        """The state of the server now; it never fails because the database does."""
        now, settings = self._core.clock.now(), self._core.settings
        kept = await self._kept(language)
        return Overview(
            now=now,
            state=_state(None if kept is None else kept.jobs, now),
            region=settings.region,
            authority=settings.authority,
            next_archive_at=self._keys.next_archive_at(),
            keys=self.public_keys(),
            kept=kept,
        )

    def public_keys(self) -> list[PublicKey]:
        """The keys that phones are told to trust, this server's own first."""
        return [_public(key) for key in self._keys.configuration.document.keys]

    def public_key(self, file_name: str) -> PublicKey:
        """The key of a PEM file's name. Raises NotFound."""
        for key in self.public_keys():
            if key.file_name == file_name:
                return key
        raise NotFound("There is no such public key; the first page lists those there are.")

    async def _kept(self, language: Language) -> Kept | None:
        try:
            return Kept(
                await self._core.database.read(read_jobs),
                await self._keys.listed_archives(),
                await self.ledger.read(language),
            )
        except DatabaseUnavailable:
            return None


def _state(jobs: Sequence[JobState] | None, now: float) -> State:
    if jobs is None:
        return "away"
    late = any(job.last_success is not None and now - job.last_success > LATE_SECONDS for job in jobs)
    return "late" if late else "ready"


def _public(key: PinnedKey) -> PublicKey:
    public = VerificationKey.from_pem(key.pem, key.id, key.version).public_key
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(key.id, key.version, key.pem, hashlib.sha256(der).hexdigest())
