"""Taking the counts of a gate's device, and showing them: exact to the gate's own unit, nothing under ten above it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy.dialects import postgresql, sqlite

from bluezone.protocol.gate import GateCertificate
from bluezone.server.accounts.access import Account, Action, allowed
from bluezone.server.gates.errors import GateCountsMalformed
from bluezone.server.gates.registry import Registry, renew, untrusted
from bluezone.server.gates.tables import gate_counts, gates
from bluezone.server.language import VIETNAM
from bluezone.server.units.service import Unit

HOUR_SECONDS = 3600
OLDEST_SECONDS = 31 * 86400
FEWEST = 10
"""Above the gate's own unit a smaller number is not shown."""
KINDS = ("running", "helped", "without", "preferred_not")

_PREFIX = b"bluezone gate counts 1\0"
_SIGNATURE_BYTES = 64
_Count = Annotated[int, msgspec.Meta(ge=0, le=20_000)]


class HourCount(msgspec.Struct, frozen=True, rename="camel"):
    """What a gate counted in an hour (Unix time of its beginning) since its batch before."""

    hour: Annotated[int, msgspec.Meta(ge=0, le=2**40)]
    running: _Count
    helped: _Count
    without: _Count
    preferred_not: _Count


class CountBatch(msgspec.Struct, frozen=True, rename="camel"):
    """A gate's batch; sent again with the same number it counts once. `tried`: a test visitor passed."""

    gate: str
    sequence: Annotated[int, msgspec.Meta(ge=1, le=2**30)]
    hours: Annotated[list[HourCount], msgspec.Meta(max_length=800)]
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A number of a page: what it is, or that it is too small to be told."""

    number: int
    hidden: bool = False


def take(registry: Registry, connection: sa.Connection, body: bytes, signature: bytes) -> GateCertificate:
    """Add a batch that a gate signed, once; a certificate of today for the gate.

    An hour that is to come or long over, by this server's clock, is counted as the present one: nothing is lost by a
    clock that is wrong. Raises GateCountsMalformed or GateUntrusted.
    """
    try:
        batch = msgspec.json.decode(body, type=CountBatch)
    except msgspec.DecodeError as error:
        raise GateCountsMalformed("This is no batch of a gate's counts; load the gate's page again.") from error
    row = connection.execute(
        sa.select(gates).where(gates.c.id == batch.gate, gates.c.withdrawn_at.is_(None))
    ).one_or_none()
    if row is None or row.public_key is None or not _signed(row.public_key, body, signature):
        raise untrusted()
    taken = connection.execute(
        sa.update(gates)
        .where(gates.c.id == row.id, gates.c.public_key == row.public_key, gates.c.sequence < batch.sequence)
        .values(sequence=batch.sequence)
    )
    now = registry.now()
    if taken.rowcount:
        for one in batch.hours:
            _add(connection, row.id, one, now)
        if batch.tried:
            connection.execute(sa.update(gates).where(gates.c.id == row.id).values(tried_at=now))
    return renew(registry, connection, row)


def hours_of(connection: sa.Connection, gate: str, day: date) -> list[Any]:
    """The rows of a gate's day (Vietnam's), by hour."""
    first = int(datetime(day.year, day.month, day.day, tzinfo=VIETNAM).timestamp())
    here = gate_counts.c.gate == gate, gate_counts.c.hour >= first, gate_counts.c.hour < first + 86400
    return list(connection.execute(sa.select(gate_counts).where(*here).order_by(gate_counts.c.hour)))


def day_sums(connection: sa.Connection, gate_ids: Sequence[str], day: date) -> dict[str, dict[str, int]]:
    """The four sums of a day (Vietnam's), by gate; a gate that counted nobody is not there."""
    first = int(datetime(day.year, day.month, day.day, tzinfo=VIETNAM).timestamp())
    sums = [sa.func.sum(gate_counts.c[kind]).label(kind) for kind in KINDS]
    rows = connection.execute(
        sa.select(gate_counts.c.gate, *sums)
        .where(gate_counts.c.gate.in_(gate_ids), gate_counts.c.hour >= first, gate_counts.c.hour < first + 86400)
        .group_by(gate_counts.c.gate)
    )
    return {row.gate: {kind: int(getattr(row, kind)) for kind in KINDS} for row in rows}


def shown(account: Account, unit: Unit | None, numbers: Iterable[int]) -> list[Shown]:
    """The numbers of a gate at this unit as the account may read them."""
    exact = works_at(account, unit)
    return [Shown(number, hidden=not exact and 0 < number < FEWEST) for number in numbers]


def works_at(account: Account, unit: Unit | None) -> bool:
    """Whether the account works at the very unit, not only above it: it reads each hour and every number."""
    at = unit is not None and any(held.unit.code == unit.code for held in account.holdings)
    return at and allowed(account, Action.GATES_WORK, unit)


def _add(connection: sa.Connection, gate: str, one: HourCount, now: int) -> None:
    counted = {kind: getattr(one, kind) for kind in KINDS}
    if not any(counted.values()):
        return
    hour = one.hour if now - OLDEST_SECONDS <= one.hour <= now else now
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(gate_counts)
    connection.execute(
        insert.values(gate=gate, hour=hour // HOUR_SECONDS * HOUR_SECONDS, **counted).on_conflict_do_update(
            index_elements=["gate", "hour"],
            set_={kind: gate_counts.c[kind] + insert.excluded[kind] for kind in KINDS},
        )
    )


def _signed(public_key: bytes, body: bytes, signature: bytes) -> bool:
    if len(signature) != _SIGNATURE_BYTES:
        return False
    der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    try:
        key.verify(der, _PREFIX + body, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
