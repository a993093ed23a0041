"""The identifiers of DP-3T, read only: keys and seeds of its two designs give the identifiers their phones sent.

Described in words from the white paper and DP-3T/reference_implementation fa2aafc: in the low-cost design a day's key
is hashed into the next one, so whoever knows it knows all later days; in the unlinkable design every epoch has a seed.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

from bluezone.protocol.errors import KeyMalformed

SECRET_BYTES = 32
EPHID_BYTES = 16
EPOCH_SECONDS = 900
EPOCHS_A_DAY = 96
LAST_EPOCH = 2**32 - 1

_BROADCAST = b"broadcast key"


def next_day_key(key: bytes) -> bytes:
    """The low-cost design's key of the day after: SHA-256 of today's. Raises KeyMalformed unless it has 32 bytes."""
    _require_secret(key)
    return hashlib.sha256(key).digest()


def ephids_of_day(key: bytes) -> list[bytes]:
    """The 96 identifiers of a low-cost day key, 16 bytes each, as they leave the key stream; phones sent them shuffled.

    Raises KeyMalformed unless the key has 32 bytes.
    """
    _require_secret(key)
    stream_key = hmac.digest(key, _BROADCAST, hashlib.sha256)
    encryptor = Cipher(AES256(stream_key), CTR(bytes(EPHID_BYTES))).encryptor()
    stream = encryptor.update(bytes(EPHID_BYTES * EPOCHS_A_DAY)) + encryptor.finalize()
    return [stream[at : at + EPHID_BYTES] for at in range(0, len(stream), EPHID_BYTES)]


def ephid_from_seed(seed: bytes) -> bytes:
    """The 16-byte identifier of an epoch's seed in the unlinkable design; KeyMalformed unless the seed has 32 bytes."""
    _require_secret(seed)
    return hashlib.sha256(seed).digest()[:EPHID_BYTES]


def epoch_at(seconds: float) -> int:
    """The quarter of an hour, counted from the Unix epoch, that holds a time (Unix seconds)."""
    return int(seconds // EPOCH_SECONDS)


def hashed_observation(ephid: bytes, epoch: int) -> bytes:
    """What the unlinkable design publishes and compares: SHA-256 of identifier and epoch (four bytes, big-endian).

    Raises KeyMalformed for an identifier of another length than 16 bytes or an epoch of more than 32 bits.
    """
    if len(ephid) != EPHID_BYTES:
        raise KeyMalformed(f"An identifier of DP-3T has {EPHID_BYTES} bytes, this one {len(ephid)}.")
    if not 0 <= epoch <= LAST_EPOCH:
        raise KeyMalformed(f"An epoch of DP-3T is an unsigned 32-bit number, not {epoch}.")
    return hashlib.sha256(ephid + epoch.to_bytes(4, "big")).digest()


def _require_secret(secret: bytes) -> None:
    if len(secret) != SECRET_BYTES:
        raise KeyMalformed(f"A key or seed of DP-3T has {SECRET_BYTES} bytes, this one {len(secret)}.")
