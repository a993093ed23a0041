"""Being told: the configuration, the index, every new archive; nothing that is broken holds up the rest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from bluezone.clock import Clock
from bluezone.errors import BluezoneError
from bluezone.phone.client import MAX_ARCHIVE, Download, ServerClient
from bluezone.phone.errors import AnswerTooLarge, ServerUnreachable, StoreError
from bluezone.phone.exposures import ArchiveFindings, ExposureLog, Heard
from bluezone.phone.faults import FaultName, Faults
from bluezone.phone.settings import PhoneSettings
from bluezone.phone.sightings import SightingLog
from bluezone.phone.store import Store
from bluezone.phone.trust import Trust, TrustedConfig
from bluezone.protocol import DAY_SECONDS, verify_archive

LAST_CONTACT = "last_contact"
LAST_UPDATE = "last_update"

_PART = 256 * 1024
_INLINE_BYTES = 1024 * 1024
"""Archives up to this size are matched at once; larger ones in a thread, so that the radio's work is not held up."""
_ARCHIVE_DAYS = 15

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BadArchive:
    """An archive that could not be used this time; it is fetched again at the next look."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one look at the server brought; `heard_keys` counts published keys that this phone heard."""

    archives: int
    heard_keys: int
    bad: tuple[BadArchive, ...]


class Sync:
    """One phone's looks at its server."""

    def __init__(
        self,
        *,
        store: Store,
        client: ServerClient,
        trust: Trust,
        sightings: SightingLog,
        exposures: ExposureLog,
        faults: Faults,
        clock: Clock,
        settings: PhoneSettings,
    ) -> None:
        self._store = store
        self._client = client
        self._trust = trust
        self._sightings = sightings
        self._exposures = exposures
        self._faults = faults
        self._clock = clock
        self._settings = settings
        self.running = asyncio.Lock()

    async def run(self) -> SyncReport:
        """Look once. Raises ServerUnreachable, ServerRefused or ConfigUntrusted when there is nothing to go on with."""
        async with self.running:
            config = await self.refresh_config()
            root = config.server.export_root
            names = await self._client.index(root)
            self._list(names)
            report = await self._read_waiting(root, names)
            if not report.bad:
                self._store.set_meta(LAST_UPDATE, self._clock.now())
                self._faults.end(FaultName.NOT_UPDATED)
            return report

    async def refresh_config(self) -> TrustedConfig:
        """Fetch the configuration and check the clock against the server's; one that cannot be used changes nothing."""
        signed = await self._client.config()
        now = self._clock.now()
        self._store.set_meta(LAST_CONTACT, now)
        self._faults.end(FaultName.SERVER_UNREACHABLE)
        config = self._trust.accept(signed, now)
        if signed.server_time is not None:
            self._compare_clocks(now - signed.server_time)
        return config

    def _compare_clocks(self, error: float) -> None:
        self._sightings.set_clock_error(error)
        if abs(error) > self._settings.clock_tolerance:
            side = "ahead of" if error > 0 else "behind"
            self._faults.begin(
                FaultName.CLOCK_WRONG,
                f"The phone's clock is {abs(error) / 3600:.1f} hours {side} the server's; set date and time.",
            )
        else:
            self._faults.end(FaultName.CLOCK_WRONG)

    def _list(self, names: list[str]) -> None:
        destroy_at = self._clock.now() + _ARCHIVE_DAYS * DAY_SECONDS
        with self._store.transaction() as connection:
            connection.executemany(
                "INSERT INTO archives (name, state, destroy_at) VALUES (?, 'waiting', ?)"
                " ON CONFLICT DO UPDATE SET destroy_at = excluded.destroy_at",
                [(name, destroy_at) for name in names],
            )

    async def _read_waiting(self, root: str, names: list[str]) -> SyncReport:
        done = {name for (name,) in self._store.rows("SELECT name FROM archives WHERE state = 'done'")}
        waiting = [name for name in names if name not in done]
        heard = Heard(self._sightings.sightings()) if waiting else None
        count = heard_keys = 0
        bad: list[BadArchive] = []
        for name in waiting:
            assert heard is not None
            try:
                heard_keys += await self._read(root, name, heard)
                count += 1
            except (ServerUnreachable, StoreError):
                raise
            except BluezoneError as error:
                bad.append(BadArchive(name, error.code))
                self._mark_bad(name, error)
        return SyncReport(count, heard_keys, tuple(bad))

    async def _read(self, root: str, name: str, heard: Heard) -> int:
        data = await self._fetch(root, name)
        keys = self._trust.verification_keys()

        def findings() -> ArchiveFindings:
            found = ArchiveFindings(verify_archive(data, keys), heard)
            found.exposures  # noqa: B018 - the matching itself belongs here
            return found

        if len(data) <= _INLINE_BYTES:
            found = findings()
        else:
            found = await asyncio.get_running_loop().run_in_executor(None, findings)
        with self._store.transaction() as connection:
            count = self._exposures.take(found)
            connection.execute("UPDATE archives SET state = 'done', fault = '' WHERE name = ?", (name,))
            connection.execute("DELETE FROM archive_parts WHERE name = ?", (name,))
        return count

    async def _fetch(self, root: str, name: str) -> bytes:
        """One archive's bytes, going on from what an interrupted download left."""
        (etag,) = self._store.row("SELECT etag FROM archives WHERE name = ?", (name,))
        kept = [part for (part,) in self._store.rows(
            "SELECT data FROM archive_parts WHERE name = ? ORDER BY position", (name,))]  # fmt: skip
        data = bytearray(b"".join(kept))
        saved = len(data)
        async with self._client.download(root, name, offset=saved, etag=etag) as download:
            if download.offset != saved:
                self._forget_parts(name)
                data.clear()
                saved = 0
            self._remember_version(name, download)
            try:
                async for chunk in download.chunks:
                    data += chunk
                    if len(data) > MAX_ARCHIVE:
                        raise AnswerTooLarge(f"An archive is larger than the {MAX_ARCHIVE} bytes that a phone takes.")
                    if len(data) - saved >= _PART:
                        saved = self._save_part(name, data, saved)
                if download.total is not None and len(data) != download.total:
                    raise ServerUnreachable(
                        "The server stopped in the middle of an archive; the rest is fetched later."
                    )
            except BaseException:
                if download.etag and len(data) <= MAX_ARCHIVE:
                    self._save_part(name, data, saved)
                raise
        return bytes(data)

    def _remember_version(self, name: str, download: Download) -> None:
        # A weak tag does not promise the same bytes, so it cannot join two halves (RFC 9110, 13.1.5).
        etag = "" if download.etag.startswith("W/") else download.etag
        self._store.execute("UPDATE archives SET etag = ?, attempts = attempts + 1 WHERE name = ?", (etag, name))

    def _save_part(self, name: str, data: bytearray, saved: int) -> int:
        if len(data) > saved:
            self._store.execute("INSERT INTO archive_parts VALUES (?, ?, ?)", (name, saved, bytes(data[saved:])))
        return len(data)

    def _forget_parts(self, name: str) -> None:
        self._store.execute("DELETE FROM archive_parts WHERE name = ?", (name,))

    def _mark_bad(self, name: str, error: BluezoneError) -> None:
        _log.warning("archive cannot be used", archive=name, reason=error.code)
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE archives SET state = 'bad', fault = ?, etag = '' WHERE name = ?", (error.code, name)
            )
            connection.execute("DELETE FROM archive_parts WHERE name = ?", (name,))
