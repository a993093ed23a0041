"""Secrets that live in files of the data folder: made on first use, readable by their owner alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from bluezone.randomness import Randomness
from bluezone.server.errors import SettingsInvalid

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4, D.1.2.3


class SecretFiles:
    """The secrets of one data folder."""

    def __init__(self, folder: Path, randomness: Randomness) -> None:
        self._folder = folder
        self._randomness = randomness

    def token(self, name: str, count: int = 32) -> bytes:
        """`count` random bytes, the same each time for one name; kept as hexadecimal text."""
        text = self._content(self._folder / name, lambda: self._randomness.token_bytes(count).hex().encode() + b"\n")
        try:
            secret = bytes.fromhex(text.decode("ascii"))
        except ValueError as error:
            raise SettingsInvalid(
                f"The file {name} of the data folder does not hold a secret as hexadecimal."
            ) from error
        if len(secret) != count:
            raise SettingsInvalid(f"The secret in the file {name} of the data folder has not {count} bytes.")
        return secret

    def p256(self, path: Path | str) -> ec.EllipticCurvePrivateKey:
        """The P-256 private key in a PEM file: a name in the data folder, or a path of its own.

        Raises SettingsInvalid when the file holds another kind of key.
        """
        path = path if isinstance(path, Path) else self._folder / path
        pem = self._content(path, self._new_p256)
        try:
            key = load_pem_private_key(pem, None)
        except (ValueError, TypeError) as error:
            raise SettingsInvalid(f"The file {path} does not hold an unencrypted private key in PEM.") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise SettingsInvalid(f"The file {path} holds a key of another kind than P-256.")
        return key

    def _new_p256(self) -> bytes:
        key = ec.derive_private_key(1 + self._randomness.below(_P256_ORDER - 1), ec.SECP256R1())
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def _content(self, path: Path, make: Callable[[], bytes]) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Whole or not at all, and of two processes that start together the first one's.
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(partial)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
        return path.read_bytes()
