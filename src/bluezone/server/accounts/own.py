"""One's own account: password, six-digit codes, passkeys, recovery codes, sessions."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from bluezone.server.accounts import limits, passkeys, sessions
from bluezone.server.accounts.errors import (
    LastSecondStep,
    PersonUnknown,
    ProofStale,
    SecondStepRefused,
    SignInRefused,
)
from bluezone.server.accounts.ground import Entered, Ground
from bluezone.server.accounts.passkeys import Passkey
from bluezone.server.accounts.proofs import check_password, totp_step
from bluezone.server.accounts.sessions import Session, Stage
from bluezone.server.accounts.tables import account_recovery, accounts


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its owner sees it; `here` is the one that asks, times are Unix seconds."""

    id: str
    device: str
    created_at: int
    seen_at: int
    here: bool


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """How one signs in, as far as it is shown."""

    has_totp: bool
    passkeys: list[Passkey]
    recovery_codes_left: int
    sessions: list[OpenSession]


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A second step was set up; the session goes on under a new secret, the codes are seen this once."""

    entered: Entered
    recovery_codes: list[str]


class Own:
    """What one may see and change about oneself. All but looking needs a fresh proof: raises ProofStale otherwise."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def look(self, session: Session) -> OwnAccount:
        """How the account signs in now."""
        return await self._ground.read(self._look, session)

    async def prove(self, session: Session, password: str) -> None:
        """Show once more who one is. Raises SignInRefused or TooManyTries."""
        await self._check(session, password)
        now = int(self._ground.now())
        await self._ground.write(lambda connection: sessions.change(connection, session.hash, proved_at=now))

    async def change_password(self, session: Session, current: str, new: str) -> Entered:
        """Other sessions end, this one goes on under a new secret. Raises SignInRefused, PasswordWeak, TooManyTries."""
        account = session.account
        check_password(new, login=account.login, name=account.name)
        await self._check(session, current)
        hashed = await self._ground.hash_password(new)

        def change(connection: sa.Connection) -> Entered:
            connection.execute(sa.update(accounts).where(accounts.c.id == account.id).values(password=hashed))
            sessions.end_all(connection, account.id)
            self._ground.note(connection, "password_changed", account)
            return self._ground.begin(connection, account.id, session.stage, session.device)

        return await self._ground.write(change)

    async def begin_totp(self, session: Session) -> bytes:
        """A new secret for an app; it counts once a code of it is typed. The same until then."""
        self._require_fresh(session)
        proofs = self._ground.proofs
        if session.pending is not None:
            return proofs.unseal(session.account.id, session.pending)
        secret = proofs.new_totp_secret()
        sealed = proofs.seal(session.account.id, secret)
        await self._ground.write(lambda connection: sessions.change(connection, session.hash, pending=sealed))
        return secret

    async def confirm_totp(self, session: Session, typed: str) -> Enrolled:
        """The app works. Raises SecondStepRefused."""
        self._require_fresh(session)
        ground, account = self._ground, session.account
        if session.pending is None:
            raise SecondStepRefused("This page has grown old; load it again and scan the new picture.")
        step = totp_step(ground.proofs.unseal(account.id, session.pending), typed, ground.now(), after=0)
        if step is None:
            raise SecondStepRefused("This code is wrong; check the phone's clock and type the code that it shows now.")

        def confirm(connection: sa.Connection) -> Enrolled:
            values = {"totp_secret": session.pending, "totp_step": step}
            connection.execute(sa.update(accounts).where(accounts.c.id == account.id).values(values))
            ground.note(connection, "totp_set", account)
            return self._enrolled(connection, session)

        return await ground.write(confirm)

    async def remove_totp(self, session: Session) -> None:
        """Raises LastSecondStep when there is no passkey."""
        self._require_fresh(session)
        account = session.account

        def remove(connection: sa.Connection) -> None:
            if not passkeys.of_account(connection, account.id):
                raise _last()
            connection.execute(sa.update(accounts).where(accounts.c.id == account.id).values(totp_secret=None))
            self._ground.note(connection, "totp_removed", account)

        await self._ground.write(remove)

    async def passkey_options(self, session: Session, host: str) -> str:
        """What the browser needs to make a passkey, as JSON. Raises PasskeyImpossible."""
        self._require_fresh(session)
        ground, account = self._ground, session.account
        party = passkeys.relying_party(host)
        challenge = ground.core.randomness.token_bytes(32)
        hashed = ground.proofs.hashed("challenge", challenge)
        await ground.write(passkeys.keep_challenge, hashed, account.id, ground.now())
        present = await ground.read(passkeys.credentials_of, account.id)
        return passkeys.adding_options(party, account, challenge, present)

    async def add_passkey(self, session: Session, host: str, credential: str, name: str) -> Enrolled:
        """Raises SecondStepRefused or PasskeyImpossible."""
        self._require_fresh(session)
        ground, account = self._ground, session.account
        party, answer = passkeys.relying_party(host), passkeys.read_answer(credential)
        hashed = ground.proofs.hashed("challenge", answer.challenge)

        def add(connection: sa.Connection) -> Enrolled | None:
            now, new = ground.now(), ground.proofs.id()
            if not passkeys.spend_challenge(connection, hashed, account.id, now) or not passkeys.add(
                connection, party, answer, account=account.id, passkey_id=new, name=name or session.device, now=now
            ):
                return None
            ground.note(connection, "passkey_added", account)
            return self._enrolled(connection, session)

        enrolled = await ground.write(add)
        if enrolled is None:
            raise SecondStepRefused("This passkey could not be added; try again, or use an app for codes.")
        return enrolled

    async def remove_passkey(self, session: Session, passkey_id: str) -> None:
        """Raises PersonUnknown, or LastSecondStep when nothing else is set up."""
        self._require_fresh(session)
        account = session.account

        def remove(connection: sa.Connection) -> None:
            if not passkeys.remove(connection, account.id, passkey_id):
                raise PersonUnknown("Your account has no such passkey.")
            if not self._look(connection, session).has_totp and not passkeys.of_account(connection, account.id):
                raise _last()
            self._ground.note(connection, "passkey_removed", account)

        await self._ground.write(remove)

    async def renew_recovery_codes(self, session: Session) -> list[str]:
        """New codes, seen this once; the old ones are worth nothing."""
        self._require_fresh(session)

        def renew(connection: sa.Connection) -> list[str]:
            self._ground.note(connection, "recovery_codes_made", session.account)
            return self._new_codes(connection, session.account.id)

        return await self._ground.write(renew)

    async def end_session(self, session: Session, session_id: str) -> None:
        """End one of one's own sessions. Raises PersonUnknown."""

        def end(connection: sa.Connection) -> None:
            if not sessions.end_one(connection, session.account.id, session_id):
                raise PersonUnknown("This session has ended already.")
            self._ground.note(connection, "session_ended", session.account)

        await self._ground.write(end)

    async def end_other_sessions(self, session: Session) -> None:
        """End all but this one."""

        def end(connection: sa.Connection) -> None:
            count = sessions.end_all(connection, session.account.id, but=session.hash)
            self._ground.note(connection, "other_sessions_ended", session.account, count=str(count))

        await self._ground.write(end)

    async def _check(self, session: Session, password: str) -> None:
        ground, account = self._ground, session.account
        subject = ground.proofs.hashed("tries login", account.login)[:16]
        await ground.write(limits.count_try, {subject: limits.PASSWORD_TRIES}, ground.now())
        if not await ground.password_fits(await ground.password_of(account.id), password):
            await ground.write(ground.note, "proof_refused", account)
            raise SignInRefused("This is not your password; nothing was changed.")
        await ground.write(limits.forgive, subject)

    def _require_fresh(self, session: Session) -> None:
        if not session.fresh(self._ground.now()):
            raise ProofStale("Type your password once more before you change how you sign in.")

    def _look(self, connection: sa.Connection, session: Session) -> OwnAccount:
        account = session.account.id
        row = connection.execute(sa.select(accounts.c.totp_secret).where(accounts.c.id == account)).one()
        left = sa.select(sa.func.count()).select_from(account_recovery).where(account_recovery.c.account == account)
        return OwnAccount(
            has_totp=row.totp_secret is not None,
            passkeys=passkeys.of_account(connection, account),
            recovery_codes_left=connection.execute(left).scalar_one(),
            sessions=[
                OpenSession(*told, here=told[0] == session.id)
                for told in sessions.of_account(connection, account, self._ground.now())
            ],
        )

    def _enrolled(self, connection: sa.Connection, session: Session) -> Enrolled:
        """What one can do grows, so the session's secret changes; with the first second step come recovery codes."""
        account = session.account.id
        first = self._look(connection, session).recovery_codes_left == 0
        codes = self._new_codes(connection, account) if first else []
        if not sessions.end(connection, session.hash):
            raise SecondStepRefused("This session has ended; sign in again.")
        if session.stage is Stage.ENROL:
            self._ground.note(connection, "signed_in", session.account, by="first second step", device=session.device)
        return Enrolled(self._ground.begin(connection, account, Stage.FULL, session.device), codes)

    def _new_codes(self, connection: sa.Connection, account: str) -> list[str]:
        proofs = self._ground.proofs
        codes = proofs.recovery_codes()
        connection.execute(sa.delete(account_recovery).where(account_recovery.c.account == account))
        hashes = [proofs.recovery_hash(account, code) for code in codes]
        connection.execute(sa.insert(account_recovery), [{"account": account, "hash": one} for one in hashes])
        return codes


def _last() -> LastSecondStep:
    return LastSecondStep("This is your only second step; set up another one before you remove it.")
