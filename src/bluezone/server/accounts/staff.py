"""People of one's units: inviting them, giving and taking roles, closing accounts, renewing how somebody signs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import sqlalchemy as sa
import sqlalchemy.exc

from bluezone.server.accounts import access, people, sessions
from bluezone.server.accounts.access import Account, Action, Holding, Role
from bluezone.server.accounts.errors import InvitationInvalid, LoginTaken, PersonUnknown
from bluezone.server.accounts.ground import Entered, Ground
from bluezone.server.accounts.people import Invitation
from bluezone.server.accounts.proofs import check_password
from bluezone.server.accounts.sessions import Stage
from bluezone.server.accounts.tables import (
    INVITATION_SECONDS,
    account_invitations,
    account_passkeys,
    account_recovery,
    accounts,
)
from bluezone.server.audit.service import Event
from bluezone.server.units.service import Unit, find_unit


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as an account sees them: the roles within its reach, and what it may change."""

    account: Account
    holdings: list[Holding]
    removable: frozenset[Holding]
    manageable: bool


@dataclass(frozen=True, slots=True)
class People:
    """Everybody in an account's reach."""

    persons: list[Person]
    invitations: list[Invitation]


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation just made; the token for its link is seen this once."""

    token: str
    invitation: Invitation


class Staff:
    """What heads of units do; every method asks `access` first."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def people(self, actor: Account) -> People:
        """Whoever belongs to or works for the actor's units. Raises AccessDenied."""
        access.require_somewhere(actor, Action.SEE_PEOPLE)
        roots = access.roots(actor, Action.SEE_PEOPLE)

        def read(connection: sa.Connection) -> People:
            return People(
                [_seen_by(actor, account) for account in people.people_at(connection, roots)],
                people.invitations_at(connection, roots, self._ground.now()),
            )

        return await self._ground.read(read)

    async def person(self, actor: Account, account_id: str) -> Person:
        """One of them. Raises PersonUnknown."""

        def read(connection: sa.Connection) -> Person:
            return _seen_by(actor, self._visible(connection, actor, account_id))

        return await self._ground.read(read)

    async def invite(self, actor: Account, *, login: str, name: str, role: Role, unit: str) -> Invited:
        """Raises AccessDenied, PersonMalformed or LoginTaken."""

        def write(connection: sa.Connection) -> Invited:
            at = find_unit(connection, unit)
            access.require(actor, Action.MANAGE_PEOPLE, at)
            access.require_grant(actor, role, at)
            return self._invite(connection, actor, login=login, name=name, role=role, unit=at or _no_unit())

        try:
            return await self._ground.write(write)
        except sqlalchemy.exc.IntegrityError as error:
            raise _taken() from error

    async def withdraw(self, actor: Account, invitation_id: str) -> None:
        """Raises PersonUnknown."""

        def write(connection: sa.Connection) -> None:
            row = connection.execute(
                sa.select(account_invitations).where(account_invitations.c.id == invitation_id)
            ).one_or_none()
            invitation = None if row is None else people.read_invitation(connection, row)
            if invitation is None or not access.allowed(actor, Action.MANAGE_PEOPLE, invitation.unit):
                raise PersonUnknown("There is no such invitation; it was used or has expired.")
            connection.execute(sa.delete(account_invitations).where(account_invitations.c.id == invitation_id))
            self._note(connection, "invitation_withdrawn", actor, invitation.unit, invitation.login)

        await self._ground.write(write)

    async def grant(self, actor: Account, account_id: str, role: Role, unit: str) -> None:
        """Raises PersonUnknown or AccessDenied."""

        def write(connection: sa.Connection) -> None:
            account = self._visible(connection, actor, account_id)
            at = find_unit(connection, unit)
            _require_other(actor, account)
            access.require_grant(actor, role, at)
            if people.add_role(connection, account.id, role, unit, self._ground.now()):
                self._note(connection, "role_granted", actor, at or _no_unit(), account.login, role=role.value)

        await self._ground.write(write)

    async def take_away(self, actor: Account, account_id: str, role: Role, unit: str) -> None:
        """Raises PersonUnknown or AccessDenied."""

        def write(connection: sa.Connection) -> None:
            account = self._visible(connection, actor, account_id)
            at = find_unit(connection, unit)
            _require_other(actor, account)
            access.require_grant(actor, role, at)
            if people.remove_role(connection, account.id, role, unit):
                self._note(connection, "role_removed", actor, at or _no_unit(), account.login, role=role.value)

        await self._ground.write(write)

    async def close(self, actor: Account, account_id: str) -> None:
        """The account can no longer sign in; its sessions end. Raises PersonUnknown or AccessDenied."""

        def write(connection: sa.Connection) -> None:
            account = self._visible(connection, actor, account_id)
            access.require_manages(actor, account)
            now = int(self._ground.now())
            open_one = accounts.c.id == account.id, accounts.c.closed_at.is_(None)
            if connection.execute(sa.update(accounts).where(*open_one).values(closed_at=now)).rowcount:
                sessions.end_all(connection, account.id)
                connection.execute(sa.delete(account_invitations).where(account_invitations.c.account == account.id))
                self._ground.note(connection, "account_closed", actor, about=account)

        await self._ground.write(write)

    async def reopen(self, actor: Account, account_id: str) -> None:
        """Raises PersonUnknown or AccessDenied."""

        def write(connection: sa.Connection) -> None:
            account = self._visible(connection, actor, account_id)
            access.require_manages(actor, account)
            if account.closed_at is not None:
                connection.execute(sa.update(accounts).where(accounts.c.id == account.id).values(closed_at=None))
                self._ground.note(connection, "account_reopened", actor, about=account)

        await self._ground.write(write)

    async def renew(self, actor: Account, account_id: str) -> Invited:
        """A link with which somebody who lost password or phone starts anew. Raises PersonUnknown or AccessDenied."""

        def write(connection: sa.Connection) -> Invited:
            account = self._visible(connection, actor, account_id)
            access.require_manages(actor, account)
            return self._renew(connection, actor, account)

        return await self._ground.write(write)

    async def invitation(self, token: str) -> Invitation:
        """The invitation of a link. Raises InvitationInvalid."""
        return await self._ground.read(self._of_token, token)

    async def accept(self, token: str, password: str, *, device: str) -> Entered:
        """Open the account of a link, or start anew. Raises InvitationInvalid, PasswordWeak or LoginTaken."""
        invitation = await self.invitation(token)
        check_password(password, login=invitation.login, name=invitation.name)
        hashed = await self._ground.hash_password(password)

        def write(connection: sa.Connection) -> Entered:
            # Once more within the transaction: of two who use the link at once, one does.
            invitation = self._of_token(connection, token)
            used = account_invitations.c.id == invitation.id
            if connection.execute(sa.delete(account_invitations).where(used)).rowcount != 1:
                raise _invalid()
            account = self._start_anew(connection, invitation.renews, hashed) or self._open(
                connection, invitation, hashed
            )
            self._ground.note(connection, "invitation_accepted", account, invited_by=invitation.invited_by)
            return self._ground.begin(connection, account.id, Stage.ENROL, device)

        try:
            return await self._ground.write(write)
        except sqlalchemy.exc.IntegrityError as error:
            raise _taken() from error

    def invite_now(self, connection: sa.Connection, *, login: str, name: str, role: Role, unit: Unit) -> Invited:
        """As `invite`, from the machine's own command line: whoever may read the data folder may do everything."""
        return self._invite(connection, None, login=login, name=name, role=role, unit=unit)

    def renew_now(self, connection: sa.Connection, login: str) -> Invited:
        """As `renew`, from the machine's own command line. Raises PersonUnknown."""
        row = connection.execute(sa.select(accounts.c.id).where(accounts.c.login == login.strip().lower())).first()
        account = None if row is None else people.read_account(connection, row.id)
        if account is None:
            raise PersonUnknown("No account has this user name.")
        return self._renew(connection, None, account)

    def _invite(
        self, connection: sa.Connection, actor: Account | None, *, login: str, name: str, role: Role, unit: Unit
    ) -> Invited:
        plain, now = people.plain_login(login), self._ground.now()
        told = people.plain_name(name)
        connection.execute(sa.delete(account_invitations).where(account_invitations.c.expires_at <= now))
        taken = (
            sa.select(accounts.c.login).where(accounts.c.login == plain),
            sa.select(account_invitations.c.login).where(account_invitations.c.login == plain),
        )
        if any(connection.execute(query).first() is not None for query in taken):
            raise _taken()
        invited = self._keep(connection, actor, login=plain, name=told, role=role, unit=unit, renews=None)
        self._note(connection, "invited", actor, unit, plain, role=role.value)
        return invited

    def _renew(self, connection: sa.Connection, actor: Account | None, account: Account) -> Invited:
        # A second link makes the first one worthless.
        connection.execute(sa.delete(account_invitations).where(account_invitations.c.login == account.login))
        invited = self._keep(
            connection,
            actor,
            login=account.login,
            name=account.name,
            role=None,
            unit=account.unit,
            renews=account.id,
        )
        self._note(connection, "renewal_issued", actor, account.unit, account.login)
        return invited

    def _keep(
        self,
        connection: sa.Connection,
        actor: Account | None,
        *,
        login: str,
        name: str,
        role: Role | None,
        unit: Unit,
        renews: str | None,
    ) -> Invited:
        token = self._ground.proofs.token()
        invitation = Invitation(
            id=self._ground.proofs.id(),
            login=login,
            name=name,
            unit=unit,
            role=role,
            renews=renews,
            invited_by="" if actor is None else actor.name,
            expires_at=int(self._ground.now()) + INVITATION_SECONDS,
        )
        connection.execute(
            sa.insert(account_invitations).values(
                hash=self._ground.proofs.hashed("invitation", token),
                id=invitation.id,
                login=login,
                name=name,
                unit=unit.code,
                role="" if role is None else role.value,
                account=renews,
                invited_by=invitation.invited_by,
                expires_at=invitation.expires_at,
            )
        )
        return Invited(token, invitation)

    def _of_token(self, connection: sa.Connection, token: str) -> Invitation:
        hashed = self._ground.proofs.hashed("invitation", token)
        row = connection.execute(
            sa.select(account_invitations).where(
                account_invitations.c.hash == hashed, account_invitations.c.expires_at > self._ground.now()
            )
        ).one_or_none()
        invitation = None if row is None else people.read_invitation(connection, row)
        if invitation is None:
            raise _invalid()
        return invitation

    def _start_anew(self, connection: sa.Connection, account_id: str | None, hashed: str) -> Account | None:
        """The account with a new password and nothing else that opens it; None when the link opens a new account."""
        if account_id is None:
            return None
        account = people.read_account(connection, account_id)
        if account is None or account.closed_at is not None:
            raise _invalid()
        values = {"password": hashed, "totp_secret": None}
        connection.execute(sa.update(accounts).where(accounts.c.id == account_id).values(values))
        for table in (account_passkeys, account_recovery):
            connection.execute(sa.delete(table).where(table.c.account == account_id))
        sessions.end_all(connection, account_id)
        return account

    def _open(self, connection: sa.Connection, invitation: Invitation, hashed: str) -> Account:
        account_id, now = self._ground.proofs.id(), int(self._ground.now())
        connection.execute(
            sa.insert(accounts).values(
                id=account_id,
                login=invitation.login,
                name=invitation.name,
                unit=invitation.unit.code,
                password=hashed,
                totp_step=0,
                created_at=now,
            )
        )
        if invitation.role is not None:
            people.add_role(connection, account_id, invitation.role, invitation.unit.code, now)
        account = people.read_account(connection, account_id)
        if account is None:
            raise _invalid()
        return account

    def _visible(self, connection: sa.Connection, actor: Account, account_id: str) -> Account:
        account = people.read_account(connection, account_id)
        if account is None or not _sees(actor, account):
            raise PersonUnknown("There is nobody of this kind among the people of your units.")
        return account

    def _note(
        self, connection: sa.Connection, action: str, actor: Account | None, unit: Unit, login: str, **detail: str
    ) -> None:
        self._ground.audit.append(
            connection,
            Event(
                action=action,
                unit=unit.code,
                actor="" if actor is None else actor.id,
                actor_name="" if actor is None else actor.name,
                subject=login,
                detail=detail,
            ),
        )


def _require_other(actor: Account, account: Account) -> None:
    # Nobody makes themselves more, nor by mistake takes away what nobody else could give back.
    if actor.id == account.id:
        raise access.denied()


def _sees(actor: Account, account: Account) -> bool:
    places = (account.unit, *(held.unit for held in account.holdings))
    return any(access.allowed(actor, Action.SEE_PEOPLE, place) for place in places)


def _seen_by(actor: Account, account: Account) -> Person:
    holdings = [held for held in account.holdings if access.allowed(actor, Action.SEE_PEOPLE, held.unit)]
    return Person(
        account=account,
        holdings=holdings,
        removable=frozenset(
            held for held in holdings if actor.id != account.id and held.role in access.grantable(actor, held.unit)
        ),
        manageable=access.manages(actor, account),
    )


def _no_unit() -> NoReturn:
    raise access.denied()


def _invalid() -> InvitationInvalid:
    return InvitationInvalid("This link was used, withdrawn or has expired; ask for a new one.")


def _taken() -> LoginTaken:
    return LoginTaken("Somebody has this user name or was invited under it; choose another one.")
