"""What server tests share: a phone that publishes, a desk that certifies, and a client without a network."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from prometheus_client import CollectorRegistry

from bluezone.protocol import interval_at, key_hmac
from bluezone.protocol.intervals import day_start
from bluezone.protocol.verification import JwtSigner, JwtVerifier, issue_certificate
from bluezone.protocol.wire import PublishRequest, WireKey
from bluezone.randomness import SeededRandomness
from bluezone.server import Core
from bluezone.server.app import assemble
from bluezone.server.desk import Desk
from bluezone.server.keys import Keys

START = 1596412800.0 + 10.5 * 3600
"""3 August 2020, 10:30 UTC."""

AUTHORITY = "vn.hungyen.cdc"
CERTIFICATE_KEY = ec.derive_private_key(int.from_bytes(b"the same in every process", "big"), ec.SECP256R1())
SIGNER = JwtSigner(CERTIFICATE_KEY, "test", AUTHORITY, AUTHORITY)
VERIFIER = JwtVerifier({"test": CERTIFICATE_KEY.public_key()}, AUTHORITY, AUTHORITY)
SECRET = b"sixteen bytes or"


def keys_room(core: Core) -> Keys:
    """The keys room with certificates by `SIGNER`."""
    return Keys(core, verifier=lambda: VERIFIER)


def wire_keys(name: str, count: int = 3, *, now: float = START, period: int = 144) -> list[WireKey]:
    """Whole days' keys, the last of them yesterday's, fixed by `name`."""
    randomness = SeededRandomness(name)
    today = day_start(interval_at(now))
    return [
        WireKey(
            key=base64.b64encode(randomness.token_bytes(16)).decode(),
            rolling_start_number=today - 144 * (count - day),
            rolling_period=period,
        )
        for day in range(count)
    ]


def publish_request(
    keys: Sequence[WireKey],
    *,
    now: float = START,
    report_type: str = "confirmed",
    onset: int | None = None,
    token: str = "",
    certified: Sequence[WireKey] | None = None,
) -> PublishRequest:
    """What a phone sends for `keys`, with a certificate for them (or for `certified`)."""
    tekmac = key_hmac(certified or keys, SECRET) if certified or keys else bytes(32)
    return PublishRequest(
        temporary_exposure_keys=list(keys),
        health_authority_id=AUTHORITY,
        verification_payload=issue_certificate(
            signer=SIGNER, tekmac=tekmac, report_type=report_type, symptom_onset_interval=onset, now=now
        ),
        hmac_key=base64.b64encode(SECRET).decode(),
        revision_token=token,
    )


@asynccontextmanager
async def client_of(core: Core, keys: Keys | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application over `core`, in this very loop."""
    core = dataclasses.replace(core, registry=CollectorRegistry())
    app: Any = assemble(core, desk=Desk(core), keys=keys or keys_room(core))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
        yield client


def body(request: msgspec.Struct) -> dict[str, Any]:
    """A request's JSON as plain values, to be damaged by tests."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(request))
    return plain
