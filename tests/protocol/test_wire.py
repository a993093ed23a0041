"""Names and values on the wire, as the Google server documents print them."""

from __future__ import annotations

import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import DailyKey, KeyMalformed
from bluezone.protocol.wire import (
    CertificateRequest,
    ErrorResponse,
    ExpireCodeResponse,
    IssueRequest,
    PublishRequest,
    PublishResponse,
    VerifyRequest,
    VerifyResponse,
    WireKey,
)
from tests.protocol.conftest import load_vector


def as_document(body: msgspec.Struct) -> object:
    return msgspec.json.decode(msgspec.json.encode(body))


def test_the_published_publish_body_is_read_and_written_alike() -> None:
    published = load_vector("key_archive_sample")["samples"][0]["publish_input_keys_json"]
    assert as_document(msgspec.convert(published, PublishRequest)) == published


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (
            PublishRequest(
                temporary_exposure_keys=[],
                health_authority_id="vn.hungyen",
                verification_payload="jwt",
                hmac_key="AAAA",
                symptom_onset_interval=1,
                traveler=True,
                revision_token="r",
                padding="p",
            ),
            {
                "temporaryExposureKeys": [],
                "healthAuthorityID": "vn.hungyen",
                "verificationPayload": "jwt",
                "hmacKey": "AAAA",
                "symptomOnsetInterval": 1,
                "traveler": True,
                "revisionToken": "r",
                "padding": "p",
            },
        ),
        (
            PublishResponse(revision_token="r", inserted_exposures=2, warnings=["w"], error="e", code="bad_request"),
            {"revisionToken": "r", "insertedExposures": 2, "warnings": ["w"], "error": "e", "code": "bad_request"},
        ),
        (VerifyRequest(code="12345678", accept=["confirmed"]), {"code": "12345678", "accept": ["confirmed"]}),
        (
            VerifyResponse(testtype="confirmed", token="t", symptom_date="2020-08-01", test_date="2020-08-03"),
            {"testtype": "confirmed", "token": "t", "symptomDate": "2020-08-01", "testDate": "2020-08-03"},
        ),
        (CertificateRequest(token="t", ekeyhmac="h"), {"token": "t", "ekeyhmac": "h"}),
        (
            IssueRequest(test_type="confirmed", symptom_date="2020-08-01"),
            {"testType": "confirmed", "symptomDate": "2020-08-01"},
        ),
        (
            ExpireCodeResponse(uuid="u", expires_at_timestamp=1, long_expires_at_timestamp=2),
            {"uuid": "u", "expiresAtTimestamp": 1, "longExpiresAtTimestamp": 2},
        ),
        (
            ErrorResponse(error="e", error_code="code_invalid", padding="p"),
            {"error": "e", "errorCode": "code_invalid", "padding": "p"},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_fields_are_named_as_the_documents_name_them(body: msgspec.Struct, document: dict[str, object]) -> None:
    assert as_document(body) == document
    assert msgspec.convert(document, type(body)) == body


def test_a_key_names_its_period_and_risk_even_where_they_are_usual() -> None:
    key = WireKey.of(DailyKey(bytes(16), 2_653_920))
    assert as_document(key) == {
        "key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "rollingStartNumber": 2_653_920,
        "rollingPeriod": 144,
        "transmissionRisk": 0,
    }


@given(st.builds(DailyKey, st.binary(min_size=16, max_size=16), st.integers(0, 2**32 - 1), st.integers(1, 144)))
def test_a_key_round_trips(key: DailyKey) -> None:
    assert WireKey.of(key).daily_key() == key


@pytest.mark.parametrize(
    ("text", "start", "period"),
    [
        ("AAAA*AAAAAAAAAAAAAAAAA==", 0, 144),
        ("é" * 16, 0, 144),
        (base64.b64encode(bytes(15)).decode(), 0, 144),
        (base64.b64encode(bytes(17)).decode(), 0, 144),
        (base64.b64encode(bytes(16)).decode(), -1, 144),
        (base64.b64encode(bytes(16)).decode(), 0, 0),
        (base64.b64encode(bytes(16)).decode(), 0, 145),
    ],
)
def test_a_key_that_is_none_is_refused(text: str, start: int, period: int) -> None:
    with pytest.raises(KeyMalformed):
        WireKey(key=text, rolling_start_number=start, rolling_period=period).daily_key()
