"""The configuration that phones fetch."""

from __future__ import annotations

import base64

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bluezone.clock import FixedClock
from bluezone.protocol.wire import ServerConfig
from bluezone.server import Core
from tests.server.support import START, keys_room


def test_every_process_signs_the_same_bytes_within_an_hour(core: Core, restarted: Core, clock: FixedClock) -> None:
    first = keys_room(core)
    clock.advance(20 * 60)
    second = keys_room(restarted)
    assert first.configuration.body == second.configuration.body
    assert first.configuration.signature == second.configuration.signature


def test_it_is_dated_with_the_hour_in_which_it_is_asked_for(core: Core, clock: FixedClock) -> None:
    room = keys_room(core)
    hour = int(START) // 3600 * 3600
    for hours in range(3):
        told = room.configuration
        assert msgspec.json.decode(told.body, type=ServerConfig).issued_at == hour + hours * 3600
        public = room.signer.private_key.public_key()
        public.verify(base64.b64decode(told.signature), told.body, ec.ECDSA(SHA256()))
        clock.advance(3600)
