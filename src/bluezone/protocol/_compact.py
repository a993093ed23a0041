"""Small signed messages for codes: fixed fields, texts with a length byte, ECDSA signatures of always 64 bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from bluezone.protocol.errors import SigningKeyUnfit

SIGNATURE_BYTES = 64
EPOCH = date(1970, 1, 1)
LAST_DAY = 0xFFFF
"""Days are counted from 1 January 1970 in 16 bits: until 2149."""

_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Short(ValueError):
    """The message ends before its fields do, or a field of it is no text."""


class Cursor:
    """Reads a message from its beginning; every method raises Short where the message ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        self._at += count
        if self._at > len(self._data):
            raise Short
        return self._data[self._at - count : self._at]

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count))

    def block(self) -> bytes:
        """Bytes after a length byte."""
        return self.take(self.number(1))

    def text(self) -> str:
        """UTF-8 after a length byte."""
        try:
            return self.block().decode()
        except UnicodeDecodeError as error:
            raise Short from error

    def finished(self) -> bool:
        return self._at == len(self._data)


def block(data: bytes) -> bytes:
    """Up to 255 bytes with their length before them."""
    return bytes([len(data)]) + data


def day_number(day: date) -> int:
    """Days since 1 January 1970."""
    return (day - EPOCH).days


def is_plain(text: str, *, characters: int) -> bool:
    """Whether a text can be shown as it is: composed (NFC), trimmed, at most so long and 255 bytes, no unseen marks."""
    return (
        len(text) <= characters
        and text == text.strip()
        and not any(unicodedata.category(character) in _UNSHOWN for character in text)
        and len(text.encode()) <= 255
        and unicodedata.is_normalized("NFC", text)
    )


def sign(key: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    """ECDSA P-256 SHA-256 (deterministic, RFC 6979) as r and s, 32 bytes each. Raises SigningKeyUnfit."""
    if not isinstance(key.curve, ec.SECP256R1):
        raise SigningKeyUnfit("Codes are signed with ECDSA on the curve P-256; use such a key.")
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True)))
    return r.to_bytes(32) + s.to_bytes(32)


def signed_by_one_of(keys: Iterable[ec.EllipticCurvePublicKey], signature: bytes, message: bytes) -> bool:
    """Whether one of the keys made this 64-byte signature."""
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    for key in keys:
        try:
            key.verify(der, message, ec.ECDSA(SHA256()))
        except InvalidSignature:
            continue
        return True
    return False
