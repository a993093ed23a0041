"""What the desk's tests share: one process of its server and a client of it."""

import base64
import json

import httpx
import msgspec
from litestar import Litestar

from bluezone.protocol import wire
from bluezone.randomness import SystemRandomness
from bluezone.server.answers import answer_error, header_adder
from bluezone.server.app import create_core
from bluezone.server.desk import Desk, desk_router

START = 1_597_017_600.0
"""10 August 2020, the beginning of a UTC day."""

API_KEY = "the desk's key"
NONCE = base64.b64encode(b"a phone's own".ljust(32)).decode()


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class DeskServer:
    """One process of a server with the desk's room alone, and a client of it."""

    def __init__(self, settings, clock):
        self.clock = clock
        self.core = create_core(settings, clock=clock, randomness=SystemRandomness())
        self.desk = Desk(self.core)
        self.app = Litestar(
            route_handlers=[desk_router(self.desk)],
            exception_handlers={Exception: answer_error},
            before_send=[header_adder(clock)],
            logging_config=None,
        )
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://desk")

    async def call(self, path, body, status=200, **headers):
        answer = await self.client.post(path, content=msgspec.json.encode(body), headers=headers)
        assert answer.status_code == status, answer.text
        return answer

    async def issue(self, **fields):
        fields = {"test_type": "confirmed", "test_date": "2020-08-10"} | fields
        answer = await self.call(wire.PATH_ISSUE, wire.IssueRequest(**fields), **{wire.API_KEY_HEADER: API_KEY})
        return msgspec.json.decode(answer.content, type=wire.IssueResponse)

    async def ask_desk(self, path, uuid, status=200):
        answer = await self.call(path, {"uuid": uuid}, status, **{wire.API_KEY_HEADER: API_KEY})
        return answer.json()

    async def verify(self, code, status=200, accept=wire.TEST_TYPES, nonce="", **headers):
        body = wire.VerifyRequest(code=code, accept=list(accept), nonce=nonce)
        return (await self.call(wire.PATH_VERIFY, body, status, **headers)).json()

    async def certify(self, token, ekeyhmac, status=200):
        body = wire.CertificateRequest(token=token, ekeyhmac=ekeyhmac)
        return (await self.call(wire.PATH_CERTIFICATE, body, status)).json()
