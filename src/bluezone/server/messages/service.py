"""The messages room's service: text messages put into the outbox by other rooms, and the job that sends them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path
from uuid import UUID

import msgspec
import prometheus_client
import sqlalchemy as sa
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bluezone.clock import Clock
from bluezone.randomness import Randomness
from bluezone.server.core import Core
from bluezone.server.errors import SettingsInvalid
from bluezone.server.jobs import Job, Lease
from bluezone.server.messages import outbox
from bluezone.server.messages.errors import (
    GatewayError,
    GatewayRefused,
    GatewayUnavailable,
    NumberNotMobile,
    SmsNotConfigured,
)
from bluezone.server.messages.gateway import HttpGateway
from bluezone.server.messages.handoff import FileHandOff
from bluezone.server.messages.numbers import masked, read_number
from bluezone.server.messages.outbox import Claimed, MessageState, read_states
from bluezone.server.messages.providers import SmsMessage, SmsProvider
from bluezone.server.messages.tables import text_messages
from bluezone.server.messages.text import outgoing, parts
from bluezone.server.sms_settings import SmsSettings

__all__ = [
    "GatewayRefused",
    "GatewayUnavailable",
    "MessageState",
    "MessagesService",
    "NumberNotMobile",
    "SmsNotConfigured",
    "masked",
    "open_provider",
    "parts",
    "read_number",
    "read_states",
]

KEY_FILE = "messages-key"
POLL_SECONDS = 3.0
RUN_SECONDS = 20.0
"""A run looks every three seconds: reading costs next to nothing, changing hands at the lease is a write to disk."""
DESTROY_SECONDS = 600.0
FIRST_WAIT_SECONDS = 60.0
LONGEST_WAIT_SECONDS = 3600.0

log = structlog.get_logger(__name__)


def open_provider(settings: SmsSettings, *, clock: Clock, randomness: Randomness) -> SmsProvider | None:
    """What sends messages as the settings say; None when nothing does. Raises SettingsInvalid."""
    if settings.gateway == "http":
        return HttpGateway(settings, {name: _secret(path) for name, path in settings.secrets.items()})
    if settings.gateway == "file":
        return FileHandOff(Path(settings.folder), number_form=settings.number_form, clock=clock, randomness=randomness)
    return None


class MessagesService:
    """Built once, when the application is; `provider` is the settings' one when it is not given.

    Raises SettingsInvalid when a file with a secret cannot be read.
    """

    def __init__(self, core: Core, *, provider: SmsProvider | None = None) -> None:
        self._core = core
        self._settings = core.settings.sms
        self._provider = provider or open_provider(self._settings, clock=core.clock, randomness=core.randomness)
        self._box = AESGCM(core.secrets.token(KEY_FILE))
        self._bounds = outbox.Bounds(
            attempts=self._settings.attempts,
            per_minute=self._settings.per_minute,
            # The call ends itself well before.
            claim_seconds=2 * self._settings.timeout_seconds,
            knows_references=self._settings.knows_references,
        )
        registry = core.registry
        self._ended = prometheus_client.Counter(
            "bluezone_sms_ended", "Text messages by what became of them", ["state"], registry=registry
        )
        self._tries = prometheus_client.Counter(
            "bluezone_sms_tries_failed", "Calls after which a text message is tried again", registry=registry
        )
        self._count = prometheus_client.Gauge(
            "bluezone_sms_waiting", "Text messages that have not ended, while this process sends", registry=registry
        )
        self._age = prometheus_client.Gauge(
            "bluezone_sms_waiting_age_seconds", "How long the oldest of them has waited", registry=registry
        )

    @property
    def configured(self) -> bool:
        """Whether text messages can be sent; how to set that up stands in the manual's page sms.md."""
        return self._provider is not None

    def enqueue(self, connection: sa.Connection, *, purpose: str, to: str, text: str, valid_until: float) -> str:
        """Keep a message with the caller's transaction, to be sent before `valid_until` (Unix seconds); its id.

        Raises SmsNotConfigured, or NumberNotMobile.
        """
        if self._provider is None:
            raise SmsNotConfigured("Text messages are not set up on this server; see [sms] in the settings file.")
        number = read_number(to)
        text = outgoing(text, marks=not self._settings.without_marks)
        id_, now = self._core.randomness.token_bytes(16).hex(), self._core.clock.now()
        nonce = self._core.randomness.token_bytes(12)
        connection.execute(
            sa.insert(text_messages).values(
                id=id_,
                purpose=purpose,
                sealed=nonce + self._box.encrypt(nonce, msgspec.json.encode((number, text)), id_.encode()),
                parts=parts(text),
                state="waiting",
                attempts=0,
                doubtful=0,
                next_at=now,
                reference=str(UUID(bytes=self._core.randomness.token_bytes(16), version=4)),
                provider_id="",
                outcome="",
                created_at=now,
                valid_until=valid_until,
            )
        )
        return id_

    def cancel(self, connection: sa.Connection, message_id: str) -> bool:
        """End a message with the caller's transaction; False when it ended before or is being sent at this moment."""
        return outbox.cancel(connection, message_id, self._core.clock.now())

    async def state(self, message_id: str) -> MessageState | None:
        """How a message stands; None when there is none, or it was destroyed."""
        return (await self.states([message_id])).get(message_id)

    async def states(self, ids: Collection[str]) -> Mapping[str, MessageState]:
        """How messages stand, by id, without those destroyed already."""
        return await self._core.database.read(read_states, ids)

    def jobs(self) -> list[Job]:
        """Destruction, and where a provider is set up, sending."""
        destruction = Job("messages", DESTROY_SECONDS, self._destroy, destroys=True)
        return [destruction] if self._provider is None else [destruction, Job("sms", 1.0, self._run)]

    async def send_due(self, lease: Lease) -> bool:
        """Try what is due, as much as the provider takes at once; False when there is no use in going on at once.

        Raises LeaseLost, and DatabaseUnavailable.
        """
        if self._provider is None:
            return False
        now = self._core.clock.now()
        waiting = await self._core.database.read(outbox.waiting, now)
        self._count.set(waiting.count)
        self._age.set(0.0 if waiting.oldest is None else max(0.0, now - waiting.oldest))
        if not waiting.due:
            return False
        ended, claimed = await self._core.database.write(self._claim, lease, self._provider.batch, now)
        for state, count in ended.items():
            self._ended.labels(state).inc(count)
        messages = {}
        for one in claimed:
            try:
                number, text = self._unseal(one)
            except (InvalidTag, msgspec.DecodeError):
                log.error("a text message cannot be read: its key is another one", file=KEY_FILE)
                await self._refused([one], "unreadable")
            else:
                messages[one] = SmsMessage(number, text, one.reference)
        if not messages:
            return False
        sending = asyncio.ensure_future(self._send(self._provider, messages))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            # The server stops: what the gateway says to this call is still written down, so that it is not made twice.
            await sending
            raise

    async def _run(self, lease: Lease) -> None:
        clock = self._core.clock
        ends = clock.now() + RUN_SECONDS
        try:
            while clock.now() < ends:
                if not await self.send_due(lease):
                    await clock.sleep(POLL_SECONDS)
        finally:
            # Another process may send from now on; what this one saw last is no figure any more.
            self._count.set(float("nan"))
            self._age.set(float("nan"))

    async def _send(self, provider: SmsProvider, messages: Mapping[Claimed, SmsMessage]) -> bool:
        claimed = list(messages)
        try:
            receipts = await provider.send(list(messages.values()))
        except GatewayRefused as error:
            self._tell(error, messages)
            await self._refused(claimed, error.reason)
            return True
        except GatewayUnavailable as error:
            self._tell(error, messages)
            self._tries.inc(len(claimed))
            now = self._core.clock.now()
            next_at = {one.id: now + self._wait(one.attempt) for one in claimed}
            await self._core.database.write(
                outbox.note_unavailable, claimed, error.reason, doubtful=error.doubtful, next_at=next_at
            )
            return False
        given = {one.id: receipt.provider_id for one, receipt in zip(claimed, receipts, strict=True)}
        sent = await self._core.database.write(outbox.note_sent, given, self._core.clock.now())
        self._ended.labels("sent").inc(sent)
        return True

    async def _refused(self, claimed: list[Claimed], reason: str) -> None:
        failed = await self._core.database.write(outbox.note_refused, claimed, reason, self._core.clock.now())
        self._ended.labels("failed").inc(failed)

    def _claim(
        self, connection: sa.Connection, lease: Lease, most: int, now: float
    ) -> tuple[dict[str, int], list[Claimed]]:
        lease.check(connection)
        ended = outbox.end_hopeless(connection, now, self._bounds)
        return ended, outbox.claim(connection, most, now, self._bounds)

    def _wait(self, attempt: int) -> float:
        if attempt >= self._settings.attempts:
            return 0.0  # given up when it is looked at next
        longest = min(FIRST_WAIT_SECONDS * 2.0 ** min(attempt - 1, 30), LONGEST_WAIT_SECONDS)
        # Never under a minute, so that a minute's tries are counted by the last of each message.
        return max(FIRST_WAIT_SECONDS, longest * self._core.randomness.uniform(0.75, 1.25))

    def _tell(self, error: GatewayError, messages: Mapping[Claimed, SmsMessage]) -> None:
        log.warning(
            "text message not sent",
            error=error.code,
            reason=error.reason,
            to=[masked(message.to) for message in messages.values()][:10],
            messages=len(messages),
            attempt=max(one.attempt for one in messages),
        )

    def _unseal(self, one: Claimed) -> tuple[str, str]:
        plain = self._box.decrypt(one.sealed[:12], one.sealed[12:], one.id.encode())
        return msgspec.json.decode(plain, type=tuple[str, str])

    async def _destroy(self, lease: Lease) -> None:
        def destroy(connection: sa.Connection, now: float) -> None:
            lease.check(connection)
            outbox.end_hopeless(connection, now, None)
            outbox.destroy(connection, now)

        await self._core.database.write(destroy, self._core.clock.now())
        if self._provider is not None:
            await self._provider.tidy()


def _secret(path: Path) -> str:
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"The file {path} with a secret for text messages cannot be read.") from error
    if not secret:
        raise SettingsInvalid(f"The file {path} with a secret for text messages is empty.")
    return secret
