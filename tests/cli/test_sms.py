"""`bluezone sms`: a test message, and what the gateway says to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.server.messages.gatewayd import Gateway, serving


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(Gateway()) as one:
        (tmp_path / "key").write_text("K1SECRET")
        (tmp_path / "bluezone.toml").write_text(
            f"""
            [sms]
            gateway = "http"
            url = "http://127.0.0.1:{one.port}/"
            code_path = "CodeResult"
            accepted = ["100"]
            refused = ["108"]
            id_path = "SMSID"
            secrets = {{ key = "key" }}
            body = {{ ApiKey = "{{key}}", Phone = "{{to}}", Content = "{{text}}", RequestId = "{{reference}}" }}
            """
        )
        yield one


def test_a_test_message_goes_out_at_once(bluezone: Run, gateway: Gateway) -> None:
    sent = bluezone("sms", "--settings", "bluezone.toml", "test", "0912 345 678", lang="vi")
    assert sent.returncode == 0, sent.stderr
    (asked,) = gateway.calls
    assert asked.json["Phone"] == "84912345678"
    assert asked.json["Content"] == "Tin thu cua may chu Bluezone. Anh/chi khong can lam gi."
    assert "•••678" in sent.stdout
    assert f"id-{asked.json['RequestId'][:8]}" in sent.stdout


def test_a_refusal_is_told_plainly_and_names_no_secret(bluezone: Run, gateway: Gateway) -> None:
    gateway.answer = lambda _asked: (200, {}, b'{"CodeResult": "108", "ErrorMessage": "bad phone for K1SECRET"}')
    refused = bluezone("sms", "--settings", "bluezone.toml", "test", "0912345678")
    assert refused.returncode == 1
    assert refused.stdout == (
        'The gateway answered: HTTP 200 {"CodeResult": "108", "ErrorMessage": "bad phone for •••"}\n'
    )
    assert refused.stderr == "bluezone: The gateway refuses the message (code 108). [gateway_refused]\n"
    told = bluezone("sms", "--settings", "bluezone.toml", "test", "0912345678", lang="vi")
    assert "(The gateway refuses the message (code 108)) [gateway_refused]" in told.stderr


def test_without_settings_it_says_how_to_make_them(bluezone: Run) -> None:
    told = bluezone("sms", "test", "0912345678")
    assert told.returncode == 1
    assert "docs/en/sms.md" in told.stderr


def test_a_number_that_gets_no_messages_is_refused_before_any_call(bluezone: Run, gateway: Gateway) -> None:
    refused = bluezone("sms", "--settings", "bluezone.toml", "test", "02213862345")
    assert refused.stderr.endswith("[number_not_mobile]\n")
    assert gateway.calls == []
