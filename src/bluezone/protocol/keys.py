"""Daily keys, rolling identifiers and encrypted metadata (Exposure Notification cryptography specification 1.2)."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CTR, ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bluezone.protocol.errors import BeaconMalformed, KeyMalformed
from bluezone.protocol.intervals import INTERVALS_A_DAY, LAST_INTERVAL, Interval

KEY_BYTES = 16
IDENTIFIER_BYTES = 16
METADATA_BYTES = 4
METADATA_MAJOR = 1


def derive_identifier_key(key: bytes) -> bytes:
    """The rolling identifier key (RPIK) of a daily key: HKDF-SHA256, no salt, info "EN-RPIK", 16 bytes."""
    return HKDF(SHA256(), 16, salt=None, info=b"EN-RPIK").derive(key)


def derive_metadata_key(key: bytes) -> bytes:
    """The metadata key (AEMK) of a daily key: HKDF-SHA256, no salt, info "EN-AEMK", 16 bytes."""
    return HKDF(SHA256(), 16, salt=None, info=b"EN-AEMK").derive(key)


@functools.lru_cache(maxsize=64)
def padded_data(start: int, count: int) -> bytes:
    """The plaintext blocks of `count` intervals from `start`: "EN-RPI", six zeros, the interval little-endian."""
    return b"".join(
        b"EN-RPI\0\0\0\0\0\0" + (interval & 0xFFFFFFFF).to_bytes(4, "little")
        for interval in range(start, start + count)
    )


@dataclass(frozen=True, slots=True)
class DailyKey:
    """A key from which one phone's identifiers of at most a day come (a temporary exposure key).

    `key` is 16 bytes; `rolling_start` the first interval in which it is valid; `rolling_period` the number of
    intervals, 1 to 144. Raises KeyMalformed for anything else.
    """

    key: bytes
    rolling_start: int
    rolling_period: int = INTERVALS_A_DAY

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise KeyMalformed(f"A daily key has {KEY_BYTES} bytes, this one {len(self.key)}.")
        if not 1 <= self.rolling_period <= INTERVALS_A_DAY:
            raise KeyMalformed(f"A rolling period lies between 1 and {INTERVALS_A_DAY}, not at {self.rolling_period}.")
        if not 0 <= self.rolling_start <= LAST_INTERVAL:
            raise KeyMalformed(f"A rolling start is an unsigned 32-bit interval number, not {self.rolling_start}.")

    def __repr__(self) -> str:
        # The key itself never reaches a log line.
        return f"DailyKey(rolling_start={self.rolling_start}, rolling_period={self.rolling_period})"

    @property
    def rolling_end(self) -> Interval:
        """The first interval after the key's last one."""
        return Interval(self.rolling_start + self.rolling_period)

    def rolling_identifiers(self) -> list[bytes]:
        """The 16-byte identifiers of all intervals of the key, in order (section "Rolling Proximity Identifier")."""
        blocks = self._encrypt(padded_data(self.rolling_start, self.rolling_period))
        return [blocks[at : at + IDENTIFIER_BYTES] for at in range(0, len(blocks), IDENTIFIER_BYTES)]

    def rolling_identifier(self, interval: int) -> bytes:
        """The identifier of one interval; raises KeyMalformed when the key is not valid then."""
        if not self.rolling_start <= interval < self.rolling_end:
            raise KeyMalformed(f"This key is not valid in interval {interval}.")
        return self._encrypt(padded_data(interval, 1))

    def encrypt_metadata(self, identifier: bytes, metadata: bytes) -> bytes:
        """The associated encrypted metadata (AEM): AES-128-CTR under the metadata key, counting from the identifier.

        Applied to encrypted metadata it gives the plaintext back.
        """
        if len(identifier) != IDENTIFIER_BYTES:
            raise KeyMalformed(f"An identifier has {IDENTIFIER_BYTES} bytes, this one {len(identifier)}.")
        encryptor = Cipher(AES128(derive_metadata_key(self.key)), CTR(identifier)).encryptor()
        return encryptor.update(metadata) + encryptor.finalize()

    decrypt_metadata = encrypt_metadata

    def _encrypt(self, blocks: bytes) -> bytes:
        # One block a call is what the specification asks for: each plaintext block is encrypted on its own.
        encryptor = Cipher(AES128(derive_identifier_key(self.key)), ECB()).encryptor()  # noqa: S305
        return encryptor.update(blocks) + encryptor.finalize()


@dataclass(frozen=True, slots=True)
class Metadata:
    """The plaintext beside an identifier: version and transmit power (section "Associated Encrypted Metadata").

    `tx_power` is in dBm, -127 to 127.
    """

    tx_power: int
    version_major: int = 1
    version_minor: int = 0

    def encode(self) -> bytes:
        """Four bytes: version (two bits major, two minor, four reserved), signed transmit power, two reserved."""
        if not (0 <= self.version_major <= 3 and 0 <= self.version_minor <= 3 and -128 <= self.tx_power <= 127):
            raise KeyMalformed(f"Metadata out of range: {self}.")
        return bytes([self.version_major << 6 | self.version_minor << 4, self.tx_power & 0xFF, 0, 0])

    @classmethod
    def decode(cls, data: bytes) -> Metadata:
        """The metadata in four bytes; reserved bits are ignored, and minor versions read alike.

        Raises KeyMalformed for another length, BeaconMalformed for a major version whose layout is not known.
        """
        if len(data) != METADATA_BYTES:
            raise KeyMalformed(f"Metadata has {METADATA_BYTES} bytes, this one {len(data)}.")
        if data[0] >> 6 != METADATA_MAJOR:
            raise BeaconMalformed(
                f"The metadata is of version {data[0] >> 6}; only version {METADATA_MAJOR} is known: ignore it."
            )
        power = data[1] - 256 if data[1] > 127 else data[1]
        return cls(power, METADATA_MAJOR, data[0] >> 4 & 3)
