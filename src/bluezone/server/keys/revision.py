"""Revision tokens: what lets the phone that published keys, and no other, change them later.

A token is a sealed list of keys, kept by the phone alone: `version (1) | week (4) | nonce (12) | AES-256-GCM`. Its key
is derived from a secret of the server for one week, so that tokens from before the last weeks open nothing any more.
Model: exposure-notifications-server internal/revision/revision.go.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bluezone.protocol import DAY_SECONDS, KEY_BYTES
from bluezone.randomness import Randomness
from bluezone.server.keys.errors import InvalidRevisionToken

MIN_KEYS = 28
"""Tokens are padded to a multiple of this many keys, so that their size does not tell the number."""

WEEK_SECONDS = 7 * DAY_SECONDS
_VERSION = 1
_NONCE_BYTES = 12
_HEAD_BYTES = 5
_SLOT_BYTES = KEY_BYTES + 5


@dataclass(frozen=True, slots=True)
class RevisableKey:
    """A key that the holder of the token published."""

    key: bytes
    rolling_start: int
    rolling_period: int


class RevisionTokens:
    """Seals and opens the tokens of one health authority."""

    def __init__(self, secret: bytes, authority: str, randomness: Randomness, *, weeks: int = 3) -> None:
        self._secret = secret
        self._authority = authority.encode()
        self._randomness = randomness
        self._weeks = weeks

    def seal(self, keys: Iterable[RevisableKey], *, now: float) -> str:
        """The token for `keys`, base64."""
        slots = [
            key.key + key.rolling_start.to_bytes(4, "big") + bytes([key.rolling_period])
            for key in dict.fromkeys(keys)
        ]  # fmt: skip
        padding = -len(slots) % MIN_KEYS
        plain = b"".join(slots) + bytes(_SLOT_BYTES * padding)
        week = int(now // WEEK_SECONDS)
        head = bytes([_VERSION]) + week.to_bytes(4, "big")
        nonce = self._randomness.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self._key(week)).encrypt(nonce, plain, head + self._authority)
        return base64.b64encode(head + nonce + sealed).decode()

    def open(self, token: str, *, now: float) -> tuple[RevisableKey, ...]:
        """The keys of a token; raises InvalidRevisionToken for a token that is not ours or too old."""
        try:
            data = base64.b64decode(token, validate=True)
        except (binascii.Error, ValueError) as error:
            raise _invalid() from error
        head, nonce, sealed = data[:_HEAD_BYTES], data[_HEAD_BYTES:][:_NONCE_BYTES], data[_HEAD_BYTES + _NONCE_BYTES :]
        week = int.from_bytes(head[1:], "big")
        current = int(now // WEEK_SECONDS)
        if len(nonce) != _NONCE_BYTES or head[0] != _VERSION or not current - self._weeks < week <= current + 1:
            raise _invalid()
        try:
            plain = AESGCM(self._key(week)).decrypt(nonce, sealed, head + self._authority)
        except InvalidTag as error:
            raise _invalid() from error
        slots = [plain[at : at + _SLOT_BYTES] for at in range(0, len(plain), _SLOT_BYTES)]
        # A padding slot has a period of 0, which no key has.
        return tuple(RevisableKey(s[:KEY_BYTES], int.from_bytes(s[KEY_BYTES:-1], "big"), s[-1]) for s in slots if s[-1])

    def _key(self, week: int) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=b"bluezone revision" + week.to_bytes(4, "big")).derive(self._secret)


def _invalid() -> InvalidRevisionToken:
    return InvalidRevisionToken("This revision token cannot be opened; publish without it, or keep what is published.")
