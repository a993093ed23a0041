"""A server of plain files, signed for real, that can be told to misbehave; and phones on a shared virtual radio."""

from __future__ import annotations

import base64
import email.utils
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bluezone.clock import FixedClock, ScaledClock
from bluezone.phone import ServerClient
from bluezone.phone.store import Store
from bluezone.protocol import ArchiveSigner, KeyBatch, write_archive
from bluezone.protocol.notices import PATH_NOTICES
from bluezone.protocol.wire import CONFIG_SIGNATURE_HEADER, PinnedKey, ServerConfig
from bluezone.radio import OneRoom, VirtualLink
from bluezone.randomness import SeededRandomness
from bluezone.risk import PROFILES, encode_config

START = 1_596_412_800.0
"""Monday 3 August 2020, 00:00 UTC: 07:00 in Vietnam."""

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class ServerGone(Exception):
    """The connection broke."""


def pinned(key: ec.EllipticCurvePrivateKey, version: str = "v1") -> PinnedKey:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return PinnedKey(id="test", version=version, pem=pem)


class FileServer:
    """An ASGI application that serves a signed configuration, an index and archives, with ranges."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.signer = ArchiveSigner(self.key, "test", "v1")
        self.config = ServerConfig(
            region="VN-66",
            authority="vn.test",
            hotline="19009095",
            keys=[pinned(self.key)],
            risk=msgspec.Raw(encode_config(PROFILES["bluezone"])),
        )
        self.files: dict[str, bytes] = {}
        self.notices: dict[str, bytes] = {}
        self.now: float | None = None
        self.break_after: int | None = None
        self.to_posts = 200
        self.requests: list[tuple[str, str, dict[str, str]]] = []

    def add(self, name: str, batch: KeyBatch, revised: KeyBatch | None = None) -> None:
        start = int(START)
        self.files[name] = write_archive(
            batch, signers=[self.signer], start=start, end=start + 3600, region="VN-66", revised=revised
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        path = scope["path"]
        self.requests.append((scope["method"], path, headers))
        status, extra, body = (self.to_posts, {}, b"{}") if scope["method"] == "POST" else self._answer(path, headers)
        if self.now is not None:
            extra["date"] = email.utils.formatdate(self.now, usegmt=True)
        await send({
            "type": "http.response.start",
            "status": status,
            "headers": [(key.encode(), value.encode()) for key, value in extra.items()],
        })  # fmt: skip
        await send({"type": "http.response.body", "body": body})

    def _answer(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if path == "/v1/config":
            body = msgspec.json.encode(self.config)
            signature = base64.b64encode(self.key.sign(body, ec.ECDSA(SHA256()))).decode()
            return 200, {CONFIG_SIGNATURE_HEADER: signature}, body
        if path == "/v1/exports/index.txt":
            return 200, {}, "\n".join(self.files).encode()
        if path == PATH_NOTICES:
            return 200, {}, "\n".join(self.notices).encode()
        if (notice := path.removeprefix("/v1/notices/")) in self.notices:
            return 200, {}, self.notices[notice]
        name = path.removeprefix("/v1/exports/")
        if name not in self.files:
            return 404, {}, b'{"error": "There is nothing here.", "errorCode": "not_found"}'
        data = self.files[name]
        etag = f'"{hash(data)}"'
        start, status = 0, 200
        extra = {"etag": etag}
        if headers.get("if-range") == etag:
            start, status = int(headers["range"].removeprefix("bytes=").removesuffix("-")), 206
            extra["content-range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        body = data[start:]
        extra["content-length"] = str(len(body))
        if self.break_after is not None:
            body = body[: self.break_after]
        return status, extra, body


def client_of(app: Any, **options: Any) -> ServerClient:
    import httpx

    return ServerClient("http://server.test", httpx.ASGITransport(app), **options)


@pytest.fixture
def server() -> FileServer:
    return FileServer()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def randomness() -> SeededRandomness:
    return SeededRandomness("phone")


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store(":memory:")
    yield store
    store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "phone" / "phone.sqlite"


class Air:
    """A room in which virtual radios hear each other, and the clock that they share. Made inside a running loop."""

    def __init__(self, seed: str = "air", start: float = START) -> None:
        self.clock = ScaledClock(start)
        self.randomness = SeededRandomness(seed)
        self.link = VirtualLink(OneRoom(-50.0), clock=self.clock, randomness=self.randomness.child("link"))
