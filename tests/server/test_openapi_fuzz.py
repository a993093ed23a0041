"""Every documented call, driven with generated requests: no failure inside, and only documented answers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from litestar import Litestar
from litestar.types import Receive, Scope, Send
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from bluezone.server import Core, Settings, create_app
from bluezone.server.app import assemble
from bluezone.server.desk import Desk
from tests.server.support import keys_room

DESK_KEY = "the desk's key"


class Started:
    """An application that needs no start, since each generated request would start it anew; which one, a test says."""

    def __init__(self, application: Litestar) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.application(scope, receive, send)
            return
        for stage in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{stage}.complete"})  # type: ignore[typeddict-item]


with tempfile.TemporaryDirectory() as folder:
    # The document is read when tests are collected, before there is a database.
    started = Started(create_app(Settings(data_dir=Path(folder))))
    schema = schemathesis.openapi.from_asgi("/schema/openapi.json", started)


@pytest.fixture
def _application(core: Core) -> None:
    object.__setattr__(core, "settings", msgspec.structs.replace(core.settings, desk_api_key=DESK_KEY))
    started.application = assemble(core, desk=Desk(core), keys=keys_room(core))


@pytest.mark.usefixtures("_application")
@schema.parametrize()
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
def test_every_call_answers_as_documented(case: schemathesis.Case) -> None:
    case.headers["X-API-Key"] = DESK_KEY
    case.headers.pop("X-Chaff", None)
    case.call_and_validate(checks=[not_a_server_error, response_schema_conformance, status_code_conformance])
