"""What the parts of the accounts room share: the core, the audit log, the proofs, and threads for hashing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

import argon2
import sqlalchemy as sa

from bluezone.server.accounts import sessions
from bluezone.server.accounts.access import Account
from bluezone.server.accounts.proofs import Proofs
from bluezone.server.accounts.sessions import Stage
from bluezone.server.accounts.tables import account_passkeys, accounts
from bluezone.server.audit.service import Audit, Event
from bluezone.server.core import Core

KEY_FILE = "accounts-key"
HASHING_THREADS = 2
"""Each password in the making takes 64 MiB."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entered:
    """A session just begun: the secret for the cookie, seen this once, and how far it goes."""

    token: str
    stage: Stage


class Ground:
    """Built once, with the room."""

    def __init__(self, core: Core, audit: Audit, hasher: argon2.PasswordHasher | None) -> None:
        self.core = core
        self.audit = audit
        self.proofs = Proofs(core.secrets.token(KEY_FILE), core.randomness, hasher)
        self._hashing = ThreadPoolExecutor(HASHING_THREADS, "password-hashing")

    def now(self) -> float:
        return self.core.clock.now()

    async def read(self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.core.database.read(fn, *args, **kwargs)

    async def write(self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.core.database.write(fn, *args, **kwargs)

    async def hash_password(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._hashing, self.proofs.hash_password, password)

    async def password_fits(self, hashed: str | None, password: str) -> bool:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._hashing, self.proofs.password_fits, hashed, password)

    async def password_of(self, account: str) -> str | None:
        """The hash of an account's password."""

        def read(connection: sa.Connection) -> str | None:
            query = sa.select(accounts.c.password).where(accounts.c.id == account)
            return connection.execute(query).scalar_one_or_none()

        return await self.read(read)

    def begin(self, connection: sa.Connection, account: str, stage: Stage, device: str) -> Entered:
        """A session of its own secret."""
        token = self.proofs.token()
        sessions.begin(
            connection,
            hashed=self.session_hash(token),
            session_id=self.proofs.id(),
            account=account,
            stage=stage,
            device=device,
            now=self.now(),
        )
        return Entered(token, stage)

    def session_hash(self, token: str) -> bytes:
        return self.proofs.hashed("session", token)

    def note(
        self,
        connection: sa.Connection,
        /,
        action: str,
        actor: Account | None,
        *,
        about: Account | None = None,
        **detail: str,
    ) -> None:
        """Write a security event down; it belongs to the unit of the account that it is about."""
        whose = about or actor
        self.audit.append(
            connection,
            Event(
                action=action,
                unit="" if whose is None else whose.unit.code,
                actor="" if actor is None else actor.id,
                actor_name="" if actor is None else actor.name,
                subject="" if whose is None else whose.login,
                detail=detail,
            ),
        )

    def stop(self) -> None:
        self._hashing.shutdown(wait=False)


def has_second_step(connection: sa.Connection, account: str) -> bool:
    """Whether six-digit codes or a passkey are set up."""
    totp = sa.select(accounts.c.id).where(accounts.c.id == account, accounts.c.totp_secret.is_not(None))
    passkey = sa.select(account_passkeys.c.id).where(account_passkeys.c.account == account)
    return any(connection.execute(query.limit(1)).first() is not None for query in (totp, passkey))
