"""Calls to gateways: shaped by settings alone, and safe whatever the gateway does."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import io
import json
import logging
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from bluezone.clock import FixedClock
from bluezone.randomness import SeededRandomness
from bluezone.server import SmsMessage, SmsSettings, configure_logs, open_provider
from bluezone.server.errors import SettingsInvalid
from bluezone.server.messages.errors import GatewayError, GatewayRefused, GatewayUnavailable
from bluezone.server.messages.gateway import LONGEST_ANSWER, HttpGateway, fill, found
from tests.server.messages.gatewayd import Gateway, serving

MESSAGE = SmsMessage("84912345678", "Ma cua anh/chi: {to} https://b.example/v?c=SECRETCODE", "ref-1")


def call(settings: SmsSettings, message: SmsMessage = MESSAGE):
    provider = open_provider(settings, clock=FixedClock(0), randomness=SeededRandomness("sms"))
    (receipt,) = asyncio.run(provider.send([message]))
    return receipt


def refusal(settings: SmsSettings) -> GatewayUnavailable:
    with pytest.raises(GatewayUnavailable) as raised:
        call(settings)
    return raised.value


def secrets(tmp_path: Path, **values: str) -> dict[str, Path]:
    for name, value in values.items():
        (tmp_path / name).write_text(f"{value}\n")
    return {name: tmp_path / name for name in values}


def test_a_json_gateway_with_two_secrets(gateway: Gateway, tmp_path: Path) -> None:
    """As eSMS: keys in the body, the result code at the top."""
    body = {
        "ApiKey": "{key}",
        "SecretKey": "{secret}",
        "Phone": "{to}",
        "Content": "{text}",
        "RequestId": "{reference}",
    }
    settings = gateway.settings(body=body, secrets=secrets(tmp_path, key="K1", secret="S2"), number_form="0")
    assert call(settings).provider_id == "id-ref-1"
    assert gateway.calls[0].json == {
        "ApiKey": "K1", "SecretKey": "S2", "Phone": "0912345678", "Content": MESSAGE.text, "RequestId": "ref-1"
    }  # fmt: skip


def test_a_gateway_with_basic_authentication_and_lists(gateway: Gateway, tmp_path: Path) -> None:
    """As SpeedSMS: the token is the user, the recipient a list, the answer nested."""
    gateway.answer = lambda _asked: (200, {}, b'{"status": "success", "code": "00", "data": {"tranId": 77}}')
    settings = gateway.settings(
        body={"to": ["{to}"], "content": "{text}", "sms_type": 3, "sender": "{sender}"},
        basic_auth="{token}:x", secrets=secrets(tmp_path, token="T"),
        code_path="status", accepted=("success",), id_path="data.tranId", knows_references=False,
    )  # fmt: skip
    assert call(settings).provider_id == "77"
    (asked,) = gateway.calls
    assert asked.json == {"to": ["84912345678"], "content": MESSAGE.text, "sms_type": 3, "sender": "CDCHungYen"}
    assert base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")) == b"T:x"


def test_a_form_gateway_that_names_codes_in_errors_alone(gateway: Gateway) -> None:
    """As Twilio: 201 and a number of the message, or 400 and a code."""
    gateway.answer = lambda _asked: (201, {}, b'{"sid": "SM1", "error_code": null}')
    settings = gateway.settings(
        body={"To": "{to}", "From": "{sender}", "Body": "{text}"}, encoding="form", number_form="+84",
        headers={"Idempotency-Key": "{reference}"}, code_path="code", accepted=("",), accepted_before=(),
        refused=("21211",), id_path="sid",
    )  # fmt: skip
    assert call(settings).provider_id == "SM1"
    (asked,) = gateway.calls
    assert parse_qs(asked.body.decode()) == {"To": ["+84912345678"], "From": ["CDCHungYen"], "Body": [MESSAGE.text]}
    assert asked.headers["Idempotency-Key"] == "ref-1"
    gateway.answer = lambda _asked: (400, {}, b'{"code": 21211, "message": "Invalid To"}')
    with pytest.raises(GatewayRefused) as raised:
        call(settings)
    assert raised.value.reason == "code 21211"


def test_a_gateway_that_is_asked_with_get(gateway: Gateway) -> None:
    gateway.answer = lambda _asked: (200, {}, b"OK")
    settings = gateway.settings(
        method="GET", body={"phone": "{to}", "sms": "{text}"}, code_path="", accepted=(), refused=("404",),
        knows_references=False,
    )  # fmt: skip
    assert call(settings).provider_id == ""
    assert parse_qs(urlsplit(gateway.calls[0].path).query) == {"phone": ["84912345678"], "sms": [MESSAGE.text]}
    gateway.answer = lambda _asked: (404, {}, b"")
    with pytest.raises(GatewayRefused):
        call(settings)


@pytest.mark.parametrize(
    ("status", "body", "reason", "doubtful"),
    [
        (200, b"<html>proxy login</html>", "not JSON", True),
        (200, b"[" * 50_000, "not JSON", True),
        (200, b"", "not JSON", True),
        (200, b'{"CodeResult": "103"}', "code 103", False),
        (200, b'{"CodeResult": "84912345678 hates you"}', "HTTP 200", False),
        (200, b'{"CodeResult": {"a": 1}}', "HTTP 200", False),
        (401, b"{}", "HTTP 401", False),
        (429, b"", "HTTP 429", False),
        (500, b"", "HTTP 500", True),
        (502, b'{"CodeResult": "100"}', "HTTP 502", True),
        (503, b"", "HTTP 503", False),
    ],
)
def test_any_other_answer_means_trying_again(
    gateway: Gateway, status: int, body: bytes, reason: str, doubtful: bool
) -> None:
    gateway.answer = lambda _asked: (status, {}, body)
    error = refusal(gateway.settings())
    assert (error.reason, error.doubtful) == (reason, doubtful)


def test_no_redirect_is_followed(gateway: Gateway) -> None:
    with serving(Gateway()) as elsewhere:
        target = f"http://127.0.0.1:{elsewhere.port}/"
        for status in (301, 302, 303, 307, 308):
            gateway.answer = lambda _asked, status=status: (status, {"Location": target}, b"")
            assert refusal(gateway.settings()).reason == f"HTTP {status}"
        assert elsewhere.calls == []


def test_an_answer_without_end_is_cut_off(gateway: Gateway) -> None:
    gateway.answer = lambda _asked: (200, {}, b'{"CodeResult": "100", "x": "' + b"x" * LONGEST_ANSWER + b'"}')
    assert refusal(gateway.settings()).reason == "too long"


def test_a_packed_answer_is_not_unpacked(gateway: Gateway) -> None:
    bomb = gzip.compress(bytes(30_000_000))
    gateway.answer = lambda _asked: (200, {"Content-Encoding": "gzip"}, bomb[:LONGEST_ANSWER])
    assert refusal(gateway.settings()).reason == "not JSON"
    assert gateway.calls[0].headers["Accept-Encoding"] == "identity"


def test_a_gateway_that_never_answers_is_left(gateway: Gateway) -> None:
    over = threading.Event()
    gateway.answer = lambda _asked: ((over.wait(30) and 200) or 200, {}, b"")
    error = refusal(gateway.settings(timeout_seconds=0.2))
    over.set()
    assert (error.reason, error.doubtful) == ("timeout", True)


def test_a_gateway_that_answers_drop_by_drop_is_left() -> None:
    async def main() -> GatewayUnavailable:
        async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
            try:
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.02)
            except OSError:
                writer.close()

        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        gateway = Gateway(port=server.sockets[0].getsockname()[1])
        settings = gateway.settings(timeout_seconds=0.3)
        provider = open_provider(settings, clock=FixedClock(0), randomness=SeededRandomness("sms"))
        with pytest.raises(GatewayUnavailable) as raised:
            await provider.send([MESSAGE])
        server.close()
        return raised.value

    assert asyncio.run(main()).reason == "timeout"


def test_a_gateway_that_is_away_is_no_doubt(gateway: Gateway) -> None:
    settings = gateway.settings(url="http://127.0.0.1:9/")
    error = refusal(settings)
    assert (error.reason, error.doubtful) == ("no connection", False)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, SHA256())
    )  # fmt: skip
    pem = tmp_path / "localhost.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    heard: list[bytes] = []

    async def main() -> GatewayUnavailable:
        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heard.append(await reader.read(100))
            writer.close()

        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(pem)
        server = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=tls)
        gateway = Gateway()
        settings = gateway.settings(url=f"https://localhost:{server.sockets[0].getsockname()[1]}/")
        provider = open_provider(settings, clock=FixedClock(0), randomness=SeededRandomness("sms"))
        with pytest.raises(GatewayUnavailable) as raised:
            await provider.send([MESSAGE])
        server.close()
        return raised.value

    assert asyncio.run(main()).reason == "no connection"
    assert heard == []


def test_logs_name_no_secret_no_text_and_no_number(
    gateway: Gateway, tmp_path: Path, room_of, put, send, caplog: pytest.LogCaptureFixture, capsys, monkeypatch
) -> None:
    told = io.StringIO()
    monkeypatch.setattr("sys.stderr", told)
    configure_logs()
    caplog.set_level(logging.DEBUG)
    echo = json.dumps({"CodeResult": "103", "ErrorMessage": "K1SECRET 84912345678"}).encode()
    gateway.answer = lambda _asked: (200, {}, echo)
    body = {"key": "{key}", "to": "{to}", "text": "{text}"}
    settings = gateway.settings(
        method="GET", body=body, secrets=secrets(tmp_path, key="K1SECRET"), knows_references=False
    )
    room = room_of(settings)
    put(room)
    send(room)
    assert len(gateway.calls) == 1
    logged = told.getvalue() + caplog.text
    assert "code 103" in logged
    assert "•••678" in json.loads(told.getvalue())["to"]
    assert not any(part in logged for part in ("K1SECRET", "12345678", "SECRETCODE"))


def test_what_an_operator_is_shown_of_an_answer_names_no_secret(gateway: Gateway, tmp_path: Path) -> None:
    gateway.answer = lambda _asked: (200, {}, b'{"CodeResult": "101", "m": "bad K1SECRET\x1b[2J"}')
    settings = gateway.settings(
        body={"key": "{key}", "to": "{to}", "text": "{text}", "id": "{reference}"},
        secrets=secrets(tmp_path, key="K1SECRET"),
    )
    assert refusal(settings).answer == 'HTTP 200 {"CodeResult": "101", "m": "bad ••• [2J"}'


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"url": "http://rest.esms.vn/"}, "sms.url"),
        ({"url": "ftp://127.0.0.1/"}, "sms.url"),
        ({"url": "https:///nowhere"}, "sms.url"),
        ({"body": {"Phone": "{to}"}}, "{text}"),
        ({"body": {"Phone": "{to}", "Content": "{text} {key}"}, "knows_references": False}, "{key}"),
        ({"headers": {"X-Text": "{text}"}}, "{text}"),
        ({"basic_auth": "{token}:x"}, "{token}"),
        ({"basic_auth": "{sender}:x"}, "{sender}"),
        ({"accepted": ()}, "sms.accepted"),
        ({"encoding": "form", "body": {"a": ["{to}"], "b": "{text}{reference}"}}, "as a form"),
        ({"body": {"a": "{to}{text}"}}, "sms.knows_references"),
        ({"secrets": {"to": Path("x")}}, "secret to"),
        ({"attempts": 0}, "sms.attempts"),
        ({"gateway": "file"}, "sms.folder"),
    ],
)
def test_settings_that_cannot_work_are_named_at_start(changes: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        Gateway(port=1).settings(**changes)
    assert named in str(raised.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {"X-Sender": "{sender}"}, "sender": "CDC Hưng Yên"},
        {"body": {"a": "{to}{text}{reference}", "n": float("nan")}},
        {"url": "https://a\x01b/"},
    ],
)
def test_settings_that_make_no_call_are_refused_at_start(changes: dict[str, object]) -> None:
    settings = Gateway(port=1).settings(**changes)
    with pytest.raises(SettingsInvalid):
        open_provider(settings, clock=FixedClock(0), randomness=SeededRandomness("sms"))


def test_a_secret_that_is_missing_is_named_at_start(tmp_path: Path) -> None:
    body = {"k": "{key}", "a": "{to}", "b": "{text}{reference}"}
    (tmp_path / "empty").write_text("\n")
    for name in ("missing", "empty"):
        settings = Gateway(port=1).settings(body=body, secrets={"key": tmp_path / name})
        with pytest.raises(SettingsInvalid, match=name):
            open_provider(settings, clock=FixedClock(0), randomness=SeededRandomness("sms"))


@given(st.dictionaries(st.sampled_from(["to", "text", "key"]), st.text()), st.text())
def test_values_are_never_read_as_placeholders(values: dict[str, str], between: str) -> None:
    between = between.replace("{", "").replace("}", "")
    template = {"a": ["{to}", {"b": f"{{text}}{between}{{key}}"}], "n": 3}
    filled = fill(template, values)
    to, text, key = (values.get(name, f"{{{name}}}") for name in ("to", "text", "key"))
    assert filled == {"a": [to, {"b": text + between + key}], "n": 3}


READERS = [HttpGateway(Gateway(port=1).settings(**changes), {}) for changes in ({}, {"code_path": "", "accepted": ()})]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.integers(100, 599), st.binary() | json_values.map(json.dumps).map(str.encode))
def test_whatever_a_gateway_answers_is_a_receipt_or_a_refusal(status: int, body: bytes) -> None:
    for gateway in READERS:
        with contextlib.suppress(GatewayError):
            gateway._read(status, body)
            assert 200 <= status < 300


@given(json_values, st.text(alphabet="ab01.x", max_size=8))
def test_looking_into_any_answer_gives_a_text(answer: object, path: str) -> None:
    assert isinstance(found(answer, path), str)


@given(st.lists(st.sampled_from(["a", "b", 0, 1]), min_size=1, max_size=5), st.text(min_size=1))
def test_a_path_leads_to_what_lies_there(steps: list[str | int], value: str) -> None:
    answer: object = value
    for step in reversed(steps):
        answer = {step: answer, "other": 1} if isinstance(step, str) else [*(None for _ in range(step)), answer]
    assert found(answer, ".".join(map(str, steps))) == value
