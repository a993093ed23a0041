"""Signing in and out: password, then a second step; or a passkey, which is both."""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.server.accounts import limits, passkeys, sessions
from bluezone.server.accounts.access import Account
from bluezone.server.accounts.errors import SecondStepRefused, SignInRefused
from bluezone.server.accounts.ground import Entered, Ground, has_second_step
from bluezone.server.accounts.people import read_account
from bluezone.server.accounts.proofs import totp_step
from bluezone.server.accounts.sessions import Session, Stage
from bluezone.server.accounts.tables import account_recovery, accounts

LONGEST_LOGIN = 200


class Entry:
    """The way in; `client` is the address that stands for whoever asks, `device` what they ask with."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def sign_in(self, login: str, password: str, *, client: str, device: str) -> Entered:
        """The first step. Raises SignInRefused or TooManyTries."""
        ground = self._ground
        name = login.strip().lower()[:LONGEST_LOGIN]
        by_name, by_client = self._subject("login", name), self._subject("client", client)
        most = {by_name: limits.PASSWORD_TRIES, by_client: limits.CLIENT_TRIES}
        minute = await ground.write(limits.count_try, most, ground.now())
        account, hashed = await ground.read(_by_login, name)
        if not await ground.password_fits(hashed, password) or account is None:
            await ground.write(self._note_refused, account, by_name)
            raise SignInRefused("User name and password do not belong together; nothing was opened.")

        def enter(connection: sa.Connection) -> Entered:
            limits.forgive(connection, by_name)
            limits.take_back(connection, by_client, minute)
            stage = Stage.PASSWORD if has_second_step(connection, account.id) else Stage.ENROL
            if stage is Stage.ENROL:
                ground.note(connection, "signed_in_without_second_step", account, device=device)
            return ground.begin(connection, account.id, stage, device)

        return await ground.write(enter)

    async def second_step(self, session: Session, typed: str) -> Entered:
        """Six digits or a recovery code. Raises SecondStepRefused or TooManyTries."""
        ground = self._ground
        subject = self._subject("code", session.account.id)
        await ground.write(limits.count_try, {subject: limits.CODE_TRIES}, ground.now())

        def enter(connection: sa.Connection) -> Entered | None:
            how = self._fitting(connection, session.account, typed)
            if how is None or not sessions.end(connection, session.hash):
                ground.note(connection, "second_step_refused", session.account, device=session.device)
                return None
            limits.forgive(connection, subject)
            ground.note(connection, "signed_in", session.account, by=how, device=session.device)
            return ground.begin(connection, session.account.id, Stage.FULL, session.device)

        entered = await ground.write(enter)
        if entered is None:
            raise SecondStepRefused("This code is wrong or was used already; wait for the next one and type it.")
        return entered

    async def passkey_options(self, host: str) -> str:
        """What the browser needs to ask for a passkey, as JSON. Raises PasskeyImpossible."""
        party = passkeys.relying_party(host)
        challenge = self._ground.core.randomness.token_bytes(32)
        await self._ground.write(passkeys.keep_challenge, self._challenge_hash(challenge), None, self._ground.now())
        return passkeys.sign_in_options(party, challenge)

    async def passkey_sign_in(self, host: str, credential: str, *, device: str) -> Entered:
        """Both steps at once. Raises SecondStepRefused or PasskeyImpossible."""
        ground = self._ground
        party = passkeys.relying_party(host)
        answer = passkeys.read_answer(credential)

        def enter(connection: sa.Connection) -> Entered | None:
            asked = passkeys.spend_challenge(connection, self._challenge_hash(answer.challenge), None, ground.now())
            owner = passkeys.check_sign_in(connection, party, answer) if asked else None
            account = None if owner is None else read_account(connection, owner)
            if account is None or account.closed_at is not None:
                ground.note(connection, "passkey_refused", account, device=device)
                return None
            ground.note(connection, "signed_in", account, by="passkey", device=device)
            return ground.begin(connection, account.id, Stage.FULL, device)

        entered = await ground.write(enter)
        if entered is None:
            raise SecondStepRefused("This passkey does not open an account here; sign in with your password.")
        return entered

    async def sign_out(self, session: Session) -> None:
        """End this session."""

        def leave(connection: sa.Connection) -> None:
            if sessions.end(connection, session.hash):
                self._ground.note(connection, "signed_out", session.account, device=session.device)

        await self._ground.write(leave)

    def _fitting(self, connection: sa.Connection, account: Account, typed: str) -> str | None:
        """By what somebody proved themselves; what was used is used up."""
        ground = self._ground
        if spend_totp(ground, connection, account.id, typed):
            return "totp"
        hashed = ground.proofs.recovery_hash(account.id, typed)
        if hashed is not None:
            mine = account_recovery.c.account == account.id, account_recovery.c.hash == hashed
            if connection.execute(sa.delete(account_recovery).where(*mine)).rowcount == 1:
                return "recovery code"
        return None

    def _note_refused(self, connection: sa.Connection, account: Account | None, by_name: bytes) -> None:
        # What was typed is not noted where it is nobody's name: people type passwords there.
        self._ground.note(connection, "sign_in_refused", None, about=account)
        if limits.used_up(connection, by_name, limits.PASSWORD_TRIES):
            self._ground.note(connection, "sign_in_paused", None, about=account)

    def _subject(self, kind: str, value: str) -> bytes:
        return self._ground.proofs.hashed(f"tries {kind}", value)[:16]

    def _challenge_hash(self, challenge: bytes) -> bytes:
        return self._ground.proofs.hashed("challenge", challenge)


def spend_totp(ground: Ground, connection: sa.Connection, account: str, typed: str) -> bool:
    """Whether the six digits are right and were not used before; they are used then."""
    row = connection.execute(
        sa.select(accounts.c.totp_secret, accounts.c.totp_step).where(accounts.c.id == account)
    ).one()
    if row.totp_secret is None:
        return False
    secret = ground.proofs.unseal(account, bytes(row.totp_secret))
    step = totp_step(secret, typed, ground.now(), after=row.totp_step)
    if step is None:
        return False
    # Of two who type the same code at once, one gets in.
    unused = accounts.c.id == account, accounts.c.totp_step < step
    return connection.execute(sa.update(accounts).where(*unused).values(totp_step=step)).rowcount == 1


def _by_login(connection: sa.Connection, login: str) -> tuple[Account | None, str | None]:
    row = connection.execute(
        sa.select(accounts.c.id, accounts.c.password).where(accounts.c.login == login, accounts.c.closed_at.is_(None))
    ).one_or_none()
    return (None, None) if row is None else (read_account(connection, row.id), row.password)
