"""The desk room's own keys: for tokens, certificates and hashes of codes, and the day's key for client addresses.

Each is a file of the data folder's `desk/`, made when it is first needed and named by kind and day; the day is the key
identifier (`kid`). The newest of a kind makes new things, older ones still read what they made until that has expired.
Deleting a file withdraws at once whatever its key made; the next use makes a new one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.server.desk.rules import utc_date
from bluezone.server.secrets import SecretFiles

FOLDER = "desk"
ROTATION = timedelta(days=30)
RETIREMENT = timedelta(days=3)  # longer than rules.CASE_SECONDS
CLIENT_RETIREMENT = timedelta(days=1)

_FILE = re.compile(r"(token|certificate|pepper|client)-(\d{4}-\d{2}-\d{2})(?:\.pem)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one moment, by key identifier; of each kind the newest comes first."""

    tokens: Mapping[str, ec.EllipticCurvePrivateKey]
    certificates: Mapping[str, ec.EllipticCurvePrivateKey]
    peppers: Mapping[str, bytes]
    client: bytes

    def hashes(self, purpose: bytes, value: bytes) -> list[bytes]:
        """HMAC-SHA256 of a value for one purpose under each pepper, the one for new rows first."""
        return [_keyed(pepper, purpose, value) for pepper in self.peppers.values()]

    def client_hash(self, address: str) -> bytes:
        """16 bytes that stand for a client's address until the day ends."""
        return _keyed(self.client, b"client", address.encode())[:16]


class DeskKeys:
    """The keys in one data folder; other processes may share it."""

    def __init__(self, data_dir: Path, secrets: SecretFiles) -> None:
        self._folder = data_dir / FOLDER
        self._secrets = secrets
        self._listing: tuple[frozenset[str], date] | None = None
        self._keys: KeySet | None = None

    def at(self, now: float) -> KeySet:
        """The keys at the time `now`; makes what is missing or 30 days old, and deletes what is retired."""
        today = utc_date(now)
        # Reading the folder's names is cheap and notices what another process made or an operator deleted.
        if self._keys is None or self._listing != (self._names(), today):
            self._keys = self._read(today)
            self._listing = (self._names(), today)
        return self._keys

    def _read(self, today: date) -> KeySet:
        tokens = {kid: self._secrets.p256(f"{FOLDER}/token-{kid}.pem") for kid in self._days("token", today)}
        certificates = {
            kid: self._secrets.p256(f"{FOLDER}/certificate-{kid}.pem") for kid in self._days("certificate", today)
        }
        peppers = {kid: self._secrets.token(f"{FOLDER}/pepper-{kid}") for kid in self._days("pepper", today)}
        self._retire("client", today - CLIENT_RETIREMENT)
        return KeySet(tokens, certificates, peppers, self._secrets.token(f"{FOLDER}/client-{today}"))

    def _days(self, kind: str, today: date) -> list[str]:
        """The days of a kind's keys, newest first; today's is among them when it is time for a new one."""
        days = self._existing(kind)
        if not days or today - days[0] >= ROTATION:
            days = [today, *days]
        if len(days) > 1 and today - days[0] >= RETIREMENT:
            self._retire(kind, days[0])
            days = days[:1]
        return [day.isoformat() for day in days]

    def _retire(self, kind: str, before: date) -> None:
        for day in self._existing(kind):
            if day < before:
                for name in (f"{kind}-{day}", f"{kind}-{day}.pem"):
                    (self._folder / name).unlink(missing_ok=True)

    def _existing(self, kind: str) -> list[date]:
        matches = (_FILE.fullmatch(name) for name in self._names())
        return sorted((date.fromisoformat(m[2]) for m in matches if m is not None and m[1] == kind), reverse=True)

    def _names(self) -> frozenset[str]:
        try:
            return frozenset(path.name for path in self._folder.iterdir())
        except FileNotFoundError:
            return frozenset()


def _keyed(key: bytes, purpose: bytes, value: bytes) -> bytes:
    return hmac.digest(key, purpose + b"\0" + value, hashlib.sha256)
