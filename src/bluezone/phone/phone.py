"""One phone: its store, its radio work, its looks at the server, its publications and what it tells its owner."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from datetime import date
from typing import Any

import structlog

from bluezone.clock import Clock
from bluezone.errors import BluezoneError
from bluezone.phone.agent import Agent
from bluezone.phone.chaff import Chaff
from bluezone.phone.client import ServerClient
from bluezone.phone.consent import Consent, Publication, Receipt
from bluezone.phone.errors import ServerUnreachable
from bluezone.phone.exposures import ExposureLog
from bluezone.phone.faults import FaultName, Faults
from bluezone.phone.publish import Publisher
from bluezone.phone.retention import StoredTable
from bluezone.phone.schedule import KeySchedule
from bluezone.phone.settings import PhoneSettings
from bluezone.phone.sightings import SightingLog
from bluezone.phone.status import Exposure, PhoneStatus, exposures, overall_level
from bluezone.phone.store import Storage, Store
from bluezone.phone.sync import LAST_CONTACT, LAST_UPDATE, Sync, SyncReport
from bluezone.phone.trust import Trust, TrustedConfig
from bluezone.protocol import DAY_SECONDS
from bluezone.radio import Radio
from bluezone.randomness import Randomness
from bluezone.risk import ExposureWindow, assess

_SYNC_JITTER = 0.25
_STARTED = "started"

_log = structlog.get_logger(__name__)


class Phone:
    """What a person carries.

    `storage` is the store's file, or ":memory:" for a phone of a rehearsal; `server` None makes a phone that only
    sends and hears. Opening the store raises StoreInUse, StoreTooNew or StoreDamaged. `start` and `stop` may follow
    each other any number of times; `close` ends it.
    """

    def __init__(
        self,
        storage: Storage,
        radio: Radio,
        clock: Clock,
        randomness: Randomness,
        server: ServerClient | None,
        settings: PhoneSettings | None = None,
    ) -> None:
        self._settings = settings = settings or PhoneSettings()
        keep_days = settings.keep_days
        self._clock = clock
        self._randomness = randomness
        self._store = store = Store(storage)
        self._faults = Faults(store, clock, keep_days=keep_days)
        self._sightings = SightingLog(store, keep_days=keep_days)
        self._exposures = ExposureLog(store, keep_days=keep_days)
        self._schedule = KeySchedule(
            store, randomness, tx_power=settings.tx_power, service=settings.service, keep_days=keep_days
        )
        self._wake_sync = asyncio.Event()
        self._agent = Agent(
            store=store,
            schedule=self._schedule,
            sightings=self._sightings,
            faults=self._faults,
            radio=radio,
            clock=clock,
            randomness=randomness,
            duty=settings.duty,
            on_jump=self._wake_sync.set,
        )
        self._trust = Trust(store, server.pinned if server is not None else ())
        self._online = None if server is None else _Online(self, server)
        self._tasks: list[asyncio.Task[None]] = []
        self._faults.begin(FaultName.STOPPED, "The phone is switched off; start it.")

    async def start(self) -> None:
        """Go on the air, listen, and look at the server from time to time, until `stop`."""
        if self._tasks:
            return
        if self._store.meta(_STARTED) is None:
            self._store.set_meta(_STARTED, self._clock.now())
        self._faults.end(FaultName.STOPPED)
        self._begin(self._agent.run())
        if self._online is not None:
            self._begin(self._online.look_repeatedly(self._wake_sync))
            self._begin(self._online.chaff.run())

    async def stop(self) -> None:
        """Leave the air and give the radio back; raises what a task died of, if one did."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        self._faults.begin(FaultName.STOPPED, "The phone is switched off; start it.")
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def close(self) -> None:
        """Stop, and close the store and the connection to the server."""
        try:
            await self.stop()
        finally:
            if self._online is not None:
                await self._online.client.close()
            self._store.close()

    async def sync(self) -> SyncReport:
        """Look at the server once, now: configuration, new archives, and whatever was agreed to and is not sent yet.

        Raises ServerUnreachable, ServerRefused or ConfigUntrusted.
        """
        return await self._require_online().look()

    async def begin_publication(self, code: str) -> Publication:
        """Trade a code from the health desk for the right to publish. Nothing of the owner's leaves the phone.

        Raises ServerRefused (`reason` code_expired, code_used, code_unknown ...) or ServerUnreachable.
        """
        online = self._require_online()
        return await online.publisher.begin(code, await online.config())

    def publications(self) -> list[Publication]:
        """Every publication of the last 24 hours, oldest first."""
        return self._require_online().publisher.publications()

    def consent(self, publication_id: str) -> Consent:
        """Exactly what would leave, to be shown to the owner."""
        return self._require_online().publisher.consent(publication_id)

    async def agree(self, publication_id: str, days: Collection[date] | None = None) -> Receipt:
        """The owner agreed to what `consent` showed, or to these days of it: send it; repeat it after a failure."""
        return await self._require_online().publisher.agree(publication_id, days)

    def withdraw(self, publication_id: str) -> None:
        """Take a publication back before it is sent. Raises WithdrawalImpossible afterwards."""
        self._require_online().publisher.withdraw(publication_id)

    def receipts(self) -> list[Receipt]:
        """What was published in the last 14 days."""
        return [] if self._online is None else self._online.publisher.receipts()

    def status(self) -> PhoneStatus:
        """What to tell the owner now."""
        now = self._clock.now()
        self._note_absence(now)
        faults = tuple(self._faults.current())
        config = self._trust.config
        assessment, found = None, tuple[Exposure, ...]()
        if config is not None:
            by_key = self.exposure_windows()
            assessment = assess([window for windows in by_key for window in windows], config.risk, today=now)
            found = exposures(assessment, by_key)
        midnight = (now + self._settings.utc_offset) // DAY_SECONDS * DAY_SECONDS - self._settings.utc_offset
        return PhoneStatus(
            overall_level(assessment, [receipt.test_type for receipt in self.receipts()], faults),
            faults[0] if faults else None,
            faults,
            round(self._sightings.seconds_listened(midnight, midnight + DAY_SECONDS) / 60),
            found,
            self._store.meta(LAST_CONTACT),
        )

    def exposure_windows(self) -> list[list[ExposureWindow]]:
        """The exposure windows of each published key that was heard, by the configuration in force."""
        config = self._trust.config
        if config is None:
            return []
        own = frozenset(key for (key,) in self._store.rows("SELECT key FROM own_keys"))
        return self._exposures.windows(config.risk, own)

    def beacons_heard(self) -> int:
        """How many beacons the phone keeps, of whomever they were."""
        return self._sightings.beacons()

    def stored(self) -> list[StoredTable]:
        """Everything that the phone holds, with its purpose and when it is destroyed."""
        return self._store.stored()

    def _note_absence(self, now: float) -> None:
        """Begin the faults that are nothing but time gone by."""
        started = self._store.meta(_STARTED)
        if self._online is None or started is None:
            return
        for name, meta, sentence in (
            (FaultName.SERVER_UNREACHABLE, LAST_CONTACT, "The server was not reached for days; go online once."),
            (FaultName.NOT_UPDATED, LAST_UPDATE, "Published keys could not be read for days; update the program."),
        ):
            if now - (self._store.meta(meta) or started) > self._settings.unreachable_after:
                self._faults.begin(name, sentence)

    def _require_online(self) -> _Online:
        if self._online is None:
            raise ServerUnreachable("This phone was started without a server; start it with one.")
        return self._online

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._faults.begin(FaultName.STOPPED, f"The phone stopped by itself ({error}); start it again.")
            _log.error("phone task ended", exc_info=error)


class _Online:
    """A phone's dealings with its server."""

    def __init__(self, phone: Phone, client: ServerClient) -> None:
        self.client = client
        self._trust = phone._trust
        self._clock = phone._clock
        self._randomness = phone._randomness
        self._settings = phone._settings
        self._sync = Sync(
            store=phone._store,
            client=client,
            trust=phone._trust,
            sightings=phone._sightings,
            exposures=phone._exposures,
            faults=phone._faults,
            clock=phone._clock,
            settings=phone._settings,
        )
        self.publisher = Publisher(
            store=phone._store,
            client=client,
            trust=phone._trust,
            schedule=phone._schedule,
            clock=phone._clock,
            randomness=phone._randomness,
            keep_days=phone._settings.keep_days,
            consent_valid=phone._settings.consent_valid,
            leave_identity=phone._agent.leave_identity,
        )
        self.chaff = Chaff(
            store=phone._store,
            client=client,
            trust=phone._trust,
            clock=phone._clock,
            randomness=phone._randomness,
        )

    async def look(self) -> SyncReport:
        report = await self._sync.run()
        await self.publisher.resume()
        return report

    async def config(self) -> TrustedConfig:
        return self._trust.config or await self._sync.refresh_config()

    async def look_repeatedly(self, wake: asyncio.Event) -> None:
        """Look at the server again and again, at jittered times, more rarely while it does not answer."""
        failures = 0
        await self._rest(self._randomness.uniform(0, self._settings.first_sync), wake)
        while True:
            try:
                await self.look()
                failures = 0
            except BluezoneError as error:
                failures += 1
                _log.info("look at the server failed", reason=error.code, failures=failures)
            await self._rest(self._pause(failures), wake)

    def _pause(self, failures: int) -> float:
        regular = (self._trust.config.server.sync_hours if self._trust.config else 4.0) * 3600
        pause = min(regular, self._settings.sync_retry * 2 ** (failures - 1)) if failures else regular
        return pause * self._randomness.uniform(1 - _SYNC_JITTER, 1 + _SYNC_JITTER)

    async def _rest(self, seconds: float, wake: asyncio.Event) -> None:
        woken = asyncio.ensure_future(wake.wait())
        rested = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait([woken, rested], return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            rested.cancel()
        wake.clear()
