"""Fake uploads at random times, so that an upload seen on the network says nothing about its owner.

They go through the same paths in the same order with bodies of the same size as real ones; only the server sees the
header that marks them, and answers alike. Source: exposure-notifications-server docs/server_functional_requirements.md;
Immuni, Traffic Analysis Mitigation.
"""

from __future__ import annotations

import base64
import contextlib
import math

from bluezone.clock import Clock
from bluezone.errors import BluezoneError
from bluezone.phone.client import NONCE_BYTES, ServerClient, padded
from bluezone.phone.store import Store
from bluezone.phone.trust import Trust, TrustedConfig
from bluezone.protocol import DAY_SECONDS, wire
from bluezone.randomness import Randomness

NEXT_CHAFF = "next_chaff"

_LOOK_SECONDS = 3600.0
_SOON_ENOUGH = 1.0
_READING = (20.0, 120.0)
"""Seconds between the call with the code and the next one, as an owner takes to read and agree."""
_LONGEST_OVERDUE = DAY_SECONDS


class Chaff:
    """One phone's fake uploads, exponentially distributed with the mean that the configuration gives."""

    def __init__(
        self, *, store: Store, client: ServerClient, trust: Trust, clock: Clock, randomness: Randomness
    ) -> None:
        self._store = store
        self._client = client
        self._trust = trust
        self._clock = clock
        self._randomness = randomness

    async def run(self) -> None:
        """Send fake uploads until cancelled."""
        while True:
            config = self._trust.config
            if config is None:
                await self._clock.sleep(_LOOK_SECONDS)
                continue
            left = self._due(config) - self._clock.now()
            if left > _SOON_ENOUGH:
                await self._clock.sleep(min(left, _LOOK_SECONDS))
                continue
            # The next one is drawn first: a failure or a kill neither repeats nor hurries anything.
            self._draw(config)
            with contextlib.suppress(BluezoneError):
                await self.send(config)

    async def send(self, config: TrustedConfig) -> None:
        """One fake upload. Raises what the server's refusal or absence raises."""
        code = f"{self._randomness.below(10**8):08}"
        token = base64.urlsafe_b64encode(self._randomness.token_bytes(192)).decode()
        mac = base64.b64encode(self._randomness.token_bytes(32)).decode()
        size = config.server.call_request_bytes
        nonce = base64.b64encode(self._randomness.token_bytes(NONCE_BYTES)).decode()
        await self._client.send_chaff(wire.PATH_VERIFY, padded(wire.VerifyRequest(code=code, nonce=nonce), size))
        await self._clock.sleep(self._randomness.uniform(*_READING))
        await self._client.send_chaff(
            wire.PATH_CERTIFICATE, padded(wire.CertificateRequest(token=token, ekeyhmac=mac), size)
        )
        publish = wire.PublishRequest(
            temporary_exposure_keys=[], health_authority_id=config.server.authority, verification_payload=token
        )
        await self._client.send_chaff(wire.PATH_PUBLISH, padded(publish, config.server.publish_request_bytes))

    def _due(self, config: TrustedConfig) -> float:
        due = self._store.meta(NEXT_CHAFF)
        now = self._clock.now()
        # After a long sleep or a clock set back the moment is drawn anew, or all phones would come on waking.
        if due is None or not now - _LONGEST_OVERDUE <= due <= now + 30 * config.server.chaff_days * DAY_SECONDS:
            return self._draw(config)
        return due

    def _draw(self, config: TrustedConfig) -> float:
        wait = -math.log(1 - self._randomness.uniform(0, 1 - 1e-9)) * config.server.chaff_days * DAY_SECONDS
        due = self._clock.now() + wait
        self._store.set_meta(NEXT_CHAFF, due)
        return due
