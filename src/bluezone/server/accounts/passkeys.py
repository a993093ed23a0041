"""Passkeys (WebAuthn level 2): asking for them, adding them, checking what they sign.

A passkey counts for both steps, so the device must have verified its user (by finger, face or number).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import sqlalchemy as sa
import webauthn
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bluezone.server.accounts.access import Account
from bluezone.server.accounts.errors import PasskeyImpossible, SecondStepRefused
from bluezone.server.accounts.tables import account_challenges, account_passkeys

CHALLENGE_SECONDS = 5 * 60
MOST_BYTES = 16 * 1024
MOST_PASSKEYS = 10
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """For whom passkeys sign: the host's name, and the origins of its pages."""

    id: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser sent back: the credential as JSON values, its id, and the challenge it claims to have signed."""

    credential: dict[str, Any]
    id: bytes
    challenge: bytes


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it; `created_at` is Unix seconds."""

    id: str
    name: str
    created_at: int


def relying_party(host: str) -> RelyingParty:
    """The relying party of a Host header. Raises PasskeyImpossible where browsers have no passkeys."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        origins = (f"https://{host}",) if name != "localhost" else (f"https://{host}", f"http://{host}")
        return RelyingParty(name, origins)
    raise PasskeyImpossible("Passkeys need an address with a name; open these pages under localhost or their name.")


def read_answer(text: str) -> Answer:
    """What the browser sent. Raises SecondStepRefused when it is no credential."""
    try:
        credential = json.loads(text[:MOST_BYTES])
        data = base64url_to_bytes(credential["response"]["clientDataJSON"])
        return Answer(credential, base64url_to_bytes(credential["rawId"]), parse_client_data_json(data).challenge)
    except (ValueError, TypeError, KeyError, WebAuthnException) as error:
        raise SecondStepRefused("This is no passkey; try again, or use your password.") from error


def sign_in_options(party: RelyingParty, challenge: bytes) -> str:
    """As JSON for the browser; which passkeys exist is not told."""
    return webauthn.options_to_json(
        webauthn.generate_authentication_options(
            rp_id=party.id, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
        )
    )


def adding_options(party: RelyingParty, account: Account, challenge: bytes, present: list[bytes]) -> str:
    """As JSON for the browser; a device that holds one of the present passkeys offers no second."""
    return webauthn.options_to_json(
        webauthn.generate_registration_options(
            rp_id=party.id,
            rp_name="Bluezone",
            user_name=account.login,
            user_id=bytes.fromhex(account.id),
            user_display_name=account.name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in present],
        )
    )


def keep_challenge(connection: sa.Connection, hashed: bytes, account: str | None, now: float) -> None:
    """Remember a challenge, for adding to an account or (None) for signing in."""
    forget_challenges(connection, now)
    connection.execute(
        sa.insert(account_challenges).values(hash=hashed, account=account, expires_at=int(now) + CHALLENGE_SECONDS)
    )


def spend_challenge(connection: sa.Connection, hashed: bytes, account: str | None, now: float) -> bool:
    """Whether we asked this, for this purpose and lately; asked once, answered once."""
    same = account_challenges.c.account == account if account else account_challenges.c.account.is_(None)
    asked = account_challenges.c.hash == hashed, account_challenges.c.expires_at > now, same
    return connection.execute(sa.delete(account_challenges).where(*asked)).rowcount == 1


def forget_challenges(connection: sa.Connection, now: float) -> None:
    """Destroy challenges that nobody answered in time."""
    connection.execute(sa.delete(account_challenges).where(account_challenges.c.expires_at <= now))


def check_sign_in(connection: sa.Connection, party: RelyingParty, answer: Answer) -> str | None:
    """The account whose passkey signed, None when none did; its counter moves on."""
    row = connection.execute(
        sa.select(account_passkeys).where(account_passkeys.c.credential == answer.id)
    ).one_or_none()
    if row is None:
        return None
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            credential_public_key=bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException:
        return None
    connection.execute(
        sa.update(account_passkeys)
        .where(account_passkeys.c.credential == answer.id)
        .values(sign_count=verified.new_sign_count)
    )
    return str(row.account)


def add(
    connection: sa.Connection,
    party: RelyingParty,
    answer: Answer,
    *,
    account: str,
    passkey_id: str,
    name: str,
    now: float,
) -> bool:
    """True when the passkey is a good one and was added."""
    try:
        verified = webauthn.verify_registration_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=party.id,
            expected_origin=list(party.origins),
            require_user_verification=True,
        )
    except WebAuthnException:
        return False
    taken = sa.select(account_passkeys.c.id).where(account_passkeys.c.credential == verified.credential_id)
    if connection.execute(taken).first() is not None or len(of_account(connection, account)) >= MOST_PASSKEYS:
        return False
    connection.execute(
        sa.insert(account_passkeys).values(
            credential=verified.credential_id,
            id=passkey_id,
            account=account,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            name=" ".join(name.split())[:LONGEST_NAME],
            created_at=int(now),
        )
    )
    return True


def of_account(connection: sa.Connection, account: str) -> list[Passkey]:
    """An account's passkeys, oldest first."""
    query = sa.select(account_passkeys).where(account_passkeys.c.account == account)
    rows = connection.execute(query.order_by(account_passkeys.c.created_at, account_passkeys.c.id))
    return [Passkey(row.id, row.name, row.created_at) for row in rows]


def credentials_of(connection: sa.Connection, account: str) -> list[bytes]:
    """The ids by which devices know an account's passkeys."""
    query = sa.select(account_passkeys.c.credential).where(account_passkeys.c.account == account)
    return [bytes(row.credential) for row in connection.execute(query)]


def remove(connection: sa.Connection, account: str, passkey_id: str) -> bool:
    """True when the account had it."""
    mine = account_passkeys.c.account == account, account_passkeys.c.id == passkey_id
    return connection.execute(sa.delete(account_passkeys).where(*mine)).rowcount == 1
