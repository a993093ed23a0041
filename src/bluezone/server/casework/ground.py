"""What all of casework is built on: time, names for rows, the cipher of drafts, and the audit log."""

from __future__ import annotations

import re
from datetime import date, datetime

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bluezone.server.accounts.access import Account
from bluezone.server.audit.service import Audit, Event
from bluezone.server.core import Core
from bluezone.server.language import VIETNAM

KEY_FILE = "casework-key"
_NONCE_BYTES = 12
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def is_id(text: str) -> bool:
    """Whether a text from an address or a form can be the name of a row at all."""
    return _ID.fullmatch(text) is not None


class Ground:
    """Built once, with the room."""

    def __init__(self, core: Core, audit: Audit) -> None:
        self.core = core
        self.audit = audit
        self._cipher = AESGCM(core.secrets.token(KEY_FILE))

    def now(self) -> int:
        return int(self.core.clock.now())

    def today(self) -> date:
        """The desk's own calendar day."""
        return datetime.fromtimestamp(self.core.clock.now(), VIETNAM).date()

    def id(self) -> str:
        """A name for a row that tells nothing."""
        return self.core.randomness.token_bytes(16).hex()

    def note(
        self, connection: sa.Connection, account: Account, action: str, *, unit: str, subject: str = "", **detail: str
    ) -> None:
        """Write down what an official did. By identifiers, never names: the log outlives the records."""
        self.audit.append(
            connection,
            Event(action=action, unit=unit, actor=account.id, actor_name=account.name, subject=subject, detail=detail),
        )

    def seal(self, text: bytes) -> bytes:
        nonce = self.core.randomness.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text, None)

    def unseal(self, sealed: bytes) -> bytes:
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
