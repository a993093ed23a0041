"""The accounts room's service: sessions of whoever asks, and the parts for signing in, oneself and one's people."""

from __future__ import annotations

import hmac

import argon2
import sqlalchemy as sa

from bluezone.server.accounts import limits, passkeys, sessions
from bluezone.server.accounts.access import Account, Action, Role, allowed, require, require_somewhere, roots
from bluezone.server.accounts.entry import Entry
from bluezone.server.accounts.errors import FormForeign
from bluezone.server.accounts.frame import Frame
from bluezone.server.accounts.ground import Ground
from bluezone.server.accounts.own import Own
from bluezone.server.accounts.sessions import Session, Stage
from bluezone.server.accounts.staff import Staff
from bluezone.server.accounts.tables import CLOSED_SECONDS, account_invitations, accounts
from bluezone.server.audit.service import Audit
from bluezone.server.core import Core
from bluezone.server.jobs import Job, Lease
from bluezone.server.units.service import Unit, find_unit

__all__ = [
    "Account",
    "Accounts",
    "Action",
    "Role",
    "Session",
    "Stage",
    "allowed",
    "require",
    "require_somewhere",
    "roots",
]

DESTROY_SECONDS = 600.0


class Accounts:
    """Built once, when the application is."""

    def __init__(self, core: Core, audit: Audit, *, hasher: argon2.PasswordHasher | None = None) -> None:
        self.ground = Ground(core, audit, hasher)
        self.audit = audit
        self.frame = Frame()
        self.entry = Entry(self.ground)
        self.own = Own(self.ground)
        self.staff = Staff(self.ground)

    async def session(self, token: str) -> Session | None:
        """The session of a cookie, None when it has ended; it counts as used."""
        if not token:
            return None
        hashed, now = self.ground.session_hash(token), self.ground.now()
        session = await self.ground.read(sessions.find, hashed, now)
        if session is not None and sessions.due_to_be_seen(session, now):
            await self.ground.write(sessions.see, hashed, now)
        return session

    async def unit(self, code: str) -> Unit | None:
        return await self.ground.read(find_unit, code)

    async def note_denied(self, account: Account, what: str) -> None:
        """Somebody tried what they may not."""
        await self.ground.write(self.ground.note, "access_denied", account, what=what[:100])

    def form_token(self, session: Session) -> str:
        """What a form of this session carries, so that no other site can send it."""
        return self.ground.proofs.hashed("form", session.hash).hex()

    def check_form(self, session: Session, token: str) -> None:
        """Raises FormForeign."""
        if not hmac.compare_digest(self.form_token(session).encode(), token.encode()):
            raise FormForeign("This form has grown old or is not ours; load the page again, nothing was done.")

    def jobs(self) -> list[Job]:
        """The destruction of what is over."""
        return [Job("accounts", DESTROY_SECONDS, self._destroy, destroys=True)]

    def stop(self) -> None:
        self.ground.stop()

    async def _destroy(self, lease: Lease) -> None:
        await self.ground.write(_destroy, lease, self.ground.now())


def _destroy(connection: sa.Connection, lease: Lease, now: float) -> None:
    lease.check(connection)
    sessions.forget(connection, now)
    limits.forget_tries(connection, now)
    passkeys.forget_challenges(connection, now)
    connection.execute(sa.delete(account_invitations).where(account_invitations.c.expires_at <= now))
    connection.execute(sa.delete(accounts).where(accounts.c.closed_at <= now - CLOSED_SECONDS))
