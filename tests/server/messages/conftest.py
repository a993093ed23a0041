"""A messages room over a real gateway, and its sender under a lease."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from bluezone.server import Core, SmsSettings
from bluezone.server.jobs import Lease, acquire
from bluezone.server.messages import MessagesService
from bluezone.server.messages.service import MessageState
from tests.server.messages.gatewayd import Gateway, serving
from tests.server.support import START

NUMBER = "0912 345 678"
TEXT = "Mã xác nhận của anh/chị: https://bluezone.example/v?c=SECRETCODE123456"

RoomOf = Callable[..., MessagesService]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with serving(Gateway()) as one:
        yield one


@pytest.fixture
def room_of(core: Core) -> RoomOf:
    """A room over the core's database with these settings, as another process would build it."""

    def build(sms: SmsSettings) -> MessagesService:
        settings = msgspec.structs.replace(core.settings, sms=sms)
        return MessagesService(dataclasses.replace(core, settings=settings, registry=CollectorRegistry()))

    return build


@pytest.fixture
def room(room_of: RoomOf, gateway: Gateway) -> MessagesService:
    return room_of(gateway.settings())


@pytest.fixture
def put(core: Core) -> Callable[..., str]:
    """Puts a message into the outbox of a room."""

    def put(room: MessagesService, *, to: str = NUMBER, text: str = TEXT, valid: float = 86400.0) -> str:
        return core.database.write_now(
            lambda c: room.enqueue(c, purpose="code", to=to, text=text, valid_until=core.clock.now() + valid)
        )

    return put


@pytest.fixture
def lease(core: Core) -> Lease:
    """The sender's lease, for a day."""

    def take(connection):
        return acquire(connection, job, "test", now=START, seconds=10 * 86400)

    from bluezone.server.jobs import Job

    job = Job("sms", 1.0, lambda _lease: asyncio.sleep(0))
    lease = core.database.write_now(take)
    assert lease is not None
    return lease


@pytest.fixture
def send(lease: Lease) -> Callable[[MessagesService], bool]:
    """Lets a room try once what is due."""
    return lambda room: asyncio.run(room.send_due(lease))


@pytest.fixture
def state() -> Callable[[MessagesService, str], MessageState]:
    def look(room: MessagesService, message_id: str) -> MessageState:
        found = asyncio.run(room.state(message_id))
        assert found is not None
        return found

    return look
