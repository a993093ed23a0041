"""How people prove who they are: passwords, six-digit codes, recovery codes; and the secrets of links and cookies.

Nothing here touches the database or the clock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from functools import cached_property
from itertools import pairwise

import argon2
import argon2.exceptions
import pyotp
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bluezone.randomness import Randomness
from bluezone.server.accounts.errors import PasswordWeak
from bluezone.server.units.service import fold

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
"""OWASP ASVS 2.1.1 and 2.1.2."""
STEP_SECONDS = 30
"""RFC 6238, with six digits and SHA-1: what every authenticator app understands."""
STEPS_OFF = 1
"""Codes of one step before and after count too: phones' clocks differ."""
RECOVERY_CODES = 10

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
_RECOVERY_CHARACTERS = 10
_FEWEST_LEFT = 8
_FEWEST_LEAPS = 4
_STEMS = frozenset({
    "abcdef", "abcdefgh", "admin", "administrator", "anhyeuem", "bluezone", "hungyen", "iloveyou", "letmein",
    "matkhau", "password", "passw0rd", "qwerty", "qwertyuiop", "vietnam", "welcome", "asdfghjkl", "zxcvbnm",
})  # fmt: skip
"""Words that are no secret by themselves, however many digits and signs stand around them."""


class Proofs:
    """Makes and checks proofs under one server's key; the hasher is argon2id as RFC 9106 chooses it second."""

    def __init__(self, key: bytes, randomness: Randomness, hasher: argon2.PasswordHasher | None = None) -> None:
        self._key = key
        self._randomness = randomness
        self._hasher = hasher or argon2.PasswordHasher()
        self._box = AESGCM(hmac.digest(key, b"totp secrets", hashlib.sha256))

    def token(self) -> str:
        """A secret for a link or a cookie: 256 bits."""
        return base64.urlsafe_b64encode(self._randomness.token_bytes(32)).decode().rstrip("=")

    def id(self) -> str:
        """A name for a row that tells nothing."""
        return self._randomness.token_bytes(16).hex()

    def hashed(self, purpose: str, secret: str | bytes) -> bytes:
        """What the database keeps of a secret; useless for another purpose and without the key."""
        told = secret.encode() if isinstance(secret, str) else secret
        return hmac.digest(self._key, purpose.encode() + b"\0" + told, hashlib.sha256)

    def hash_password(self, password: str) -> str:
        """argon2id's text form; takes tens of milliseconds and 64 MiB."""
        return self._hasher.hash(_composed(password), salt=self._randomness.token_bytes(16))

    def password_fits(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password; takes as long for None, which stands for nobody's."""
        try:
            self._hasher.verify(hashed or self._nobodys, _composed(password)[:LONGEST_PASSWORD])
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
        return hashed is not None

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(self._randomness.token_bytes(32))

    def new_totp_secret(self) -> bytes:
        return self._randomness.token_bytes(20)

    def seal(self, account: str, secret: bytes) -> bytes:
        """A secret encrypted for one account."""
        nonce = self._randomness.token_bytes(12)
        return nonce + self._box.encrypt(nonce, secret, account.encode())

    def unseal(self, account: str, sealed: bytes) -> bytes:
        """Raises ValueError for what was sealed under another key or for another account."""
        try:
            return self._box.decrypt(sealed[:12], sealed[12:], account.encode())
        except InvalidTag as error:
            raise ValueError("The sealed secret is of another key or account.") from error

    def recovery_codes(self) -> list[str]:
        """Codes of one use to write down: 50 bits each, as `2f7kq-8m3xz`."""
        letters = [
            "".join(_ALPHABET[self._randomness.below(32)] for _ in range(_RECOVERY_CHARACTERS))
            for _ in range(RECOVERY_CODES)
        ]
        return [f"{code[:5]}-{code[5:]}" for code in letters]

    def recovery_hash(self, account: str, typed: str) -> bytes | None:
        """What the database keeps of a recovery code as somebody typed it; None when it cannot be one."""
        plain = "".join(typed.lower().replace("-", "").split()).translate(str.maketrans("ilo", "110"))
        if len(plain) != _RECOVERY_CHARACTERS or any(letter not in _ALPHABET for letter in plain):
            return None
        return self.hashed("recovery code", f"{account}:{plain}")


def totp_address(secret: bytes, login: str, issuer: str) -> str:
    """The address that authenticator apps read from the QR code."""
    return pyotp.TOTP(base32(secret)).provisioning_uri(name=login, issuer_name=issuer)


def totp_step(secret: bytes, typed: str, now: float, *, after: int) -> int | None:
    """The time step whose code was typed, later than `after` so that a code is good once; None when it is wrong."""
    digits = "".join(typed.split())
    if not (digits.isascii() and digits.isdigit() and len(digits) == 6):
        return None
    codes = pyotp.TOTP(base32(secret))
    here = int(now) // STEP_SECONDS
    fitting = [
        step
        for step in range(here - STEPS_OFF, here + STEPS_OFF + 1)
        if hmac.compare_digest(codes.generate_otp(step), digits) and step > after
    ]
    return fitting[0] if fitting else None


def base32(secret: bytes) -> str:
    """A secret as people type it into an app."""
    return base64.b32encode(secret).decode()


def check_password(password: str, *, login: str, name: str) -> None:
    """Return when a new password is good enough; raises PasswordWeak."""
    composed = _composed(password)
    if not SHORTEST_PASSWORD <= len(composed) <= LONGEST_PASSWORD:
        raise PasswordWeak(f"Choose a password of {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    rest = fold(composed).replace(" ", "")
    own = {part for part in (login.partition("@")[0], *name.split()) if len(part) > 2}
    for word in sorted(map(fold, own | _STEMS), key=len, reverse=True):
        rest = rest.replace(word, "")
    # Steps of one, as in "1234" and "aabb", are as good as none.
    leaps = sum(abs(ord(one) - ord(next_one)) > 1 for one, next_one in pairwise(rest))
    if len(rest) < _FEWEST_LEFT or leaps < _FEWEST_LEAPS:
        raise PasswordWeak("This password is easy to guess; four words that do not belong together make a good one.")


def _composed(password: str) -> str:
    # Keyboards compose Vietnamese letters differently; the same letters are the same password.
    return unicodedata.normalize("NFKC", password)
