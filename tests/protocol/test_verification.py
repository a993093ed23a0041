"""Tokens and certificates: what they say, and every way in which they are refused."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from bluezone.protocol import (
    CertificateExpired,
    CertificateInvalid,
    ProtocolError,
    ReportType,
    SigningKeyUnfit,
    TokenExpired,
    TokenInvalid,
)
from bluezone.protocol.verification import (
    REPORT_OF_TEST_TYPE,
    Certificate,
    JwtSigner,
    JwtVerifier,
    Token,
    issue_certificate,
    issue_token,
    read_certificate,
    read_token,
)
from tests.protocol.conftest import START, load_vector

NOW = float(START)
KEY = ec.derive_private_key(1, ec.SECP256R1())
OTHER_KEY = ec.derive_private_key(2, ec.SECP256R1())
SIGNER = JwtSigner(KEY, "v1", "desk.vn", "keys.vn")
VERIFIER = JwtVerifier({"v1": KEY.public_key()}, "desk.vn", "keys.vn")
TEKMAC = bytes(range(32))
PUBLISHED = load_vector("verification_jwts")

Reader = Callable[..., object]
READERS = pytest.mark.parametrize(
    ("read", "text", "invalid", "expired"),
    [
        (
            read_token,
            issue_token(signer=SIGNER, token_id="t1", test_type="confirmed", now=NOW, lifetime=900),
            TokenInvalid,
            TokenExpired,
        ),
        (
            read_certificate,
            issue_certificate(signer=SIGNER, tekmac=TEKMAC, report_type="confirmed", now=NOW, lifetime=900),
            CertificateInvalid,
            CertificateExpired,
        ),
    ],
    ids=["token", "certificate"],
)


def parts(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    header, claims, _ = (base64.urlsafe_b64decode(part + "==") for part in text.split("."))
    return json.loads(header), json.loads(claims)


def signed(claims: object, header: dict[str, object] | None = None, key: ec.EllipticCurvePrivateKey = KEY) -> str:
    header = {"alg": "ES256", "kid": "v1", "typ": "JWT", **(header or {})}
    header = {name: value for name, value in header.items() if value is not None}
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    return jws.serialize_compact(header, payload, ECKey.import_key(key), ["ES256"])


dates = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(st.sampled_from(sorted(REPORT_OF_TEST_TYPE)), dates, dates, st.integers(1, 10**6))
def test_a_token_says_what_was_put_into_it(
    test_type: str, symptom_date: date | None, test_date: date | None, lifetime: int
) -> None:
    text = issue_token(
        signer=SIGNER,
        token_id="t1",
        test_type=test_type,
        symptom_date=symptom_date,
        test_date=test_date,
        now=NOW,
        lifetime=lifetime,
    )
    expected = Token("t1", test_type, symptom_date, test_date, START + lifetime)
    assert read_token(text, verifier=VERIFIER, now=NOW) == expected


@given(st.sampled_from(sorted(REPORT_OF_TEST_TYPE)), st.binary(min_size=32, max_size=32), st.integers(1, 2**32 - 1))
def test_a_certificate_says_what_was_put_into_it(report_type: str, tekmac: bytes, onset: int) -> None:
    text = issue_certificate(
        signer=SIGNER, tekmac=tekmac, report_type=report_type, symptom_onset_interval=onset, now=NOW
    )
    expected = Certificate(tekmac, REPORT_OF_TEST_TYPE[report_type], onset, START + 900)
    assert read_certificate(text, verifier=VERIFIER, now=NOW) == expected


def test_a_token_has_the_documents_header_and_claims() -> None:
    text = issue_token(
        signer=SIGNER, token_id="t1", test_type="likely", symptom_date=date(2020, 7, 10), now=NOW, lifetime=86_400
    )
    assert parts(text) == (
        {"alg": "ES256", "kid": "v1", "typ": "JWT"},
        {
            "iss": "desk.vn",
            "aud": "keys.vn",
            "exp": START + 86_400,
            "iat": START,
            "jti": "t1",
            "sub": "likely.2020-07-10.",
        },
    )


def test_a_certificate_has_the_documents_header_and_claims() -> None:
    text = issue_certificate(
        signer=SIGNER, tekmac=TEKMAC, report_type="likely", symptom_onset_interval=2_657_232, now=NOW
    )
    assert parts(text) == (
        {"alg": "ES256", "kid": "v1", "typ": "JWT"},
        {
            "iss": "desk.vn",
            "aud": "keys.vn",
            "exp": START + 900,
            "iat": START,
            "nbf": START,
            "reportType": "likely",
            "symptomOnsetInterval": 2_657_232,
            "tekmac": base64.b64encode(TEKMAC).decode(),
        },
    )


def test_the_published_examples_are_read_once_their_signer_is_trusted() -> None:
    header, claims = parts(PUBLISHED["token"])
    verifier = JwtVerifier({header["kid"]: KEY.public_key()}, claims["iss"], claims["aud"])
    token = read_token(signed(claims, header), verifier=verifier, now=claims["iat"])
    assert (token.test_type, token.symptom_date, token.test_date) == ("likely", date(2020, 7, 10), None)

    header, claims = parts(PUBLISHED["certificate"])
    verifier = JwtVerifier({header["kid"]: KEY.public_key()}, claims["iss"], claims["aud"])
    certificate = read_certificate(signed(claims, header), verifier=verifier, now=claims["iat"])
    assert certificate.report_type is ReportType.CONFIRMED_CLINICAL_DIAGNOSIS
    assert certificate.symptom_onset_interval == 2_657_232
    assert (
        base64.b64encode(certificate.tekmac).decode() == load_vector("key_hmac")["cases"][0]["expected_hmac_base64"][0]
    )


@pytest.mark.parametrize(("name", "read"), [("token", read_token), ("certificate", read_certificate)])
def test_the_published_examples_are_refused_under_our_key(name: str, read: Reader) -> None:
    header, claims = parts(PUBLISHED[name])
    verifier = JwtVerifier({header["kid"]: KEY.public_key()}, claims["iss"], claims["aud"])
    with pytest.raises((TokenInvalid, CertificateInvalid)):
        read(PUBLISHED[name], verifier=verifier, now=claims["iat"])


@READERS
def test_the_lifetime_ends_after_the_leeway(
    read: Reader, text: str, invalid: type[Exception], expired: type[Exception]
) -> None:
    assert read(text, verifier=VERIFIER, now=NOW + 959)
    assert read(text, verifier=VERIFIER, now=NOW + 899, leeway=0)
    for now, leeway in ((NOW + 960, 60), (NOW + 900, 0), (NOW + 2 * 86_400, 60)):
        with pytest.raises(expired):
            read(text, verifier=VERIFIER, now=now, leeway=leeway)


@READERS
def test_the_lifetime_begins_before_the_leeway(
    read: Reader, text: str, invalid: type[Exception], expired: type[Exception]
) -> None:
    assert read(text, verifier=VERIFIER, now=NOW - 60)
    assert read(text, verifier=VERIFIER, now=NOW, leeway=0)
    for now, leeway in ((NOW - 61, 60), (NOW - 1, 0), (NOW - 2 * 86_400, 60)):
        with pytest.raises(invalid, match="clocks"):
            read(text, verifier=VERIFIER, now=now, leeway=leeway)


@READERS
@pytest.mark.parametrize(
    "verifier",
    [
        JwtVerifier({"v1": OTHER_KEY.public_key()}, "desk.vn", "keys.vn"),
        JwtVerifier({"v2": KEY.public_key()}, "desk.vn", "keys.vn"),
        JwtVerifier({}, "desk.vn", "keys.vn"),
        JwtVerifier({"v1": KEY.public_key()}, "desk.la", "keys.vn"),
        JwtVerifier({"v1": KEY.public_key()}, "desk.vn", "keys.la"),
    ],
    ids=["other key", "other key id", "no key", "other issuer", "other audience"],
)
def test_another_issuer_audience_or_key_is_refused(
    read: Reader, text: str, invalid: type[Exception], expired: type[Exception], verifier: JwtVerifier
) -> None:
    with pytest.raises(invalid):
        read(text, verifier=verifier, now=NOW)


@READERS
def test_a_token_without_signature_is_refused(
    read: Reader, text: str, invalid: type[Exception], expired: type[Exception]
) -> None:
    _, payload, signature = text.split(".")
    for name in ("none", "None", "NONE", ""):
        header = base64.urlsafe_b64encode(json.dumps({"alg": name, "kid": "v1", "typ": "JWT"}).encode()).decode()
        for forged in (f"{header.rstrip('=')}.{payload}.", f"{header.rstrip('=')}.{payload}.{signature}"):
            with pytest.raises(invalid):
                read(forged, verifier=VERIFIER, now=NOW)
    with pytest.raises(invalid):
        read(f"{text.rpartition('.')[0]}.", verifier=VERIFIER, now=NOW)


@READERS
@pytest.mark.parametrize(
    "secret",
    [
        KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
    ],
    ids=["pem", "der", "point"],
)
def test_an_hmac_under_the_public_key_is_no_signature(
    read: Reader, text: str, invalid: type[Exception], expired: type[Exception], secret: bytes
) -> None:
    _, claims = parts(text)
    forged = hmac_by_hand(claims, secret)
    with pytest.raises(invalid, match="accepted here"):
        read(forged, verifier=VERIFIER, now=NOW)


def hmac_by_hand(claims: dict[str, Any], secret: bytes) -> str:
    def packed(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    text = packed({"alg": "HS256", "kid": "v1", "typ": "JWT"}) + "." + packed(claims)
    mac = base64.urlsafe_b64encode(hmac.digest(secret, text.encode(), hashlib.sha256)).decode().rstrip("=")
    return f"{text}.{mac}"


@READERS
@pytest.mark.parametrize(
    "header",
    [{"kid": None}, {"typ": None}, {"typ": "JOSE"}, {"kid": "../v1"}, {"kid": 1}],
    ids=["no key id", "no type", "other type", "path as key id", "number as key id"],
)
def test_a_header_that_is_not_as_the_documents_say_is_refused(
    read: Reader, text: str, invalid: type[Exception], expired: type[Exception], header: dict[str, object]
) -> None:
    _, claims = parts(text)
    whole = {"alg": "ES256", "kid": "v1", "typ": "JWT", **header}
    segments = [{name: value for name, value in whole.items() if value is not None}, claims]
    packed = ".".join(base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in segments)
    with pytest.raises(invalid):
        read(f"{packed}.{text.rpartition('.')[2]}", verifier=VERIFIER, now=NOW)


@READERS
def test_a_missing_or_misshapen_claim_is_refused(
    read: Reader, text: str, invalid: type[Exception], expired: type[Exception]
) -> None:
    _, claims = parts(text)
    for claim in claims:
        for value in (None, [], {}, True, "", -1.5):
            with pytest.raises((invalid, expired)):
                read(signed({**claims, claim: value}), verifier=VERIFIER, now=NOW)
        if claim != "nbf":  # may be missing
            with pytest.raises(invalid):
                read(signed({name: claims[name] for name in claims if name != claim}), verifier=VERIFIER, now=NOW)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "confirmed",
        "positive..",
        "confirmed.2020-13-01.",
        "confirmed.20200801.",
        "confirmed.2020-W31-1",
        "likely....x",
    ],
)
def test_a_token_without_a_test_or_with_a_date_that_is_none_is_refused(subject: str) -> None:
    _, claims = parts(issue_token(signer=SIGNER, token_id="t1", test_type="confirmed", now=NOW))
    with pytest.raises(TokenInvalid):
        read_token(signed({**claims, "sub": subject}), verifier=VERIFIER, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"tekmac": base64.b64encode(bytes(31)).decode()},
        {"tekmac": "*" * 44},
        {"tekmac": "é" * 44},
        {"reportType": "positive"},
        {"symptomOnsetInterval": -1},
        {"symptomOnsetInterval": 2**32},
        {"symptomOnsetInterval": "1"},
    ],
)
def test_a_certificate_for_no_keys_or_no_report_is_refused(change: dict[str, object]) -> None:
    _, claims = parts(issue_certificate(signer=SIGNER, tekmac=TEKMAC, report_type="confirmed", now=NOW))
    with pytest.raises(CertificateInvalid):
        read_certificate(signed({**claims, **change}), verifier=VERIFIER, now=NOW)


@READERS
@pytest.mark.parametrize("payload", [b"", b"[]", b"null", b"[" * 50_000, b'{"iss":' * 9_000, b"\xff", b"1" * 5_000])
def test_a_payload_that_is_no_claims_is_refused(
    read: Reader, text: str, invalid: type[Exception], expired: type[Exception], payload: bytes
) -> None:
    with pytest.raises(invalid):
        read(signed(payload), verifier=VERIFIER, now=NOW)


@READERS
def test_a_token_is_no_certificate_and_a_certificate_no_token(
    read: Reader, text: str, invalid: type[Exception], expired: type[Exception]
) -> None:
    other = read_certificate if read is read_token else read_token
    with pytest.raises((TokenInvalid, CertificateInvalid)):
        other(text, verifier=VERIFIER, now=NOW)


@READERS
def test_no_changed_character_passes(
    read: Reader, text: str, invalid: type[Exception], expired: type[Exception]
) -> None:
    # The last character carries bits that base64 leaves open, so that it is passed over here.
    for at in range(0, len(text) - 1, 3):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(invalid):
            read(changed, verifier=VERIFIER, now=NOW)


@given(
    st.text(max_size=80) | st.binary(max_size=60).map(lambda data: base64.urlsafe_b64encode(data).decode() + ".e30.")
)
def test_nothing_but_a_protocol_error_comes_out_of_any_text(text: str) -> None:
    for read in (read_token, read_certificate):
        with contextlib.suppress(ProtocolError):
            read(text, verifier=VERIFIER, now=NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["iss", "aud", "exp", "iat", "nbf", "sub", "jti", "tekmac", "reportType", "symptomOnsetInterval"]
        ),
        json_values,
    )
)
def test_nothing_but_a_protocol_error_comes_out_of_any_signed_claims(changes: dict[str, object]) -> None:
    for read, text in (
        (read_token, issue_token(signer=SIGNER, token_id="t1", test_type="confirmed", now=NOW)),
        (read_certificate, issue_certificate(signer=SIGNER, tekmac=TEKMAC, report_type="likely", now=NOW)),
    ):
        with contextlib.suppress(ProtocolError):
            read(signed({**parts(text)[1], **changes}), verifier=VERIFIER, now=NOW)


def test_what_would_be_refused_is_not_issued() -> None:
    with pytest.raises(TokenInvalid):
        issue_token(signer=SIGNER, token_id="t1", test_type="positive", now=NOW)
    with pytest.raises(CertificateInvalid):
        issue_certificate(signer=SIGNER, tekmac=bytes(31), report_type="confirmed", now=NOW)
    with pytest.raises(CertificateInvalid):
        issue_certificate(signer=SIGNER, tekmac=TEKMAC, report_type="positive", now=NOW)


def test_a_key_on_another_curve_is_refused() -> None:
    key = ec.derive_private_key(1, ec.SECP384R1())
    with pytest.raises(SigningKeyUnfit):
        JwtSigner(key, "v1", "desk.vn", "keys.vn")
    with pytest.raises(SigningKeyUnfit):
        JwtVerifier({"v1": key.public_key()}, "desk.vn", "keys.vn")


def test_a_certificate_without_onset_says_none() -> None:
    text = issue_certificate(signer=SIGNER, tekmac=TEKMAC, report_type="recursive", now=NOW)
    assert read_certificate(text, verifier=VERIFIER, now=NOW).symptom_onset_interval is None
    assert "symptomOnsetInterval" not in msgspec.json.decode(base64.urlsafe_b64decode(text.split(".")[1] + "=="))
