"""One phone: its store, its radio work, its looks at the server, its publications and what it tells its owner."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import structlog

from bluezone.clock import Clock
from bluezone.errors import BluezoneError
from bluezone.phone.agent import Agent
from bluezone.phone.chaff import Chaff
from bluezone.phone.client import ServerClient
from bluezone.phone.consent import Consent, Publication, Receipt
from bluezone.phone.diary import Calendar, DiaryDay, diary
from bluezone.phone.errors import CodeUncheckable, PhoneError, ServerUnreachable
from bluezone.phone.export import export
from bluezone.phone.exposures import ExposureLog
from bluezone.phone.faults import Fault, FaultName, Faults
from bluezone.phone.gatepass import GatePass, GatePasses, PastPass
from bluezone.phone.guidance import Guidance, GuidanceLog
from bluezone.phone.notices import Notice, NoticeLog
from bluezone.phone.owndata import own_data
from bluezone.phone.places import PlaceWarning, PlaceWarnings
from bluezone.phone.preferences import PreferenceLog, Preferences
from bluezone.phone.protection import PlainReason, Protection, Storage
from bluezone.phone.publish import Publisher
from bluezone.phone.radar import Radar, radar
from bluezone.phone.repairs import ACTIONS, Repair, RepairAction, radio_trouble
from bluezone.phone.retention import StoredItem, StoredTable
from bluezone.phone.schedule import KeySchedule
from bluezone.phone.settings import PhoneSettings
from bluezone.phone.sightings import SightingLog
from bluezone.phone.status import Exposure, PhoneStatus, exposures, overall_level
from bluezone.phone.store import Store
from bluezone.phone.sync import LAST_CONTACT, LAST_UPDATE, Sync, SyncReport
from bluezone.phone.tell import Teller, Telling, TellReceipt, tell_receipts
from bluezone.phone.trust import Trust, TrustedConfig
from bluezone.phone.visits import Visit, Visits
from bluezone.protocol import DAY_SECONDS
from bluezone.protocol.gate import GateChallenge
from bluezone.protocol.invite import Invitation
from bluezone.protocol.place import PlaceCode
from bluezone.protocol.scan import Scanned, TypedCode, read_scanned
from bluezone.protocol.scan_errors import ChallengeUntrusted, PlaceCodeUntrusted
from bluezone.radio import Radio
from bluezone.randomness import Randomness
from bluezone.risk import ExposureWindow, assess

_SYNC_JITTER = 0.25
_STARTED = "started"

_log = structlog.get_logger(__name__)


class Phone:
    """What a person carries.

    `storage` is the store's file, a ProtectedFile to have it encrypted where the system offers a keyring, or ":memory:"
    for a phone of a rehearsal; `server` None makes a phone that only sends and hears. Opening the store raises
    StoreInUse, StoreTooNew, StoreLocked or StoreDamaged. `start` and `stop` may follow
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
        self._calendar = Calendar(settings.utc_offset)
        self._visits = Visits(store, clock, randomness, self._calendar, keep_days=keep_days)
        self._place_warnings = PlaceWarnings(store, self._trust, self._visits, clock)
        self._gate_passes = GatePasses(store, clock, keep_days=keep_days)
        self._preferences = PreferenceLog(store)
        self._guidance = GuidanceLog(store, self._trust)
        self._notices = NoticeLog(store, clock, keep_days=keep_days)
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
        """Look at the server once, now: configuration and new archives; then go on with publications on their way.

        Raises ServerUnreachable, ServerRefused or ConfigUntrusted.
        """
        return await self._require_online().look()

    async def begin_publication(self, code: str) -> Publication:
        """Trade a code from the health desk for the right to publish. Nothing of the owner's leaves the phone.

        The same code again goes on with what it began. Raises ServerRefused (`reason` code_expired, code_used,
        code_unknown ...) or ServerUnreachable; after the latter the phone asks again by itself at its next look.
        """
        online = self._require_online()
        return await online.publisher.begin(code, await online.config())

    def publications(self) -> list[Publication]:
        """Every publication of the last 24 hours, oldest first."""
        return self._require_online().publisher.publications()

    def publication(self, publication_id: str) -> Publication:
        """One publication. Raises PublicationUnknown."""
        return self._require_online().publisher.publication(publication_id)

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
        midnight = self._calendar.begin(self._calendar.day(now))
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

    @property
    def settings(self) -> PhoneSettings:
        """How this phone behaves."""
        return self._settings

    @property
    def server_host(self) -> str:
        """The server's name as addresses write it, empty for a phone without one."""
        return "" if self._online is None else urlsplit(self._online.client.base_url).netloc.lower()

    def now(self) -> float:
        """The time by this phone's clock, Unix seconds."""
        return self._clock.now()

    @property
    def revision(self) -> int:
        """A number that grows with every change of what the phone knows; it begins anew with each start."""
        return self._store.changes + self._faults.changes

    def radar(self) -> Radar:
        """The devices that the last scan heard."""
        return radar(
            self._sightings.last_scan(),
            self._sightings.devices_at_last_scan(),
            now=self._clock.now(),
            tx_power=self._settings.tx_power,
            next_scan=self._agent.next_scan,
        )

    def diary(self) -> list[DiaryDay]:
        """The last 14 days, today first."""
        return diary(
            self._sightings,
            Counter(self._calendar.day(visit.started_at) for visit in self.visits()),
            self._calendar,
            now=self._clock.now(),
            days=self._settings.keep_days,
            tx_power=self._settings.tx_power,
        )

    def read_scanned(self, text: str) -> Scanned:
        """What a scanned or typed text is, its signature checked.

        Raises a ScanError that says what it is instead; CodeUncheckable for a signed code while no key is known.
        """
        keys = self._trust.verification_keys()
        try:
            return read_scanned(text, keys=keys)
        except (PlaceCodeUntrusted, ChallengeUntrusted) as error:
            if keys:
                raise
            raise CodeUncheckable(
                "This phone was never online, so it cannot check who signed this code; go online once, then scan again."
            ) from error

    def check_in(self, place: PlaceCode, at: float | None = None) -> Visit:
        """Begin a visit, which ends any other; at a place where one lasts already it is that one.

        Raises PlaceCodeEarly, PlaceCodeExpired or VisitTimesWrong.
        """
        return self._visits.check_in(place, at)

    def check_out(self, visit_id: str, at: float | None = None) -> Visit:
        """End a visit that lasts. Raises VisitUnknown or VisitTimesWrong."""
        return self._visits.check_out(visit_id, at)

    def edit_visit(self, visit_id: str, *, started_at: float, ended_at: float | None) -> Visit:
        """Correct a visit's times; `ended_at` None lets it end by itself. Raises VisitUnknown or VisitTimesWrong."""
        return self._visits.edit(visit_id, started_at=started_at, ended_at=ended_at)

    def delete_visit(self, visit_id: str) -> None:
        """Forget a visit. Raises VisitUnknown."""
        self._visits.delete(visit_id)

    def visit(self, visit_id: str) -> Visit:
        """One visit. Raises VisitUnknown."""
        return self._visits.visit(visit_id)

    def visits(self) -> list[Visit]:
        """Every visit of the last 14 days, newest first."""
        return self._visits.all()

    def gate_pass(self, shown: GateChallenge | TypedCode) -> GatePass | Fault:
        """What to show at a gate, for its challenge or a word typed from its sheet; nothing is sent.

        The fault with which this phone does not work, if there is one. Raises ChallengeExpired, ChallengeEarly,
        GateCertificateExpired or GateWordMalformed.
        """
        last_scan = self._sightings.last_scan()
        return self._gate_passes.show(shown, self._faults, on_air=self._agent.on_air, last_scan=last_scan)

    def gate_passes(self) -> list[PastPass]:
        """The passes shown in the last 14 days, newest first."""
        return self._gate_passes.past()

    def preferences(self) -> Preferences:
        """What the owner chose about the pages."""
        return self._preferences.read()

    def set_preferences(self, preferences: Preferences) -> None:
        """Keep what the owner chose. Raises msgspec.ValidationError for a value that is none."""
        self._preferences.write(preferences)

    def invitation(self) -> Invitation | None:
        """Who invited the owner, if anybody."""
        return self.preferences().invitation

    def guidance(self, language: str) -> Guidance:
        """What the province tells the owner at the present level, in vi or en."""
        return self._guidance.read(language, self.status().level)

    def place_warnings(self) -> list[PlaceWarning]:
        """The visits of the last 14 days during which a case was there, newest first."""
        return self._place_warnings.current()

    def notices(self, language: str | None = None) -> list[Notice]:
        """Exposures, newest day first, then places, then bulletins; `language` None is the owner's."""
        spoken = language or self.preferences().language or "vi"
        status = self.status()
        bulletins = self._guidance.read(spoken, status.level).bulletins
        return self._notices.note(status.exposures, bulletins, self.place_warnings())

    def mark_read(self, notice_id: str) -> None:
        """The owner has read this notice."""
        self._notices.mark_read(notice_id)

    def telling(
        self,
        days: Collection[date] | None = None,
        *,
        name: str = "",
        phone: str = "",
        commune: str = "",
        note: str = "",
    ) -> Telling:
        """Exactly what would be told to the health office, to be shown first; `days` None is every day of exposure.

        Raises NothingToTell for who is neither F1 nor F2.
        """
        return self._require_online().teller.prepare(
            self.status(), days, name=name, phone=phone, commune=commune, note=note
        )

    async def tell_office(self, telling: Telling) -> TellReceipt:
        """Send exactly what `telling` shows. Raises ServerUnreachable, ServerRefused or BodyOverSize."""
        online = self._require_online()
        return await online.teller.tell(telling, size=(await online.config()).server.publish_request_bytes)

    def tell_receipts(self) -> list[TellReceipt]:
        """What was told to the health office in the last 14 days, oldest first."""
        return tell_receipts(self._store)

    def repair(self, name: FaultName) -> Repair:
        """What can be done about a fault."""
        fault = next((fault for fault in self.status().faults if fault.name is name), None)
        radio = radio_trouble(self._agent.radio_error) if fault and name is FaultName.RADIO_GONE else None
        return Repair(name, fault, ACTIONS[name], radio)

    async def try_repair(self, name: FaultName) -> bool:
        """Do what a phone can do itself about a fault; whether it is over."""
        # What fails says so by itself: the fault stays.
        with contextlib.suppress(BluezoneError):
            await self._repair(ACTIONS[name])
        return self.repair(name).fault is None

    async def _repair(self, action: RepairAction) -> None:
        match action:
            case RepairAction.START:
                await self._stop_quietly()
                await self.start()
            case RepairAction.REOPEN_RADIO:
                if self._tasks and not self._tasks[0].done():
                    await self._agent.reopen()
            case RepairAction.CHECK_CLOCK:
                await self._require_online().check_clock()
            case RepairAction.MAKE_ROOM:
                self._store.make_room(self._clock.now())
                if self._store.has_room():
                    self._faults.end(FaultName.STORAGE_FULL)
            case RepairAction.ROTATE:
                await self._agent.leave_identity()
            case RepairAction.SYNC:
                await self.sync()

    def export(self) -> bytes:
        """Everything of the owner's as a zip of JSON files with a note; secrets are left out."""
        kinds = own_data(self, self._store, utc_offset=self._settings.utc_offset)
        return export(kinds, now=self._clock.now(), utc_offset=self._settings.utc_offset)

    def stored_items(self, day: date) -> list[StoredItem]:
        """What is kept of a local day, table by table, with the last destruction date."""
        return self._store.stored_items(*self._span(day))

    def delete_day(self, day: date) -> None:
        """Destroy what this phone heard and noted on a local day, and the key that began on it; receipts stay."""
        self._store.destroy_day(*self._span(day), self._clock.now())
        self._agent.rotate_soon()

    async def delete_all(self) -> None:
        """Destroy everything but public documents of the server; the phone goes on with new keys, as on day one."""
        running = bool(self._tasks)
        await self._stop_quietly()
        async with self._online.quiet() if self._online is not None else contextlib.nullcontext():
            self._store.destroy_all(self._clock.now())
        if running:
            await self.start()

    def storage_protection(self) -> Protection:
        """Whether the store is encrypted under a key in the system's keyring."""
        return self._store.protection

    def plain_reason(self) -> PlainReason | None:
        """Why the store is not encrypted, None when it is."""
        return self._store.plain_reason

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

    async def _stop_quietly(self) -> None:
        with contextlib.suppress(Exception):  # what a task died of was said when it died
            await self.stop()

    def _span(self, day: date) -> tuple[float, float]:
        begin = self._calendar.begin(day)
        return begin, begin + DAY_SECONDS

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
        self._guidance = phone._guidance
        self._place_warnings = phone._place_warnings
        self._note = phone.notices
        self.teller = Teller(phone._store, client, phone._clock, keep_days=phone._settings.keep_days)
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
        try:
            await self._guidance.fetch(self.client)
        except PhoneError as error:
            _log.info("guidance not fetched", reason=error.code)
        try:
            await self._place_warnings.fetch(self.client)
        except PhoneError as error:
            _log.info("place notices not fetched", reason=error.code)
        await self.publisher.resume()
        self._note()  # so that a notice dates from when the phone knew, not from when its owner looked
        return report

    async def check_clock(self) -> None:
        await self._sync.refresh_config()

    @asynccontextmanager
    async def quiet(self) -> AsyncIterator[None]:
        """While inside, nothing is fetched or published that would be written afterwards."""
        async with self._sync.running, self.publisher.sending:
            yield

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
