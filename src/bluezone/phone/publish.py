"""Publishing with consent: code, token, consent, certificate, publish, receipt; resumable after every step.

Each step is on the disk before the next begins, with the code, nonce, keys and HMAC secret that it used, so that a call
whose answer was lost is repeated with the same content and the server counts it once.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import unicodedata
from collections.abc import Awaitable, Callable, Collection
from datetime import date

import msgspec
import structlog

from bluezone.clock import Clock
from bluezone.phone.client import NONCE_BYTES, ServerClient, padded
from bluezone.phone.consent import (
    Consent,
    ConsentDay,
    Content,
    Publication,
    PublicationState,
    Receipt,
    day_of,
    onset_interval,
)
from bluezone.phone.errors import (
    BodyOverSize,
    ConsentOutdated,
    NothingToPublish,
    PhoneError,
    PublicationStateWrong,
    PublicationUnknown,
    ServerRefused,
    ServerUnreachable,
    StoreError,
    WithdrawalImpossible,
)
from bluezone.phone.schedule import KeySchedule
from bluezone.phone.store import Store
from bluezone.phone.trust import Trust, TrustedConfig
from bluezone.protocol import DAY_SECONDS, key_hmac
from bluezone.protocol.wire import TEST_CONFIRMED, TEST_LIKELY, TEST_RECURSIVE, WireKey
from bluezone.randomness import Randomness

PUBLICATION_SECONDS = DAY_SECONDS
"""A token lives for 24 hours (exposure-notifications-verification-server docs/api.md)."""
CERTIFICATE_SECONDS = 600.0
"""Certificates live for 15 minutes; a new one is asked for after ten."""
HMAC_KEY_BYTES = 16
MAX_KEYS = 30
"""Servers take 30 keys in one call (exposure-notifications-server docs/tek_validation.md); the latest days go first."""

_UPGRADES = {TEST_CONFIRMED: {TEST_LIKELY, TEST_RECURSIVE}, TEST_LIKELY: {TEST_RECURSIVE}}
"""Which report may replace which earlier one of the same keys."""

_log = structlog.get_logger(__name__)


class Publisher:
    """One phone's publications. `leave_identity` changes identifier and address before keys are sent."""

    def __init__(
        self,
        *,
        store: Store,
        client: ServerClient,
        trust: Trust,
        schedule: KeySchedule,
        clock: Clock,
        randomness: Randomness,
        keep_days: int,
        consent_valid: float,
        leave_identity: Callable[[], Awaitable[None]],
    ) -> None:
        self._store = store
        self._client = client
        self._trust = trust
        self._schedule = schedule
        self._clock = clock
        self._randomness = randomness
        self._keep = keep_days * DAY_SECONDS
        self._consent_valid = consent_valid
        self._leave_identity = leave_identity
        self.sending = asyncio.Lock()

    async def begin(self, code: str, config: TrustedConfig) -> Publication:
        """Trade a code for a token, or go on with what the same code began before.

        Raises ServerRefused with the server's reason, or ServerUnreachable; after the latter, and after a temporary
        refusal, the phone asks again by itself.
        """
        publication_id = self._begun(code) or self._start(code)
        try:
            return await self._verify(publication_id, config)
        except (ServerRefused, BodyOverSize) as error:
            if isinstance(error, BodyOverSize) or not error.temporary:
                self._forget(publication_id)  # the owner is told here and now
            raise

    def publications(self) -> list[Publication]:
        """Every publication that is not destroyed yet, oldest first."""
        return [self.publication(row) for (row,) in self._store.rows("SELECT id FROM publications ORDER BY started_at")]

    def publication(self, publication_id: str) -> Publication:
        """Raises PublicationUnknown."""
        found = self._store.first(
            "SELECT state, test_type, symptom_date, test_date, fault FROM publications WHERE id = ?", (publication_id,)
        )
        if found is None:
            raise PublicationUnknown(f"There is no publication {publication_id}; begin again with a new code.")
        state, *rest = found
        return Publication(publication_id, PublicationState(state), *rest)

    def consent(self, publication_id: str) -> Consent:
        """Work out and remember exactly what would leave now. Raises NothingToPublish or PublicationStateWrong."""
        publication = self._at(publication_id, PublicationState.VERIFIED)
        config = self._config()
        now = self._clock.now()
        days, token = self._days(publication.test_type, now)
        if not days:
            raise NothingToPublish(
                "No key of the last days was in use or is left to publish; there is nothing to send."
            )
        onset = onset_interval(publication.symptom_date)
        content = Content(days, config.server.authority, onset, token)
        self._store.execute(
            "UPDATE publications SET content = ?, shown_at = ? WHERE id = ?",
            (msgspec.json.encode(content), now, publication_id),
        )
        return Consent(
            publication, self._client.base_url, config.server.authority, content, self._hmac_key(publication_id)
        )

    async def agree(self, publication_id: str, days: Collection[date] | None = None) -> Receipt:
        """The owner agreed to the shown content, or to its `days`: send it, or go on sending it after a failure.

        Raises ConsentOutdated, NothingToPublish, ServerRefused or ServerUnreachable; after the last, and after a
        temporary refusal, the phone goes on by itself.
        """
        if self.publication(publication_id).state is PublicationState.VERIFIED:
            self._agree(publication_id, days)
            await self._leave_identity()
        return await self._send(publication_id)

    async def resume(self) -> list[Receipt]:
        """Go on with codes that were not answered and with what was agreed to and is not sent yet.

        What fails again stays for later.
        """
        receipts = []
        for publication in self.publications():
            try:
                if publication.state is PublicationState.STARTED:
                    await self._verify(publication.id, self._config())
                elif publication.state in {PublicationState.AGREED, PublicationState.CERTIFIED}:
                    receipts.append(await self._send(publication.id))
            except StoreError:
                raise
            except PhoneError as error:
                _log.info("publication stays unsent", reason=error.code)
        return receipts

    def withdraw(self, publication_id: str) -> None:
        """Forget a publication before it is sent. Raises WithdrawalImpossible once it may have arrived."""
        publication = self.publication(publication_id)
        if publication.state in {PublicationState.CERTIFIED, PublicationState.PUBLISHED}:
            raise WithdrawalImpossible(
                "These keys are on their way or published; call the health desk, which can give a code to change them."
            )
        self._forget(publication_id)

    def receipts(self) -> list[Receipt]:
        """What was published and not destroyed yet, oldest first."""
        return [self._receipt(row) for (row,) in self._store.rows("SELECT publication FROM receipts ORDER BY sent_at")]

    def _begun(self, code: str) -> str | None:
        """The publication that waits, after this code, for the server's answer or for its owner."""
        rows = self._store.rows("SELECT id, code FROM publications WHERE code IS NOT NULL")
        return next((publication_id for publication_id, entered in rows if _folded(entered) == _folded(code)), None)

    def _start(self, code: str) -> str:
        now = self._clock.now()
        publication_id = self._randomness.token_bytes(8).hex()
        self._store.execute(
            "INSERT INTO publications (id, state, test_type, token, hmac_key, code, nonce, started_at, destroy_at)"
            " VALUES (?, ?, '', '', ?, ?, ?, ?, ?)",
            (
                publication_id,
                PublicationState.STARTED,
                self._randomness.token_bytes(HMAC_KEY_BYTES),
                code,
                self._randomness.token_bytes(NONCE_BYTES),
                now,
                now + PUBLICATION_SECONDS,
            ),
        )
        return publication_id

    async def _verify(self, publication_id: str, config: TrustedConfig) -> Publication:
        async with self.sending:
            publication = self.publication(publication_id)
            if publication.state is not PublicationState.STARTED:
                return publication
            code, nonce = self._store.row("SELECT code, nonce FROM publications WHERE id = ?", (publication_id,))
            try:
                answer = await self._client.verify(code, nonce, size=config.server.call_request_bytes)
            except ServerRefused as error:
                if not error.temporary:
                    self._give_up(publication_id, error)
                raise
            # The code stays until consent: entering it again leads back here.
            self._store.execute(
                "UPDATE publications SET state = ?, test_type = ?, symptom_date = ?, test_date = ?, token = ?,"
                " nonce = NULL, destroy_at = ? WHERE id = ?",
                (
                    PublicationState.VERIFIED,
                    answer.testtype,
                    answer.symptom_date,
                    answer.test_date,
                    answer.token,
                    self._clock.now() + PUBLICATION_SECONDS,
                    publication_id,
                ),
            )
            return self.publication(publication_id)

    def _days(self, test_type: str, now: float) -> tuple[tuple[ConsentDay, ...], str]:
        """The days with keys to send; with the token of an earlier publication whose keys are sent again, upgraded."""
        by_day: dict[date, list[WireKey]] = {}
        token = ""
        receipts = {receipt.publication_id: receipt for receipt in self.receipts()}
        last = next(reversed(receipts.values()), None)
        if last is not None and last.test_type in _UPGRADES.get(test_type, ()):
            (token,) = self._store.row(
                "SELECT revision_token FROM receipts WHERE publication = ?", (last.publication_id,)
            )
            for key in last.content.keys if token else ():
                by_day.setdefault(day_of(key.rolling_start_number), []).append(key)
        for own in self._schedule.used_keys(now):
            if own.publication is None:
                wire = WireKey(
                    key=base64.b64encode(own.key.key).decode(),
                    rolling_start_number=own.key.rolling_start,
                    rolling_period=own.key.rolling_period,
                )
                by_day.setdefault(day_of(own.key.rolling_start), []).append(wire)
        days: list[ConsentDay] = []
        room = MAX_KEYS
        for day in sorted(by_day, reverse=True):
            room -= len(by_day[day])
            if room >= 0:
                days.append(ConsentDay(day, tuple(by_day[day])))
        return tuple(reversed(days)), token

    def _agree(self, publication_id: str, days: Collection[date] | None) -> None:
        now = self._clock.now()
        encoded, shown_at = self._store.row(
            "SELECT content, shown_at FROM publications WHERE id = ?", (publication_id,)
        )
        if shown_at is None or not 0 <= now - shown_at <= self._consent_valid:
            raise ConsentOutdated("What would leave has changed since it was shown; look at it again, then agree.")
        content = msgspec.json.decode(encoded, type=Content).only(days)
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE publications SET state = ?, content = ?, code = NULL WHERE id = ?",
                (PublicationState.AGREED, msgspec.json.encode(content), publication_id),
            )
            connection.executemany(
                "UPDATE own_keys SET publication = ? WHERE key = ?",
                [(publication_id, base64.b64decode(key.key)) for key in content.keys],
            )
            # The key in use is sent as well, so nothing more may come from it.
            self._schedule.close(now)

    async def _send(self, publication_id: str) -> Receipt:
        async with self.sending:
            state = self.publication(publication_id).state
            if state is PublicationState.PUBLISHED:
                return self._receipt(publication_id)
            self._at(publication_id, PublicationState.AGREED, PublicationState.CERTIFIED)
            try:
                fresh = state is PublicationState.AGREED or not self._certificate_is_fresh(publication_id)
                if fresh:
                    await self._certify(publication_id)
                try:
                    return await self._publish(publication_id)
                except ServerRefused as error:
                    # Its time was over by the server's clock, or its signing key was changed.
                    if fresh or error.temporary or not error.reason.startswith("certificate"):
                        raise
                await self._certify(publication_id)
                return await self._publish(publication_id)
            except ServerRefused as error:
                if not error.temporary:
                    self._give_up(publication_id, error)
                raise

    async def _certify(self, publication_id: str) -> None:
        token, encoded = self._store.row("SELECT token, content FROM publications WHERE id = ?", (publication_id,))
        content = msgspec.json.decode(encoded, type=Content)
        hmac_key = self._hmac_key(publication_id)
        mac = base64.b64encode(key_hmac(content.keys, base64.b64decode(hmac_key))).decode()
        server = self._config().server
        answer = await self._client.certificate(token, mac, size=server.call_request_bytes)
        body = padded(content.request(hmac_key, answer.certificate), server.publish_request_bytes)
        self._store.execute(
            "UPDATE publications SET state = ?, certificate = ?, certified_at = ?, body = ? WHERE id = ?",
            (PublicationState.CERTIFIED, answer.certificate, self._clock.now(), body, publication_id),
        )

    async def _publish(self, publication_id: str) -> Receipt:
        body, content, test_type = self._store.row(
            "SELECT body, content, test_type FROM publications WHERE id = ?", (publication_id,)
        )
        answer = await self._client.publish(body)
        now = self._clock.now()
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO receipts VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?)",
                (
                    publication_id,
                    now,
                    self._client.base_url,
                    test_type,
                    hashlib.sha256(body).hexdigest(),
                    content,
                    answer.revision_token,
                    now + self._keep,
                ),
            )
            # What is in the receipt, or of no use any more, is not kept twice.
            connection.execute(
                "UPDATE publications SET state = ?, token = '', certificate = '', content = '', body = '' WHERE id = ?",
                (PublicationState.PUBLISHED, publication_id),
            )
        return self._receipt(publication_id)

    def _give_up(self, publication_id: str, error: ServerRefused) -> None:
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE publications SET state = ?, fault = ?, token = '', code = NULL, nonce = NULL WHERE id = ?",
                (PublicationState.REFUSED, error.reason, publication_id),
            )
            connection.execute("UPDATE own_keys SET publication = NULL WHERE publication = ?", (publication_id,))

    def _forget(self, publication_id: str) -> None:
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM publications WHERE id = ?", (publication_id,))
            connection.execute("UPDATE own_keys SET publication = NULL WHERE publication = ?", (publication_id,))

    def _certificate_is_fresh(self, publication_id: str) -> bool:
        (at,) = self._store.row("SELECT certified_at FROM publications WHERE id = ?", (publication_id,))
        return 0 <= self._clock.now() - float(at) <= CERTIFICATE_SECONDS

    def _hmac_key(self, publication_id: str) -> str:
        (secret,) = self._store.row("SELECT hmac_key FROM publications WHERE id = ?", (publication_id,))
        return base64.b64encode(secret).decode()

    def _receipt(self, publication_id: str) -> Receipt:
        found = self._store.first(
            "SELECT sent_at, server, test_type, sha256, content, destroy_at FROM receipts WHERE publication = ?",
            (publication_id,),
        )
        if found is None:
            raise PublicationUnknown(f"The receipt of publication {publication_id} was destroyed on its date.")
        sent_at, server, test_type, sha256, content, destroy_at = found
        decoded = msgspec.json.decode(content, type=Content)
        return Receipt(publication_id, sent_at, server, test_type, sha256, decoded, destroy_at)

    def _at(self, publication_id: str, *states: PublicationState) -> Publication:
        publication = self.publication(publication_id)
        if publication.state not in states:
            raise PublicationStateWrong(
                f"Publication {publication_id} is {publication.state}, so this step is not open; look at it first."
            )
        return publication

    def _config(self) -> TrustedConfig:
        config = self._trust.config
        if config is None:
            raise ServerUnreachable(f"The server {self._client.base_url} was not reached yet; try again when it is.")
        return config


def _folded(code: str) -> str:
    """The code without what people may write differently: case, spaces and dashes."""
    return "".join(character for character in unicodedata.normalize("NFKC", code).upper() if character.isalnum())
