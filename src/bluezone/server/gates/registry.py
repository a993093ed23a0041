"""Registering gates, the one link that opens on a gate's device, and what the device is given for its key."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bluezone.protocol.gate import GATE_ID_BYTES, GateCertificate, certify_gate, is_gate_label
from bluezone.server.accounts.access import Account, Action, denied, require, roots
from bluezone.server.audit.service import Audit, Event
from bluezone.server.core import Core
from bluezone.server.gates.errors import GateKeyInvalid, GateLabelInvalid, GateLinkInvalid, GateUntrusted
from bluezone.server.gates.tables import gates
from bluezone.server.units.service import find_unit, units_at

LINK_SECONDS = 3 * 86400
CERTIFICATE_DAYS = 7
"""A gate works so long without hearing from the server; a stolen one that was withdrawn stops after it."""

_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class Registry:
    """What the functions below work with; `key` is the province's, which phones trust."""

    core: Core
    audit: Audit
    key: ec.EllipticCurvePrivateKey

    def now(self) -> int:
        return int(self.core.clock.now())

    def certificate(self, gate: Any) -> GateCertificate:
        """The gate's certificate from its row."""
        return certify_gate(
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), gate.public_key),
            gate_id=bytes.fromhex(gate.id),
            label=gate.label,
            valid_from=gate.valid_until - timedelta(days=CERTIFICATE_DAYS + 1),
            valid_until=gate.valid_until,
            key=self.key,
        )

    def valid_until(self) -> date:
        """The last day of a certificate that is given now."""
        return datetime.fromtimestamp(self.core.clock.now(), UTC).date() + timedelta(days=CERTIFICATE_DAYS)

    def note(self, connection: sa.Connection, account: Account, action: str, gate: Any) -> None:
        """Write down what an official did with a gate."""
        event = Event(action=action, unit=gate.unit, actor=account.id, actor_name=account.name, subject=gate.label)
        self.audit.append(connection, event)


def find_gate(connection: sa.Connection, account: Account, action: Action, gate: str) -> Any:
    """A gate's row. Raises AccessDenied, alike for a neighbour's gate and for none."""
    row = connection.execute(sa.select(gates).where(gates.c.id == gate)).one_or_none()
    if row is None:
        raise denied()
    require(account, action, find_unit(connection, row.unit))
    return row


def gates_of(connection: sa.Connection, account: Account, *, most: int = 500) -> list[Any]:
    """The gates that the account reaches, those in use first."""
    here = units_at(roots(account, Action.GATES_WORK))
    order = gates.c.withdrawn_at.is_not(None), gates.c.unit, gates.c.label, gates.c.id
    return list(connection.execute(sa.select(gates).where(gates.c.unit.in_(here)).order_by(*order).limit(most)))


def register(registry: Registry, connection: sa.Connection, account: Account, *, unit: str, label: str) -> str:
    """A new gate of a unit; its id. Raises AccessDenied or GateLabelInvalid."""
    require(account, Action.GATES_MANAGE, find_unit(connection, unit))
    label = " ".join(unicodedata.normalize("NFC", label).split())
    if not is_gate_label(label):
        raise GateLabelInvalid("A gate's name has 1 to 40 characters, at most 60 bytes; shorten it.")
    gate = registry.core.randomness.token_bytes(GATE_ID_BYTES).hex()
    values = {"id": gate, "unit": unit, "label": label, "registered_at": registry.now(), "sequence": 0}
    connection.execute(sa.insert(gates).values(values))
    registry.note(connection, account, "gate_registered", find_gate(connection, account, Action.GATES_MANAGE, gate))
    return gate


def give_link(registry: Registry, connection: sa.Connection, account: Account, gate: str) -> str:
    """The secret of a new link for the gate's device; the one before opens nothing any more. Raises AccessDenied."""
    row = find_gate(connection, account, Action.GATES_MANAGE, gate)
    if row.withdrawn_at is not None:
        raise denied()
    token = registry.core.randomness.token_bytes(_TOKEN_BYTES).hex()
    values = {"link_hash": _hashed(token), "link_until": registry.now() + LINK_SECONDS}
    connection.execute(sa.update(gates).where(gates.c.id == gate).values(values))
    registry.note(connection, account, "gate_link_given", row)
    return token


def withdraw(registry: Registry, connection: sa.Connection, account: Account, gate: str) -> None:
    """Let the gate's device be nobody's any more. Raises AccessDenied."""
    row = find_gate(connection, account, Action.GATES_MANAGE, gate)
    values = {"withdrawn_at": registry.now(), "link_hash": None, "link_until": None, "public_key": None}
    changed = connection.execute(
        sa.update(gates).where(gates.c.id == gate, gates.c.withdrawn_at.is_(None)).values(values)
    )
    if changed.rowcount:
        registry.note(connection, account, "gate_withdrawn", row)


def enrol(registry: Registry, connection: sa.Connection, token: str, public_key: bytes) -> tuple[Any, GateCertificate]:
    """The gate's row and certificate for the device that opens its link first; a device before it is nobody's then.

    `public_key` is an uncompressed point. Raises GateKeyInvalid or GateLinkInvalid.
    """
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError as error:
        raise GateKeyInvalid("The device's key is no point on P-256; open the link in another browser.") from error
    now = registry.now()
    row = connection.execute(
        sa.update(gates)
        .where(gates.c.link_hash == _hashed(token), gates.c.link_until > now, gates.c.withdrawn_at.is_(None))
        .values(
            link_hash=None,
            link_until=None,
            public_key=key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint),
            valid_until=registry.valid_until(),
            sequence=0,
            tried_at=None,
            heard_at=now,
        )
        .returning(gates)
    ).one_or_none()
    if row is None:
        raise GateLinkInvalid("This link was opened before or is too old; ask the head of the unit for a new one.")
    return row, registry.certificate(row)


def renew(registry: Registry, connection: sa.Connection, row: Any) -> GateCertificate:
    """A certificate of today for a gate that has just signed something."""
    values = {"valid_until": registry.valid_until(), "heard_at": registry.now()}
    renewed = connection.execute(
        sa.update(gates)
        .where(gates.c.id == row.id, gates.c.public_key == row.public_key)
        .values(values)
        .returning(gates)
    ).one_or_none()
    if renewed is None:
        raise untrusted()
    return registry.certificate(renewed)


def untrusted() -> GateUntrusted:
    """The one refusal for every device that is no gate's."""
    return GateUntrusted("This device is not, or no longer, a gate's; ask the head of the unit for a new link.")


def _hashed(token: str) -> bytes:
    return hashlib.sha256(b"gate link\0" + token.encode("utf-8", "replace")).digest()
