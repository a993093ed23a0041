"""Tier 0: identifiers from the cryptography library, looked up by numpy. Works everywhere."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import ECB

from bluezone.matching.filter import Candidates, Filter
from bluezone.protocol import IDENTIFIER_BYTES, INTERVALS_A_DAY, KEY_BYTES, KeyBatch, padded_data

CHUNK = 128
"""Keys worked on at a time: their blocks, 295 kB, stay in a core's second-level cache."""

_KEY_BLOCKS = INTERVALS_A_DAY * IDENTIFIER_BYTES
_SPARE = IDENTIFIER_BYTES - 1  # `update_into` asks for this much more room than it uses
_INFO = b"EN-RPIK\x01"


class NumpyTier:
    """Finds candidates chunk by chunk on one core (the interpreter's lock allows no more)."""

    name = "numpy"

    def candidates(self, batch: KeyBatch, heard: Filter) -> Iterator[Candidates]:
        """Candidates of each chunk of `batch`, in the order of its rows."""
        blocks = np.zeros(CHUNK * _KEY_BLOCKS + _SPARE, np.uint8)
        grid = blocks[: CHUNK * _KEY_BLOCKS].reshape(CHUNK, INTERVALS_A_DAY, IDENTIFIER_BYTES)
        plain = np.frombuffer(padded_data(0, INTERVALS_A_DAY), np.uint8).reshape(INTERVALS_A_DAY, IDENTIFIER_BYTES)
        for first in range(0, len(batch), CHUNK):
            part = batch.take(first, min(first + CHUNK, len(batch)))
            count = len(part)
            grid[:count] = plain
            grid.view("<u4")[:count, :, 3] += part.rolling_start[:, None]
            _encrypt(part, blocks.data)
            halves = grid[:count].reshape(-1, IDENTIFIER_BYTES).view("<u8")
            places = heard.passing(halves[:, 0], halves[:, 1])
            rows, slots = np.divmod(places, INTERVALS_A_DAY)
            yield Candidates(first + rows, slots, halves[places, 0], halves[places, 1])


def _encrypt(part: KeyBatch, blocks: memoryview) -> None:
    """Encrypt each key's blocks in place, as many as it has intervals; what lies beyond is not used."""
    # HMAC-SHA256 under the empty salt of HKDF, begun once for all keys: a third faster than the whole HKDF a key.
    inner, outer = hashlib.sha256(b"\x36" * 64), hashlib.sha256(b"\x5c" * 64)
    mode = ECB()  # noqa: S305 - one block an interval is what the specification asks for
    keys = part.keys.tobytes()
    for row, period in enumerate(part.rolling_period.tolist()):
        inside, outside = inner.copy(), outer.copy()
        inside.update(keys[row * KEY_BYTES : (row + 1) * KEY_BYTES])
        outside.update(inside.digest())
        identifier_key = hmac.digest(outside.digest(), _INFO, "sha256")[:16]
        begin = row * _KEY_BLOCKS
        end = begin + period * IDENTIFIER_BYTES
        Cipher(AES128(identifier_key), mode).encryptor().update_into(blocks[begin:end], blocks[begin : end + _SPARE])
