"""Verification tokens and certificates: ES256 JWTs with the claims of the Google server documents.

A phone trades a code for a token, and the token for a certificate that names the HMAC of the keys it may publish.
Sources: exposure-notifications-server docs/design/verification_protocol.md (certificate),
exposure-notifications-verification-server docs/api.md and pkg/database/token.go (token subject).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from bluezone.protocol._key_hmac import HMAC_BYTES
from bluezone.protocol.errors import (
    CertificateExpired,
    CertificateInvalid,
    ProtocolError,
    SigningKeyUnfit,
    TokenExpired,
    TokenInvalid,
)
from bluezone.protocol.intervals import LAST_INTERVAL
from bluezone.protocol.reports import ReportType
from bluezone.protocol.wire import TEST_CONFIRMED, TEST_LIKELY, TEST_NEGATIVE, TEST_RECURSIVE, TEST_USER_REPORT

TOKEN_SECONDS = 24 * 3600
CERTIFICATE_SECONDS = 15 * 60
LEEWAY_SECONDS = 60
"""How far two servers' clocks may differ."""

REPORT_OF_TEST_TYPE: Mapping[str, ReportType] = {
    TEST_CONFIRMED: ReportType.CONFIRMED_TEST,
    TEST_LIKELY: ReportType.CONFIRMED_CLINICAL_DIAGNOSIS,
    TEST_USER_REPORT: ReportType.SELF_REPORT,
    TEST_RECURSIVE: ReportType.RECURSIVE,
    TEST_NEGATIVE: ReportType.REVOKED,
}
"""What a certificate's `reportType` makes of the keys."""

_ALGORITHM = "ES256"
_TYPE = "JWT"


@dataclass(frozen=True, slots=True)
class JwtSigner:
    """Who issues: a P-256 key with its id, and the issuer and audience that its JWTs name."""

    private_key: ec.EllipticCurvePrivateKey
    key_id: str
    issuer: str
    audience: str

    def __post_init__(self) -> None:
        _require_p256(self.private_key.curve)


@dataclass(frozen=True, slots=True)
class JwtVerifier:
    """Whom a reader trusts: P-256 public keys by key id, for one issuer and audience."""

    keys: Mapping[str, ec.EllipticCurvePublicKey]
    issuer: str
    audience: str

    def __post_init__(self) -> None:
        for key in self.keys.values():
            _require_p256(key.curve)


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says: its id (used once), the test and its dates. Times are Unix seconds."""

    token_id: str
    test_type: str
    symptom_date: date | None
    test_date: date | None
    expires_at: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says: which keys (by HMAC, 32 bytes), which report, when symptoms began (interval)."""

    tekmac: bytes
    report_type: ReportType
    symptom_onset_interval: int | None
    expires_at: int


class _Header(msgspec.Struct):
    alg: str
    kid: str
    typ: str


class _Claims(msgspec.Struct, kw_only=True):
    iss: str
    aud: str
    exp: int
    iat: int
    nbf: int = 0


class _TokenClaims(_Claims, kw_only=True):
    jti: str
    sub: str


class _CertificateClaims(_Claims, kw_only=True):
    tekmac: str
    reportType: str  # noqa: N815 - the claim's name
    symptomOnsetInterval: int = 0  # noqa: N815 - the claim's name


_ClaimsT = TypeVar("_ClaimsT", bound=_Claims)


def issue_token(
    *,
    signer: JwtSigner,
    token_id: str,
    test_type: str,
    symptom_date: date | None = None,
    test_date: date | None = None,
    now: float,
    lifetime: float = TOKEN_SECONDS,
) -> str:
    """A token of `test_type`, valid `lifetime` seconds from `now`; `sub` is `testType.symptomDate.testDate`."""
    if test_type not in REPORT_OF_TEST_TYPE:
        raise TokenInvalid(f"There is no test type {test_type!r}; use one of {', '.join(REPORT_OF_TEST_TYPE)}.")
    dates = (day.isoformat() if day else "" for day in (symptom_date, test_date))
    return _sign(
        signer,
        {"exp": int(now + lifetime), "iat": int(now), "jti": token_id, "sub": ".".join([test_type, *dates])},
    )


def read_token(token: str, *, verifier: JwtVerifier, now: float, leeway: float = LEEWAY_SECONDS) -> Token:
    """What a token says. Raises TokenExpired after its time, TokenInvalid for anything else that is wrong with it."""
    claims = _verify(token, _TokenClaims, verifier, now, leeway, TokenInvalid, TokenExpired)
    test_type, *dates = claims.sub.split(".")
    if test_type not in REPORT_OF_TEST_TYPE or not 1 <= len(dates) <= 2 or not claims.jti:
        raise TokenInvalid("The token does not say which test it stands for; ask for a new code.")
    symptom_date, test_date = [*(_day(text) for text in dates), None][:2]
    return Token(claims.jti, test_type, symptom_date, test_date, claims.exp)


def issue_certificate(
    *,
    signer: JwtSigner,
    tekmac: bytes,
    report_type: str,
    symptom_onset_interval: int | None = None,
    now: float,
    lifetime: float = CERTIFICATE_SECONDS,
) -> str:
    """A certificate for the keys whose HMAC is `tekmac`; `report_type` is a token's test type.

    Raises CertificateInvalid when the HMAC is not 32 bytes long or the type is unknown.
    """
    if len(tekmac) != HMAC_BYTES:
        raise CertificateInvalid(f"The HMAC of the keys has {HMAC_BYTES} bytes, this one {len(tekmac)}.")
    if report_type not in REPORT_OF_TEST_TYPE:
        raise CertificateInvalid(f"There is no report type {report_type!r}; use {', '.join(REPORT_OF_TEST_TYPE)}.")
    claims: dict[str, str | int] = {
        "exp": int(now + lifetime),
        "iat": int(now),
        "nbf": int(now),
        "reportType": report_type,
        "tekmac": base64.b64encode(tekmac).decode(),
    }
    if symptom_onset_interval:
        claims["symptomOnsetInterval"] = symptom_onset_interval
    return _sign(signer, claims)


def read_certificate(
    certificate: str, *, verifier: JwtVerifier, now: float, leeway: float = LEEWAY_SECONDS
) -> Certificate:
    """What a certificate says; `check_key_hmac` then compares its `tekmac` with the keys.

    Raises CertificateExpired after its time, CertificateInvalid for anything else that is wrong with it.
    """
    claims = _verify(certificate, _CertificateClaims, verifier, now, leeway, CertificateInvalid, CertificateExpired)
    report = REPORT_OF_TEST_TYPE.get(claims.reportType)
    try:
        tekmac = base64.b64decode(claims.tekmac, validate=True)
    except (binascii.Error, ValueError):
        tekmac = b""
    if report is None or len(tekmac) != HMAC_BYTES or not 0 <= claims.symptomOnsetInterval <= LAST_INTERVAL:
        raise CertificateInvalid("The certificate does not say which keys it stands for; ask for a new one.")
    return Certificate(tekmac, report, claims.symptomOnsetInterval or None, claims.exp)


def _sign(signer: JwtSigner, claims: dict[str, str | int]) -> str:
    header = {"alg": _ALGORITHM, "kid": signer.key_id}
    named = {"iss": signer.issuer, "aud": signer.audience, **claims}
    return jwt.encode(header, named, ECKey.import_key(signer.private_key), [_ALGORITHM])


def _verify(
    text: str,
    kind: type[_ClaimsT],
    verifier: JwtVerifier,
    now: float,
    leeway: float,
    invalid: type[ProtocolError],
    expired: type[ProtocolError],
) -> _ClaimsT:
    """The claims of a JWT whose algorithm, key, signature, issuer, audience and times are as they should be."""
    try:
        header = msgspec.json.decode(_unpadded(text.partition(".")[0]), type=_Header)
    except ValueError as error:
        raise invalid("This is no signed token of ours; ask for a new one.") from error
    key = verifier.keys.get(header.kid)
    # The algorithm is ours to choose, never the sender's: "none" and HMAC under the public key end here.
    if header.alg != _ALGORITHM or header.typ != _TYPE or key is None:
        raise invalid("The token is not signed by a key and in the way that is accepted here; ask for a new one.")
    try:
        payload = jws.deserialize_compact(text, ECKey.import_key(key), [_ALGORITHM]).payload
        claims = msgspec.json.decode(payload, type=kind)
    except (JoseError, ValueError) as error:
        raise invalid("The token's signature or content is damaged; ask for a new one.") from error
    if claims.iss != verifier.issuer or claims.aud != verifier.audience:
        raise invalid("The token was issued by or for somebody else; use it where it belongs.")
    if max(claims.iat, claims.nbf) > now + leeway:
        raise invalid("The token is valid only later; check the clocks of both machines.")
    if claims.exp + leeway <= now:
        raise expired("The token's time is over; ask for a new code.")
    return claims


def _unpadded(text: str) -> bytes:
    return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise TokenInvalid("The token names a date that is none; ask for a new code.")
    return day


def _require_p256(curve: ec.EllipticCurve) -> None:
    if not isinstance(curve, ec.SECP256R1):
        raise SigningKeyUnfit("Tokens and certificates are signed with ECDSA on the curve P-256; use such a key.")
