"""What the desk and phones may ask: issue and follow codes, trade them for tokens, and tokens for certificates."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import prometheus_client
import sqlalchemy as sa
import structlog

from bluezone.errors import BluezoneError
from bluezone.protocol import interval_at
from bluezone.protocol.verification import (
    JwtSigner,
    JwtVerifier,
    issue_certificate,
    issue_token,
    read_token,
)
from bluezone.protocol.wire import TEST_RECURSIVE
from bluezone.server.core import Core
from bluezone.server.desk import cases
from bluezone.server.desk.cases import CaseState, issued_by_day, read_states
from bluezone.server.desk.codes import Code, draw_long, draw_short, grouped, read_code
from bluezone.server.desk.errors import (
    ApiKeyInvalid,
    CaseUnknown,
    HmacInvalid,
    NonceInvalid,
    QuotaExceeded,
    ShortCodesPaused,
)
from bluezone.server.desk.keys import DeskKeys, KeySet
from bluezone.server.desk.rules import CASE_SECONDS, HOUR_SECONDS, OLDEST_DAYS, Test, read_test, utc_day
from bluezone.server.errors import ServerError
from bluezone.server.jobs import Job, Lease

__all__ = [
    "CASE_SECONDS",
    "OLDEST_DAYS",
    "CaseState",
    "CaseUnknown",
    "Desk",
    "Issued",
    "QuotaExceeded",
    "grouped",
    "issued_by_day",
    "read_states",
    "utc_day",
]

API_KEY_FILE = "desk-api-key"
HMAC_BYTES = 32
NONCE_BYTES = range(32, 257)
"""Phones send 32; Google's apps know nonces of 256."""

# Two audiences, so that a token never passes for a certificate even were their keys mixed up.
TOKEN_AUDIENCE = "bluezone-desk"  # noqa: S105 - a name
CERTIFICATE_AUDIENCE = "bluezone-keys"

_DRAWS = 8
_NO_TEST = Test(TEST_RECURSIVE, None, None)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Issued:
    """A case's codes, the one time they are seen; `short` is None while links alone are given out."""

    uuid: str
    short: Code | None
    short_expires_at: int
    long: Code
    long_expires_at: int


Alongside = Callable[[sa.Connection, Issued], None]
"""What another room writes in the transaction of an issued code."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A token and the test that it stands for."""

    token: str
    test: Test


class Desk:
    """The desk room's service; built once, when the application is."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._keys = DeskKeys(core.settings.data_dir, core.secrets)
        self._api_key = core.settings.desk_api_key or core.secrets.token(API_KEY_FILE).hex()
        self._published: set[bytes] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._settled_hour: int | None = None
        self._issued = prometheus_client.Counter(
            "bluezone_codes_issued",
            "Codes that the desk issued, by test type or again",
            ["kind"],
            registry=core.registry,
        )
        self._calls = prometheus_client.Counter(
            "bluezone_desk_calls",
            "Calls of phones by outcome, added once an hour so that nobody learns which of them were fake",
            ["call", "outcome"],
            registry=core.registry,
        )
        self._quota = prometheus_client.Gauge(
            "bluezone_code_quota_day", "Codes that the desk may issue a day", registry=core.registry
        )
        self._quota.set(core.settings.code_quota_day)

    @property
    def trusted_proxies(self) -> int:
        """How many proxies' entries of X-Forwarded-For are believed."""
        return self._core.settings.trusted_proxies

    def check_api_key(self, given: str) -> None:
        """Return for the desk's API key; raises ApiKeyInvalid for any other text."""
        if not hmac.compare_digest(given.encode(), self._api_key.encode()):
            raise ApiKeyInvalid("This call needs the health desk's API key in the header X-API-Key.")

    async def issue(
        self,
        test_type: str,
        symptom_date: str | None = None,
        test_date: str | None = None,
        *,
        aloud: bool = True,
        instead_of: Sequence[str] = (),
        alongside: Alongside | None = None,
    ) -> Issued:
        """Codes for a new case.

        `aloud`: with a short code, where one may be given out. The cases `instead_of` which it is are revoked, and what
        `alongside` writes is kept, in the transaction of the new one: all or nothing.
        Raises TestTypeUnknown, DateMissing, DateMalformed, DateInFuture, DateTooOld, QuotaExceeded or what `alongside`
        raises.
        """
        now = self._core.clock.now()
        test = read_test(test_type, symptom_date, test_date, now=now)
        drawn = self._draw(self._keys.at(now))

        def write(connection: sa.Connection) -> Issued:
            for uuid in instead_of:
                with contextlib.suppress(CaseUnknown):  # destroyed meanwhile
                    cases.revoke(connection, uuid, now=now)
            quota = self._core.settings.code_quota_day
            stored = cases.insert_case(connection, test, list(drawn), quota=quota, now=now, aloud=aloud)
            issued = _issued(stored, drawn[stored.draw])
            if alongside is not None:
                alongside(connection, issued)
            return issued

        issued = await self._core.database.write(write)
        self._issued.labels("again" if instead_of else test.test_type).inc()
        return issued

    async def reissue(self, uuid: str) -> Issued:
        """New codes for a case whose own were lost, ran out or went to the wrong person; whatever it had is revoked.

        Raises CaseUnknown (also two days after issue), CasePublished or QuotaExceeded.
        """
        now = self._core.clock.now()
        await self._settle(now)
        drawn = self._draw(self._keys.at(now))
        stored = await self._core.database.write(
            cases.reissue, _canonical(uuid), list(drawn), quota=self._core.settings.code_quota_day, now=now
        )
        self._issued.labels("again").inc()
        return _issued(stored, drawn[stored.draw])

    async def state(self, uuid: str) -> cases.CaseState:
        """Whether a case's code was used and keys were published (told up to an hour late). Raises CaseUnknown."""
        await self._settle(self._core.clock.now())
        return await self._core.database.read(cases.read_state, _canonical(uuid))

    async def expire(self, uuid: str, *, alongside: Callable[[sa.Connection], None] | None = None) -> cases.CaseState:
        """Revoke a case's codes and, when one was used already, its token. Raises CaseUnknown.

        What `alongside` writes is kept in the same transaction; it raises what it raises.
        """
        now = self._core.clock.now()

        def write(connection: sa.Connection) -> cases.CaseState:
            ended = cases.revoke(connection, _canonical(uuid), now=now)
            if alongside is not None:
                alongside(connection)
            return ended

        return await self._core.database.write(write)

    async def settle(self) -> None:
        """Write down what is in memory from earlier hours, before states are read."""
        await self._settle(self._core.clock.now())

    async def verify(self, text: str, accept: Sequence[str], *, nonce: str = "", address: str) -> Claimed:
        """A token for a code; `address` stands for the client (limits.client_address).

        With a nonce (base64) the call may be repeated: the same code and nonce give a token of the same identifier
        until the code's time is over or a certificate was issued. Without one the code is good once.
        Raises CodeInvalid, NonceInvalid, CodeUnknown, CodeUsed, CodeExpired, UnsupportedTestType, TooManyWrongCodes or
        ShortCodesPaused.
        """
        now = self._core.clock.now()
        await self._settle(now)
        keys = self._keys.at(now)
        with self._counted("verify"):
            try:
                code = read_code(text)
                token_id = _token_id(_read_nonce(nonce) or self._new_nonce(), code)
            except BluezoneError:
                await self._claim_nothing(now)
                raise
            outcome = await self._core.database.write(
                cases.claim,
                code.kind,
                _code_hashes(keys, code),
                keys.hashes(b"token", token_id.encode()),
                accept=accept,
                client=keys.client_hash(address),
                now=now,
            )
            if isinstance(outcome, cases.Refused):
                if isinstance(outcome.error, ShortCodesPaused):
                    log.warning("short codes are paused: too many wrong ones within an hour")
                raise outcome.error
        return Claimed(self._token(keys, token_id, outcome, now), outcome)

    async def verify_fake(self) -> None:
        """Do and count for a fake call what `verify` does for a real one."""
        now = self._core.clock.now()
        await self._settle(now)
        await self._claim_nothing(now)
        self._token(self._keys.at(now), self._fake_token_id(), _NO_TEST, now)
        self._counts["verify", "fake"] += 1

    async def certify(self, token: str, ekeyhmac: str) -> str:
        """A certificate for the token's test, bound to the keys under this HMAC; the same again for the same keys.

        Raises HmacInvalid, TokenInvalid, TokenExpired, TokenRevoked or TokenUsed.
        """
        now = self._core.clock.now()
        await self._settle(now)
        keys = self._keys.at(now)
        with self._counted("certificate"):
            try:
                tekmac = _read_hmac(ekeyhmac)
                opened = read_token(token, verifier=self._token_verifier(keys), now=now)
            except BluezoneError:
                await self._bind_nothing(now)
                raise
            refused = await self._core.database.write(
                cases.bind, keys.hashes(b"token", opened.token_id.encode()), keys.hashes(b"keys", tekmac), now=now
            )
            if refused is not None:
                raise refused.error
        test = Test(opened.test_type, opened.symptom_date, opened.test_date)
        return self._certificate(keys, test, tekmac, now)

    async def certify_fake(self) -> None:
        """Do and count for a fake call what `certify` does for a real one."""
        now = self._core.clock.now()
        await self._settle(now)
        keys = self._keys.at(now)
        # One signature to make and one to check, as for a real call.
        token = self._token(keys, self._fake_token_id(), _NO_TEST, now)
        read_token(token, verifier=self._token_verifier(keys), now=now)
        await self._bind_nothing(now)
        self._counts["certificate", "fake"] += 1

    def certificate_verifier(self) -> JwtVerifier:
        """Reads this desk's certificates; ask for each call, since its keys rotate."""
        keys = self._keys.at(self._core.clock.now()).certificates
        public = {kid: key.public_key() for kid, key in keys.items()}
        return JwtVerifier(public, self._core.settings.authority, CERTIFICATE_AUDIENCE)

    def note_published(self, tekmac: bytes) -> None:
        """Remember that the keys under this HMAC are published; it is written down in a later hour.

        In memory alone: a row written now could be joined to the published keys by its time or transaction.
        """
        now = self._core.clock.now()
        if self._settled_hour is None:
            self._settled_hour = int(now // HOUR_SECONDS)
        self._published.update(self._keys.at(now).hashes(b"keys", tekmac))

    def jobs(self) -> list[Job]:
        """The destruction of what is due."""
        return [Job("desk", HOUR_SECONDS, self._destroy, destroys=True)]

    async def stop(self) -> None:
        """Write down what is in memory."""
        with contextlib.suppress(ServerError):
            await self._flush()

    async def _settle(self, now: float) -> None:
        """Write down what is in memory from earlier hours, whoever's call it is that comes first in an hour."""
        hour = int(now // HOUR_SECONDS)
        due = self._settled_hour not in {None, hour}
        self._settled_hour = hour
        if due:
            await self._flush()

    async def _flush(self) -> None:
        counts, self._counts = self._counts, Counter()
        for (call, outcome), number in counts.items():
            self._calls.labels(call, outcome).inc(number)
        marks, self._published = self._published, set()
        if not marks:
            return
        try:
            await self._core.database.write(cases.mark_published, sorted(marks))
        except BaseException:
            self._published |= marks
            raise

    async def _destroy(self, lease: Lease) -> None:
        now = self._core.clock.now()
        await self._settle(now)
        await self._core.database.write(
            _destroy_under, lease, retention_days=self._core.settings.retention_days, now=now
        )

    def _draw(self, keys: KeySet) -> dict[cases.Draw, tuple[Code, Code]]:
        """Pairs of codes by what is stored of them; the second one is needed only when the first is taken."""
        pairs = [(draw_short(self._core.randomness), draw_long(self._core.randomness)) for _ in range(_DRAWS)]
        return {
            cases.Draw(
                str(UUID(bytes=self._core.randomness.token_bytes(16), version=4)),
                _code_hashes(keys, short)[0],
                _code_hashes(keys, long)[0],
            ): (short, long)
            for short, long in pairs
        }

    def _new_nonce(self) -> bytes:
        return self._core.randomness.token_bytes(NONCE_BYTES.start)

    def _fake_token_id(self) -> str:
        return _token_id(self._new_nonce(), draw_short(self._core.randomness))

    def _token(self, keys: KeySet, token_id: str, test: Test, now: float) -> str:
        kid, key = next(iter(keys.tokens.items()))
        return issue_token(
            signer=JwtSigner(key, kid, self._core.settings.authority, TOKEN_AUDIENCE),
            token_id=token_id,
            test_type=test.test_type,
            symptom_date=test.symptom_date,
            test_date=test.test_date,
            now=now,
        )

    def _token_verifier(self, keys: KeySet) -> JwtVerifier:
        public = {kid: key.public_key() for kid, key in keys.tokens.items()}
        return JwtVerifier(public, self._core.settings.authority, TOKEN_AUDIENCE)

    def _certificate(self, keys: KeySet, test: Test, tekmac: bytes, now: float) -> str:
        kid, key = next(iter(keys.certificates.items()))
        return issue_certificate(
            signer=JwtSigner(key, kid, self._core.settings.authority, CERTIFICATE_AUDIENCE),
            tekmac=tekmac,
            report_type=test.test_type,
            symptom_onset_interval=_interval_of(test.symptom_date or test.test_date),
            now=now,
        )

    async def _claim_nothing(self, now: float) -> None:
        await self._core.database.write(cases.claim_nothing, self._core.randomness.token_bytes(HMAC_BYTES), now=now)

    async def _bind_nothing(self, now: float) -> None:
        await self._core.database.write(cases.bind_nothing, self._core.randomness.token_bytes(HMAC_BYTES), now=now)

    @contextlib.contextmanager
    def _counted(self, call: str) -> Iterator[None]:
        try:
            yield
        except BluezoneError as error:
            self._counts[call, error.code] += 1
            raise
        self._counts[call, "ok"] += 1


def _canonical(uuid: str) -> str:
    try:
        return str(UUID(uuid))
    except ValueError as error:
        raise CaseUnknown("A case's identifier is a UUID; copy it from the answer that issued its code.") from error


def _issued(stored: cases.Stored, codes: tuple[Code, Code]) -> Issued:
    short, long = codes
    return Issued(
        stored.draw.uuid,
        short if stored.short_expires_at else None,
        stored.short_expires_at,
        long,
        stored.long_expires_at,
    )


def _code_hashes(keys: KeySet, code: Code) -> list[bytes]:
    return keys.hashes(code.kind.value, code.text.encode())


def _token_id(nonce: bytes, code: Code) -> str:
    """The identifier (JWT `jti`) of the token that this nonce gets for this code: the same each time.

    So whether a call is repeated shows in the token's hash, and nothing of the nonce need be kept.
    """
    return hmac.digest(nonce, code.kind.value + b"\0" + code.text.encode(), hashlib.sha256)[:16].hex()


def _read_nonce(text: str) -> bytes:
    """The nonce; empty when there is none. Raises NonceInvalid."""
    nonce = _read_base64(text)
    if text and len(nonce) not in NONCE_BYTES:
        raise NonceInvalid(
            f"nonce must be the base64 of {NONCE_BYTES.start} to {NONCE_BYTES[-1]} random bytes; correct the app."
        )
    return nonce


def _read_hmac(text: str) -> bytes:
    tekmac = _read_base64(text)
    if len(tekmac) != HMAC_BYTES:
        raise HmacInvalid(f"ekeyhmac must be the base64 of {HMAC_BYTES} bytes; correct the app.")
    return tekmac


def _read_base64(text: str) -> bytes:
    """The bytes; none for other text."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:  # binascii.Error among them
        return b""


def _interval_of(day: date | None) -> int | None:
    return None if day is None else interval_at(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _destroy_under(connection: sa.Connection, lease: Lease, *, retention_days: int, now: float) -> None:
    lease.check(connection)
    cases.destroy(connection, retention_days=retention_days, now=now)
