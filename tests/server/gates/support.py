"""A gate's device in software, as the page's script is one in a browser."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bluezone.protocol._compact import sign
from bluezone.protocol.archive import VerificationKey
from bluezone.server.accounts.access import Account, Holding, Role
from bluezone.server.gates.counts import take
from bluezone.server.gates.registry import enrol, give_link, register
from bluezone.server.units.service import find_unit

PROVINCE = ec.derive_private_key(int.from_bytes(b"the province", "big"), ec.SECP256R1())
TRUSTED = [VerificationKey(PROVINCE.public_key(), "bluezone", "v1")]
WARD, CITY, NEIGHBOUR = "11950", "323", "12280"


def head(core, unit=WARD, role="manager"):
    """Somebody who holds a role at a unit."""
    at = core.database.read_now(lambda connection: find_unit(connection, unit))
    return Account("a", "an", "Nguyễn Thị An", at, (Holding(Role(role), at),))


def point(key) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Device:
    """A tablet that opened a gate's link."""

    def __init__(self, gates, account, label="Cổng chính", seed=b"a tablet"):
        self.gates = gates
        self.key = ec.derive_private_key(int.from_bytes(seed, "big"), ec.SECP256R1())
        self.gate = self.write(register, account, unit=account.unit.code, label=label)
        self.token = self.write(give_link, account, self.gate)
        self.row, self.certificate = self.write(enrol, self.token, point(self.key))

    def write(self, fn, *args, **kwargs):
        return self.gates.core.database.write_now(lambda c: fn(self.gates.registry, c, *args, **kwargs))

    def batch(self, sequence, *hours, tried=False, gate=None) -> bytes:
        names = ("hour", "running", "helped", "without", "preferredNot")
        told = [dict(zip(names, hour, strict=True)) for hour in hours]
        return json.dumps({"gate": gate or self.gate, "sequence": sequence, "hours": told, "tried": tried}).encode()

    def signature(self, body: bytes) -> bytes:
        return sign(self.key, b"bluezone gate counts 1\0" + body)

    def send(self, body: bytes):
        return self.write(take, body, self.signature(body))
