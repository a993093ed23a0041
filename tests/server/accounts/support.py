"""What account tests share: a small tree, people in it, and an authenticator in software."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import date

import cbor2
import pyotp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bluezone.server.accounts.access import Role
from bluezone.server.accounts.proofs import base32
from bluezone.server.accounts.sessions import Session
from bluezone.server.units.service import find_unit, load_units, read_units

TREE = """code,type,name,parent_code
33,tỉnh,Hưng Yên,
323,thành phố,Hưng Yên,33
11950,phường,Lam Sơn,323
330,huyện,Kim Động,33
12280,xã,Chính Nghĩa,330
34,tỉnh,Thái Bình,
"""
PASSWORD = "con trâu đi trước cái cày"
CLIENT = "198.51.100.7"
DEVICE = "Firefox, Linux"
HOST = "localhost:8787"


def plant(core):
    """The tree of these tests."""
    core.database.write_now(lambda c: load_units(c, read_units(TREE.encode()), date(2020, 8, 3)))


def unit_of(core, code):
    return core.database.read_now(lambda connection: find_unit(connection, code))


@dataclass
class Member:
    """Somebody with an account, as they themselves know it."""

    accounts: object
    login: str
    totp: bytes = b""
    recovery: list[str] = field(default_factory=list)
    token: str = ""

    async def session(self) -> Session:
        session = await self.accounts.session(self.token)
        assert session is not None
        return session

    def code(self) -> str:
        """The six digits that their phone shows now."""
        return pyotp.TOTP(base32(self.totp)).at(int(self.accounts.ground.now()))

    async def sign_in(self) -> Session:
        """Through both steps."""
        entered = await self.accounts.entry.sign_in(self.login, PASSWORD, client=CLIENT, device=DEVICE)
        self.accounts.ground.core.clock.advance(30)  # a code is good once
        half = await self.accounts.session(entered.token)
        self.token = (await self.accounts.entry.second_step(half, self.code())).token
        return await self.session()


async def join(accounts, login, role, unit, *, name="Nguyễn Thị An", password=PASSWORD) -> Member:
    """Somebody who was invited, chose a password, set up codes and is signed in."""
    at = unit_of(accounts.ground.core, unit)
    invited = await accounts.ground.write(
        lambda connection: accounts.staff.invite_now(connection, login=login, name=name, role=Role(role), unit=at)
    )
    return await accept(accounts, login, invited.token, password)


async def accept(accounts, login, token, password=PASSWORD) -> Member:
    member = Member(accounts, login)
    member.token = (await accounts.staff.accept(token, password, device=DEVICE)).token
    member.totp = await accounts.own.begin_totp(await member.session())
    enrolled = await accounts.own.confirm_totp(await member.session(), member.code())
    member.token, member.recovery = enrolled.entered.token, enrolled.recovery_codes
    return member


class Authenticator:
    """A security key in software (WebAuthn level 2, "none" attestation)."""

    def __init__(self, origin="http://localhost:8787", *, verified=True, seed=b"a security key"):
        self.origin = origin
        self._flags = 0x05 if verified else 0x01
        self._key = ec.derive_private_key(int.from_bytes(seed, "big"), ec.SECP256R1())
        self.id = hashlib.sha256(seed).digest()
        self.count = 0

    def create(self, options: str) -> str:
        asked = json.loads(options)
        numbers = self._key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        credential = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(cose)
        data = self._data(asked["rp"]["id"], 0x40) + credential
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"])
        return self._credential({"clientDataJSON": _text(client), "attestationObject": _text(attestation)})

    def get(self, options: str) -> str:
        asked = json.loads(options)
        self.count += 1
        data = self._data(asked["rpId"], 0)
        client = self._client("webauthn.get", asked["challenge"])
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": _text(client),
                "authenticatorData": _text(data),
                "signature": _text(signature),
                "userHandle": None,
            }
        )

    def _data(self, party, more):
        return hashlib.sha256(party.encode()).digest() + bytes([self._flags | more]) + self.count.to_bytes(4, "big")

    def _client(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response):
        name = _text(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
