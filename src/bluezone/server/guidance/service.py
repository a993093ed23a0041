"""Publishing what people are told, and keeping for two weeks what they tell."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import msgspec
import sqlalchemy as sa
import sqlalchemy.exc
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bluezone.protocol import DAY_SECONDS, ArchiveSigner
from bluezone.protocol.wire import Guidance, TellRequest
from bluezone.server.core import Core
from bluezone.server.guidance.errors import GuidanceOutdated, GuidanceUnknown, TellsPaused, TooManyTells
from bluezone.server.guidance.rules import GuidanceDraft, Told, check_draft, check_tell, destroyed_on, shipped
from bluezone.server.guidance.tables import TELL_DAYS, guidance_versions, tells
from bluezone.server.jobs import Job, Lease

HOUR_SECONDS = 3600
VERSIONS_KEPT = 50

CLIENT_TELLS = 30
"""Calls an hour from one client and process: thousands of people may share one address of a mobile network."""
TELLS_AN_HOUR = 600
"""Together, so that nobody fills the desk's list or the disk; more warned people than that in an hour use the phone."""

_LAST_VERSION = 2**63 - 1  # of a BIGINT


@dataclass(frozen=True, slots=True)
class SignedGuidance:
    """The document's bytes, their signature (DER, base64) and a tag that changes with them."""

    body: bytes
    signature: str
    etag: str


@dataclass(frozen=True, slots=True)
class KeptTell:
    """What somebody told, the hour in which (Unix seconds), and the UTC day on which it is destroyed."""

    uuid: str
    received_at: int
    told: Told
    destroyed_on: date


@dataclass(slots=True)
class _Clients:
    """How often each client called in one hour: in memory alone and under that hour's key, so no row tells of it."""

    hour: int
    key: bytes
    calls: Counter[bytes] = field(default_factory=Counter)


class GuidanceService:
    """The guidance room's service; built once, when the application is.

    `check_api_key` lets the health desk pass and raises for others; `client_address` makes one address of a peer's
    address, X-Forwarded-For and the number of trusted proxies.
    """

    def __init__(
        self,
        core: Core,
        *,
        signer: ArchiveSigner,
        check_api_key: Callable[[str], None],
        client_address: Callable[[str, str, int], str],
    ) -> None:
        self._core = core
        self._signer = signer
        self.check_api_key = check_api_key
        self._client_address = client_address
        self._shipped = shipped(core.settings.hotline)
        self._signed: tuple[int, SignedGuidance] | None = None
        self._clients = _Clients(0, b"")

    async def current(self) -> SignedGuidance:
        """The guidance in force, signed with the archive key; the same bytes from every process."""
        document = await self._core.database.read(_latest) or self._shipped
        if self._signed is None or self._signed[0] != document.version:
            self._signed = (document.version, self._sign(document))
        return self._signed[1]

    async def version(self, number: int) -> Guidance:
        """An earlier guidance, to be looked at or put back. Raises GuidanceUnknown."""
        found = self._shipped if number == 0 else None
        if 0 < number <= _LAST_VERSION:
            found = await self._core.database.read(_version, number)
        if found is None:
            raise GuidanceUnknown(f"There is no guidance of version {number} any more; the latest {VERSIONS_KEPT} are.")
        return found

    async def replace(self, draft: GuidanceDraft) -> Guidance:
        """Put a new guidance into force. Raises GuidanceMalformed, or GuidanceOutdated when somebody was quicker."""
        check_draft(draft)
        document = Guidance(
            version=draft.based_on + 1,
            updated_at=int(self._core.clock.now()),
            hotline=draft.hotline,
            levels=draft.levels,
            bulletins=sorted(draft.bulletins, key=lambda bulletin: bulletin.date, reverse=True),
        )
        try:
            await self._core.database.write(_insert, document)
        except sqlalchemy.exc.IntegrityError as error:
            raise _outdated() from error
        return document

    async def tell(self, request: TellRequest, *, peer: str, forwarded_for: str) -> date:
        """Keep what somebody told, for the desk alone; returns the day of its destruction.

        Raises TellMalformed, TooManyTells or TellsPaused.
        """
        now = self._core.clock.now()
        hour = int(now // HOUR_SECONDS) * HOUR_SECONDS
        self._count(hour, self._client_address(peer, forwarded_for, self._core.settings.trusted_proxies))
        told = check_tell(request, now=now)
        uuid = str(UUID(bytes=self._core.randomness.token_bytes(16), version=4))
        await self._core.database.write(_keep, KeptTell(uuid, hour, told, destroyed_on(hour, TELL_DAYS)))
        return destroyed_on(hour, TELL_DAYS)

    async def tells(self) -> list[KeptTell]:
        """Everything that was told in the last 14 days, latest first."""
        return await self._core.database.read(_read_tells, self._oldest())

    def jobs(self) -> list[Job]:
        """The destruction of what is due."""
        return [Job("guidance", HOUR_SECONDS, self._destroy, destroys=True)]

    async def _destroy(self, lease: Lease) -> None:
        await self._core.database.write(_destroy_tells, lease, self._oldest())

    def _oldest(self) -> int:
        return int(self._core.clock.now()) - TELL_DAYS * DAY_SECONDS

    def _sign(self, document: Guidance) -> SignedGuidance:
        body = msgspec.json.encode(document)
        signature = self._signer.private_key.sign(body, ec.ECDSA(SHA256(), deterministic_signing=True))
        return SignedGuidance(body, base64.b64encode(signature).decode(), f'"{hashlib.sha256(body).hexdigest()[:32]}"')

    def _count(self, hour: int, address: str) -> None:
        if self._clients.hour != hour:
            self._clients = _Clients(hour, self._core.randomness.token_bytes(32))
        calls = self._clients.calls
        client = hmac.digest(self._clients.key, address.encode(), hashlib.sha256)
        if calls[client] >= CLIENT_TELLS:
            raise TooManyTells(
                "Too much was sent from here within an hour; nothing was kept. Call the hotline instead."
            )
        calls[client] += 1


def _outdated() -> GuidanceOutdated:
    return GuidanceOutdated("Somebody else changed the guidance meanwhile; read it again and put your change into it.")


def _latest(connection: sa.Connection) -> Guidance | None:
    query = sa.select(guidance_versions.c.document).order_by(guidance_versions.c.version.desc()).limit(1)
    return _decoded(connection.execute(query).scalar_one_or_none())


def _version(connection: sa.Connection, number: int) -> Guidance | None:
    query = sa.select(guidance_versions.c.document).where(guidance_versions.c.version == number)
    return _decoded(connection.execute(query).scalar_one_or_none())


def _decoded(document: str | None) -> Guidance | None:
    return None if document is None else msgspec.json.decode(document, type=Guidance)


def _insert(connection: sa.Connection, document: Guidance) -> None:
    latest = connection.execute(sa.select(sa.func.max(guidance_versions.c.version))).scalar_one() or 0
    if latest != document.version - 1:
        raise _outdated()
    connection.execute(
        sa.insert(guidance_versions).values(version=document.version, document=msgspec.json.encode(document).decode())
    )
    connection.execute(
        sa.delete(guidance_versions).where(guidance_versions.c.version <= document.version - VERSIONS_KEPT)
    )


def _keep(connection: sa.Connection, kept: KeptTell) -> None:
    this_hour = sa.select(sa.func.count()).select_from(tells).where(tells.c.received_at >= kept.received_at)
    if connection.execute(this_hour).scalar_one() >= TELLS_AN_HOUR:
        raise TellsPaused("So many people write at this moment that no more can be kept; call the hotline instead.")
    told = kept.told
    connection.execute(
        sa.insert(tells).values(
            uuid=kept.uuid,
            received_at=kept.received_at,
            level=told.level,
            exposure_days=",".join(day.isoformat() for day in told.exposure_days),
            name=told.name,
            phone=told.phone,
            commune=told.commune,
            note=told.note,
        )
    )


def _read_tells(connection: sa.Connection, oldest: int) -> list[KeptTell]:
    rows = connection.execute(
        sa.select(tells).where(tells.c.received_at >= oldest).order_by(tells.c.received_at.desc(), tells.c.uuid)
    )
    return [
        KeptTell(
            row.uuid,
            row.received_at,
            Told(
                row.level,
                tuple(date.fromisoformat(day) for day in row.exposure_days.split(",") if day),
                row.name,
                row.phone,
                row.commune,
                row.note,
            ),
            destroyed_on(row.received_at, TELL_DAYS),
        )
        for row in rows
    ]


def _destroy_tells(connection: sa.Connection, lease: Lease, oldest: int) -> None:
    lease.check(connection)
    connection.execute(sa.delete(tells).where(tells.c.received_at < oldest))
