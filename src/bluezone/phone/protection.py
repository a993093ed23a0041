"""The store's file encrypted under a key in the system's keyring, where the system has one; plain otherwise, and said.

SQLCipher encrypts the whole file and its journal (AES-256-CBC with an HMAC a page). The key is 32 random bytes, so no
password is stretched; the keyring knows it by the file's salt, its first 16 bytes, so a file that is moved finds its
key. Why: docs/decisions/0009-encryption-at-rest.md.
"""

from __future__ import annotations

import importlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Literal, Protocol, cast

from bluezone.phone.errors import StoreInUse, StoreLocked
from bluezone.randomness import Randomness

SERVICE = "Bluezone"
KEY_BYTES = 32
SALT_BYTES = 16

_PLAIN_HEADER = b"SQLite format 3\0"
_LEAST_PRIORITY = 1
"""Backends below are those that keyring itself does not recommend, such as a plain file."""


class Protection(StrEnum):
    """How a store is protected on the disk: encrypted under a key in the keyring, or by file permissions alone."""

    KEYRING = "keyring"
    PLAIN = "plain"


class PlainReason(StrEnum):
    """Why a store is not encrypted: nobody asked for it, there is no keyring, or SQLCipher is not installed."""

    NOT_ASKED = "not_asked"
    NO_KEYRING = "no_keyring"
    NO_CIPHER = "no_cipher"


class StoreKeys(Protocol):
    """Where keys of stores are kept; texts by name."""

    def get(self, name: str) -> str | None:
        """The key of this name, None when it is not there or nobody may read it."""
        ...

    def put(self, name: str, key: str) -> bool:
        """Keep a key; whether `get` gives it back."""
        ...


class SystemKeyring:
    """The keyring of the user's session: Secret Service, KWallet, the macOS keychain, the Windows credential store."""

    def get(self, name: str) -> str | None:
        import keyring
        import keyring.errors

        try:
            if keyring.get_keyring().priority < _LEAST_PRIORITY:
                return None
            return keyring.get_password(SERVICE, name)
        except (keyring.errors.KeyringError, RuntimeError, OSError):
            return None

    def put(self, name: str, key: str) -> bool:
        import keyring
        import keyring.errors

        try:
            if keyring.get_keyring().priority < _LEAST_PRIORITY:
                return False
            keyring.set_password(SERVICE, name, key)
        except (keyring.errors.KeyringError, RuntimeError, OSError):
            return False
        return self.get(name) == key


@dataclass(frozen=True, slots=True)
class ProtectedFile:
    """A store's file that is encrypted if `keys` keeps a key and SQLCipher is installed."""

    path: Path
    keys: StoreKeys = field(repr=False)
    randomness: Randomness = field(repr=False)

    def __str__(self) -> str:
        return str(self.path)


Storage = Path | Literal[":memory:"] | ProtectedFile


@dataclass(frozen=True, slots=True)
class Opened:
    """An open connection; `errors` are what it raises, `reason` is None for an encrypted store."""

    connection: sqlite3.Connection
    reason: PlainReason | None
    errors: tuple[type[Exception], ...]


def open_storage(storage: Storage) -> Opened:
    """Connect to a store. A plain file is encrypted first where that was asked for and can be.

    Raises StoreLocked for an encrypted file whose key or library is missing, and sqlite3.Error.
    """
    if not isinstance(storage, ProtectedFile):
        if isinstance(storage, Path):
            _create(storage)
        return _plain(str(storage), PlainReason.NOT_ASKED)
    _create(storage.path)
    with storage.path.open("rb") as file:
        header = file.read(SALT_BYTES)
    cipher = _cipher()
    if header and header != _PLAIN_HEADER:
        return _open_encrypted(storage, header, cipher)
    if cipher is None:
        return _plain(str(storage), PlainReason.NO_CIPHER)
    salt = storage.randomness.token_bytes(SALT_BYTES)
    secret = storage.randomness.token_bytes(KEY_BYTES)
    if not storage.keys.put(salt.hex(), secret.hex()):
        return _plain(str(storage), PlainReason.NO_KEYRING)
    if header:
        _encrypt(storage.path, cipher, _key(secret, salt))
    return _connect_encrypted(storage.path, cipher, _key(secret, salt))


def _open_encrypted(storage: ProtectedFile, salt: bytes, cipher: ModuleType | None) -> Opened:
    if cipher is None:
        raise StoreLocked(
            f"The store {storage} is encrypted and SQLCipher is not installed; install bluezone[encrypted]."
        )
    secret = storage.keys.get(salt.hex())
    if secret is None:
        raise StoreLocked(
            f"The store {storage} is encrypted and the keyring does not give its key; unlock the keyring and start"
            " again, or move the file away to start anew."
        )
    return _connect_encrypted(storage.path, cipher, _key(bytes.fromhex(secret), salt))


def _encrypt(path: Path, cipher: ModuleType, key: str) -> None:
    """Put an encrypted copy in a plain file's place; a kill in between leaves the plain one."""
    copy = path.with_name(path.name + ".encrypting")
    copy.unlink(missing_ok=True)
    _create(copy)
    with _translated_lock(path, cipher), closing(cipher.connect(str(path), timeout=0, isolation_level=None)) as plain:
        plain.execute("PRAGMA locking_mode=EXCLUSIVE")
        plain.execute("BEGIN EXCLUSIVE")
        plain.execute("COMMIT")
        (version,) = plain.execute("PRAGMA user_version").fetchone()
        plain.execute("ATTACH DATABASE ? AS encrypted KEY ?", (str(copy), key))
        plain.execute("SELECT sqlcipher_export('encrypted')")
        plain.execute(f"PRAGMA encrypted.user_version = {version}")
        plain.execute("DETACH DATABASE encrypted")
        _flush(copy)
        # Its pages are plain; closed cleanly, it is not needed any more.
        path.with_name(path.name + "-journal").unlink(missing_ok=True)
        copy.replace(path)
    path.with_name(path.name + "-journal").unlink(missing_ok=True)
    _flush(path.parent)


def _connect_encrypted(path: Path, cipher: ModuleType, key: str) -> Opened:
    connection = cipher.connect(str(path), timeout=0, isolation_level=None, check_same_thread=False)
    connection.execute(f'PRAGMA key = "{key}"')
    return Opened(cast(sqlite3.Connection, connection), None, (sqlite3.Error, cipher.Error))


def _plain(name: str, reason: PlainReason) -> Opened:
    connection = sqlite3.connect(name, timeout=0, isolation_level=None, check_same_thread=False)
    return Opened(connection, reason, (sqlite3.Error,))


def _key(secret: bytes, salt: bytes) -> str:
    """A raw key and salt as SQLCipher takes them (zetetic.net/sqlcipher, PRAGMA key)."""
    return f"x'{secret.hex()}{salt.hex()}'"


def _cipher() -> ModuleType | None:
    try:
        return importlib.import_module("sqlcipher3.dbapi2")
    except ImportError:
        return None


@contextmanager
def _translated_lock(path: Path, cipher: ModuleType) -> Iterator[None]:
    try:
        yield
    except cipher.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise StoreInUse(f"Another program uses the store {path}; stop it or choose another file.") from error
        raise


def _create(path: Path) -> None:
    """The file, readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
