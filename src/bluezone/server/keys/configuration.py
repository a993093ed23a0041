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


@dataclass(frozen=True, slots=True)
class PhoneConfiguration:
    """The document's bytes and its signature (DER, base64)."""

    body: bytes
    signature: str

    @classmethod
    def build(cls, settings: Settings, signer: ArchiveSigner) -> PhoneConfiguration:
        """Put the document together and sign it; raises SettingsInvalid when a file it is made of cannot be used."""
        own = VerificationKey(signer.private_key.public_key(), signer.key_id, signer.key_version)
        config = ServerConfig(
            region=settings.region,
            authority=settings.authority,
            hotline=settings.hotline,
            keys=[_pinned(key) for key in (own, *map(_accepted, settings.accepted_keys))],
            risk=msgspec.Raw(_risk(settings.risk_profile)),
            sync_hours=settings.sync_hours,
            chaff_days=settings.chaff_days,
        )
        body = msgspec.json.encode(config)
        signature = signer.private_key.sign(body, ec.ECDSA(SHA256(), deterministic_signing=True))
        return cls(body, base64.b64encode(signature).decode())


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
