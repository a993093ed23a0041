"""Which server configuration a phone believes: one signed by a key that it pinned.

The first contact pins the keys that the server shows, unless the owner gave some; from then on keys change only by a
configuration that an already pinned key signed.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bluezone.phone.client import SignedConfig
from bluezone.phone.errors import ConfigUntrusted
from bluezone.phone.store import Store
from bluezone.protocol import VerificationKey
from bluezone.protocol.wire import PinnedKey, ServerConfig
from bluezone.risk import RiskConfig, decode_config

_HOURS = (0.1, 48.0)
_CHAFF_DAYS = (0.01, 365.0)
_BYTES = (512, 65536)
_OLDEST_ANSWER = 86400
"""Caches and other processes of the server may answer with a configuration of earlier the same day."""


@dataclass(frozen=True, slots=True)
class TrustedConfig:
    """A configuration whose signature was checked, with its risk document decoded."""

    server: ServerConfig
    risk: RiskConfig


class Trust:
    """Pinned keys and the configuration in force, in the store. `given` are the keys that the owner gave."""

    def __init__(self, store: Store, given: Sequence[PinnedKey]) -> None:
        self._store = store
        self._given = tuple(given)
        found = store.first("SELECT body FROM config")
        self._config = None if found is None else _decode(found[0])

    @property
    def config(self) -> TrustedConfig | None:
        """The configuration in force, None before the first contact."""
        return self._config

    @property
    def pinned(self) -> tuple[PinnedKey, ...]:
        """The keys that this phone trusts, none before the first contact unless the owner gave some."""
        rows = self._store.rows("SELECT id, version, pem FROM pinned_keys ORDER BY id, version")
        return tuple(PinnedKey(id=key, version=version, pem=pem) for key, version, pem in rows) or self._given

    def verification_keys(self) -> list[VerificationKey]:
        """The pinned keys as archives are checked with."""
        return [VerificationKey.from_pem(key.pem, key.id, key.version) for key in self.pinned]

    def check_signature(self, body: bytes, signature: str) -> None:
        """Return when a pinned key signed another document of the server. Raises ConfigUntrusted."""
        if not any(_signed(body, signature, key) for key in self.pinned):
            raise ConfigUntrusted("A document of the server is not signed by a key that this phone trusts.")

    def accept(self, signed: SignedConfig, now: float) -> TrustedConfig:
        """Take a configuration into force.

        Raises ConfigUntrusted for a missing or wrong signature or an outdated document, and RiskConfigInvalid or
        ProtocolError for content that cannot be used; the configuration before it then stays in force.
        """
        config = _decode(signed.body)
        keys = self.pinned or tuple(config.server.keys)
        if not any(_signed(signed.body, signed.signature, key) for key in keys):
            raise ConfigUntrusted(
                "The server's configuration is not signed by a key that this phone trusts;"
                " the phone keeps the one it has. If the server was set up anew, start with a new store."
            )
        for key in config.server.keys:
            VerificationKey.from_pem(key.pem, key.id, key.version)
        self._check_age(config.server)
        with self._store.transaction() as connection:
            connection.execute(
                "INSERT INTO config VALUES (1, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " body = excluded.body, signature = excluded.signature, fetched_at = excluded.fetched_at",
                (signed.body, signed.signature, now),
            )
            connection.execute("DELETE FROM pinned_keys")
            connection.executemany(
                "INSERT INTO pinned_keys VALUES (?, ?, ?)",
                [(key.id, key.version, key.pem) for key in config.server.keys],
            )
        self._config = config
        return config

    def _check_age(self, offered: ServerConfig) -> None:
        found = self._store.first("SELECT fetched_at FROM config")
        if self._config is None or found is None:
            return
        # A server whose clock was ahead must not shut itself out: no date counts as later than when it was fetched.
        held = min(self._config.server.issued_at, found[0])
        if offered.issued_at < held - _OLDEST_ANSWER:
            raise ConfigUntrusted(
                "The server's configuration is older than the one this phone has; the phone keeps the one it has."
            )


def _decode(body: bytes) -> TrustedConfig:
    try:
        server = msgspec.json.decode(body, type=ServerConfig)
    except msgspec.DecodeError as error:
        raise ConfigUntrusted(
            f"The server's configuration cannot be read ({error}); the phone keeps its own."
        ) from error
    if not server.keys:
        raise ConfigUntrusted("The server's configuration names no key to trust; the phone keeps the one it has.")
    bounded = (
        (server.sync_hours, _HOURS),
        (server.chaff_days, _CHAFF_DAYS),
        (server.publish_request_bytes, _BYTES),
        (server.call_request_bytes, _BYTES),
    )
    if any(not low <= value <= high for value, (low, high) in bounded):
        raise ConfigUntrusted(
            "The server's configuration has absurd intervals or sizes; the phone keeps the one it has."
        )
    return TrustedConfig(server, decode_config(bytes(server.risk)))


def _signed(body: bytes, signature: str, key: PinnedKey) -> bool:
    try:
        public = VerificationKey.from_pem(key.pem, key.id, key.version).public_key
        public.verify(base64.b64decode(signature, validate=True), body, ec.ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
