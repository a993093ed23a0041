"""A server with its whole application, a clock that stands still and a desk that knows its API key."""

import asyncio
import dataclasses

import httpx
import msgspec
import pytest
from prometheus_client import CollectorRegistry

from bluezone.protocol import wire
from bluezone.server.app import assemble
from bluezone.server.desk import Desk
from bluezone.server.desk.limits import client_address
from bluezone.server.guidance import GuidanceService
from bluezone.server.keys import Keys

API_KEY = "the desk's key"


class GuidanceServer:
    """One process of a server, and clients of it."""

    def __init__(self, core):
        settings = msgspec.structs.replace(core.settings, desk_api_key=API_KEY, trusted_proxies=1)
        self.core = dataclasses.replace(core, settings=settings, registry=CollectorRegistry())
        desk = Desk(self.core)
        self.keys = Keys(self.core, verifier=desk.certificate_verifier)
        self.service = GuidanceService(
            self.core, signer=self.keys.signer, check_api_key=desk.check_api_key, client_address=client_address
        )
        app = assemble(self.core, desk=desk, keys=self.keys)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server")

    async def call(self, method, path, body=None, status=200, desk=True, **headers):
        if desk:
            headers[wire.API_KEY_HEADER] = API_KEY
        content = None if body is None else msgspec.json.encode(body)
        answer = await self.client.request(method, path, content=content, headers=headers)
        assert answer.status_code == status, answer.text
        return answer

    async def tell(self, status=200, address="203.0.113.1", **fields):
        body = {"level": "f1", "exposureDays": ["2020-08-01"]} | fields
        forwarded = {"X-Forwarded-For": address}
        return await self.call("POST", wire.PATH_TELL, body, status, desk=False, **forwarded)


@pytest.fixture
def run_server(core, restarted):
    """Runs `story(server, …)` with as many processes of one server as it has parameters."""

    def run(story, processes=1):
        async def main():
            servers = [GuidanceServer(one) for one in (core, restarted)[:processes]]
            try:
                return await story(*servers)
            finally:
                for server in servers:
                    await server.client.aclose()

        return asyncio.run(main())

    return run
