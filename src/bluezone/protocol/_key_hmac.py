"""The HMAC that binds a verification certificate to the keys its holder may publish, and to nothing else.

Source: exposure-notifications-server docs/design/verification_protocol.md, "HMAC Calculation".
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from bluezone.protocol.errors import KeyHmacMismatch, KeyMalformed
from bluezone.protocol.wire import WireKey

HMAC_BYTES = 32
HMAC_SECRET_BYTES = 16
"""The least that a phone's secret may have; it is drawn anew for every publication."""


def key_hmac_cleartext(keys: Sequence[WireKey], *, transmission_risk: bool = True) -> bytes:
    """What is hashed: `key.start.period.risk` of every key, joined by commas, sorted by the base64 of the key.

    Without `transmission_risk` the fourth part is left out, as newer phones do that send no risk.
    """
    parts = []
    for key in sorted(keys, key=lambda key: key.key):
        text = f"{key.key}.{key.rolling_start_number}.{key.rolling_period}"
        parts.append(f"{text}.{key.transmission_risk}" if transmission_risk else text)
    return ",".join(parts).encode()


def key_hmac(keys: Sequence[WireKey], secret: bytes, *, transmission_risk: bool = True) -> bytes:
    """HMAC-SHA256 of the cleartext under `secret`: 32 bytes.

    Raises KeyMalformed without a key or with a secret of fewer than 16 bytes.
    """
    if not keys:
        raise KeyMalformed("There is no key to compute an HMAC of.")
    if len(secret) < HMAC_SECRET_BYTES:
        raise KeyMalformed(f"The HMAC secret has at least {HMAC_SECRET_BYTES} bytes, this one {len(secret)}.")
    return hmac.digest(secret, key_hmac_cleartext(keys, transmission_risk=transmission_risk), hashlib.sha256)


def check_key_hmac(keys: Sequence[WireKey], secret: bytes, expected: bytes) -> None:
    """Raise KeyHmacMismatch unless `expected` is the HMAC of exactly these keys.

    The form without transmission risk counts only when every risk is 0, as the documents say.
    """
    matches = hmac.compare_digest(key_hmac(keys, secret), expected)
    if all(key.transmission_risk == 0 for key in keys):
        matches |= hmac.compare_digest(key_hmac(keys, secret, transmission_risk=False), expected)
    if not matches:
        raise KeyHmacMismatch("The certificate was issued for other keys; ask for a new code.")
