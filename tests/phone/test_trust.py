from __future__ import annotations

import base64

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bluezone.errors import BluezoneError
from bluezone.phone import ConfigUntrusted
from bluezone.phone.client import SignedConfig
from bluezone.phone.store import Store
from bluezone.phone.trust import Trust
from bluezone.protocol.wire import ServerConfig
from tests.phone.conftest import START, FileServer, pinned


def signed(config: ServerConfig, key: ec.EllipticCurvePrivateKey) -> SignedConfig:
    body = msgspec.json.encode(config)
    return SignedConfig(body, base64.b64encode(key.sign(body, ec.ECDSA(SHA256()))).decode(), None)


def test_first_contact_pins_the_keys_that_the_server_shows(store: Store, server: FileServer) -> None:
    trust = Trust(store, ())
    trust.accept(signed(server.config, server.key), START)
    assert trust.pinned == (pinned(server.key),)
    assert Trust(store, ()).config.server == server.config


def test_first_contact_under_no_shown_key_is_refused(store: Store, server: FileServer) -> None:
    trust = Trust(store, ())
    with pytest.raises(ConfigUntrusted):
        trust.accept(signed(server.config, ec.generate_private_key(ec.SECP256R1())), START)
    assert trust.config is None
    assert trust.pinned == ()


def test_given_key_is_trusted_and_no_other(store: Store, server: FileServer) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    trust = Trust(store, [pinned(stranger)])
    with pytest.raises(ConfigUntrusted):
        trust.accept(signed(server.config, server.key), START)
    trust.accept(signed(server.config, stranger), START)
    assert trust.pinned == (pinned(server.key),)


def test_keys_change_only_by_a_configuration_that_a_pinned_key_signed(store: Store, server: FileServer) -> None:
    trust = Trust(store, ())
    trust.accept(signed(server.config, server.key), START)
    following = ec.generate_private_key(ec.SECP256R1())
    changed = msgspec.structs.replace(server.config, keys=[pinned(following, "v2")])
    with pytest.raises(ConfigUntrusted):
        trust.accept(signed(changed, following), START)
    assert trust.pinned == (pinned(server.key),)
    trust.accept(signed(changed, server.key), START)
    assert trust.pinned == (pinned(following, "v2"),)
    with pytest.raises(ConfigUntrusted):
        trust.accept(signed(server.config, server.key), START)


def dated(server: FileServer, issued_at: int) -> SignedConfig:
    return signed(msgspec.structs.replace(server.config, issued_at=issued_at), server.key)


def test_configuration_of_an_earlier_day_sent_again_is_refused(store: Store, server: FileServer) -> None:
    trust = Trust(store, ())
    now = int(START)
    trust.accept(dated(server, now - 7 * 86400), now)
    newest = trust.accept(dated(server, now), now)
    with pytest.raises(ConfigUntrusted, match="older"):
        trust.accept(dated(server, now - 7 * 86400), now)
    with pytest.raises(ConfigUntrusted, match="older"):
        Trust(store, ()).accept(dated(server, now - 86401), now)
    assert Trust(store, ()).config == newest
    trust.accept(dated(server, now), now)
    trust.accept(dated(server, now - 3600), now)


def test_server_whose_clock_was_ahead_does_not_shut_itself_out(store: Store, server: FileServer) -> None:
    trust = Trust(store, ())
    trust.accept(dated(server, int(START) + 365 * 86400), START)
    trust.accept(dated(server, int(START) + 3600), START + 3600)
    assert trust.config.server.issued_at == int(START) + 3600


@pytest.mark.parametrize("signature", ["", "not base64!", base64.b64encode(b"short").decode()])
def test_missing_or_broken_signature_is_refused(store: Store, server: FileServer, signature: str) -> None:
    good = signed(server.config, server.key)
    with pytest.raises(ConfigUntrusted):
        Trust(store, ()).accept(SignedConfig(good.body, signature, None), START)


def test_changed_byte_is_refused(store: Store, server: FileServer) -> None:
    good = signed(server.config, server.key)
    bad = good.body.replace(b"19009095", b"19009096")
    with pytest.raises(ConfigUntrusted):
        Trust(store, ()).accept(SignedConfig(bad, good.signature, None), START)


@pytest.mark.parametrize(
    "changes",
    [
        {"keys": []},
        {"sync_hours": 0.0},
        {"sync_hours": 1e9},
        {"chaff_days": 0.0},
        {"publish_request_bytes": 10},
        {"call_request_bytes": 10**9},
        {"risk": msgspec.Raw(b"{}")},
        {"keys": [msgspec.structs.replace(pinned(ec.generate_private_key(ec.SECP256R1())), pem="nonsense")]},
    ],
)
def test_signed_nonsense_changes_nothing(store: Store, server: FileServer, changes: dict[str, object]) -> None:
    trust = Trust(store, ())
    before = trust.accept(signed(server.config, server.key), START)
    with pytest.raises(BluezoneError):
        trust.accept(signed(msgspec.structs.replace(server.config, **changes), server.key), START)
    assert trust.config == before
    assert Trust(store, ()).config == before
    assert trust.pinned == (pinned(server.key),)


def test_configuration_that_is_no_json_is_refused(store: Store, server: FileServer) -> None:
    signature = base64.b64encode(server.key.sign(b"{", ec.ECDSA(SHA256()))).decode()
    with pytest.raises(ConfigUntrusted):
        Trust(store, ()).accept(SignedConfig(b"{", signature, None), START)
