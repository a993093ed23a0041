"""The one document that phones are given about this server, signed with the archive key."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bluezone.protocol import ArchiveSigner, ProtocolError, VerificationKey
from bluezone.protocol.wire import PinnedKey, ServerConfig
from bluezone.server.errors import SettingsInvalid
from bluezone.server.settings import Settings

ISSUED_EVERY_SECONDS = 3600
"""The document is dated with the beginning of the hour, so that every process signs the same bytes."""


@dataclass(frozen=True, slots=True)
class PhoneConfiguration:
    """The document, its bytes and their signature (DER, base64)."""

    document: ServerConfig
    body: bytes
    signature: str


class PhoneConfigurations:
    """The document as it stands in each hour. Raises SettingsInvalid when a file it is made of cannot be used."""

    def __init__(self, settings: Settings, signer: ArchiveSigner) -> None:
        self._signer = signer
        own = VerificationKey(signer.private_key.public_key(), signer.key_id, signer.key_version)
        self._document = ServerConfig(
            region=settings.region,
            authority=settings.authority,
            hotline=settings.hotline,
            keys=[_pinned(key) for key in (own, *map(_accepted, settings.accepted_keys))],
            risk=msgspec.Raw(_risk(settings.risk_profile)),
            sync_hours=settings.sync_hours,
            chaff_days=settings.chaff_days,
        )
        self._latest: PhoneConfiguration | None = None

    def at(self, now: float) -> PhoneConfiguration:
        """The document dated with the hour of `now`."""
        issued_at = int(now) // ISSUED_EVERY_SECONDS * ISSUED_EVERY_SECONDS
        if self._latest is None or self._latest.document.issued_at != issued_at:
            document = msgspec.structs.replace(self._document, issued_at=issued_at)
            body = msgspec.json.encode(document)
            signature = self._signer.private_key.sign(body, ec.ECDSA(SHA256(), deterministic_signing=True))
            self._latest = PhoneConfiguration(document, body, base64.b64encode(signature).decode())
        return self._latest


def _pinned(key: VerificationKey) -> PinnedKey:
    pem = key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PinnedKey(key.key_id, key.key_version, pem.decode())


def _accepted(path: Path) -> VerificationKey:
    key_id, underscore, version = path.stem.rpartition("_")
    if not underscore:
        raise SettingsInvalid(f"The accepted key {path.name} is not named ID_VERSION.pem; rename it.")
    try:
        return VerificationKey.from_pem(path.read_bytes(), key_id, version)
    except (OSError, ProtocolError) as error:
        raise SettingsInvalid(
            f"The accepted key {path} cannot be used; it must be a P-256 public key in PEM."
        ) from error


def _risk(path: str) -> bytes:
    try:
        data = Path(path).read_bytes() if path else (files(__package__) / "profiles" / "bluezone.json").read_bytes()
        if not isinstance(msgspec.json.decode(data), dict):
            raise SettingsInvalid(f"The risk profile {path} is not a JSON object.")
        return msgspec.json.format(data, indent=-1)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsInvalid(f"The risk profile {path} cannot be read as JSON.") from error
