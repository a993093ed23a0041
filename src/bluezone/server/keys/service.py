"""The keys room's duty: take keys that their owners agreed to publish, and hand them to phones as signed archives."""

from __future__ import annotations

import asyncio
import base64
import binascii
import collections
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
import sqlalchemy.exc
from prometheus_client import Counter

from bluezone.protocol import ArchiveSigner, KeyHmacMismatch, ReportType, check_key_hmac
from bluezone.protocol.verification import Certificate, JwtVerifier, read_certificate
from bluezone.protocol.wire import PublishRequest, PublishResponse
from bluezone.server.core import Core
from bluezone.server.errors import NotFound
from bluezone.server.jobs import Job, Lease, acquire, release
from bluezone.server.keys.configuration import PhoneConfiguration, PhoneConfigurations
from bluezone.server.keys.errors import ArchivesBusy, UnknownHealthAuthorityId
from bluezone.server.keys.exports import BuiltArchive, build_due
from bluezone.server.keys.publishing import Stored, store
from bluezone.server.keys.retention import destroy_due
from bluezone.server.keys.revision import RevisableKey, RevisionTokens
from bluezone.server.keys.rules import Screened, arrival, check_count, screen, usable_onset
from bluezone.server.keys.store import ArchiveStore
from bluezone.server.keys.tables import archives, export_batches

Verifier = Callable[[], JwtVerifier]
"""Whose certificates are accepted, as of now: the health desk's keys change."""

DESTRUCTION_SECONDS = 3600.0
LONGEST_BUILD_PAUSE_SECONDS = 600.0
FIGURES_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file that the index lists; `digest` is its SHA-256, hexadecimal."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class ListedArchive:
    """What people read of an archive: the arrivals that it covers (Unix seconds), its keys, filler among them."""

    name: str
    start: int
    end: int
    keys: int
    revised_keys: int
    size: int


class Keys:
    """The service of the keys room. Raises SettingsInvalid when a key file or the risk profile cannot be used."""

    def __init__(
        self,
        core: Core,
        *,
        verifier: Verifier,
        note_published: Callable[[bytes], None] = lambda _tekmac: None,
    ) -> None:
        settings = core.settings
        self.core = core
        self.store = ArchiveStore(settings.archives)
        self.signer = ArchiveSigner(
            core.secrets.p256(settings.signing_key), settings.signing_key_id, settings.signing_key_version
        )
        self._configurations = PhoneConfigurations(settings, self.signer)
        self._tokens = RevisionTokens(core.secrets.token("revision"), settings.authority, core.randomness)
        self._verifier = verifier
        self._note_published = note_published
        self._published = Counter(
            "bluezone_published_keys",
            "Keys taken from publish calls, added an hour late so that nobody learns which call was real",
            ["outcome"],
            registry=core.registry,
        )
        self._counts: collections.Counter[str] = collections.Counter()
        self._counted_since = core.clock.now()

    @property
    def configuration(self) -> PhoneConfiguration:
        """What phones are told about this server, as of now."""
        return self._configurations.at(self.core.clock.now())

    async def publish(self, request: PublishRequest) -> PublishResponse:
        """Take the keys of a publish call; on disk when this returns.

        Raises ProtocolError for a certificate that is not the health desk's, expired or for other keys, and
        PublishRefused for keys or revisions that break the rules.
        """
        settings, now = self.core.settings, self.core.clock.now()
        if request.health_authority_id != settings.authority:
            raise UnknownHealthAuthorityId("This server takes keys for its own health authority alone; check the name.")
        check_count(request.temporary_exposure_keys, settings)
        certificate = self._check_certificate(request, now)
        onset = usable_onset([certificate.symptom_onset_interval or 0, request.symptom_onset_interval], now=now)
        screened = screen(
            request.temporary_exposure_keys, certificate.report_type, onset_interval=onset, now=now, settings=settings
        )
        token = self._tokens.open(request.revision_token, now=now) if request.revision_token else None
        stored = await self._store(screened, token, arrival(now, settings))
        self._note_published(certificate.tekmac)
        dropped = len(screened.faults) + len(screened.warnings)
        self._counts.update(inserted=stored.inserted, revised=stored.revised, dropped=dropped)
        return self._answer(screened, token, stored, now)

    def settle(self) -> None:
        """Add to the figures what was counted until an hour ago or longer; for real and fake uploads alike."""
        now = self.core.clock.now()
        if not 0 <= now - self._counted_since < FIGURES_SECONDS:
            for outcome, count in self._counts.items():
                self._published.labels(outcome).inc(count)
            self._counts.clear()
            self._counted_since = now

    async def archive_names(self) -> list[str]:
        """What the index lists, oldest to newest."""
        return await self.core.database.read(_read_names)

    async def listed_archives(self) -> list[ListedArchive]:
        """What the index lists, newest first."""
        return await self.core.database.read(_read_listed)

    def next_archive_at(self) -> float:
        """When the next archive may appear, Unix seconds: a matter of the settings alone, whether or not keys wait."""
        settings = self.core.settings
        period, least_age = settings.export_period_minutes * 60, settings.export_min_age_hours * 3600
        return ((self.core.clock.now() - least_age) // period + 1) * period + least_age

    async def archive(self, name: str) -> ArchiveFile:
        """A listed archive; raises NotFound."""
        return await self.core.database.read(_read_archive, name)

    async def read_archive_part(self, file: ArchiveFile, start: int, stop: int) -> bytes:
        """Bytes `start` to `stop` (not included) of an archive's file; raises ArchiveStoreUnavailable."""
        return await asyncio.get_running_loop().run_in_executor(None, self.store.read, file.name, start, stop)

    def jobs(self) -> list[Job]:
        """What this room does by itself."""
        pause = min(self.core.settings.export_period_minutes * 60.0, LONGEST_BUILD_PAUSE_SECONDS)
        return [
            Job("archives", pause, self._build),
            Job("destruction", DESTRUCTION_SECONDS, self._destroy, destroys=True),
        ]

    async def build_archives(self) -> list[BuiltArchive]:
        """Build what is due now, whether or not the job is; raises ArchivesBusy while another process builds."""
        job, clock, database = self.jobs()[0], self.core.clock, self.core.database
        seconds, holder = self.core.settings.lease_seconds, self.core.randomness.token_bytes(16).hex()
        lease = await database.write(acquire, job, holder, now=clock.now(), seconds=seconds, even_if_not_due=True)
        if lease is None:
            raise ArchivesBusy("Another process builds archives at this moment; try again in a minute.")
        built = await build_due(self.core, self.store, self.signer, lease)
        now = clock.now()
        await database.write(release, lease, due_at=now + job.every, succeeded_at=now)
        return built

    async def _build(self, lease: Lease) -> None:
        await build_due(self.core, self.store, self.signer, lease)

    async def _destroy(self, lease: Lease) -> None:
        await destroy_due(self.core, self.store, lease)

    def _check_certificate(self, request: PublishRequest, now: float) -> Certificate:
        certificate = read_certificate(request.verification_payload, verifier=self._verifier(), now=now)
        try:
            secret = base64.b64decode(request.hmac_key, validate=True)
        except (binascii.Error, ValueError) as error:
            raise KeyHmacMismatch(
                "The HMAC key is not base64; send the one that the certificate was asked with."
            ) from error
        check_key_hmac(request.temporary_exposure_keys, secret, certificate.tekmac)
        return certificate

    async def _store(self, screened: Screened, token: tuple[RevisableKey, ...] | None, arrived: int) -> Stored:
        database = self.core.database
        try:
            return await database.write(store, screened.candidates, token=token, arrived=arrived)
        except sqlalchemy.exc.IntegrityError:
            # The same call arrived twice at the same moment and the other one was first: now its keys are seen.
            return await database.write(store, screened.candidates, token=token, arrived=arrived)

    def _answer(
        self, screened: Screened, token: tuple[RevisableKey, ...] | None, stored: Stored, now: float
    ) -> PublishResponse:
        keep: list[RevisableKey] = [key for key in token or () if self._still_revisable(key, now)]
        if stored.revisable:
            keep += [
                RevisableKey(candidate.key, candidate.rolling_start, candidate.rolling_period)
                for candidate in screened.candidates
                if candidate.report_type != ReportType.REVOKED or token is not None
            ]
        answer = PublishResponse(
            revision_token=self._tokens.seal(keep, now=now) if keep else "",
            inserted_exposures=stored.inserted,
            warnings=list(screened.warnings),
        )
        if screened.faults:
            answer.code = "partial_failure"
            answer.error = "; ".join(screened.faults)
        return answer

    def _still_revisable(self, key: RevisableKey, now: float) -> bool:
        oldest = now - self.core.settings.max_key_age_days * 86400
        return (key.rolling_start + key.rolling_period) * 600 >= oldest


def _read_names(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(archives.c.name).order_by(archives.c.end_at, archives.c.number)).scalars())


def _read_listed(connection: sa.Connection) -> list[ListedArchive]:
    c = archives.c
    query = (
        sa.select(c.name, c.end_at, c["keys"], c.revised_keys, c.size, export_batches.c.start_at)
        .join_from(archives, export_batches, export_batches.c.end_at == c.end_at)
        .order_by(c.end_at.desc(), c.number)
    )
    return [
        ListedArchive(row.name, row.start_at, row.end_at, row.keys, row.revised_keys, row.size)
        for row in connection.execute(query)
    ]


def _read_archive(connection: sa.Connection, name: str) -> ArchiveFile:
    row = connection.execute(
        sa.select(archives.c.name, archives.c.size, archives.c.digest).where(archives.c.name == name)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such archive; fetch the index again.")
    return ArchiveFile(row.name, row.size, row.digest)
